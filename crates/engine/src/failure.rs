//! Failure modes: what becomes of rules that find no outcome in time.
//!
//! Comes in:  what policies say (`failurePolicy`), and what whoever runs the gate says instead.
//! Goes out:  closed or open, for a policy in a namespace; the reason, in words for the user.
//! Never here: clocks; rules that were decided.

use std::fmt;
use std::time::Duration;

use portcullis_lang::scalar::wildcard;

use crate::doc::{FailurePolicy, Policy, PolicyId};
use crate::facts::{Facts, Fault};

/// Who fails closed and who open.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FailureModes {
    /// Of policies that do not say it themselves.
    pub default: FailurePolicy,
    /// Instead of what policies say; the first that fits counts.
    pub overrides: Vec<ModeOverride>,
    /// Nothing is denied any more: every denial is a warning instead.
    pub audit_everything: bool,
}

/// A failure mode for some policies in some namespaces.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ModeOverride {
    /// Wildcards on the names of policies, `namespace/name` for those of a namespace; empty for all.
    pub policies: Vec<String>,
    /// Wildcards on the namespaces of requests; empty for all, cluster-scoped objects included.
    pub namespaces: Vec<String>,
    /// What they do.
    pub mode: FailurePolicy,
}

impl FailureModes {
    /// What undecided rules of `policy` do to a request in `namespace`.
    ///
    /// Asked only for rules without an outcome, so its cost is no matter.
    pub fn of(&self, policy: &Policy, namespace: &str) -> FailurePolicy {
        let settings = policy.settings();
        let stated = settings.states_failure_policy;
        let stated = stated.then_some(settings.failure_policy);
        self.of_stated(policy.id(), stated, namespace)
    }

    /// [`FailureModes::of`] a policy that states this mode, or none.
    pub(crate) fn of_stated(
        &self,
        id: &PolicyId,
        stated: Option<FailurePolicy>,
        namespace: &str,
    ) -> FailurePolicy {
        let stated = stated.unwrap_or(self.default);
        let name = match id.namespace.as_str() {
            "" => id.name.clone(),
            namespace => format!("{namespace}/{}", id.name),
        };
        let mut overrides = self.overrides.iter();
        let found = overrides
            .find(|entry| fits(&entry.policies, &name) && fits(&entry.namespaces, namespace));
        found.map_or(stated, |entry| entry.mode)
    }
}

fn fits(patterns: &[String], name: &str) -> bool {
    patterns.is_empty()
        || patterns
            .iter()
            .any(|pattern| wildcard::matches(pattern, name))
}

/// Why the time is over, when it is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Cause {
    /// The deadline struck, or a fact did not arrive before it.
    #[default]
    Deadline,
    /// There was more work than could be done.
    Overload,
    /// An earlier attempt failed by a defect of this program.
    Panic,
}

/// The time that one review has.
#[derive(Clone, Copy)]
pub struct Time<'t> {
    /// Is it over for the evaluation of a policy that allows itself so much? `None`: for everybody.
    pub over: &'t dyn Fn(Option<Duration>) -> bool,
    /// Was so much time spent on the review, attempts before this one and waiting included? Who
    /// allows itself no more waits for no fact then, but is still evaluated: what it said at once, it
    /// says again.
    pub waited: &'t dyn Fn(Duration) -> bool,
    /// All of it, for messages.
    pub budget: Duration,
    /// Why it is over, when it is.
    pub cause: Cause,
}

impl Time<'static> {
    /// Time without end, as tests and benchmarks have it.
    pub const ENDLESS: Time<'static> = Time {
        over: &|_| false,
        waited: &|_| false,
        budget: Duration::MAX,
        cause: Cause::Deadline,
    };
}

impl Time<'_> {
    /// Is it over for everybody?
    pub fn is_over(&self) -> bool {
        (self.over)(None)
    }

    /// Is it over for rules of `policy`?
    pub fn is_over_for(&self, policy: &Policy) -> bool {
        (self.over)(own_limit(policy))
    }

    /// May a rule of `policy` wait for a fact no longer?
    pub(crate) fn is_spent_for(&self, policy: &Policy) -> bool {
        self.is_over() || own_limit(policy).is_some_and(self.waited)
    }

    /// Why a rule of `policy` has no outcome.
    pub(crate) fn reason(&self, policy: &Policy, fault: &Fault, facts: &dyn Facts) -> String {
        self.reason_within(own_limit(policy), fault, facts)
    }

    /// Why a policy that allows itself so much has no outcome.
    pub(crate) fn reason_within(
        &self,
        limit: Option<Duration>,
        fault: &Fault,
        facts: &dyn Facts,
    ) -> String {
        let budget = limit.map_or(self.budget, |limit| limit.min(self.budget));
        let budget = format!("its budget of {}", Seconds(budget));
        let given_up = match fault {
            Fault::Missing(fact) => facts.given_up(fact),
            _ => None,
        };
        match (self.cause, fault) {
            (Cause::Panic, _) => "evaluating it failed inside portcullis".to_owned(),
            (_, Fault::Error(text)) => text.clone(),
            (Cause::Overload, _) => {
                format!("not evaluated: the gate is overloaded, {budget} would pass")
            }
            (Cause::Deadline, Fault::Missing(fact)) => match given_up {
                Some(why) if !why.is_empty() => format!("{fact}: {why}"),
                _ => format!("{fact} did not arrive within {budget}"),
            },
            (Cause::Deadline, Fault::Stopped) => format!("not decided within {budget}"),
        }
    }
}

/// `timeoutSeconds` of the policy's webhook.
pub(crate) fn own_limit(policy: &Policy) -> Option<Duration> {
    let seconds = policy.settings().timeout_seconds?;
    u64::try_from(seconds).ok().map(Duration::from_secs)
}

impl fmt::Debug for Time<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Time")
            .field("budget", &self.budget)
            .field("cause", &self.cause)
            .finish_non_exhaustive()
    }
}

/// `9.9s`, `450ms`.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_millis() {
            millis if millis < 1_000 => write!(f, "{millis}ms"),
            millis => write!(f, "{}s", millis as f64 / 1_000.0),
        }
    }
}

#[cfg(test)]
mod tests;
