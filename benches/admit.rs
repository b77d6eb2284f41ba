//! What one review costs: decode, decide, encode, and all of it.
//!
//! `cargo bench -p portcullis-engine --bench admit`

#![allow(clippy::unwrap_used, reason = "a benchmark, not the request path")]

#[path = "../crates/engine/tests/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::sync::Arc;

use bumpalo::Bump;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use portcullis_engine::actions::mutate::json_patch;
use portcullis_engine::admit::{self, DecideScratch, Phase, Scratch};
use portcullis_engine::doc::Policy;
use portcullis_engine::program::Program;
use portcullis_engine::reference::Surroundings;
use portcullis_engine::reference::mutate::{Existing, mutate};
use portcullis_engine::review::{Buffers, Review};
use portcullis_engine::verdict::{Verdict, write_response};
use portcullis_lang::value::Value;
use support::reviews::{self, Size};
use support::{outside, policies};

/// Reads the review and does nothing with it.
fn decode(c: &mut Criterion) {
    let mut group = c.benchmark_group("decode");
    for size in Size::ALL {
        let body = reviews::create(size);
        let mut buffers = Buffers::default();
        group.bench_function(size.name(), |b| {
            b.iter(|| buffers.decode(black_box(body.as_bytes()), |review| review.uid.len()));
        });
    }
}

/// Decides a review that is decoded already.
fn decide(c: &mut Criterion) {
    let mut group = c.benchmark_group("decide");
    let sets = [
        ("pod-security-17", policies::shipped("pod-security")),
        ("shared-20", policies::sharing(20)),
        ("shared-100", policies::sharing(100)),
        ("shared-1000", policies::sharing(1_000)),
        ("shared-10000", policies::sharing(10_000)),
        ("distinct-20", policies::distinct(20)),
        ("distinct-100", policies::distinct(100)),
        ("distinct-1000", policies::distinct(1_000)),
        ("distinct-10000", policies::distinct(10_000)),
        ("elsewhere-1", policies::elsewhere(1)),
        ("elsewhere-1000", policies::elsewhere(1_000)),
        ("namespaced-1", policies::namespaced(1)),
        ("namespaced-1000", policies::namespaced(1_000)),
        ("cel-20", policies::cel(20)),
    ];
    for (name, policies) in sets {
        let program = Program::new(policies);
        for size in Size::ALL {
            let body = reviews::create(size);
            let mut scratch = DecideScratch::default();
            let mut bump = Bump::new();
            let decoded = Buffers::default().decode(body.as_bytes(), |review| {
                group.bench_function(BenchmarkId::new(name, size.name()), |b| {
                    b.iter(|| {
                        bump.reset();
                        let decided =
                            admit::decide(&program, &review, outside(), &mut scratch, &bump);
                        decided.is_ok_and(|(verdict, _)| verdict.allowed())
                    });
                });
            });
            decoded.unwrap();
        }
    }
}

/// What three policies make of a Pod, and the patch that says so.
///
/// The patch costs less than what the policies do to come to it: it looks only into what they
/// changed, and is written from the very values that they made.
fn patch(c: &mut Criterion) {
    let program = Program::new(policies::changing());
    for size in Size::ALL {
        let mut group = c.benchmark_group("mutate");
        let body = reviews::create(size);
        let mut scratch = Scratch::default();
        group.bench_function(BenchmarkId::new("whole", size.name()), |b| {
            b.iter(|| {
                let body = black_box(body.as_bytes());
                let answer = admit::answer(&program, Phase::Mutate, body, outside(), &mut scratch);
                answer.is_ok_and(|answer| answer.allowed)
            });
        });
        let mut bump = Bump::new();
        let decoded = Buffers::default().decode(body.as_bytes(), |review| {
            group.bench_function(BenchmarkId::new("decide", size.name()), |b| {
                b.iter(|| {
                    bump.reset();
                    changed(&program, &review, &bump).is_some()
                });
            });
            let bump = Bump::new();
            let before = review.object.unwrap();
            let after = changed(&program, &review, &bump).unwrap();
            let mut memory = Bump::new();
            group.bench_function(BenchmarkId::new("patch", size.name()), |b| {
                b.iter(|| {
                    memory.reset();
                    let operations = json_patch::diff(before, black_box(after), &memory);
                    json_patch::write(&operations).len()
                });
            });
        });
        decoded.unwrap();
    }
}

/// The object as the policies leave it.
fn changed<'v>(program: &'v Program, review: &Review<'v>, bump: &'v Bump) -> Option<Value<'v>> {
    let outside = outside();
    let surroundings = Surroundings {
        facts: outside.facts,
        inputs: outside.inputs,
        queries: program.queries(),
        exceptions: &[],
        cel_exceptions: &[],
        variables: &[],
        rule_values: &|_| Vec::new(),
        trace: None,
        stop: &|| false,
    };
    let mut review = *review;
    for policy in program.policies() {
        let made = mutate(policy, &review, &surroundings, Existing::Later, bump).ok()?;
        review = review.with_object(made.object?, bump);
    }
    review.object
}

/// Writes the answer to a review that passes.
fn encode(c: &mut Criterion) {
    let verdict = Verdict::default();
    let mut out = String::new();
    c.bench_function("encode", |b| {
        b.iter(|| {
            out.clear();
            write_response(
                &mut out,
                black_box("0f7d9d1c-8f0b-4d5b-9d3a-1d2f3e4a5b6c"),
                &verdict,
            );
            out.len()
        });
    });
}

/// From bytes to bytes.
fn whole(c: &mut Criterion) {
    let mut group = c.benchmark_group("admit");
    let mut bench = |name: &str, set: Vec<Arc<Policy>>, body: &dyn Fn(Size) -> String| {
        let program = Program::new(set);
        for size in Size::ALL {
            let body = body(size);
            let mut scratch = Scratch::default();
            group.bench_function(BenchmarkId::new(name, size.name()), |b| {
                b.iter(|| {
                    let body = black_box(body.as_bytes());
                    let answer =
                        admit::answer(&program, Phase::Validate, body, outside(), &mut scratch);
                    answer.is_ok_and(|answer| answer.allowed)
                });
            });
        }
    };
    let shipped = || policies::shipped("pod-security");
    bench("pod-security-17", shipped(), &reviews::create);
    bench(
        "pod-security-17-denied",
        shipped(),
        &reviews::create_privileged,
    );
    bench("none", Vec::new(), &reviews::create);
    bench(
        "elsewhere-1000",
        policies::elsewhere(1_000),
        &reviews::create,
    );
}

criterion_group!(benches, decode, decide, patch, encode, whole);
criterion_main!(benches);
