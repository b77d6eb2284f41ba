//! The program's allocator: mimalloc, and for `bench` a count of what a piece of work asks of it.
//!
//! Comes in:  every allocation.
//! Goes out:  the same from mimalloc; [`Allocated`], of this thread, while [`counted`] runs.
//! Never here: what is done with the memory.
//!
//! Where nobody counts, an allocation costs one more load of a flag that never changes. The request
//! path of the gate does not allocate, so it does not even pay that.

#![expect(
    unsafe_code,
    reason = "a global allocator cannot be written without; every call is handed on as it is"
)]

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

use mimalloc::MiMalloc;

/// mimalloc, which can be watched.
pub(crate) struct Allocator;

/// What was asked of the allocator.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Allocated {
    /// New blocks, and blocks that were made larger or smaller.
    pub(crate) count: u64,
    /// Bytes that were asked for.
    pub(crate) bytes: u64,
}

/// Has anybody counted in this process? Never lowered.
static WATCHED: AtomicBool = AtomicBool::new(false);

thread_local! {
    static MADE: Cell<Allocated> = const { Cell::new(Allocated { count: 0, bytes: 0 }) };
}

/// Runs `work` and tells what it allocated on this thread.
pub(crate) fn counted<T>(work: impl FnOnce() -> T) -> (T, Allocated) {
    WATCHED.store(true, Ordering::Relaxed);
    let before = MADE.get();
    let done = work();
    let after = MADE.get();
    let made = Allocated {
        count: after.count - before.count,
        bytes: after.bytes - before.bytes,
    };
    (done, made)
}

/// Gives memory that this thread does not use back to the system. mimalloc does so by itself when it is
/// asked for more, which after a piece of work that took much may be never.
///
/// Cost: milliseconds, for the memory of a large set of policies.
pub(crate) fn give_back() {
    // SAFETY: it takes no pointers and may be called at any time, from any thread.
    unsafe { libmimalloc_sys::mi_collect(true) }
}

#[inline]
fn note(size: usize) {
    if WATCHED.load(Ordering::Relaxed) {
        // A thread that ends may allocate when this is gone already.
        let _ = MADE.try_with(|made| {
            let Allocated { count, bytes } = made.get();
            made.set(Allocated {
                count: count + 1,
                bytes: bytes + size as u64,
            });
        });
    }
}

// SAFETY: every call is handed on unchanged to an allocator; noting it allocates nothing.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: the caller's promise.
        unsafe { MiMalloc.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: the caller's promise.
        unsafe { MiMalloc.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise; the block came from the same allocator.
        unsafe { MiMalloc.dealloc(memory, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size);
        // SAFETY: the caller's promise; the block came from the same allocator.
        unsafe { MiMalloc.realloc(memory, layout, size) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Allocated, counted};

    #[test]
    fn what_is_allocated_is_counted_and_nothing_else() {
        let (_, made) = counted(|| std::hint::black_box(Box::new([0_u8; 100])));
        let expect = Allocated {
            count: 1,
            bytes: 100,
        };
        assert_eq!(made, expect);
        let (_, made) = counted(|| std::hint::black_box(1));
        assert_eq!(made, Allocated::default());
    }
}
