//! What ValidatingPolicies cost beside policies with patterns, on one review: the pod-security policies
//! that ship, and the same standards written in CEL; or the policies of the folder that
//! `PORTCULLIS_POLICIES` names, all made to deny, and the reviews that `PORTCULLIS_REVIEWS` holds.
//!
//! `cargo bench -p portcullis-engine --bench validating`

#![allow(clippy::unwrap_used, reason = "a benchmark, not the request path")]

#[path = "../crates/engine/tests/support/mod.rs"]
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bumpalo::Bump;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use portcullis_engine::admit::{self, DecideScratch};
use portcullis_engine::doc::ValidatingPolicy;
use portcullis_engine::program::Program;
use portcullis_engine::review::Buffers;
use support::reviews::{self, Size};
use support::{outside, policies, validating};

/// Decides reviews that are decoded already.
fn decide(c: &mut Criterion) {
    let mut group = c.benchmark_group("validating/decide");
    let written = written();
    let sets = [
        (
            "patterns-17".to_owned(),
            Program::new(policies::shipped("pod-security")),
        ),
        (
            format!("cel-{}", written.len()),
            Program::default().with_cel(written, []),
        ),
        (
            "cel-distinct-1000".to_owned(),
            Program::default().with_cel(validating::validating_distinct(1_000), []),
        ),
        (
            "cel-elsewhere-1000".to_owned(),
            Program::default().with_cel(validating::validating_elsewhere(1_000), []),
        ),
    ];
    for (review_name, body) in bodies() {
        for (name, program) in &sets {
            let mut scratch = DecideScratch::default();
            let mut bump = Bump::new();
            let decoded = Buffers::default().decode(body.as_bytes(), |review| {
                group.bench_function(BenchmarkId::new(name, &review_name), |b| {
                    b.iter(|| {
                        bump.reset();
                        let decided =
                            admit::decide(program, &review, outside(), &mut scratch, &bump);
                        decided.is_ok_and(|(verdict, _)| verdict.allowed())
                    });
                });
            });
            decoded.unwrap();
        }
    }
}

/// The ValidatingPolicies of the folder that is named, denying; or those made here.
fn written() -> Vec<Arc<ValidatingPolicy>> {
    let Some(folder) = std::env::var_os("PORTCULLIS_POLICIES") else {
        return validating::validating();
    };
    let mut files = Vec::new();
    gather(Path::new(&folder), &mut files);
    files.sort();
    let read = |path: &PathBuf| validating::read_validating(&fs::read_to_string(path).unwrap());
    files.iter().flat_map(read).collect()
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, files);
        } else if path.extension().is_some_and(|it| it == "yaml") {
            files.push(path);
        }
    }
}

fn bodies() -> Vec<(String, String)> {
    let Some(folder) = std::env::var_os("PORTCULLIS_REVIEWS") else {
        let made = |size: Size| (size.name().to_owned(), reviews::create(size));
        return Size::ALL.map(made).into();
    };
    let files = fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|it| it == "json"));
    files.sort();
    let read = |path: &PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, fs::read_to_string(path).unwrap())
    };
    files.iter().map(read).collect()
}

criterion_group!(benches, decide);
criterion_main!(benches);
