use std::net::IpAddr;

use bumpalo::Bump;
use portcullis_lang::functions::Inputs;
use portcullis_lang::scalar::time::Time;
use portcullis_lang::value::{Numbers, yaml};

use super::{cleanup, time_to_live};
use crate::context::Queries;
use crate::doc;
use crate::facts::NoFacts;
use crate::reference::Surroundings;
use crate::review::{Operation, Review, UserInfo};

struct Still;

impl Inputs for Still {
    fn now(&self) -> i128 {
        1_767_225_600_000_000_000 // 2026-01-01
    }
    fn random(&self) -> u64 {
        0
    }
    fn resolve_host(&self, _: &str) -> Option<Result<Vec<IpAddr>, String>> {
        None
    }
}

const POD: &str = "{apiVersion: v1, kind: Pod, metadata: {name: old, namespace: team, creationTimestamp: \
                   '2025-12-01T00:00:00Z', labels: {app: web}}, spec: {containers: [{name: c, image: 'nginx:1'}]}}";
const PODS: &str = "match: {any: [{resources: {kinds: [Pod]}}]}";

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn what_would_be_deleted() {
    let deleted = Some("pass: resource matched");
    let kept = Some("fail: resource did not match");
    check("everything",     "", deleted);
    check("by its name",    "conditions: {any: [{key: '{{ target.metadata.name }}', operator: Equals, value: old}]}", deleted);
    check("another name",   "conditions: {all: [{key: '{{ target.metadata.name }}', operator: Equals, value: new}]}", kept);
    check("by its age",     "conditions: {all: [{key: '{{ time_since(``, target.metadata.creationTimestamp, ``) }}', operator: GreaterThan, value: 24h}]}".replace('`', "''").as_str(), deleted);
    check("by its images",  "conditions: {any: [{key: '{{ images.containers.c.name }}', operator: Equals, value: nginx}]}", deleted);
    check("with a context", "context: [{name: v, variable: {value: old}}], conditions: {all: [{key: '{{ target.metadata.name }}', operator: Equals, value: '{{ v }}'}]}", deleted);
    check("no such field",  "conditions: {all: [{key: '{{ target.spec.nope }}', operator: Equals, value: a}]}",
        Some("error: failed to evaluate conditions: failed to substitute variables in condition key: failed to resolve target.spec.nope at path : JMESPath query failed: Unknown key \"nope\" in path"));
    check("left out",       "exclude: {any: [{resources: {kinds: [Pod], selector: {matchLabels: {app: web}}}}]}", None);
}

