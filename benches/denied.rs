//! What a review costs that no policy speaks about, and one that policies deny.
//!
//! `cargo bench -p portcullis-engine --bench denied`

#![allow(clippy::unwrap_used, reason = "a benchmark, not the request path")]

#[path = "../crates/engine/tests/support/mod.rs"]
mod support;

use bumpalo::Bump;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main};
use portcullis_engine::admit::{self, DecideScratch};
use portcullis_engine::program::Program;
use portcullis_engine::review::Buffers;
use support::reviews::{self, Size};
use support::{outside, policies};

/// The way to the plan of a kind for which there is none: all policies are about other kinds.
fn route(c: &mut Criterion) {
    let mut group = c.benchmark_group("route");
    for count in [1, 20, 100, 1_000, 10_000] {
        let policies = policies::elsewhere(count + 1).split_off(1);
        let program = Program::new(policies);
        let id = BenchmarkId::new("other-kinds", count);
        decide(&mut group, id, &program, &reviews::create(Size::Typical));
    }
    group.finish();
}

/// Reviews that are denied: the plan finds out by whom, the reference evaluator says why.
fn denied(c: &mut Criterion) {
    let mut group = c.benchmark_group("denied");
    // Of 20 different checks, or of so many, one refuses this registry.
    let one: fn(Size) -> String =
        |size| reviews::create(size).replace("registry.example.org", "registry-7.example.com");
    let mut denied = |set: String, policies, review: fn(Size) -> String| {
        let program = Program::new(policies);
        for size in Size::ALL {
            let id = BenchmarkId::new(&set, size.name());
            decide(&mut group, id, &program, &review(size));
        }
    };
    let shipped = policies::shipped("pod-security");
    denied(
        "pod-security-17".to_owned(),
        shipped,
        reviews::create_privileged,
    );
    let all = policies::distinct(100);
    denied("all-of-100".to_owned(), all, reviews::create_privileged);
    for count in [20, 100, 1_000, 10_000] {
        denied(format!("one-of-{count}"), policies::distinct(count), one);
        let shared = policies::sharing(count);
        denied(format!("{}-of-{count}-shared", count / 20), shared, one);
    }
    group.finish();
}

fn decide(
    group: &mut BenchmarkGroup<'_, WallTime>,
    id: BenchmarkId,
    program: &Program,
    body: &str,
) {
    let mut scratch = DecideScratch::default();
    let mut bump = Bump::new();
    let decoded = Buffers::default().decode(body.as_bytes(), |review| {
        group.bench_function(id, |b| {
            b.iter(|| {
                bump.reset();
                let decided = admit::decide(program, &review, outside(), &mut scratch, &bump);
                decided.is_ok_and(|(verdict, _)| verdict.allowed())
            });
        });
    });
    decoded.unwrap();
}

criterion_group!(benches, route, denied);
criterion_main!(benches);
