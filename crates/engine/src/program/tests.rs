//! A program that was renewed again and again is the one that is built from scratch.

use std::fmt::Write;
use std::sync::Arc;

use super::Program;
use crate::doc::{self, Exception, Policy};

const KINDS: [&str; 5] = ["Pod", "Deployment", "Secret", "Namespace", "Unheard"];

#[test]
fn renewed_programs_are_as_new_ones() {
    let mut random = Random(7);
    for _ in 0..8 {
        let mut policies: Vec<Arc<Policy>> = Vec::new();
        let mut exceptions = Vec::new();
        let mut program = Program::default();
        for _ in 0..60 {
            for _ in 0..=random.below(3) {
                change(&mut policies, &mut random);
            }
            if random.below(12) == 0 {
                exceptions = some_exceptions(&mut random);
            }
            check(&mut program, &policies, &exceptions);
        }
    }
}

#[test]
fn a_group_is_cut_into_more_parts_and_into_fewer() {
    let mut policies: Vec<_> = (0..1_030).map(|index| plain(index, index)).collect();
    let rest = policies.split_off(1_022);
    let mut program = Program::default();
    check(&mut program, &policies, &[]);
    for (index, policy) in rest.into_iter().enumerate().take(4) {
        policies.push(policy);
        policies[index * 100] = plain(index * 100, 5_000 + index);
        check(&mut program, &policies, &[]);
    }
    // Within one of two parts, and back to one.
    policies[3] = plain(3, 4);
    check(&mut program, &policies, &[]);
    policies.remove(500);
    check(&mut program, &policies, &[]);
    policies.drain(100..110);
    check(&mut program, &policies, &[]);
}

#[test]
fn what_a_change_does_not_touch_is_taken_over() {
    let mut policies: Vec<_> = (0..1_100).map(|index| plain(index, index)).collect();
    policies.push(made(2_000, 1, 1));
    let before = Program::new(policies.iter().cloned());
    policies[500] = plain(500, 3_000);
    let after = before.renewed(policies, []);
    let [same, all] = [&before, &after].map(|program| {
        let groups = program.plans.groups.iter();
        let parts = groups.flat_map(|group| &group.parts);
        parts.map(|(part, _)| Arc::as_ptr(part)).collect::<Vec<_>>()
    });
    let taken_over = all.iter().filter(|part| same.contains(part)).count();
    // One of the two parts of the first group may be the one that the policy left for the other.
    assert!(all.len() - taken_over <= 2, "{taken_over} of {}", all.len());
    let other = |program: &Program| Arc::clone(program.plans.groups.last().unwrap());
    assert!(Arc::ptr_eq(&other(&before), &other(&after)));
    assert!(Arc::ptr_eq(&before.plans.kinds, &after.plans.kinds));
}

/// Renews `program`, and compares it with a new one.
#[track_caller]
fn check(program: &mut Program, policies: &[Arc<Policy>], exceptions: &[Arc<Exception>]) {
    *program = program.renewed(policies.iter().cloned(), exceptions.iter().cloned());
    let new = Program::default().renewed(policies.iter().cloned(), exceptions.iter().cloned());
    assert_eq!(told(program), told(&new));
    let part = |program: &Program, before: Option<&Program>| {
        let keep = |policy: &doc::AnyPolicy| policy.name() != "p-00003";
        told(&program.part(before, &keep))
    };
    assert_eq!(part(program, None), part(&new, Some(program)));
}

/// Everything that a program consists of.
fn told(program: &Program) -> String {
    let mut out = String::new();
    for group in &program.plans.groups {
        let key = group.guard.key.text();
        let (role, excused, first) = (group.role, &group.excused_by, group.first);
        let _ = write!(out, "{key} {role:?} {excused:?} {first:?} {}", group.whole);
        let _ = writeln!(out, " {}", group.excused.len());
        for (part, members) in &group.parts {
            let ids: Vec<_> = part.ids.iter().map(|id| id.text()).collect();
            let _ = writeln!(out, "  {ids:?} {members:?}");
        }
    }
    for kind in KINDS {
        let ways = program.plans.kinds.of(kind);
        let mutating = program.mutating(kind);
        let mutating: Vec<_> = mutating
            .map(|(policy, closed)| (policy.name(), closed))
            .collect();
        let _ = writeln!(out, "{kind} {ways:?} {mutating:?}");
        for namespace in ["", "shop", "other"] {
            let groups = program.plans.answering(kind, namespace);
            let groups: Vec<_> = groups.map(|group| group.first).collect();
            let whole = program.plans.needs_whole(kind);
            let _ = writeln!(out, "{namespace} {groups:?} {whole}");
        }
        out.push_str(&program.explain(kind));
    }
    let policies: Vec<_> = program.policies().iter().map(|it| it.id()).collect();
    let lowered = program.lowered.iter().map(|it| it.policy.id());
    assert!(lowered.eq(policies.iter().copied()));
    let labels: Vec<_> = program.label_kinds.iter().map(|it| &it.text).collect();
    let _ = writeln!(out, "{policies:?} {labels:?}");
    let _ = writeln!(
        out,
        "{} {} {}",
        program.rules(),
        program.queries().len(),
        program.sets_off()
    );
    out
}