#[test]
fn a_policy_of_a_namespace_reaches_no_further() {
    let policy = |namespace: &str| {
        format!("kind: CleanupPolicy, metadata: {{name: p, namespace: {namespace}}}")
    };
    assert_eq!(
        said(&policy("team"), "").as_deref(),
        Some("pass: resource matched")
    );
    assert_eq!(said(&policy("other"), ""), None);
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn what_is_refused() {
    let refused = |case: &str, spec: &str, reason: &str| {
        let text = format!("{{apiVersion: kyverno.io/v2, kind: ClusterCleanupPolicy, metadata: {{name: p}}, spec: {{{spec}}}}}");
        let document = yaml::read_one(&text, Numbers::AsWritten).unwrap();
        let found = doc::read_cleanup(&document).unwrap().err().map(|broken| broken.diagnostics[0].message.clone());
        assert_eq!(found.as_deref(), (!reason.is_empty()).then_some(reason), "{case}");
    };
    let when = "schedule: '0 4 * * *'";
    refused("nothing wrong",    &format!("{when}, {PODS}, deletionPropagationPolicy: Orphan"), "");
    refused("a literal",        &format!("{when}, {PODS}, conditions: {{any: [{{key: \"{{{{ contains(target.metadata.name, 'request') }}}}\", operator: Equals, value: true}}]}}"), "");
    refused("no schedule",      PODS, "the policy has no `schedule`");
    refused("no cron line",     &format!("schedule: '61 * * * *', {PODS}"),
        "spec.schedule: Invalid value: \"61 * * * *\": no cron line: end of range (61) above maximum (59): 61");
    refused("matches nothing",  when, "spec.match: a cleanup policy has to match something");
    refused("the direct form",  &format!("{when}, match: {{resources: {{kinds: [Pod]}}}}"), "spec.match: filters stand under any or all");
    refused("a user",           &format!("{when}, match: {{any: [{{resources: {{kinds: [Pod]}}, subjects: [{{kind: User, name: u}}]}}]}}"),
        "spec.match.any: subjects cannot be matched, because nobody sends a request");
    refused("no kinds",         &format!("{when}, match: {{all: [{{resources: {{names: [a]}}}}]}}"), "spec.match.all: kinds have to be named");
    refused("the request",      &format!("{when}, {PODS}, conditions: {{any: [{{key: '{{{{ request.object.metadata.name }}}}', operator: Equals, value: a}}]}}"),
        "spec.conditions: variable request is not available in a cleanup policy");
    refused("a registry",       &format!("{when}, {PODS}, context: [{{name: i, imageRegistry: {{reference: nginx}}}}]"),
        "spec.context: imageRegistry is not allowed in a cleanup policy");
    refused("an operator",      &format!("{when}, {PODS}, conditions: {{any: [{{key: a, value: b}}]}}"),
        "path: spec.conditions.any[0].: entered value of `key`, `value` or `operator` is missing or misspelled");
    refused("propagation",      &format!("{when}, {PODS}, deletionPropagationPolicy: Later"), "`deletionPropagationPolicy` cannot be `Later`");
    refused("an unknown field", &format!("{when}, {PODS}, condition: {{}}"), "unknown field `condition` in `spec`");
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn times_to_live() {
    let check = |text: &str, created: &str, expect: &str| {
        let object = format!("{{metadata: {{creationTimestamp: {created}, labels: {{cleanup.kyverno.io/ttl: '{text}'}}}}}}");
        let object = yaml::read_one(&object, Numbers::Doubles).unwrap();
        let said = match time_to_live(object.root()).unwrap() {
            Ok(ttl) => ttl.due.map_or("unknown".to_owned(), |due: Time| due.to_utc().format("2006-01-02T15:04:05Z07:00")),
            Err(text) => text,
        };
        assert_eq!(said, expect, "{text}");
    };
    let new_year = "'2026-01-01T00:00:00Z'";
    check("90s",               new_year, "2026-01-01T00:01:30Z");
    check("1h30m",             new_year, "2026-01-01T01:30:00Z");
    check("1d",                new_year, "2026-01-02T00:00:00Z");
    check("2w",                new_year, "2026-01-15T00:00:00Z");
    check("10minutes",         new_year, "2026-01-01T00:10:00Z");
    check("1.5h",              new_year, "2026-01-01T01:30:00Z");
    check("10s",               "null",   "unknown");
    check("2026-03-01",        "null",   "2026-03-01T00:00:00Z");
    check("2023-07-19T120000Z", "null",  "2023-07-19T12:00:00Z");
    check("10ay",              new_year, "cleanup.kyverno.io/ttl label value cannot be parsed as any recognizable format \
        (parsing time \"10ay\" as \"2006-01-02\": cannot parse \"10ay\" as \"2006\")");
}

#[test]
fn what_is_over() {
    let due = |text: &str| {
        let object = format!("{{metadata: {{labels: {{cleanup.kyverno.io/ttl: '{text}'}}}}}}");
        let object = yaml::read_one(&object, Numbers::Doubles).unwrap();
        let ttl = time_to_live(object.root()).unwrap().unwrap();
        ttl.is_over(Still.now())
    };
    assert_eq!(
        (due("2026-01-01"), due("2026-01-02"), due("1s")),
        (true, false, false)
    );
    let plain = yaml::read_one(POD, Numbers::Doubles).unwrap();
    assert!(time_to_live(plain.root()).is_none());
}

#[track_caller]
fn check(case: &str, more: &str, expect: Option<&str>) {
    let said = said("kind: ClusterCleanupPolicy, metadata: {name: p}", more);
    assert_eq!(said.as_deref(), expect, "{case}");
}

/// What a policy says of the Pod.
fn said(policy: &str, more: &str) -> Option<String> {
    let text = format!(
        "{{apiVersion: kyverno.io/v2, {policy}, spec: {{schedule: '@daily', {PODS}, {more}}}}}"
    );
    let document = yaml::read_one(&text, Numbers::AsWritten).unwrap();
    let policy = doc::read_cleanup(&document).unwrap().unwrap();
    let object = yaml::read_one(POD, Numbers::Doubles).unwrap();
    let bump = Bump::new();
    let review = Review::of_resource(&bump, object.root(), Operation::Delete, UserInfo::default());
    let queries = Queries::default();
    let surroundings = Surroundings {
        facts: &NoFacts,
        inputs: &Still,
        queries: &queries,
        exceptions: &[],
        cel_exceptions: &[],
        variables: &[],
        rule_values: &|_| Vec::new(),
        trace: None,
        stop: &|| false,
    };
    let outcome = cleanup(&policy, &review, &surroundings, &bump).unwrap();
    outcome.map(|outcome| format!("{}: {}", outcome.status.as_str(), outcome.message))
}
