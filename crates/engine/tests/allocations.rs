//! A review that every policy lets pass allocates nothing: not in decoding, deciding or encoding. No
//! review leaves anything behind.

#![allow(
    unsafe_code,
    clippy::unwrap_used,
    reason = "a global allocator that counts what it hands on to the system's"
)]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use portcullis_engine::admit::{self, Phase, Scratch};
use portcullis_engine::doc::Policy;
use portcullis_engine::program::Program;
use std::sync::Arc;
use support::reviews::{self, Size};
use support::{outside, policies, validating};

struct Counting;

thread_local! {
    // Of this thread only: other tests run beside this one.
    static COUNT: Cell<usize> = const { Cell::new(0) };
    /// Bytes that are allocated now.
    static LIVE: Cell<isize> = const { Cell::new(0) };
}

fn note(bytes: isize) {
    let _ = COUNT.try_with(|count| count.set(count.get() + usize::from(bytes > 0)));
    let _ = LIVE.try_with(|live| live.set(live.get() + bytes));
}

// SAFETY: every call is handed on unchanged; counting touches no memory that is allocated.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        note(-(layout.size() as isize));
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(-(layout.size() as isize));
        note(size as isize);
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_review_that_passes_allocates_nothing() {
    for size in Size::ALL {
        let body = reviews::create(size);
        check(&body, policies::shipped("pod-security"), 17);
        check(&body, policies::sharing(100), 100);
        check(&body, policies::distinct(300), 300);
        check(&body, policies::elsewhere(20), 20);
        check(&body, policies::namespaced(20), 20);
        check(&body, policies::cel(5), 5);
        check(&body, pod_security("restricted"), 1);
        check(&body, Vec::new(), 0);
    }
}

#[test]
fn policies_written_in_cel_allocate_nothing_where_they_pass() {
    for size in Size::ALL {
        let body = reviews::create(size);
        check_program(
            &body,
            &Program::default().with_cel(validating::validating(), []),
            10,
        );
        let distinct = validating::validating_distinct(300);
        check_program(&body, &Program::default().with_cel(distinct, []), 300);
        let elsewhere = validating::validating_elsewhere(20);
        check_program(&body, &Program::default().with_cel(elsewhere, []), 20);
    }
}

fn pod_security(level: &str) -> Vec<Arc<Policy>> {
    policies::read(&format!(
        "{{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {{name: standard}},
          spec: {{validationFailureAction: Enforce, rules: [{{name: standard,
            match: {{any: [{{resources: {{kinds: [Pod]}}}}]}},
            validate: {{podSecurity: {{level: {level}, version: latest}}}}}}]}}}}"
    ))
}

#[track_caller]
fn check(body: &str, policies: Vec<Arc<Policy>>, count: usize) {
    assert_eq!(policies.len(), count);
    check_program(body, &Program::new(policies), count);
}

#[track_caller]
fn check_program(body: &str, program: &Program, count: usize) {
    assert_eq!(program.count(), count);
    let mut scratch = Scratch::default();
    let mut ask = || {
        let before = COUNT.get();
        let answer = admit::answer(
            program,
            Phase::Validate,
            body.as_bytes(),
            outside(),
            &mut scratch,
        );
        let made = COUNT.get() - before;
        assert!(answer.is_ok_and(|answer| answer.allowed), "not allowed");
        made
    };
    // The memory grows, and the bump allocator joins its chunks, in the first rounds.
    (0..4).for_each(|_| {
        ask();
    });
    assert_eq!(ask(), 0, "{count} policies");
}

/// 1,000 policies and everything that deciding by them keeps fit into 64 MB, and no review leaves
/// anything behind; 96 of them, or as many as `PORTCULLIS_REVIEWS` says.
#[test]
fn reviews_leave_nothing_behind() {
    let reviews = std::env::var("PORTCULLIS_REVIEWS").ok();
    let reviews: usize = reviews.map_or(96, |text| text.parse().unwrap());
    let bodies: Vec<String> = Size::ALL
        .into_iter()
        .flat_map(|size| [reviews::create(size), reviews::create_privileged(size)])
        .collect();
    let before = LIVE.get();
    let mut all = policies::shipped("pod-security");
    all.extend(policies::distinct(1_000));
    let program = Program::new(all);
    let mut scratch = Scratch::default();
    let mut allowed = 0;
    let mut ask = |count: usize| {
        for body in bodies.iter().cycle().take(count) {
            let phase = Phase::Validate;
            let answer = admit::answer(&program, phase, body.as_bytes(), outside(), &mut scratch);
            allowed += usize::from(answer.unwrap().allowed);
        }
    };
    ask(24);
    let settled = LIVE.get();
    ask(reviews);
    assert_eq!(LIVE.get() - settled, 0, "bytes after {reviews} reviews");
    assert!(settled - before < 64 << 20, "{} bytes", settled - before);
    println!(
        "{} bytes; {allowed} of {} allowed",
        settled - before,
        reviews + 24
    );
}

#[test]
fn the_count_counts() {
    let (before, live) = (COUNT.get(), LIVE.get());
    let kept = Box::new(std::hint::black_box(1_u64));
    assert_eq!((COUNT.get() - before, LIVE.get() - live), (1, 8));
    drop(kept);
    assert_eq!(LIVE.get(), live);
}