/// A policy comes, goes, or is another one from now on.
fn change(policies: &mut Vec<Arc<Policy>>, random: &mut Random) {
    let index = random.below(14);
    let name = format!("p-{index:05}");
    let (check, form) = (random.below(4), random.below(9));
    policies.retain(|policy| policy.name() != name);
    if random.below(3) > 0 {
        policies.push(made(index, check, form));
    }
}

fn some_exceptions(random: &mut Random) -> Vec<Arc<Exception>> {
    let count = random.below(3);
    let texts = (0..count).map(|index| {
        format!(
            "{{apiVersion: kyverno.io/v2, kind: PolicyException, metadata: {{name: e{index}}}, spec: {{exceptions: \
             [{{policyName: p-{:05}, ruleNames: [{}]}}], match: {{any: [{{resources: {{kinds: [Pod], \
             names: [spared]}}}}]}}}}}}",
            random.below(14),
            ["check", "'*'"][random.below(2)]
        )
    });
    let read = texts.flat_map(|text| Exception::read(&text));
    read.map(Result::unwrap).collect()
}

/// A policy with one rule, for Pods.
fn plain(index: usize, check: usize) -> Arc<Policy> {
    let text = format!(
        "{{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {{name: p-{index:05}, annotations: \
         {{pod-policies.kyverno.io/autogen-controllers: none}}}}, spec: {{validationFailureAction: Enforce, \
         rules: [{{name: r, match: {{any: [{{resources: {{kinds: [Pod]}}}}]}}, validate: {{pattern: {{metadata: \
         {{name: '!bad-{check}'}}}}}}}}]}}}}"
    );
    doc::read(&text).remove(0).unwrap()
}

/// `form`: what kind of policy it is; `check`: what it asks for.
fn made(index: usize, check: usize, form: usize) -> Arc<Policy> {
    let pattern = format!("validate: {{pattern: {{metadata: {{name: '!bad-{check}'}}}}}}");
    let deny = format!(
        "validate: {{deny: {{conditions: {{any: [{{key: '{{{{ request.object.x{check} }}}}', operator: Equals, \
         value: 1}}]}}}}}}"
    );
    let label =
        format!("mutate: {{patchStrategicMerge: {{metadata: {{labels: {{a: '{check}'}}}}}}}}");
    let existing = "mutate: {mutateExistingOnPolicyUpdate: false, targets: [{apiVersion: v1, kind: \
                    Secret}], patchStrategicMerge: {data: {a: b}}}";
    let (settings, kinds, more, body) = match form {
        0 => ("validationFailureAction: Enforce", "[Pod]", "", &*pattern),
        1 => (
            "validationFailureAction: Enforce",
            "[Secret]",
            "",
            &*pattern,
        ),
        2 => ("validationFailureAction: Audit", "[Pod]", "", &*pattern),
        3 => (
            "failurePolicy: Ignore, validationFailureAction: Enforce",
            "[Pod]",
            "",
            &*pattern,
        ),
        4 => (
            "background: false, validationFailureAction: Enforce",
            "['*']",
            "",
            &*deny,
        ),
        5 => (
            "validationFailureAction: Enforce",
            "[Secret, Namespace]",
            ", namespaceSelector: {matchLabels: {a: b}}",
            &*deny,
        ),
        6 => ("failurePolicy: Ignore", "[Pod]", "", &*label),
        7 => (
            "validationFailureAction: Enforce",
            "[Pod]",
            ", namespaces: [shop]",
            &*pattern,
        ),
        _ => ("admission: true", "[Secret]", "", existing),
    };
    let text = format!(
        "{{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {{name: p-{index:05}}}, spec: {{{settings}, \
         rules: [{{name: check, match: {{any: [{{resources: {{kinds: {kinds}{more}}}}}]}}, {body}}}, \
         {{name: again, match: {{any: [{{resources: {{kinds: [Pod]}}}}]}}, {pattern}}}]}}}}"
    );
    doc::read(&text).remove(0).unwrap()
}

/// The same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % end
    }
}
