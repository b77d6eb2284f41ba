//! Reviews that find the time over.

use super::{NOW, Setting, check, demands, policy, respond, response_of};
use crate::admit::{NAMED, Phase};
use crate::doc;
use crate::failure::Cause;
use crate::program::Program;

#[test]
fn undecided_policies_about_other_resources_have_no_say() {
    for (resource, denied) in [("configmaps", true), ("pods", false)] {
        let text = format!(
            "{{apiVersion: policies.kyverno.io/v1, kind: ValidatingPolicy, metadata: {{name: v}}, spec: \
             {{matchConstraints: {{namespaceSelector: {{matchLabels: {{a: b}}}}, resourceRules: [{{apiGroups: [''], apiVersions: [v1], operations: \
             [CREATE], resources: [{resource}]}}]}}, validations: [{{expression: 'true'}}]}}}}"
        );
        let doc::AnyPolicy::Validating(policy) = doc::read_any(&text).remove(0).unwrap() else {
            panic!("a ValidatingPolicy is read as one");
        };
        let program = Program::default().with_cel([policy], []);
        let late = Setting {
            labels: Some("{a: b}"),
            over: NOW,
            ..Setting::default()
        };
        let unlabelled = Setting {
            given_up: &[("labels", "the cluster is away")],
            ..Setting::default()
        };
        for setting in [late, unlabelled] {
            let answer = response_of(&program, Phase::Validate, &setting);
            assert_eq!(answer.starts_with("denied"), denied, "{resource}: {answer}");
        }
        let known = Setting {
            labels: Some("{a: b}"),
            ..Setting::default()
        };
        assert_eq!(response_of(&program, Phase::Validate, &known), "allowed");
    }
}

#[test]
fn causes() {
    let over = |cause| Setting {
        over: NOW,
        cause,
        ..Setting::default()
    };
    let policies = [policy("a", "failurePolicy: Ignore,", &demands("bad"))];
    for (cause, reason) in [
        (Cause::Deadline, "not decided within its budget of 9.9s"),
        (
            Cause::Overload,
            "not evaluated: the gate is overloaded, its budget of 9.9s would pass",
        ),
        (Cause::Panic, "evaluating it failed inside portcullis"),
    ] {
        let expect = format!(
            "allowed\npolicy a.demands: {reason}; failing open\nportcullis-undecided: a/demands: {reason}"
        );
        check(&policies, &over(cause), &expect);
    }
    let audited = "{name: audited, match: {any: [{resources: {kinds: [ConfigMap]}}]}, validate: \
                   {failureAction: Audit, message: nope, pattern: {data: {k: bad}}}}";
    let rules = format!(
        "{audited}, {}",
        demands("bad").replace("ConfigMap", "Secret")
    );
    let answer = respond(
        Phase::Validate,
        &[policy("a", "", &rules)],
        &over(Cause::Deadline),
    );
    assert!(
        answer.starts_with("allowed\n") && answer.contains("only audited"),
        "{answer}"
    );
}

#[test]
fn a_refusal_names_some_of_the_policies_that_were_not_evaluated() {
    let late = Setting {
        over: NOW,
        cause: Cause::Overload,
        ..Setting::default()
    };
    for (count, named, others) in [(NAMED, NAMED, false), (NAMED + 5, NAMED, true)] {
        let policies: Vec<_> = (0..count)
            .map(|n| policy(&format!("p{n}"), "", &demands("bad")))
            .collect();
        let answer = respond(Phase::Validate, &policies, &late);
        assert!(answer.starts_with("denied"), "{answer}");
        assert_eq!(answer.matches("failing closed").count(), named, "{answer}");
        let told = answer.contains("other policies were not evaluated either");
        assert_eq!(told, others, "{answer}");
    }
    // The same where the labels of the namespace are not known.
    let selects = "{name: gold, match: {any: [{resources: {kinds: [ConfigMap], namespaceSelector: \
                   {matchLabels: {tier: gold}}}}]}, validate: {message: nope, pattern: {data: {k: bad}}}}";
    let policies: Vec<_> = (0..2 * NAMED)
        .map(|n| policy(&format!("p{n}"), "", selects))
        .collect();
    let answer = respond(Phase::Validate, &policies, &late);
    assert_eq!(answer.matches("failing closed").count(), NAMED, "{answer}");
    // One that fails open never stands for one that fails closed.
    let mut policies = vec![policy("open", "failurePolicy: Ignore,", &demands("bad")); 2 * NAMED];
    policies.push(policy("closed", "", &demands("bad")));
    let answer = respond(Phase::Validate, &policies, &late);
    assert!(answer.starts_with("denied\nclosed:"), "{answer}");
}
