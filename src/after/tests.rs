//! Answered reviews, from the offer to the sinks.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use portcullis_engine::admit::{Phase, Undecided};
use portcullis_engine::doc;
use portcullis_engine::program::Program;

use super::{After, Job, MOST_JOBS, Said, Sink, Worker};
use crate::facts::{Desk, Known, Network};
use crate::observe::after::AfterMetrics;
use crate::observe::facts::FactMetrics;
use crate::settings::SettingsInForce;

const POLICIES: &str = r#"
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: audit}
spec:
  rules:
  - name: labelled
    match: {any: [{resources: {kinds: [ConfigMap]}}]}
    validate:
      message: a label is missing
      pattern: {metadata: {labels: {team: "?*"}}}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: enforce}
spec:
  rules:
  - name: named
    match: {any: [{resources: {kinds: [ConfigMap]}}]}
    validate:
      failureAction: Enforce
      message: it needs a name
      pattern: {metadata: {name: "?*"}}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: change}
spec:
  rules:
  - name: label
    match: {any: [{resources: {kinds: [ConfigMap]}}]}
    mutate:
      patchStrategicMerge: {metadata: {labels: {made: "yes"}}}
"#;

const REVIEW: &str = r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u",
"kind":{"group":"","version":"v1","kind":"ConfigMap"},"operation":"CREATE","namespace":"n","dryRun":true,
"userInfo":{},"object":{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"n"}}}}"#;

/// Writes down what it hears, where it listens to that phase.
struct Listener {
    to: Mutex<Sender<String>>,
    phases: Vec<Phase>,
    missed: AtomicUsize,
}

impl Sink for Listener {
    fn is_open(&self, phase: Phase) -> bool {
        self.phases.contains(&phase)
    }

    fn take(&self, said: &Said<'_>) {
        let mut text = format!(
            "{} allowed {} dry {}:",
            said.review.name(),
            said.allowed,
            said.is_dry_run()
        );
        for outcome in &said.account.outcomes {
            for rule in &outcome.rules {
                let (policy, status) = (outcome.policy.name(), rule.status.as_str());
                text.push_str(&format!(" {policy}/{} {status}", rule.rule));
            }
        }
        let _ = self.to.lock().unwrap().send(text);
    }

    fn miss(&self) {
        self.missed.fetch_add(1, Ordering::Relaxed);
    }
}

fn program() -> Arc<Program> {
    let policies = doc::read(POLICIES).into_iter().map(Result::unwrap);
    Arc::new(Program::new(policies))
}

fn job(phase: Phase, program: &Arc<Program>) -> Job {
    Job {
        phase,
        body: Bytes::from_static(REVIEW.as_bytes()),
        program: program.clone(),
        known: Known::new(),
        allowed: true,
        undecided: Undecided::default(),
    }
}

#[test]
fn sinks_hear_what_every_policy_said_once() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (to, heard) = channel();
    let listener = |phases| {
        Arc::new(Listener {
            to: Mutex::new(to.clone()),
            phases,
            missed: AtomicUsize::new(0),
        }) as Arc<dyn Sink>
    };
    let sinks = vec![
        listener(vec![Phase::Validate]),
        listener(vec![Phase::Validate, Phase::Mutate]),
    ];
    let metrics = AfterMetrics::default();
    let (after, waiting) = After::new(sinks, metrics.clone());
    let facts = Desk::new(Box::new(Network::default()), FactMetrics::default(), false);
    let settings = Arc::new(SettingsInForce::new(Default::default()));
    let worker = Worker::new(waiting.unwrap(), facts, settings, runtime.handle().clone());
    let thread = std::thread::spawn(move || worker.run());
    let program = program();
    assert!(after.is_open(Phase::Mutate));
    after.offer(job(Phase::Validate, &program));
    after.offer(job(Phase::Mutate, &program));
    after.offer(Job {
        body: Bytes::from_static(b"no review"),
        ..job(Phase::Mutate, &program)
    });
    let next = || heard.recv_timeout(Duration::from_secs(20)).unwrap();
    let validated = "c allowed true dry true: audit/labelled fail enforce/named pass";
    assert_eq!([next(), next()], [validated, validated]);
    assert_eq!(next(), "c allowed true dry true: change/label pass");
    drop(after);
    thread.join().unwrap();
    assert_eq!((metrics.told.get(), metrics.failed.get()), (2, 1));
    assert_eq!((metrics.dropped.get(), metrics.bytes.get()), (0, 0));
}

#[test]
fn a_full_queue_drops_and_counts() {
    let (to, _heard) = channel();
    let listener = Arc::new(Listener {
        to: Mutex::new(to),
        phases: vec![Phase::Validate],
        missed: AtomicUsize::new(0),
    });
    let metrics = AfterMetrics::default();
    let (after, waiting) = After::new(vec![listener.clone()], metrics.clone());
    let missed = || listener.missed.load(Ordering::Relaxed);
    assert!(!after.is_open(Phase::Mutate));
    let program = program();
    for _ in 0..MOST_JOBS + 3 {
        after.offer(job(Phase::Validate, &program));
    }
    assert_eq!((metrics.dropped.get(), missed()), (3, 3));
    // What was denied sets nothing off.
    after.offer(Job {
        allowed: false,
        ..job(Phase::Validate, &program)
    });
    assert_eq!((metrics.dropped.get(), missed()), (4, 3));
    let large = Job {
        body: Bytes::from(vec![b' '; super::MOST_BYTES]),
        ..job(Phase::Validate, &program)
    };
    let waiting = waiting.unwrap();
    waiting.next().unwrap();
    after.offer(large);
    assert_eq!((metrics.dropped.get(), missed()), (5, 4));
    after.offer(job(Phase::Validate, &program));
    assert_eq!(metrics.dropped.get(), 5);
}

#[tokio::test]
async fn the_end_waits_for_what_was_answered() {
    let (to, _heard) = channel();
    let listener = Arc::new(Listener {
        to: Mutex::new(to),
        phases: vec![Phase::Validate],
        missed: AtomicUsize::new(0),
    });
    let (after, waiting) = After::new(vec![listener.clone()], AfterMetrics::default());
    after.offer(job(Phase::Validate, &program()));
    assert!(!after.finish(Duration::from_millis(50)).await);
    assert_eq!(listener.missed.load(Ordering::Relaxed), 1);
    let facts = Desk::new(Box::new(Network::default()), FactMetrics::default(), false);
    let settings = Arc::new(SettingsInForce::new(Default::default()));
    let runtime = tokio::runtime::Handle::current();
    let worker = Worker::new(waiting.unwrap(), facts, settings, runtime);
    std::thread::spawn(move || worker.run());
    assert!(after.finish(Duration::from_secs(20)).await);
}

#[test]
fn without_sinks_nothing_is_queued() {
    let (after, waiting) = After::new(Vec::new(), AfterMetrics::default());
    assert!(waiting.is_none() && !after.is_open(Phase::Validate));
    after.offer(job(Phase::Validate, &program()));
}
