//! What it costs to make a program, and to make the next one when a policy changed.
//!
//! `cargo bench -p portcullis-engine --bench compile`

#![allow(clippy::indexing_slicing, reason = "a benchmark, not the request path")]

#[path = "../crates/engine/tests/support/mod.rs"]
mod support;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use portcullis_engine::program::Program;
use support::policies;

/// Policies, read already, to a program.
fn compile(c: &mut Criterion) {
    let mut group = c.benchmark_group("compile");
    group.sample_size(10);
    for count in [20, 1_000, 10_000] {
        let (shared, distinct) = (policies::sharing(count), policies::distinct(count));
        group.bench_function(BenchmarkId::new("shared", count), |b| {
            b.iter(|| Program::new(shared.iter().cloned()));
        });
        group.bench_function(BenchmarkId::new("distinct", count), |b| {
            b.iter(|| Program::new(distinct.iter().cloned()));
        });
    }
}

/// One policy of many has changed.
fn reload(c: &mut Criterion) {
    let mut group = c.benchmark_group("reload");
    group.sample_size(20);
    for count in [1_000, 10_000] {
        let before = policies::distinct(count);
        let program = Program::new(before.iter().cloned());
        let mut changes = 0;
        group.bench_function(BenchmarkId::new("distinct", count), |b| {
            b.iter_batched(
                || {
                    changes += 1;
                    let mut policies = before.clone();
                    policies[count / 2] = policies::made(count / 2, count + changes, "Pod");
                    policies
                },
                |policies| program.renewed(policies, []),
                BatchSize::PerIteration,
            );
        });
    }
}

criterion_group!(benches, compile, reload);
criterion_main!(benches);
