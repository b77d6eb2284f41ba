//! Facts asked for by many, of sources that answer, hang and fail as they are told.

use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use portcullis_engine::admit::Wanted;
use portcullis_engine::facts::{Fact, Facts};
use portcullis_lang::value::{Document, Value};
use tokio::time::sleep;

use super::Desk;
use crate::facts::fetch::{Asked, Fetch, NoAnswer};
use crate::facts::{Errand, Known};
use crate::observe::facts::FactMetrics;

/// Does what the name of a namespace, or of a host, says. Counts.
#[derive(Default)]
struct World(Arc<AtomicUsize>);

impl Fetch for World {
    fn fetch<'a>(&'a self, fact: &'a Fact) -> Pin<Box<dyn Future<Output = Asked> + Send + 'a>> {
        Box::pin(async move {
            let number = self.0.fetch_add(1, Ordering::SeqCst);
            let (Fact::NamespaceLabels { name } | Fact::Host { name }) = fact else {
                return Err(NoAnswer::Said("what?".to_owned()));
            };
            match name.as_str() {
                "hangs" => pending().await,
                "down" => Err(NoAnswer::Trouble("connection refused".to_owned())),
                "unknown" => Err(NoAnswer::Said("not found".to_owned())),
                "panics" => panic!("as told"),
                "slow" => {
                    sleep(Duration::from_millis(100)).await;
                    Ok(Document::from_value(Value::Float(number as f64)))
                }
                _ => Ok(Document::from_value(Value::Float(number as f64))),
            }
        })
    }
}

fn labels(name: &str) -> Fact {
    Fact::NamespaceLabels {
        name: name.to_owned(),
    }
}

fn desk() -> (Desk, Arc<AtomicUsize>) {
    let world = World::default();
    let count = world.0.clone();
    (
        Desk::new(Box::new(world), FactMetrics::default(), false),
        count,
    )
}

/// What a review hears that waits for so long: answers as `name: text`, given up ones as `name? why`.
async fn hear(desk: &Desk, names: &[&str], millis: u64) -> (Vec<String>, Duration) {
    let started = Instant::now();
    let mut errand = Errand::new(desk, started, started + Duration::from_millis(millis));
    let mut known = Known::new();
    loop {
        let wanted = names.iter().map(|name| Wanted {
            fact: labels(name),
            limit: None,
        });
        let missing = |wanted: &Wanted| {
            known.get(&wanted.fact).is_none() && known.given_up(&wanted.fact).is_none()
        };
        let wanted: Vec<_> = wanted.filter(missing).collect();
        if wanted.is_empty() {
            break;
        }
        errand.wait(&wanted, &mut known).await;
    }
    let texts = names.iter().map(|name| {
        let fact = labels(name);
        match (known.get(&fact), known.given_up(&fact)) {
            (Some(Ok(document)), _) => format!("{name}: {:?}", document.root()),
            (Some(Err(text)), _) => format!("{name}: {text}"),
            (None, why) => format!("{name}? {}", why.unwrap_or_default()),
        }
    });
    (texts.collect(), started.elapsed())
}

#[tokio::test]
async fn one_question_for_all_who_ask_the_same() {
    let (desk, count) = desk();
    let mut reviews = Vec::new();
    for _ in 0..50 {
        let desk = desk.clone();
        reviews.push(tokio::spawn(
            async move { hear(&desk, &["slow"], 5_000).await },
        ));
    }
    for review in reviews {
        assert_eq!(review.await.unwrap().0, ["slow: Float(0.0)"]);
    }
    assert_eq!(count.load(Ordering::SeqCst), 1);
    // And the next one within a second needs none.
    assert_eq!(hear(&desk, &["slow"], 5_000).await.0, ["slow: Float(0.0)"]);
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_source_that_hangs_delays_nothing_else() {
    let (desk, _) = desk();
    let (heard, _) = hear(&desk, &["hangs", "good"], 100).await;
    assert_eq!(heard, ["hangs? ", "good: Float(1.0)"]);
    let (heard, took) = hear(&desk, &["unknown"], 5_000).await;
    assert_eq!(heard, ["unknown: not found"]);
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[tokio::test]
async fn a_source_that_fails_is_left_alone() {
    let (desk, count) = desk();
    for _ in 0..5 {
        assert_eq!(
            hear(&desk, &["down"], 5_000).await.0,
            ["down: connection refused"]
        );
    }
    let why = "the cluster's API server failed 5 times in a row and is not asked for now";
    assert_eq!(
        hear(&desk, &["down"], 5_000).await.0,
        [format!("down? {why}")]
    );
    assert_eq!(count.load(Ordering::SeqCst), 5);
    sleep(Duration::from_millis(1_050)).await;
    assert_eq!(hear(&desk, &["good"], 5_000).await.0, ["good: Float(5.0)"]);
    assert_eq!(hear(&desk, &["fine"], 5_000).await.0, ["fine: Float(6.0)"]);
}

#[tokio::test]
async fn reviews_that_wait_in_vain_count_as_failures() {
    let (desk, count) = desk();
    for _ in 0..5 {
        assert_eq!(hear(&desk, &["hangs"], 10).await.0, ["hangs? "]);
    }
    assert_eq!(
        count.load(Ordering::SeqCst),
        1,
        "the first question is still on its way"
    );
    let (heard, took) = hear(&desk, &["other"], 5_000).await;
    assert!(heard[0].contains("failed 5 times in a row"), "{heard:?}");
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[tokio::test]
async fn an_old_answer_does_while_the_next_one_is_fetched() {
    let (desk, count) = desk();
    assert_eq!(hear(&desk, &["slow"], 5_000).await.0, ["slow: Float(0.0)"]);
    sleep(Duration::from_millis(1_050)).await;
    let (heard, took) = hear(&desk, &["slow"], 5_000).await;
    assert_eq!(heard, ["slow: Float(0.0)"]);
    assert!(took < Duration::from_millis(90), "{took:?}");
    sleep(Duration::from_millis(300)).await;
    assert_eq!(hear(&desk, &["slow"], 5_000).await.0, ["slow: Float(1.0)"]);
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn fetching_that_panics_keeps_nobody_waiting() {
    let (desk, _) = desk();
    let (heard, took) = hear(&desk, &["panics"], 5_000).await;
    assert_eq!(heard, ["panics? fetching it failed inside portcullis"]);
    assert!(took < Duration::from_secs(2), "{took:?}");
}
