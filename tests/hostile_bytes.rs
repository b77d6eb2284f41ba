//! Whatever bytes come over a connection, over HTTP/1.1 and HTTP/2: it ends soon, what was asked properly
//! before them is answered, and nobody else notices.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::Mutex;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestRunner;
use support::bytes::{http1, http2};
use support::gate::Gate;
use support::https::{Connection, Http, shake_hands};
use support::review::{config_map, policy};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

/// How long a connection may last after its client has said all that it had to say.
const PATIENCE: Duration = Duration::from_secs(10);

/// A gate, and a client of it that behaves.
struct Town {
    runtime: Runtime,
    gate: Gate,
    neighbour: Mutex<Connection>,
}

impl Town {
    fn new() -> Town {
        let runtime = Runtime::new().unwrap();
        let (gate, neighbour) = runtime.block_on(async {
            let gate = Gate::start(&[("a.yaml", &policy("p", "good"))], &[]).unwrap();
            let neighbour = gate.connect(Http::Two).await.unwrap();
            (gate, neighbour)
        });
        let neighbour = Mutex::new(neighbour);
        Town {
            runtime,
            gate,
            neighbour,
        }
    }

    /// Sends these bytes, one part after the other, and ends once the answer is `enough`; the whole answer.
    fn send(
        &self,
        http: Http,
        parts: &[Vec<u8>],
        enough: impl Fn(&[u8]) -> bool,
    ) -> Result<Vec<u8>, TestCaseError> {
        let exchange = async {
            let stream = shake_hands(self.gate.address(), &self.gate.ca(), http)
                .await
                .unwrap();
            let (mut from, mut to) = tokio::io::split(stream);
            let answered = Notify::new();
            let write = async {
                for part in parts {
                    // It may have had enough already.
                    if to.write_all(part).await.is_err() || to.flush().await.is_err() {
                        break;
                    }
                }
                answered.notified().await;
                let _ = to.shutdown().await;
            };
            let read = async {
                let mut answer = Vec::new();
                let mut piece = [0; 4_096];
                loop {
                    if enough(&answer) {
                        answered.notify_one();
                    }
                    match from.read(&mut piece).await {
                        Ok(length @ 1..) => answer.extend(&piece[..length]),
                        _ => break,
                    }
                }
                answered.notify_one();
                answer
            };
            tokio::join!(write, read).1
        };
        let mut neighbour = self.neighbour.lock().unwrap();
        self.runtime.block_on(async {
            let answer = timeout(PATIENCE, exchange).await;
            let reply = neighbour.post("/validate", config_map("good")).await;
            let verdict = reply.ok().and_then(|reply| reply.verdict());
            prop_assert_eq!(verdict, Some((true, String::new())), "of a neighbour");
            answer.map_err(|_| TestCaseError::fail("the connection does not end"))
        })
    }

    /// Its end; nothing of all that may be left.
    fn close(self) {
        self.runtime.block_on(async {
            let left = async || {
                let figures = self.gate.figures().await.unwrap();
                assert_eq!(figures.sum("portcullis_panics_total", &[]), 0);
                let in_flight = figures.sum("portcullis_requests_in_flight", &[]);
                (in_flight, figures.sum("portcullis_connections_open", &[]))
            };
            let quiet = async {
                // The neighbour's connection, and the one that asks.
                while left().await != (0, 2) {
                    sleep(Duration::from_millis(20)).await;
                }
            };
            assert!(timeout(PATIENCE, quiet).await.is_ok(), "{:?}", left().await);
        });
        let log = self.gate.log();
        assert!(!log.contains("panicked"), "{log}");
    }
}

/// Runs `check` on as many cases as usual, divided by `by`.
fn run<S: Strategy>(strategy: S, by: u32, check: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let cases = (ProptestConfig::default().cases / by).max(1);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(cases));
    runner
        .run(&strategy, check)
        .unwrap_or_else(|error| panic!("{error}"));
}

