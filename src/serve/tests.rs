//! Requests against the gate without sockets, with an engine that does as it is told.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use futures::stream;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Body, Frame};
use hyper::{Request, Version};
use portcullis_engine::admit::{Undecided, Wanted};
use portcullis_engine::facts::{Fact, Facts};
use portcullis_engine::failure::FailureModes;
use portcullis_engine::program::Program;
use portcullis_lang::value::{Document, Value};

use super::connection::{Peer, respond};
use super::decide::{Attempt, Decide, Decided};
use super::load::{Bounds, Load};
use super::{Dumps, Gate, Limits};
use crate::after::After;
use crate::facts::{Asked, Desk, Fetch};
use crate::observe::facts::FactMetrics;
use crate::observe::metrics::Metrics;
use crate::policies::Policies;
use crate::settings::SettingsInForce;
use crate::snapshot::{InForce, Lanes, Report, Snapshot};

/// An engine whose verdicts are words of the body.
struct Puppet;

impl Decide for Puppet {
    fn decide(&self, attempt: &Attempt<'_>) -> Decided {
        let &Attempt {
            endpoint,
            body,
            known,
            time,
            ..
        } = attempt;
        let stop = || time.is_over();
        let answer = |allowed, undecided| Decided::Answer {
            body: format!("{endpoint:?}").into(),
            allowed,
            spared: false,
            concerns: false,
            undecided: Undecided {
                closed: undecided,
                ..Undecided::default()
            },
        };
        match body {
            b"allow" => answer(true, 0),
            b"deny" => answer(false, 0),
            b"slow" => {
                while !stop() {
                    std::thread::yield_now();
                }
                answer(false, 3)
            }
            b"ask" | b"ask in vain" if stop() => answer(false, 5),
            b"ask" | b"ask in vain" => {
                let name = String::from_utf8_lossy(body).into_owned();
                let fact = Fact::Host { name };
                match known.get(&fact) {
                    Some(fetched) => answer(fetched.is_ok(), 0),
                    None if known.given_up(&fact).is_some() => answer(false, 5),
                    None => Decided::Needs(vec![Wanted { fact, limit: None }]),
                }
            }
            b"panic once" if stop() => answer(false, 7),
            b"panic once" | b"panic always" => panic!("as told"),
            _ => Decided::Refused("is no review".to_owned()),
        }
    }
}

/// A world that knows one thing, and never answers other questions.
struct World;

impl Fetch for World {
    fn fetch<'a>(&'a self, fact: &'a Fact) -> Pin<Box<dyn Future<Output = Asked> + Send + 'a>> {
        Box::pin(async move {
            if !matches!(fact, Fact::Host { name } if name == "ask") {
                std::future::pending::<()>().await;
            }
            Ok(Document::from_value(Value::Null))
        })
    }
}

