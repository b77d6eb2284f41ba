//! What the gate did not get to: remembered as one time, and handed to the controller as requests to look.
//!
//! Comes in:  the news that something may be missing, from any thread, the request path's included.
//! Goes out:  an update request for each rule in force that sets anything off.
//! Never here: what is missing. Nobody knows.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use kube::api::{Api, PostParams};
use portcullis_engine::doc::Body;
use portcullis_engine::program::Program;
use tokio::sync::Notify;

use crate::generate::duty::{What, policy_key};
use crate::generate::missed;
use crate::generate::request::{self, Request};
use crate::generate::trouble::is_code;

/// Clocks differ, and a review is answered before its object is stored: looking begins this much earlier.
const SLACK: Duration = Duration::from_secs(15);

/// A rule: its kind of work, its policy's key, its name.
type Rule = (What, String, String);

/// Nothing is missing.
const NOTHING: i64 = i64::MAX;

/// Since when something may be missing. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Missed(Arc<State>);

#[derive(Debug)]
struct State {
    /// In seconds since 1970; [`NOTHING`] where nothing is.
    since: AtomicI64,
    some: Notify,
}

impl Default for Missed {
    fn default() -> Self {
        Missed(Arc::new(State {
            since: AtomicI64::new(NOTHING),
            some: Notify::new(),
        }))
    }
}

impl Missed {
    /// Something may be missing since now. One atomic and a wake-up.
    pub(super) fn now(&self) {
        self.since(Timestamp::now());
    }

    /// Something may be missing since then.
    pub(super) fn since(&self, time: Timestamp) {
        self.0.since.fetch_min(time.as_second(), Ordering::Relaxed);
        self.0.some.notify_one();
    }

    /// Returns when something is missing.
    pub(super) async fn some(&self) {
        while !self.is_some() {
            self.0.some.notified().await;
        }
    }

    /// Is anything?
    pub(super) fn is_some(&self) -> bool {
        self.0.since.load(Ordering::Relaxed) != NOTHING
    }

    /// Since when; from now on nothing is missing.
    fn take(&self) -> Option<Timestamp> {
        let since = self.0.since.swap(NOTHING, Ordering::Relaxed);
        let since = (since != NOTHING).then_some(since)?;
        Timestamp::from_second(since).ok()
    }

    /// Asks the controller to look for it, rule by rule. False where something could not be asked; then it
    /// is missing still.
    pub(super) async fn hand_over(&self, api: &Api<Request>, program: &Program) -> bool {
        let Some(since) = self.take() else {
            return true;
        };
        let from = since.checked_sub(SLACK).unwrap_or(since);
        let rules = rules(program);
        let count = rules.len();
        for rule in rules {
            if let Err(error) = ask(api, &rule, from).await {
                let (_, policy, rule) = rule;
                tracing::warn!(policy, rule, %error, "cannot ask to look for what set a rule off");
                self.since(since);
                return false;
            }
        }
        if count > 0 {
            tracing::warn!(since = %from, rules = count, "what set rules off since is looked for");
        }
        true
    }
}

/// Asks once; a request that waits is asked to begin as early as this one wants to.
async fn ask(
    api: &Api<Request>,
    (what, policy, rule): &Rule,
    since: Timestamp,
) -> kube::Result<()> {
    let mut since = since;
    loop {
        let object = missed::object(*what, policy, rule, since, Timestamp::now());
        match api.create(&PostParams::default(), &object).await {
            Ok(_) => return Ok(()),
            Err(error) if is_code(&error, 409) => {}
            Err(error) => return Err(error),
        }
        let name = object.metadata.name.clone().unwrap_or_default();
        let Some(mut waiting) = api.get_opt(&name).await? else {
            continue;
        };
        let asked = request::read(&waiting).into_iter();
        let earlier = asked.filter_map(|(_, cause)| missed::since(&cause)).min();
        if let Some(earlier) = earlier.filter(|earlier| *earlier < since) {
            since = earlier;
            waiting.spec = missed::object(*what, policy, rule, since, Timestamp::now()).spec;
        } else {
            waiting.spec = object.spec;
        }
        match api.replace(&name, &PostParams::default(), &waiting).await {
            Ok(_) => return Ok(()),
            Err(error) if is_code(&error, 409) || is_code(&error, 404) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Every rule and policy that sets anything off.
fn rules(program: &Program) -> Vec<Rule> {
    let mut rules = Vec::new();
    for policy in program.policies().iter() {
        if !policy.settings().admission {
            continue;
        }
        for rule in policy.rules() {
            let what = match &rule.body {
                Body::Generate(_) => What::Generate,
                Body::Mutate(mutate) if mutate.is_existing() => What::Mutate,
                _ => continue,
            };
            rules.push((what, policy_key(policy.id()), rule.name.clone()));
        }
    }
    for policy in program.generating() {
        if policy.evaluation.admission {
            rules.push((What::CelGenerate, policy_key(&policy.id), String::new()));
        }
    }
    for policy in program.mutating_policies() {
        if policy.existing && policy.admission {
            rules.push((What::CelMutate, policy_key(&policy.id), String::new()));
        }
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::Missed;
    use jiff::Timestamp;

    #[test]
    fn the_earliest_time_counts_until_it_is_taken() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let missed = Missed::default();
        assert!(!missed.is_some() && missed.take().is_none());
        for second in [20, 10, 30] {
            missed.since(at(second));
        }
        assert_eq!(missed.take(), Some(at(10)));
        assert_eq!(missed.take(), None);
    }
}
