//! Policies that come, change and go: what that means for what they made, and for what exists.
//!
//! Comes in:  the policies in force, whenever they change.
//! Goes out:  duties and removals, in the queue; kinds to follow.
//! Never here: carrying anything out.
//!
//! | change | what follows |
//! |---|---|
//! | policy new or changed, `generateExisting`, `mutateExistingOnPolicyUpdate` | a duty for each object that sets it off |
//! | rule with `synchronize` changed | a duty for each trigger for which it made something |
//! | rule gone | what it made from data goes |
//! | policy gone | what it made goes, copies of policies written in CEL excepted |
//!
//! `synchronize: false` and `orphanDownstreamOnPolicyDelete` keep everything where it is. After a start
//! every policy is new: what a controller missed while it was down is made up for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use portcullis_engine::doc::{
    Body, Constraints, GeneratingPolicy, MutatingPolicy, Policy, PolicyId, Rule,
};
use portcullis_engine::program::Program;
use portcullis_lang::value::Value;
use tokio::task::JoinSet;

use super::duty::{Duty, What, policy_key};
use super::existing::{self, Setting};
use super::rules::{copies, kinds_made, patterns};
use super::shop::Shop;
use super::work::{Removal, Requests, Work};

/// How often the policies in force are looked at. That costs one load of a pointer.
const INTERVAL: Duration = Duration::from_millis(200);

/// The policies that set anything off, by kind of work and key.
#[derive(Clone, Default)]
struct Known {
    rules: BTreeMap<String, Arc<Policy>>,
    making: BTreeMap<String, Arc<GeneratingPolicy>>,
    changing: BTreeMap<String, Arc<MutatingPolicy>>,
}

impl Known {
    fn of(program: &Program) -> Known {
        let later = |policy: &&Arc<Policy>| policy.rules().iter().any(sets_off);
        let rules = program.policies().iter().filter(later);
        let making = program.generating().iter();
        let changing = program
            .mutating_policies()
            .iter()
            .filter(|policy| policy.existing);
        Known {
            rules: rules
                .map(|policy| (policy_key(policy.id()), policy.clone()))
                .collect(),
            making: making
                .map(|policy| (policy_key(&policy.id), policy.clone()))
                .collect(),
            changing: changing
                .map(|policy| (policy_key(&policy.id), policy.clone()))
                .collect(),
        }
    }
}

fn sets_off(rule: &Rule) -> bool {
    match &rule.body {
        Body::Generate(_) => true,
        Body::Mutate(mutate) => mutate.is_existing(),
        _ => false,
    }
}

/// Follows the policies in force, for ever.
pub(super) async fn follow(shop: Arc<Shop>, requests: Arc<Requests>) {
    let mut known = Known::default();
    let mut version = 0;
    let mut looking = JoinSet::new();
    loop {
        let snapshot = shop.site.policies.load().clone();
        if let Some(snapshot) = snapshot.filter(|snapshot| snapshot.version != version) {
            version = snapshot.version;
            let now = Known::of(&snapshot.program);
            let change = Change {
                shop: &shop,
                requests: &requests,
                program: &snapshot.program,
                looking: &mut looking,
            };
            change.conclude(&known, &now);
            known = now;
        }
        // Whatever has ended is taken out.
        while looking.try_join_next().is_some() {}
        tokio::time::sleep(INTERVAL).await;
    }
}

/// What is as it was is no change: a status that is written makes a new version of the same policy.
fn same(before: Value<'_>, after: Value<'_>) -> bool {
    before.get("spec") == after.get("spec")
        && ["annotations", "labels"].iter().all(|key| {
            before.at(&["metadata", key]).unwrap_or_default()
                == after.at(&["metadata", key]).unwrap_or_default()
        })
}

struct Change<'c> {
    shop: &'c Arc<Shop>,
    requests: &'c Requests,
    program: &'c Arc<Program>,
    looking: &'c mut JoinSet<()>,
}

