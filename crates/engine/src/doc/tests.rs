use portcullis_lang::diagnostic::{Position, position};
use portcullis_lang::value::to_json;

use super::{PolicyKind, read};

const POLICY: &str = "\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: p
spec:
  validationFailureAction: Enforce
  rules:
  - name: r
    match:
      any:
      - resources:
          kinds: [Pod]
    preconditions:
      all:
      - key: '{{ request.object.metadata.name }}'
        operator: Equals
        value: x
    validate:
      message: at $(./../pattern/spec/x)
      pattern:
        spec:
          x: z
";

#[test]
fn rules_for_pods_become_rules_for_their_controllers() {
    let policies = read(POLICY);
    let policy = policies[0].as_ref().unwrap();
    let names: Vec<_> = policy
        .rules()
        .iter()
        .map(|rule| rule.name.as_str())
        .collect();
    assert_eq!(names, ["r", "autogen-r", "autogen-cronjob-r"]);
    let made = policy.rules()[1].document.root();
    assert_eq!(
        to_json(made.at(&["validate", "pattern"]).unwrap()),
        r#"{"spec":{"template":{"spec":{"x":"z"}}}}"#
    );
    assert_eq!(
        made.at(&["validate"]).unwrap().text("message"),
        "at $(./../pattern/spec/template/spec/x)"
    );
    assert!(to_json(made).contains("{{ request.object.spec.template.metadata.name }}"));
    let cron = policy.rules()[2].document.root();
    assert!(
        to_json(cron)
            .contains(r#"{"spec":{"jobTemplate":{"spec":{"template":{"spec":{"x":"z"}}}}}}"#)
    );
    assert!(to_json(cron).contains(r#""kinds":["batch/v1/CronJob"]"#));
    assert!(to_json(cron).contains("request.object.spec.jobTemplate.spec.template.metadata.name"));
}

#[test]
fn autogen_keeps_away_from_what_is_too_specific() {
    check_rules(
        "a name",
        "kinds: [Pod]",
        "kinds: [Pod]\n          name: x",
        1,
    );
    check_rules("two kinds", "kinds: [Pod]", "kinds: [Pod, Service]", 1);
    check_rules("a version", "kinds: [Pod]", "kinds: [v1/Pod]", 1);
    check_rules("another kind", "kinds: [Pod]", "kinds: [Service]", 1);
    check_rules(
        "a controller only",
        "kinds: [Pod]",
        "kinds: [Deployment]",
        1,
    );
    check_rules(
        "none wanted",
        "  name: p",
        "  name: p\n  annotations: {pod-policies.kyverno.io/autogen-controllers: none}",
        1,
    );
    check_rules(
        "one wanted",
        "  name: p",
        "  name: p\n  annotations: {pod-policies.kyverno.io/autogen-controllers: CronJob}",
        2,
    );
    check_rules(
        "a namespace is fine",
        "kinds: [Pod]",
        "kinds: [Pod]\n          namespaces: [a]",
        3,
    );
}

#[track_caller]
fn check_rules(case: &str, from: &str, to: &str, expect: usize) {
    let policies = read(&POLICY.replace(from, to));
    assert_eq!(
        policies[0].as_ref().unwrap().rules().len(),
        expect,
        "{case}"
    );
}

#[test]
fn every_mistake_is_reported_at_its_place() {
    let text = POLICY
        .replace("validationFailureAction", "validationFailureActoin")
        .replace("    preconditions:", "    precondition:")
        .replace("kinds: [Pod]", "kinds: Pod")
        .replace("      message:", "      mesage:")
        .replace("  - name: r\n    match", "  - name: 7\n    match");
    let broken = read(&text)[0].clone().unwrap_err();
    let mut shown: Vec<_> = broken
        .diagnostics
        .iter()
        .map(|finding| {
            let Position { line, column } = position(&text, finding.at.start);
            format!("{line}:{column} {finding}")
        })
        .collect();
    shown.sort();
    assert_eq!(
        shown,
        [
            "12:18 `kinds` is a list, but here is text",
            "13:5 unknown field `precondition` in `rules` (did you mean `preconditions`?)",
            "19:7 unknown field `mesage` in `validate` (did you mean `message`?)",
            "6:3 unknown field `validationFailureActoin` in `spec` (did you mean `validationFailureAction`?)",
            "8:11 `name` is text, but here is a number (put it in quotes)",
        ]
    );
    assert_eq!(broken.id.unwrap().name, "p");
}

#[test]
fn other_documents_are_left_out_and_broken_ones_hurt_no_other() {
    let text = format!(
        "kind: Pod\napiVersion: v1\n---\na: [\n---\n{}",
        POLICY.replace("ClusterPolicy", "Policy")
    );
    let read = read(&text);
    assert_eq!(read.len(), 2);
    assert!(read[0].is_err());
    let policy = read[1].as_ref().unwrap();
    assert_eq!(
        (policy.id().kind, policy.id().namespace.as_str()),
        (PolicyKind::Policy, "default")
    );
}
