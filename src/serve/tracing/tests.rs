//! Reviews through the gate's front door, and a collector on loopback that speaks OTLP over gRPC.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use futures::FutureExt as _;
use http_body_util::Full;
use hyper::Request;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::Span;
use portcullis_engine::doc;
use portcullis_engine::program::Program;
use tokio::net::TcpListener;

use crate::observe::otlp::{Authority, Collector, loopback};
use crate::observe::traces::{Settings, TraceMetrics, Traces};
use crate::serve::connection::{Peer, respond};
use crate::serve::engine::Engine;
use crate::serve::{Gate, Limits, tests};
use crate::snapshot::{InForce, Lanes, Report, Snapshot};

const METHOD: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

const POLICY: &str = r#"
{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {name: owned}, spec: {validationFailureAction: Enforce, rules: [
  {name: owner, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {message: "no owner", pattern: {metadata: {labels: {owner: "?*"}}}}}]}}
"#;

const REVIEW: &str = r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u",
"kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},
"name":"p","namespace":"shop","operation":"CREATE","userInfo":{"username":"me","groups":["a"]},
"object":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"shop"},"spec":{}},"dryRun":false}}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_review_becomes_spans() {
    let (address, mut taken) = loopback::collector::<ExportTraceServiceRequest>(METHOD, None).await;
    let (gate, metrics) = gate(address, None, 1.0);
    assert_eq!(post(&gate, Some("01")).await, 200);
    finish(&gate).await;
    let message = taken.recv().await.unwrap();
    let spans = spans(&message);
    let names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
    let expect = [
        "ADMISSION CREATE Pod",
        "receive",
        "decode",
        "decide",
        "policy owned",
        "encode",
    ];
    // What the plan does not find satisfied is decoded once more, as a whole.
    let mut twice = expect.to_vec();
    twice.splice(2..2, ["decode", "decide"]);
    assert!(names == expect || names == twice, "{names:?}");
    let whole = &spans[0];
    assert_eq!(hex(&whole.parent_span_id), SPAN);
    assert_eq!((whole.kind, whole.trace_state.as_str()), (2, "vendor=1"));
    let said = |key| attribute(whole, key);
    assert_eq!(said("admission.response.allowed"), Any::BoolValue(false));
    assert_eq!(said("http.response.status_code"), Any::IntValue(200));
    assert_eq!(
        said("admission.request.namespace"),
        Any::StringValue("shop".to_owned())
    );
    let by_id: HashMap<_, _> = spans.iter().map(|span| (&span.span_id, span)).collect();
    assert_eq!(by_id.len(), spans.len());
    for span in &spans {
        assert_eq!(hex(&span.trace_id), TRACE, "{}", span.name);
        let Some(parent) = by_id.get(&span.parent_span_id) else {
            continue;
        };
        let expect = match span.name.as_str() {
            "policy owned" => "decide",
            _ => "ADMISSION CREATE Pod",
        };
        assert_eq!(parent.name, expect, "{}", span.name);
        let within = parent.start_time_unix_nano <= span.start_time_unix_nano
            && span.start_time_unix_nano <= span.end_time_unix_nano
            && span.end_time_unix_nano <= parent.end_time_unix_nano;
        assert!(within, "{}", span.name);
    }
    let resource = message.resource_spans[0].resource.as_ref().unwrap();
    assert!(
        resource
            .attributes
            .iter()
            .any(|it| it.key == "service.name")
    );
    assert_eq!((metrics.sent.get(), metrics.dropped.get()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_caller_does_not_trace_is_not_traced() {
    check(1.0, Some("00"), 0).await;
    check(1.0, Some("01"), 1).await;
    check(1.0, None, 1).await;
    check(0.0, None, 0).await;
    check(0.0, Some("01"), 1).await;
}

async fn check(ratio: f64, flags: Option<&str>, expect: u64) {
    let (address, _taken) = loopback::collector::<ExportTraceServiceRequest>(METHOD, None).await;
    let (gate, metrics) = gate(address, None, ratio);
    assert_eq!(post(&gate, flags).await, 200);
    finish(&gate).await;
    assert_eq!(metrics.sent.get(), expect, "{ratio} {flags:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_hangs_costs_nothing() {
    // Connections are accepted by the system, and nobody ever says anything.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (gate, metrics) = gate(listener.local_addr().unwrap(), None, 1.0);
    let begun = Instant::now();
    for _ in 0..3_000 {
        assert_eq!(post(&gate, Some("01")).await, 200);
    }
    // A call is given up after ten seconds.
    assert!(begun.elapsed() < Duration::from_secs(9));
    assert!(metrics.dropped.get() > 0, "more than may wait");
    assert_eq!(metrics.sent.get(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_comes_back_is_found() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let (gate, metrics) = gate(address, None, 1.0);
    assert_eq!(post(&gate, Some("01")).await, 200);
    finish(&gate).await;
    assert_eq!((metrics.sent.get(), metrics.dropped.get()), (0, 1));
    let listener = TcpListener::bind(address).await.unwrap();
    let _taken = loopback::listen::<ExportTraceServiceRequest>(METHOD, listener, None);
    assert_eq!(post(&gate, Some("01")).await, 200);
    finish(&gate).await;
    assert_eq!((metrics.sent.get(), metrics.dropped.get()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_only_to_whom_the_authority_vouches_for() {
    let own = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    for (authority, sent) in [(own.cert.pem(), 1), (other.cert.pem(), 0)] {
        let (address, _taken) =
            loopback::collector::<ExportTraceServiceRequest>(METHOD, Some(&own)).await;
        let (gate, metrics) = gate(address, Some(authority), 1.0);
        assert_eq!(post(&gate, Some("01")).await, 200);
        finish(&gate).await;
        assert_eq!(
            (metrics.sent.get(), metrics.dropped.get()),
            (sent, 1 - sent)
        );
    }
}

fn gate(address: SocketAddr, authority: Option<String>, ratio: f64) -> (Gate, TraceMetrics) {
    let policies = doc::read(POLICY).into_iter().map(Result::unwrap);
    let in_force = Arc::new(InForce::default());
    in_force.store(Snapshot {
        lanes: Lanes::default(),
        program: Arc::new(Program::new(policies)),
        version: 1,
        loaded_at: SystemTime::now(),
        items: Arc::new([]),
        report: Report::default(),
    });
    let authority = authority.map(|pem| -> Authority {
        Arc::new(move || {
            let pem = pem.clone().into_bytes();
            async move { Ok(pem) }.boxed()
        })
    });
    let settings = Settings {
        collector: Collector {
            host: address.ip().to_string(),
            port: address.port(),
            authority,
        },
        ratio,
    };
    let metrics = TraceMetrics::default();
    let gate = tests::gate();
    let gate = Gate {
        in_force,
        decide: Box::new(Engine),
        limits: Limits {
            max_body: 1 << 20,
            ..gate.limits
        },
        traces: Some(Traces::start(settings, &metrics).unwrap()),
        ..gate
    };
    (gate, metrics)
}

/// A review of a Pod that is denied, whose caller says that it is traced, or not.
async fn post(gate: &Gate, flags: Option<&str>) -> u16 {
    let mut request = Request::post("/validate").header("content-type", "application/json");
    if let Some(flags) = flags {
        request = request
            .header("traceparent", format!("00-{TRACE}-{SPAN}-{flags}"))
            .header("tracestate", "vendor=1");
    }
    let request = request.body(Full::from(REVIEW)).unwrap();
    let reply = respond(gate, &Peer::default(), request, Instant::now()).await;
    reply.status().as_u16()
}

async fn finish(gate: &Gate) {
    let traces = gate.traces.as_ref().unwrap();
    traces.finish(Duration::from_secs(5)).await;
}

fn spans(message: &ExportTraceServiceRequest) -> Vec<Span> {
    let scopes = message.resource_spans.iter().flat_map(|it| &it.scope_spans);
    scopes.flat_map(|scope| scope.spans.clone()).collect()
}

fn attribute(span: &Span, key: &str) -> Any {
    let found = span.attributes.iter().find(|it| it.key == key);
    found.unwrap().value.clone().unwrap().value.unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