#[tokio::test]
#[rustfmt::skip] // A table: its columns stay aligned.
async fn reviews() {
    let gate = gate();
    check(&gate, "POST /validate",              "allow",        200, "Validate").await;
    check(&gate, "POST /validate/a",            "deny",         200, "Validate").await;
    check(&gate, "POST /mutate?timeout=10s",    "allow",        200, "Mutate").await;
    check(&gate, "POST /validate",              "",             400, r#"{"error":"is no review"}"#).await;
    check(&gate, "POST /validate",              &"x".repeat(9), 400, r#"{"error":"is no review"}"#).await;
    check(&gate, "POST /validate",              &"x".repeat(999), 413, r#"{"error":"the body is larger than 100 bytes (--max-body)"}"#).await;
    check(&gate, "POST /validate?timeout=no",   "allow",        400, r#"{"error":"query parameter `timeout`: `no` is no positive duration such as `10s`"}"#).await;
    check(&gate, "POST /validate?timeout=50ms", "slow",         200, "Validate").await;
    check(&gate, "POST /validate",              "ask",          200, "Validate").await;
    check(&gate, "POST /validate?timeout=50ms", "ask in vain",  200, "Validate").await;
    check(&gate, "POST /validate",              "panic once",   200, "Validate").await;
    check(&gate, "POST /validate",              "panic always", 500, r#"{"error":"deciding failed inside portcullis"}"#).await;
    check(&gate, "POST /elsewhere",             "allow",        404, r#"{"error":"nothing is served here; reviews go to /validate and /mutate"}"#).await;
    check(&gate, "GET /validate",               "",             405, r#"{"error":"this path takes POST only"}"#).await;
    check(&gate, "GET /livez",                  "",             200, "ok").await;
    check(&gate, "GET /readyz",                 "",             200, "ok").await;

    let metrics = gate.metrics.text();
    for line in [
        r#"portcullis_requests_total{path="/validate",code="200",allowed="true"} 2"#,
        r#"portcullis_requests_total{path="/validate",code="200",allowed="false"} 4"#,
        r#"portcullis_requests_total{path="/mutate",code="200",allowed="true"} 1"#,
        r#"portcullis_requests_total{path="/validate",code="500",allowed=""} 1"#,
        r#"portcullis_requests_total{path="/validate",code="413",allowed=""} 1"#,
        r#"portcullis_request_duration_seconds_count{path="/validate"} 11"#,
        "portcullis_bad_requests_total 4",
        r#"portcullis_undecided_policies_total{mode="closed",cause="deadline"} 8"#,
        r#"portcullis_undecided_policies_total{mode="closed",cause="panic"} 7"#,
        "portcullis_deadline_hits_total 1",
        "portcullis_panics_total 3",
        "portcullis_requests_in_flight 0",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line}\n{metrics}");
    }
}

#[tokio::test]
async fn content_types() {
    let gate = gate();
    let post = |content_type: Option<&'static str>, encoding: Option<&'static str>| {
        let mut request = Request::post("/validate");
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        if let Some(encoding) = encoding {
            request = request.header("content-encoding", encoding);
        }
        let gate = &gate;
        async move {
            let request = request.body(Full::from("allow")).unwrap();
            respond(gate, &Peer::default(), request, Instant::now())
                .await
                .status()
                .as_u16()
        }
    };
    assert_eq!(post(Some("application/json"), None).await, 200);
    assert_eq!(
        post(Some("Application/JSON; charset=utf-8"), Some("identity")).await,
        200
    );
    assert_eq!(post(Some("application/json"), Some("gzip")).await, 415);
    assert_eq!(
        post(Some("application/x-www-form-urlencoded"), None).await,
        415
    );
    assert_eq!(post(None, None).await, 415);
}

#[tokio::test]
async fn nothing_is_decided_before_the_first_program() {
    let gate = Gate {
        in_force: Arc::new(InForce::default()),
        ..gate()
    };
    let why = r#"{"error":"no program is in force yet"}"#;
    check(&gate, "POST /validate", "allow", 503, why).await;
    check(&gate, "GET /readyz", "", 503, why).await;
    check(&gate, "GET /livez", "", 200, "ok").await;
}

#[tokio::test]
async fn a_draining_gate_answers_and_sends_its_clients_away() {
    let gate = gate();
    gate.start_draining();
    check(
        &gate,
        "GET /readyz",
        "",
        503,
        r#"{"error":"shutting down"}"#,
    )
    .await;
    check(&gate, "POST /validate", "allow", 200, "Validate").await;
    for (version, expect) in [(Version::HTTP_11, Some("close")), (Version::HTTP_2, None)] {
        let request = Request::get("/livez").version(version);
        let reply = respond(
            &gate,
            &Peer::default(),
            request.body(Full::from("")).unwrap(),
            Instant::now(),
        )
        .await;
        let header = reply.headers().get("connection");
        assert_eq!(
            header.map(|value| value.to_str().unwrap()),
            expect,
            "{version:?}"
        );
    }
}

#[tokio::test]
async fn a_body_that_never_comes_is_given_up_at_the_deadline() {
    let request =
        Request::post("/validate?timeout=20ms").header("content-type", "application/json");
    let reply = respond(
        &gate(),
        &Peer::default(),
        request.body(stuck()).unwrap(),
        Instant::now(),
    )
    .await;
    assert_eq!(reply.status().as_u16(), 408);
}

#[tokio::test]
#[rustfmt::skip] // A table: its columns stay aligned.
async fn a_panic_is_answered_whatever_was_asked() {
    check_panic("/validate").await;
    check_panic("/mutate/fail").await;
    check_panic("/vpol/a").await;
    check_panic("/policyvalidate").await;
    check_panic("/policymutate").await;
    check_panic("/exceptionvalidate").await;
    check_panic("/celexception/validate").await;
    check_panic("/globalcontextvalidate").await;
    check_panic("/verifymutate").await;
    check_panic("/cleanup/validate").await;
    check_panic("/verifyttl").await;
}

/// A request that trips over its body.
async fn check_panic(path: &str) {
    let gate = gate();
    let request = Request::post(path).header("content-type", "application/json");
    let request = request.body(trap()).unwrap();
    let reply = respond(&gate, &Peer::default(), request, Instant::now()).await;
    assert_eq!(reply.status().as_u16(), 500, "{path}");
    let metrics = gate.metrics.text();
    for line in [
        "portcullis_panics_total 1",
        "portcullis_requests_in_flight 0",
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{path}: {line}\n{metrics}"
        );
    }
    check(&gate, "POST /validate", "allow", 200, "Validate").await;
}

#[tokio::test]
async fn reviews_of_strangers_are_refused_and_pages_are_not() {
    let gate = gate();
    let limits = Limits {
        needs_client_certificate: true,
        ..gate.limits
    };
    let gate = Gate { limits, ..gate };
    let why = r#"{"error":"only clients with a certificate of --client-ca may send reviews"}"#;
    check(&gate, "POST /validate", "allow", 403, why).await;
    check(&gate, "GET /readyz", "", 200, "ok").await;
    let mut peer = Peer::default();
    peer.vouched = true;
    let request = Request::post("/validate").header("content-type", "application/json");
    let reply = respond(
        &gate,
        &peer,
        request.body(Full::from("allow")).unwrap(),
        Instant::now(),
    )
    .await;
    assert_eq!(reply.status().as_u16(), 200);
}

#[tokio::test]
async fn bodies_that_there_is_no_room_for_are_not_read() {
    let gate = gate();
    let mut taken = gate.load.room();
    assert!(taken.take(9_997));
    let why = r#"{"error":"other requests take all memory that there is for bodies (--max-body-memory)"}"#;
    check(&gate, "POST /validate", "allow", 503, why).await;
    drop(taken);
    check(&gate, "POST /validate", "allow", 200, "Validate").await;
}

#[tokio::test]
async fn what_cannot_be_done_in_time_is_not_begun() {
    let gate = gate();
    let others = Peer::default();
    gate.load.served(Duration::from_millis(500));
    let many: Vec<_> = (0..20)
        .map(|_| gate.load.arrive(&others.share, Duration::ZERO))
        .collect();
    // Twenty halves of a second on two cores: the body would have it wait until told to stop.
    let started = Instant::now();
    check(&gate, "POST /validate?timeout=4s", "slow", 200, "Validate").await;
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
    drop(many);
    check(&gate, "POST /validate?timeout=4s", "allow", 200, "Validate").await;
    let metrics = gate.metrics.text();
    for line in [
        "portcullis_reviews_shed_total 1",
        r#"portcullis_undecided_policies_total{mode="closed",cause="overload"} 3"#,
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{line}\n{metrics}"
        );
    }
}

#[tokio::test]
async fn what_was_begun_is_not_shed_for_having_waited_for_facts() {
    let gate = gate();
    let others = Peer::default();
    let waiting = check(
        &gate,
        "POST /validate?timeout=500ms",
        "ask in vain",
        200,
        "Validate",
    );
    let busy = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        gate.load.served(Duration::from_secs(1));
        let many: Vec<_> = (0..20)
            .map(|_| gate.load.arrive(&others.share, Duration::ZERO))
            .collect();
        tokio::time::sleep(Duration::from_millis(600)).await;
        drop(many);
    };
    tokio::join!(waiting, busy);
    assert_eq!(gate.metrics.shed.get(), 0);
}

/// It is moved several times before it runs, and with HTTP/2 allocated for each request.
#[test]
fn the_future_of_a_request_is_small() {
    let gate = gate();
    let peer = Peer::default();
    let request = Request::post("/validate").body(stuck()).unwrap();
    let size = size_of_val(&respond(&gate, &peer, request, Instant::now()));
    assert!(size < 2048, "{size} bytes");
}

/// A body that panics when it is read.
fn trap() -> impl Body<Data = Bytes, Error = Infallible> + Unpin + Send {
    let panics = |_: &mut Context<'_>| -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        panic!("as told")
    };
    StreamBody::new(stream::poll_fn(panics))
}

/// A body of which nothing arrives.
fn stuck() -> impl Body<Data = Bytes, Error = Infallible> + Unpin + Send {
    StreamBody::new(stream::pending::<Result<Frame<Bytes>, Infallible>>())
}

pub(super) fn gate() -> Gate {
    let in_force = Arc::new(InForce::default());
    in_force.store(Snapshot {
        lanes: Lanes::default(),
        program: Arc::new(Program::new([])),
        version: 1,
        loaded_at: SystemTime::now(),
        items: std::sync::Arc::new([]),
        report: Report::default(),
    });
    Gate {
        in_force,
        metrics: Metrics::new(),
        decide: Box::new(Puppet),
        facts: Desk::new(Box::new(World), FactMetrics::default(), false),
        after: After::default(),
        sift: None,
        protect: None,
        dumps: Dumps::default(),
        traces: None,
        policies: Arc::new(Policies::offline()),
        settings: Arc::new(SettingsInForce::new(FailureModes::default())),
        limits: Limits {
            max_body: 100,
            max_latency: Duration::from_secs(10),
            max_connections: 10,
            max_body_memory: 10_000,
            needs_client_certificate: false,
        },
        load: Arc::new(Load::new(Bounds {
            workers: 2,
            connections: 10,
            body_bytes: 10_000,
        })),
        trusted: Arc::new(AtomicBool::new(true)),
        draining: AtomicBool::new(false),
    }
}

async fn check(gate: &Gate, line: &str, body: &str, status: u16, expect: &str) {
    let (method, uri) = line.split_once(' ').unwrap();
    let request = Request::builder()
        .method(method)
        .uri(uri)
        .header("content-type", "application/json")
        .body(Full::from(body.to_owned()))
        .unwrap();
    let reply = respond(gate, &Peer::default(), request, Instant::now()).await;
    let got = reply.status().as_u16();
    let text = reply.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&text);
    assert_eq!((got, text.as_ref()), (status, expect), "{line} `{body}`");
}
