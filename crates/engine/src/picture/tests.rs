//! What a picture shows of a few policies.

use super::{Plan, Test};
use crate::doc;
use crate::program::Program;

fn policy(name: &str, check: &str) -> String {
    format!(
        "---\napiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata:\n  name: {name}\n  annotations: \
         {{pod-policies.kyverno.io/autogen-controllers: none}}\nspec:\n  validationFailureAction: Enforce\n  \
         rules:\n    - name: check\n      match: {{any: [{{resources: {{kinds: [Pod]}}}}]}}\n      \
         validate: {{message: m, {check}}}\n"
    )
}

#[test]
fn tests_are_shared_by_rules_and_places_by_tests() {
    let containers = "spec: {containers: [{image: '!*:latest'}]";
    let text = [
        policy("a", &format!("pattern: {{{containers}}}}}")),
        policy("b", &format!("pattern: {{{containers}}}}}")),
        policy("c", &format!("pattern: {{{containers}, hostPID: false}}}}")),
        policy(
            "d",
            "deny: {conditions: {all: [{key: '{{ request.name }}', operator: Equals, value: x}]}}",
        ),
    ];
    let policies = doc::read(&text.concat());
    let program = Program::new(policies.into_iter().map(Result::unwrap));
    let plan = Plan::of(&program, "Pod");
    assert_eq!(plan.totals(), (4, 3, 0));
    let [group] = plan.groups.as_slice() else {
        panic!("{plan:?}");
    };
    assert_eq!(group.matches, "any: [{resources: {kinds: [Pod]}}]");
    assert!(group.answers && group.excludes.is_empty());
    assert_eq!(
        group.classes[0].policies,
        ["a", "b"],
        "the most shared first"
    );
    let places: Vec<_> = group
        .places
        .iter()
        .map(|place| (place.depth, place.key.as_str(), place.rules))
        .collect();
    assert_eq!(
        places,
        [
            (0, "spec", 3),
            (1, "containers[].image", 3),
            (1, "hostPID", 1)
        ]
    );
    let test = |text: &str, rules| Test {
        text: text.to_owned(),
        rules,
    };
    assert_eq!(group.places[1].tests, [test("\"!*:latest\"", 3)]);
    assert_eq!(
        group.conditions,
        [test("{{ request.name }} Equals \"x\"", 1)]
    );
    assert!(Plan::of(&program, "ConfigMap").groups.is_empty());
}
