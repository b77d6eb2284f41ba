//! Whatever a client sends, the real engine behind the real routes gives an answer, and nothing panics.

use std::sync::{Arc, LazyLock};
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use portcullis_engine::doc;
use portcullis_engine::program::Program;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::connection::{Peer, respond};
use super::engine::Engine;
use super::load::{Bounds, Load};
use super::{Gate, Limits, tests};
use crate::snapshot::{InForce, Lanes, Report, Snapshot};

/// Rules of every kind that the gate decides, on ConfigMaps and Pods.
const POLICIES: &str = r#"
{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {name: a}, spec: {background: false, validationFailureAction: Enforce, rules: [
  {name: pattern, match: {any: [{resources: {kinds: [ConfigMap, Pod]}}]},
   validate: {message: "no {{ request.object.metadata.name }}", pattern: {metadata: {=(labels): {app: "?*"}}, =(data): {=(k): good}}}},
  {name: deny, match: {any: [{resources: {kinds: ["*"], operations: [CREATE, UPDATE]}}]}, validate: {message: nope, deny: {conditions:
   {any: [{key: "{{ length(request.object.data || `{}`) }}", operator: GreaterThan, value: 3},
          {key: "{{ request.oldObject.data.k || '' }}", operator: Equals, value: "1Gi"}]}}}},
  {name: each, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {message: nope, foreach: [{list: "request.object.spec.containers",
   pattern: {image: "*:*", =(resources): {=(limits): {=(memory): "<=1Gi"}}}}]}},
  {name: cel, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {cel: {expressions:
   [{expression: "object.spec.containers.all(c, c.image.contains(':'))"}]}}}]}}
---
{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {name: b}, spec: {rules: [
  {name: label, match: {any: [{resources: {kinds: [ConfigMap, Pod]}}]}, mutate: {patchStrategicMerge:
   {metadata: {labels: {+(app): "{{ request.name }}"}}, spec: {(containers): [{(name): "*", +(imagePullPolicy): Always}]}}}}]}}
---
{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {name: c}, spec: {validationFailureAction: Enforce, rules: [
  {name: baseline, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {podSecurity: {level: restricted, version: latest}}}]}}
"#;

static GATE: LazyLock<Gate> = LazyLock::new(gate);

fn gate() -> Gate {
    let policies = doc::read(POLICIES).into_iter().map(Result::unwrap);
    let program = Program::new(policies);
    assert_eq!(program.policies().len(), 3);
    let in_force = Arc::new(InForce::default());
    in_force.store(Snapshot {
        lanes: Lanes::default(),
        program: Arc::new(program),
        version: 1,
        loaded_at: SystemTime::now(),
        items: std::sync::Arc::new([]),
        report: Report::default(),
    });
    let gate = tests::gate();
    Gate {
        in_force,
        decide: Box::new(Engine),
        limits: Limits {
            max_body: 1 << 20,
            ..gate.limits
        },
        load: Arc::new(Load::new(Bounds {
            workers: 2,
            connections: 10,
            body_bytes: 64 << 20,
        })),
        ..gate
    }
}

fn review(kind: &str, object: &Value, old: &Value) -> Value {
    json!({
        "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": "u", "kind": {"group": "", "version": "v1", "kind": kind},
            "resource": {"group": "", "version": "v1", "resource": "things"},
            "name": "x", "namespace": "shop", "operation": "CREATE",
            "userInfo": {"username": "tester", "groups": ["system:authenticated"]},
            "object": object, "oldObject": old, "dryRun": false,
        },
    })
}

/// Any JSON, with the words that policies look for.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("1Gi".to_owned()),
        Just("good".to_owned()),
        Just("nginx:1".to_owned()),
        Just("{{ request.object }}".to_owned()),
        Just("$(./../x)".to_owned()),
        ".{0,6}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.prop_map(Value::from),
    ];
    let key = prop::sample::select(vec![
        "metadata",
        "name",
        "namespace",
        "labels",
        "app",
        "data",
        "k",
        "spec",
        "containers",
        "image",
        "resources",
        "limits",
        "memory",
        "securityContext",
        "apiVersion",
        "kind",
        "",
    ]);
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..8).prop_map(|entries| {
                let entries = entries
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value));
                Value::Object(entries.collect())
            }),
        ]
    })
}

