//! The program of some of a program's policies, for those who are asked about these alone.

use std::sync::{Arc, OnceLock};

use super::stated::Stated;
use super::{About, Program, label_kinds};
use crate::compile::{assemble, assemble_cel};
use crate::doc::AnyPolicy;

impl Program {
    /// The program of the policies that `keep` names, with the same exceptions. Nothing is compiled
    /// anew but what policies share; `before`, the same part of an earlier program, spares some of
    /// that as well.
    ///
    /// Cost: as [`Program::renewed`] without a changed policy.
    #[must_use]
    pub fn part(&self, before: Option<&Program>, keep: &dyn Fn(&AnyPolicy) -> bool) -> Program {
        let lowered = self.lowered.iter();
        let kept = lowered.filter(|it| keep(&AnyPolicy::Rules(Arc::clone(&it.policy))));
        let lowered: Vec<_> = kept.cloned().collect();
        let before = before.unwrap_or(self);
        let stated = Stated::of(&lowered, (&before.lowered, &before.stated));
        let validating = self.validating.iter();
        let validating = validating.filter(|it| keep(&AnyPolicy::Validating(Arc::clone(it))));
        let validating: Vec<_> = validating.cloned().collect();
        let mutating = self.mutating_policies.iter();
        let mutating = mutating.filter(|it| keep(&AnyPolicy::Mutating(Arc::clone(it))));
        let mutating: Vec<_> = mutating.cloned().collect();
        let generating = self.generating.iter();
        let generating = generating.filter(|it| keep(&AnyPolicy::Generating(Arc::clone(it))));
        Program {
            generating: generating.cloned().collect(),
            sets_off: OnceLock::new(),
            plans: assemble(&lowered, &self.exceptions, before.built()),
            label_kinds: label_kinds(&stated, &self.exceptions),
            stated,
            policies: lowered.iter().map(|it| Arc::clone(&it.policy)).collect(),
            exceptions: self.exceptions.clone(),
            cel_plans: Arc::new(assemble_cel(
                &validating,
                &self.cel_exceptions,
                &before.cel_plans,
            )),
            about: About::of(&validating, &mutating),
            validating,
            mutating_policies: mutating,
            cel_exceptions: self.cel_exceptions.clone(),
            lowered,
        }
    }
}

#[cfg(test)]
mod tests {

    use crate::doc::{self, AnyPolicy, FailurePolicy};
    use crate::program::Program;

    #[test]
    fn a_part_has_the_policies_that_it_keeps_and_no_others() {
        let text = "{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {name: NAME}, spec: \
                    {failurePolicy: MODE, rules: [{name: r, match: {any: [{resources: {kinds: [KIND]}}]}, \
                    validate: {failureAction: Enforce, deny: {}}}]}}";
        let policies = [("a", "Fail", "Pod"), ("b", "Ignore", "Secret")];
        let policies = policies.map(|(name, mode, kind)| {
            let text = text.replace("NAME", name).replace("MODE", mode);
            doc::read(&text.replace("KIND", kind)).remove(0).unwrap()
        });
        let whole = Program::new(policies);
        let part = |mode| {
            whole.part(None, &|policy| match policy {
                AnyPolicy::Rules(policy) => policy.settings().failure_policy == mode,
                _ => false,
            })
        };
        let speaks = |program: &Program| {
            ["Pod", "Secret"]
                .map(|kind| !program.is_silent(crate::admit::Phase::Validate, kind, None))
        };
        assert_eq!(speaks(&whole), [true, true]);
        assert_eq!(speaks(&part(FailurePolicy::Fail)), [true, false]);
        assert_eq!(speaks(&part(FailurePolicy::Ignore)), [false, true]);
        assert_eq!(part(FailurePolicy::Fail).count(), 1);
    }
}
