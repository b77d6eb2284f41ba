use serde_json::json;

use super::About;
use super::life::{Stage, stage};

#[test]
fn exceptions_of_both_kinds_say_the_same() {
    let of_rules = json!({
        "metadata": {"name": "e", "namespace": "n", "creationTimestamp": "2026-01-01T00:00:00Z", "annotations": {
            "polex.kyverno.io/owner": "team-a",
            "polex.kyverno.io/ticket": "SEC-1",
            "polex.kyverno.io/expires-at": "2030-01-31T12:00:00Z",
        }},
        "spec": {"exceptions": [{"policyName": "p"}, {"policyName": "n/q"}]},
    });
    let of_policies = json!({
        "metadata": {"name": "e", "namespace": "n", "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {
            "policyRefs": [{"name": "p", "kind": "ValidatingPolicy"}, {"name": "n/q"}],
            "properties": {"owner": "team-a", "ticket": "SEC-1"},
            "expiresAt": "2030-01-31T12:00:00Z",
        },
    });
    let about = About::of(&of_rules);
    assert_eq!(about, About::of(&of_policies));
    assert_eq!(
        (about.owner.as_str(), about.ticket.as_str()),
        ("team-a", "SEC-1")
    );
    assert_eq!(about.expires, "2030-01-31T12:00:00Z");
    assert_eq!(about.policies, ["p", "n/q"]);
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn owners_are_told_a_day_before() {
    let hours = |hours: i128| hours * 3_600_000_000_000;
    for (end, now, expect) in [
        (100, 75,  Stage::InForce),
        (100, 76,  Stage::Ending),
        (100, 100, Stage::Ending),
        (100, 101, Stage::Ended),
    ] {
        assert_eq!(stage(hours(end), hours(now)), expect, "{now} of {end}");
    }
}