/// The status of the answer, which must be an answer: a verdict, or what was wrong.
fn send(gate: &Gate, uri: &str, body: Vec<u8>) -> Result<u16, TestCaseError> {
    let request = Request::post(uri).header("content-type", "application/json");
    post(gate, request, body, &[200, 400, 404, 413])
}

fn post(
    gate: &Gate,
    request: hyper::http::request::Builder,
    body: Vec<u8>,
    expect: &[u16],
) -> Result<u16, TestCaseError> {
    let Ok(request) = request.body(Full::new(Bytes::from(body))) else {
        return Ok(0);
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (status, text) = runtime.block_on(async {
        let reply = respond(gate, &Peer::default(), request, Instant::now()).await;
        let status = reply.status().as_u16();
        (
            status,
            reply.into_body().collect().await.unwrap().to_bytes(),
        )
    });
    let answer: Value = serde_json::from_slice(&text).unwrap_or_default();
    match status {
        200 => prop_assert!(answer["response"]["allowed"].is_boolean(), "{answer}"),
        _ => prop_assert!(answer["error"].is_string(), "{status} {answer}"),
    }
    prop_assert_eq!(gate.metrics.panics.get(), 0, "a panic was caught");
    prop_assert!(
        !text.windows(8).any(|found| found == b"report i"),
        "{answer}"
    );
    prop_assert!(expect.contains(&status), "{status} {answer}");
    Ok(status)
}

/// What stands in the place of a value, as bytes; not all of it is JSON.
fn any_text() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "null",
        "{}",
        "[]",
        "-0",
        "1e400",
        "1e-400",
        "1E+2",
        "01",
        "18446744073709551616",
        "99999999999999999999999999999999999999999",
        r#"{"a":1,"a":2}"#,
        r#"{"metadata":{"name":"a"},"metadata":{"name":"b"}}"#,
        r#"{"metadata":{"name":"a","managedFields":[{}],"managedFields":1}}"#,
        r#"{"":{"":""}}"#,
        r#""\ud800""#,
        r#""\udc00\ud800""#,
        r#""\u0000""#,
        r#""\x""#,
        "\"\n\"",
        "'a'",
        "1,",
        "1}",
        "]",
        "\"",
        "/* a */ 1",
        "NaN",
        "tru",
    ]);
    prop_oneof![
        6 => known.prop_map(|text| text.as_bytes().to_vec()),
        2 => (0..3_000_usize, any::<bool>()).prop_map(|(depth, closed)| {
            let close = if closed { depth } else { 0 };
            (r#"{"a":["#.repeat(depth) + "1" + &"]}".repeat(close)).into_bytes()
        }),
        1 => prop::collection::vec(any::<u8>(), 0..6).prop_map(|bytes| [b"\"", &bytes[..], b"\""].concat()),
        1 => (1..200_000_usize).prop_map(|length| format!("\"{}\"", "x".repeat(length)).into_bytes()),
    ]
}

