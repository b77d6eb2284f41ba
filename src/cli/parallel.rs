//! Work on all cores, with the results in order.

use anyhow::{Result, anyhow};

/// Hands each core a stretch of `items`, and joins what `work` makes of them.
///
/// # Errors
///
/// The first error in the order of the items; a panic of `work` is one.
pub(crate) fn in_stretches<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&[T]) -> Result<Vec<R>> + Sync,
) -> Result<Vec<R>> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let share = items.len().div_ceil(workers).max(1);
    let parts: Vec<Result<Vec<R>>> = std::thread::scope(|scope| {
        let threads: Vec<_> = items
            .chunks(share)
            .map(|part| {
                let thread = std::thread::Builder::new().stack_size(crate::STACK);
                thread.spawn_scoped(scope, || work(part))
            })
            .collect();
        let panicked = || Err(anyhow!("a worker thread panicked"));
        threads
            .into_iter()
            .map(|thread| thread?.join().unwrap_or_else(|_| panicked()))
            .collect()
    });
    let mut joined = Vec::new();
    for part in parts {
        joined.extend(part?);
    }
    Ok(joined)
}
