use std::sync::Arc;
use std::time::Duration;

use super::{FailureModes, ModeOverride, Seconds};
use crate::doc::{self, FailurePolicy, Policy};

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn modes() {
    use FailurePolicy::{Fail, Ignore};
    let none = FailureModes::default();
    let open = FailureModes { default: Ignore, ..FailureModes::default() };
    let some = FailureModes {
        overrides: vec![
            over(&["shop/*"], &[], Ignore),
            over(&["loud-*"], &["kube-*"], Ignore),
            over(&[], &["strict"], Fail),
        ],
        ..FailureModes::default()
    };
    check("Kyverno's default",           &none, "p",      "",       None,           Fail);
    check("what the policy says",        &none, "p",      "",       Some("Ignore"), Ignore);
    check("a default for the rest",      &open, "p",      "",       None,           Ignore);
    check("a default is no override",    &open, "p",      "",       Some("Fail"),   Fail);
    check("by policy and namespace",     &some, "loud-1", "kube-x", Some("Fail"),   Ignore);
    check("another namespace",           &some, "loud-1", "shop",   Some("Fail"),   Fail);
    check("another policy",              &some, "quiet",  "kube-x", Some("Fail"),   Fail);
    check("by namespace",                &some, "quiet",  "strict", Some("Ignore"), Fail);
    check("no namespace",                &some, "loud-1", "",       None,           Fail);
    check("a policy of a namespace",     &some, "shop/p", "shop",   None,           Ignore);
    check("the like-named cluster one",  &some, "p",      "shop",   None,           Fail);
}

#[test]
fn budgets_in_words() {
    for (millis, text) in [(450, "450ms"), (1_000, "1s"), (9_900, "9.9s")] {
        assert_eq!(Seconds(Duration::from_millis(millis)).to_string(), text);
    }
}

fn over(policies: &[&str], namespaces: &[&str], mode: FailurePolicy) -> ModeOverride {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    ModeOverride {
        policies: texts(policies),
        namespaces: texts(namespaces),
        mode,
    }
}

fn policy(name: &str, failure_policy: Option<&str>) -> Arc<Policy> {
    let (kind, metadata) = match name.split_once('/') {
        Some((namespace, name)) => (
            "Policy",
            format!("{{name: {name}, namespace: {namespace}}}"),
        ),
        None => ("ClusterPolicy", format!("{{name: {name}}}")),
    };
    let stated = failure_policy.map(|text| format!("failurePolicy: {text}, "));
    let text = format!(
        "{{apiVersion: kyverno.io/v1, kind: {kind}, metadata: {metadata}, spec: {{{}rules: [{{name: r, \
         match: {{any: [{{resources: {{kinds: [Pod]}}}}]}}, validate: {{pattern: {{spec: {{}}}}}}}}]}}}}",
        stated.unwrap_or_default()
    );
    doc::read(&text).remove(0).unwrap()
}

#[track_caller]
fn check(
    case: &str,
    modes: &FailureModes,
    name: &str,
    namespace: &str,
    stated: Option<&str>,
    expect: FailurePolicy,
) {
    let policy = policy(name, stated);
    assert_eq!(modes.of(&policy, namespace), expect, "{case}");
}
