//! From the text of a changed policy to a program: reading, and reading with the renewal.
//!
//! `cargo bench -p portcullis-engine --bench reload`

#![allow(clippy::indexing_slicing, reason = "a benchmark, not the request path")]

#[path = "../crates/engine/tests/support/mod.rs"]
mod support;

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use portcullis_engine::doc;
use portcullis_engine::program::Program;
use support::policies;

/// YAML to a policy, checks and autogen included.
fn read(c: &mut Criterion) {
    let text = policies::text(0, 0, "Pod");
    let many: String = (0..100)
        .map(|index| format!("---\n{}", policies::text(index, index, "Pod")))
        .collect();
    let mut group = c.benchmark_group("read");
    group.bench_function("1", |b| b.iter(|| doc::read(black_box(&text))));
    group.bench_function("100", |b| b.iter(|| doc::read(black_box(&many))));
    group.finish();
}

/// One file of many has changed: what the gate does between the event and the swap.
fn change(c: &mut Criterion) {
    let mut group = c.benchmark_group("change");
    group.sample_size(20);
    for count in [20, 100, 1_000, 10_000] {
        for (set, before) in [
            ("distinct", policies::distinct(count)),
            ("shared", policies::sharing(count)),
        ] {
            let program = Program::new(before.iter().cloned());
            let mut changes = 0;
            group.bench_function(BenchmarkId::new(set, count), |b| {
                b.iter_batched(
                    || {
                        changes += 1;
                        let text = policies::text(count / 2, count + changes, "Pod");
                        (before.clone(), text)
                    },
                    |(mut policies, text)| {
                        policies[count / 2] = policies::read(&text).remove(0);
                        program.renewed(policies, [])
                    },
                    BatchSize::PerIteration,
                );
            });
        }
    }
    group.finish();
}

criterion_group!(benches, read, change);
criterion_main!(benches);
