//! What a review costs that no policy speaks about, and one that policies deny.
//!
//! `cargo bench -p portcullis-engine --bench denied`

#![allow(clippy::unwrap_used, reason = "a benchmark, not the request path")]

#[path = "../crates/engine/tests/support/mod.rs"]
mod support;

use std::sync::Arc;

use bumpalo::Bump;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main};
use portcullis_engine::admit::{self, DecideScratch};
use portcullis_engine::doc::Policy;
use portcullis_engine::program::Program;
use portcullis_engine::review::Buffers;
use support::reviews::{self, Size};
use support::{outside, policies};

/// The way to the plan of a kind for which there is none: all policies are about other kinds.
fn route(c: &mut Criterion) {
    let mut group = c.benchmark_group("route");
    for count in [1, 20, 100, 1_000, 10_000] {
        let policies = policies::elsewhere(count + 1).split_off(1);
        let body = reviews::create(Size::Typical);
        decide(
            &mut group,
            BenchmarkId::new("other-kinds", count),
            policies,
            &body,
        );
    }
    group.finish();
}

/// Reviews that are denied: the plan finds out by whom, the reference evaluator says why.
fn denied(c: &mut Criterion) {
    let mut group = c.benchmark_group("denied");
    for size in Size::ALL {
        // Of 20 different checks, or of so many, one refuses this registry.
        let one = reviews::create(size).replace("registry.example.org", "registry-7.example.com");
        let all = reviews::create_privileged(size);
        let mut denied = |set: String, policies, body: &str| {
            let id = BenchmarkId::new(set, size.name());
            decide(&mut group, id, policies, body);
        };
        let shipped = policies::shipped("pod-security");
        denied("pod-security-17".to_owned(), shipped, &all);
        for count in [20, 100, 1_000, 10_000] {
            denied(format!("one-of-{count}"), policies::distinct(count), &one);
            let shared = policies::sharing(count);
            denied(format!("{}-of-{count}-shared", count / 20), shared, &one);
        }
        denied("all-of-100".to_owned(), policies::distinct(100), &all);
    }
    group.finish();
}

fn decide(
    group: &mut BenchmarkGroup<'_, WallTime>,
    id: BenchmarkId,
    policies: Vec<Arc<Policy>>,
    body: &str,
) {
    let program = Program::new(policies);
    let mut scratch = DecideScratch::default();
    let mut bump = Bump::new();
    let decoded = Buffers::default().decode(body.as_bytes(), |review| {
        group.bench_function(id, |b| {
            b.iter(|| {
                bump.reset();
                let decided = admit::decide(&program, &review, outside(), &mut scratch, &bump);
                decided.is_ok_and(|(verdict, _)| verdict.allowed())
            });
        });
    });
    decoded.unwrap();
}

criterion_group!(benches, route, denied);
criterion_main!(benches);