/// A proper request, whose answer is told by its number.
fn proper(number: usize) -> Vec<u8> {
    let body = config_map("good").replace("\"uid\":\"", &format!("\"uid\":\"{number}-"));
    let length = body.len();
    format!("POST /validate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}

#[test]
fn any_http1() {
    let town = Town::new();
    let bytes =
        prop_oneof![8 => http1::requests(), 1 => prop::collection::vec(any::<u8>(), 0..2_000)];
    let cuts = prop::collection::vec(any::<Index>(), 0..3);
    run((0..4_usize, bytes, cuts), 4, |(count, odd, cuts)| {
        let mut bytes: Vec<u8> = (0..count).flat_map(proper).collect();
        bytes.extend(odd);
        let answer = town.send(Http::One, &parts(&bytes, &cuts), |answer| {
            replies(answer) >= count
        })?;
        let mut rest = &answer[..];
        for number in 0..count {
            let (status, body, after) = reply(rest)?;
            let uid = format!("\"uid\":\"{number}-");
            prop_assert!(
                status == 200 && body.windows(uid.len()).any(|found| found == uid.as_bytes()),
                "{number}: {status} {}",
                body.escape_ascii()
            );
            rest = after;
        }
        prop_assert!(
            rest.is_empty() || rest.starts_with(b"HTTP/1."),
            "{}",
            rest.escape_ascii()
        );
        prop_assert!(!rest.starts_with(b"HTTP/1.1 5"), "{}", rest.escape_ascii());
        Ok(())
    });
    town.close();
}

/// The first reply of `bytes`: status, body, and what comes behind it.
fn reply(bytes: &[u8]) -> Result<(u16, &[u8], &[u8]), TestCaseError> {
    let none = || TestCaseError::fail(format!("no reply: {}", bytes.escape_ascii()));
    let end = bytes
        .windows(4)
        .position(|end| end == b"\r\n\r\n")
        .ok_or_else(none)?
        + 4;
    let head = str::from_utf8(&bytes[..end])
        .map_err(|_| none())?
        .to_ascii_lowercase();
    let status = head
        .get(9..12)
        .and_then(|code| code.parse().ok())
        .ok_or_else(none)?;
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
        .unwrap_or(0_usize);
    let (body, after) = bytes[end..].split_at_checked(length).ok_or_else(none)?;
    Ok((status, body, after))
}

/// How many whole replies there are.
fn replies(mut bytes: &[u8]) -> usize {
    let mut count = 0;
    while let Ok((_, _, rest)) = reply(bytes) {
        (count, bytes) = (count + 1, rest);
    }
    count
}

fn parts(bytes: &[u8], cuts: &[Index]) -> Vec<Vec<u8>> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    cuts.sort_unstable();
    let mut parts = Vec::new();
    let mut begin = 0;
    for cut in cuts.into_iter().chain([bytes.len()]) {
        parts.push(bytes[begin..cut].to_vec());
        begin = cut;
    }
    parts
}

#[test]
fn any_http2() {
    let town = Town::new();
    let cuts = prop::collection::vec(any::<Index>(), 0..3);
    run((http2::connection(), cuts), 4, |(bytes, cuts)| {
        town.send(Http::Two, &parts(&bytes, &cuts), |_| true)
            .map(drop)
    });
    town.close();
}

/// Hyper's `pipeline_flush` kept an answer back while a part of another request had arrived, until that
/// took too long and ended the connection.
#[test]
fn an_answer_waits_for_no_other_request() {
    let town = Town::new();
    let parts = [proper(0), b"POST /vali".to_vec()].concat();
    let answer = town.send(Http::One, &[parts], |answer| replies(answer) == 1);
    assert_eq!(reply(&answer.unwrap()).unwrap().0, 200);
    town.close();
}

/// The properties above say something only while proper requests are answered.
#[test]
fn proper_requests_are_answered() {
    let town = Town::new();
    let answer = town
        .send(Http::One, &[proper(0), proper(1)], |answer| {
            replies(answer) == 2
        })
        .unwrap();
    let (status, _, rest) = reply(&answer).unwrap();
    let (next, _, rest) = reply(rest).unwrap();
    assert_eq!((status, next, rest), (200, 200, &b""[..]));
    town.close();
}
