//! A review that every policy lets pass allocates nothing: not in decoding, deciding or encoding.

#![allow(
    unsafe_code,
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
use support::{outside, policies};

struct Counting;

thread_local! {
    // Of this thread only: other tests run beside this one.
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

fn note() {
    let _ = COUNT.try_with(|count| count.set(count.get() + 1));
}

// SAFETY: every call is handed on unchanged; counting touches no memory that is allocated.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note();
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note();
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
    let program = Program::new(policies);
    let mut scratch = Scratch::default();
    let mut ask = || {
        let before = COUNT.get();
        let answer = admit::answer(
            &program,
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

#[test]
fn the_count_counts() {
    let before = COUNT.get();
    drop(Box::new(std::hint::black_box(1)));
    assert_eq!(COUNT.get() - before, 1);
}
