//! The time that this thread worked, which other processes do not add to.
//!
//! A share of a machine is given and taken by its scheduler in milliseconds; what a policy costs is
//! counted in nanoseconds.

use std::time::Duration;

/// Processor time of this thread so far. Costs a system call, so what is timed must be longer.
#[cfg(unix)]
pub(super) fn worked() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(u64::try_from(time.tv_sec).unwrap_or_default(), nanos)
}

/// Where threads have no such clock: time as it passes.
#[cfg(not(unix))]
pub(super) fn worked() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

#[cfg(all(test, unix))]
mod tests {
    use super::worked;
    use std::time::Duration;

    #[test]
    fn sleeping_is_no_work() {
        let before = worked();
        std::thread::sleep(Duration::from_millis(20));
        assert!(worked() - before < Duration::from_millis(10));
        let before = worked();
        let sum: u64 = (0..1_000_000).map(std::hint::black_box).sum();
        assert!(std::hint::black_box(sum) > 0 && worked() > before);
    }
}