impl Change<'_> {
    fn conclude(mut self, before: &Known, now: &Known) {
        for (key, policy) in &before.rules {
            self.rules_gone(key, policy, now.rules.get(key));
        }
        for (key, policy) in &before.making {
            if !now.making.contains_key(key) {
                self.making_gone(key, policy);
            }
        }
        for (key, policy) in &now.rules {
            let old = before.rules.get(key);
            let is_same = |old: &Arc<Policy>| same(old.document().root(), policy.document().root());
            if !old.is_some_and(is_same) {
                self.rules_changed(key, policy, old);
                self.kick(key);
            }
        }
        for (key, policy) in &now.making {
            let old = before.making.get(key);
            let is_same = |old: &Arc<GeneratingPolicy>| {
                same(
                    old.source.document().root(),
                    policy.source.document().root(),
                )
            };
            if !old.is_some_and(is_same) {
                self.making_changed(key, policy);
                self.kick(key);
            }
        }
        for (key, policy) in &now.changing {
            let old = before.changing.get(key);
            let is_same = |old: &Arc<MutatingPolicy>| {
                same(
                    old.source.document().root(),
                    policy.source.document().root(),
                )
            };
            if !old.is_some_and(is_same) {
                self.changing_changed(policy);
                self.kick(key);
            }
        }
    }

    /// Requests that failed may go well now.
    fn kick(&self, key: &str) {
        for name in self.requests.names(|request| request.spec.policy == key) {
            self.shop.queue.add(Work::Request(name));
        }
    }

    fn rules_gone(&self, key: &str, policy: &Arc<Policy>, now: Option<&Arc<Policy>>) {
        for rule in policy.rules() {
            let Body::Generate(body) = &rule.body else {
                continue;
            };
            let still = now.is_some_and(|now| now.rules().iter().any(|one| one.name == rule.name));
            // A rule that only lost its policy's other rules keeps its copies.
            let keeps = now.is_some() && copies(rule);
            if still || keeps || !body.synchronize || body.orphan_downstream_on_policy_delete {
                continue;
            }
            let fixed = |key: &str| {
                let mut patterns = patterns(rule);
                let (one, more) = (patterns.next(), patterns.next());
                let text = one.filter(|_| more.is_none()).map(|one| one.text(key));
                let text = text.filter(|text| !text.is_empty() && !text.contains("{{"));
                text.map(str::to_owned)
            };
            let copies = copies(rule);
            self.shop.queue.add(Work::Remove(Removal::OfRule {
                policy: key.to_owned(),
                rule: Some(rule.name.clone()),
                kinds: kinds_made(rule).unwrap_or_else(|| self.shop.watches.kinds_made()),
                // What the rule made under another name before it was changed is nobody's any more.
                name: fixed("name").filter(|_| !copies),
                namespace: fixed("namespace").filter(|_| !copies),
                keep_copies: false,
            }));
        }
    }

    fn making_gone(&self, key: &str, policy: &GeneratingPolicy) {
        if !policy.evaluation.synchronize || policy.evaluation.orphan {
            return;
        }
        self.shop.queue.add(Work::Remove(Removal::OfRule {
            policy: key.to_owned(),
            rule: None,
            kinds: self.shop.watches.kinds_made(),
            name: None,
            namespace: None,
            keep_copies: true,
        }));
    }

    fn rules_changed(&mut self, key: &str, policy: &Arc<Policy>, old: Option<&Arc<Policy>>) {
        let settings = policy.settings();
        for rule in policy.rules() {
            let what = match &rule.body {
                Body::Generate(body) => {
                    if body.synchronize {
                        self.follow_kinds(rule);
                        if old.is_some() {
                            self.look_again(|duty| {
                                duty.what == What::Generate
                                    && duty.policy == *key
                                    && duty.rule == rule.name
                            });
                        }
                    }
                    let existing = body.generate_existing;
                    if !existing.unwrap_or(settings.generate_existing) {
                        continue;
                    }
                    What::Generate
                }
                Body::Mutate(body) if body.is_existing() => {
                    let existing = body.mutate_existing_on_policy_update;
                    if !existing.unwrap_or(settings.mutate_existing_on_policy_update) {
                        continue;
                    }
                    What::Mutate
                }
                _ => continue,
            };
            let kinds = self.shop.site.kinds.load();
            self.look_for_triggers(Setting::of_rule(&kinds, what, policy, rule));
        }
    }

    fn making_changed(&mut self, key: &str, policy: &Arc<GeneratingPolicy>) {
        if policy.evaluation.synchronize {
            self.look_again(|duty| duty.what == What::CelGenerate && duty.policy == *key);
        }
        if policy.evaluation.existing {
            let constraints = policy.constraints.as_ref();
            self.existing_of(What::CelGenerate, &policy.id, constraints);
        }
    }

    fn changing_changed(&mut self, policy: &Arc<MutatingPolicy>) {
        let form = policy.variants.first();
        let constraints = form.and_then(|form| form.constraints.as_ref());
        self.existing_of(What::CelMutate, &policy.id, constraints);
    }

    fn existing_of(&mut self, what: What, id: &PolicyId, constraints: Option<&Constraints>) {
        let kinds = self.shop.site.kinds.load();
        if let Some(setting) = Setting::of_policy(&kinds, what, id, constraints) {
            self.look_for_triggers(setting);
        }
    }

    /// Follows what a rule makes and copies, as far as its kinds are known beforehand.
    fn follow_kinds(&self, rule: &Rule) {
        let copies = copies(rule);
        for (api_version, kind) in kinds_made(rule).unwrap_or_default() {
            self.shop.watches.follow_made(&api_version, &kind);
            if copies {
                self.shop.watches.follow_sources(&api_version, &kind);
            }
        }
    }

    fn look_again(&self, chosen: impl Fn(&Duty) -> bool) {
        let duties = self.shop.watches.duties(chosen).into_iter();
        duties.for_each(|duty| self.shop.queue.add(Work::Duty(duty)));
    }

    fn look_for_triggers(&mut self, setting: Setting) {
        let (shop, program) = (self.shop.clone(), self.program.clone());
        self.looking.spawn(async move {
            existing::look(&shop, &program, &setting).await;
        });
    }
}
