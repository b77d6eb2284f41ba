//! What reviews cost that somebody brings: every JSON file of the folder that `PORTCULLIS_REVIEWS`
//! names, or made reviews of three sizes where nobody brings any.
//!
//! `PORTCULLIS_REVIEWS=reviews cargo bench -p portcullis-engine --bench recorded`

#![allow(clippy::unwrap_used, reason = "a benchmark, not the request path")]

#[path = "../crates/engine/tests/support/mod.rs"]
mod support;

use std::fs;
use std::hint::black_box;
use std::path::Path;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use portcullis_engine::admit::{self, Phase, Scratch};
use portcullis_engine::program::Program;
use portcullis_engine::review::Buffers;
use support::reviews::{self, Size};
use support::{outside, policies};

/// Names and bodies.
fn bodies() -> Vec<(String, String)> {
    let Some(folder) = std::env::var_os("PORTCULLIS_REVIEWS") else {
        let made = Size::ALL.map(|size| {
            let denied = format!("{}-deny", size.name());
            [
                (size.name().to_owned(), reviews::create(size)),
                (denied, reviews::create_privileged(size)),
            ]
        });
        return made.into_iter().flatten().collect();
    };
    let files = fs::read_dir(Path::new(&folder)).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|it| it == "json"));
    files.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, fs::read_to_string(path).unwrap())
    };
    files.iter().map(read).collect()
}

/// Bytes to a review.
fn decode(c: &mut Criterion) {
    let mut group = c.benchmark_group("recorded/decode");
    for (name, body) in bodies() {
        let mut buffers = Buffers::default();
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function(name, |b| {
            b.iter(|| buffers.decode(black_box(body.as_bytes()), |review| review.uid.len()));
        });
    }
    group.finish();
}

/// Bytes to bytes, without policies and with those of the Pod Security Standards.
fn whole(c: &mut Criterion) {
    let mut group = c.benchmark_group("recorded/admit");
    let sets = [
        ("none", Vec::new()),
        ("pod-security-17", policies::shipped("pod-security")),
    ];
    for (set, policies) in sets {
        let program = Program::new(policies);
        for (name, body) in bodies() {
            let mut scratch = Scratch::default();
            group.throughput(Throughput::Bytes(body.len() as u64));
            group.bench_function(BenchmarkId::new(set, name), |b| {
                b.iter(|| {
                    let body = black_box(body.as_bytes());
                    let answer =
                        admit::answer(&program, Phase::Validate, body, outside(), &mut scratch);
                    answer.is_ok_and(|answer| answer.allowed)
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, decode, whole);
criterion_main!(benches);