/// The paths of reviews of what the gate itself is configured by.
const HOOKS: [&str; 8] = [
    "/policyvalidate",
    "/policymutate",
    "/exceptionvalidate",
    "/celexception/validate",
    "/globalcontextvalidate",
    "/verifymutate",
    "/cleanup/validate",
    "/verifyttl",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 4))]

    #[test]
    fn any_bytes(body in prop::collection::vec(any::<u8>(), 0..200)) {
        send(&GATE, "/validate", body)?;
    }

    #[test]
    fn any_text_as_a_path_and_query(path in "[ -~]{0,40}") {
        send(&GATE, &format!("/validate{path}"), b"{}".to_vec())?;
    }

    #[test]
    fn any_object_in_a_review(
        object in any_json(), old in any_json(),
        kind in prop::sample::select(vec!["Pod", "ConfigMap", "Other"]),
        operation in prop::sample::select(vec!["CREATE", "UPDATE", "DELETE", "CONNECT", "?"]),
        path in prop::sample::select(vec!["/validate", "/mutate"]),
    ) {
        let mut review = review(kind, &object, &old);
        review["request"]["operation"] = operation.into();
        send(&GATE, path, review.to_string().into_bytes())?;
    }

    #[test]
    fn any_json_in_the_place_of_a_field(
        value in any_json(),
        field in prop::sample::select(vec!["kind", "resource", "name", "namespace", "operation", "userInfo",
            "object", "oldObject", "options", "dryRun", "uid", "subResource"]),
    ) {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
            "spec": {"containers": [{"name": "c", "image": "nginx:1"}]}});
        let mut review = review("Pod", &pod, &Value::Null);
        review["request"][field] = value;
        send(&GATE, "/validate", review.to_string().into_bytes())?;
    }

    #[test]
    fn any_text_in_the_place_of_a_value(
        text in any_text(), again in prop::option::of(any_text()),
        field in prop::sample::select(vec!["uid", "kind", "operation", "userInfo", "object", "oldObject", "dryRun", "namespace"]),
        path in prop::sample::select(vec!["/validate", "/mutate", "/policyvalidate", "/verifyttl"]),
    ) {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
            "spec": {"containers": [{"name": "c", "image": "nginx:1"}]}});
        let body = review("Pod", &pod, &Value::Null).to_string();
        // In front of what stands there, or behind it: keys may stand twice.
        let name = format!("\"{field}\":");
        let fields = [name.as_bytes(), &text, b","].concat();
        let begin = r#""request":{"#;
        let at = body.find(begin).unwrap() + begin.len();
        let behind = again.map(|text| [b",", name.as_bytes(), &text].concat()).unwrap_or_default();
        let (head, tail) = body.as_bytes().split_at(at);
        let (request, end) = tail.split_at(tail.len() - 2);
        prop_assert_eq!(end, b"}}");
        send(&GATE, path, [head, &fields, request, &behind, end].concat())?;
    }

    #[test]
    fn any_object_in_a_review_of_a_policy(
        spec in any_json(), metadata in any_json(), old in any_json(),
        kind in prop::sample::select(vec!["ClusterPolicy", "Policy", "PolicyException", "ClusterCleanupPolicy", "GlobalContextEntry", "ValidatingPolicy",
            "MutatingPolicy", "GeneratingPolicy", "DeletingPolicy", "ImageValidatingPolicy", "Lease", "Pod"]),
        group in prop::sample::select(vec!["kyverno.io/v1", "kyverno.io/v2", "policies.kyverno.io/v1", "v1"]),
        operation in prop::sample::select(vec!["CREATE", "UPDATE", "DELETE", "?"]),
        path in prop::sample::select(HOOKS.to_vec()),
    ) {
        let object = json!({"apiVersion": group, "kind": kind, "metadata": metadata, "spec": spec});
        let mut review = review(kind, &object, &old);
        review["request"]["operation"] = operation.into();
        review["request"]["kind"]["group"] = group.split_once('/').map_or("", |(group, _)| group).into();
        send(&GATE, path, review.to_string().into_bytes())?;
    }

    #[test]
    fn any_headers(
        headers in prop::collection::vec((
            prop::sample::select(vec!["content-type", "content-encoding", "content-length", "traceparent", "tracestate", "x", "expect"]),
            prop_oneof!["[ -~é]{0,40}", Just("application/json".to_owned()), Just("Application/JSON ; charset=x".to_owned()), Just("identity".to_owned())],
        ), 0..6),
        path in prop::sample::select(vec!["/validate", "/policyvalidate"]),
    ) {
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        post(&GATE, request, b"{}".to_vec(), &[400, 413, 415])?;
    }

    #[test]
    fn a_review_with_bytes_changed(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(), cuts in any::<bool>(),
    ) {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
            "spec": {"containers": [{"name": "c", "image": "nginx:1"}]}});
        let mut body = review("Pod", &pod, &Value::Null).to_string().into_bytes();
        for (at, byte) in changes {
            let at = at.index(body.len());
            body[at] = byte;
        }
        if cuts {
            body.truncate(cut.index(body.len()));
        }
        send(&GATE, "/validate", body)?;
    }
}

#[test]
fn the_reviews_above_are_decided() {
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "c", "image": "nginx:1"}]}});
    let body = review("Pod", &pod, &Value::Null).to_string();
    assert_eq!(
        send(&GATE, "/validate", body.clone().into_bytes()).unwrap(),
        200
    );
    assert_eq!(send(&GATE, "/mutate", body.into_bytes()).unwrap(), 200);
}
