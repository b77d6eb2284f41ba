//! Work on all cores, with the results in order.
//!
//! Comes in:  items, and what is to be done to a stretch of them.
//! Goes out:  what became of each, in the order of the items.
//! Never here: what the work is.
//!
//! Stretches are short and taken as cores come free, so a core that others keep busy holds nobody up.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::{Result, anyhow};

/// How many items a stretch has at most: enough that taking one costs nothing, and few enough that all
/// cores end at the same time.
const STRETCH: usize = 32;

/// Hands stretches of `items` to the cores, this thread's among them, and joins what `work` makes of
/// them; it is told where a stretch begins.
///
/// # Errors
///
/// The first error in the order of the items; a panic of `work` is one. Nothing is begun after it.
pub(crate) fn in_stretches<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(usize, &[T]) -> Result<Vec<R>> + Sync,
) -> Result<Vec<R>> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let length = items.len().div_ceil(cores).clamp(1, STRETCH);
    let stretches: Vec<&[T]> = items.chunks(length).collect();
    let (next, broken) = (AtomicUsize::new(0), AtomicBool::new(false));
    // A stretch that was taken is worked through: whatever comes before an error is known.
    let share = || {
        let mut done = Vec::new();
        while !broken.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(stretch) = stretches.get(index) else {
                break;
            };
            let made = catch_unwind(AssertUnwindSafe(|| work(index * length, stretch)));
            let made = made.unwrap_or_else(|_| Err(anyhow!("a worker thread panicked")));
            broken.fetch_or(made.is_err(), Ordering::Relaxed);
            done.push((index, made));
        }
        done
    };
    let mut parts = std::thread::scope(|scope| {
        let others = 1..cores.min(stretches.len());
        let threads = others.map(|_| {
            let thread = std::thread::Builder::new().stack_size(crate::STACK);
            thread.spawn_scoped(scope, share)
        });
        // Without a thread more there is this one, which takes what is left.
        let threads: Vec<_> = threads.flatten().collect();
        let mut parts = share();
        for thread in threads {
            parts.extend(thread.join().unwrap_or_default());
        }
        parts
    });
    parts.sort_unstable_by_key(|(index, _)| *index);
    let mut joined = Vec::with_capacity(items.len());
    for (_, part) in parts {
        joined.extend(part?);
    }
    Ok(joined)
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::{STRETCH, in_stretches};

    #[test]
    fn everything_is_done_once_and_in_order() {
        check(0, &[], "");
        check(1, &[], "");
        check(STRETCH * 9 + 1, &[], "");
    }

    #[test]
    fn the_first_error_counts() {
        check(1, &[0], "item 0");
        check(STRETCH * 9, &[STRETCH * 5 + 3, STRETCH * 8], "item 163");
    }

    #[test]
    fn a_panic_is_an_error() {
        let done = in_stretches(&[1, 2], |_, _| -> anyhow::Result<Vec<()>> { panic!() });
        assert_eq!(done.unwrap_err().to_string(), "a worker thread panicked");
    }

    /// `error`: empty where none is expected.
    #[track_caller]
    fn check(count: usize, broken: &[usize], error: &str) {
        let items: Vec<usize> = (0..count).collect();
        let done = in_stretches(&items, |start, stretch| {
            assert_eq!(stretch.first(), Some(&start));
            if let Some(item) = stretch.iter().find(|item| broken.contains(item)) {
                bail!("item {item}");
            }
            Ok(stretch.to_vec())
        });
        match done {
            Ok(done) => assert_eq!((done, error), (items, "")),
            Err(said) => assert_eq!(said.to_string(), error),
        }
    }
}
