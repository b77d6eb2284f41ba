//! How much work there is, and what is too much.
//!
//! Comes in:  how long reviews took, how late tasks run, how many requests there are.
//! Goes out:  for an arriving review: how long it has waited unseen, and whether its deadline can be
//!            met; for arriving bytes: is there room?
//! Never here: verdicts; what is refused here is resolved by failure modes (see `admit`).
//!
//! A request that waits in a socket or in the scheduler has no clock yet. What it has waited is
//! estimated by a probe that measures how late a task runs that is ready; while the probe itself is late,
//! by how late it is already, so that a sudden crowd is seen at once. Everything here is one atomic number
//! each; nothing is locked.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tokio::time::sleep_until;

/// How often the probe runs.
const PROBE_EVERY: Duration = Duration::from_millis(20);

/// A measured time counts for one part in so many of the average.
const WEIGHT: u64 = 16;

/// The longest that the very first review counts for.
const FIRST: Duration = Duration::from_secs(1);

/// The part of its budget that a review may have waited before anybody saw it. As much goes by unseen again
/// where much of it does: in the client, in sockets, on the way back.
const UNSEEN: u32 = 4;

/// The part of its budget that a review may have to wait before connections are held to their share.
const PRESSURE: u32 = 8;

/// What the gate knows of its load.
#[derive(Debug)]
pub(super) struct Load {
    workers: u32,
    /// When the gate began to look.
    epoch: Instant,
    /// When the next probe is to run, in nanoseconds since the epoch; and how late the last one was.
    due: AtomicU64,
    lag: AtomicU64,
    /// Nanoseconds that a review takes on a core, on average.
    service: AtomicU64,
    /// Reviews that have arrived, without those that wait for facts.
    queued: AtomicI64,
    connections: AtomicUsize,
    /// Connections that have any review on their way.
    active: AtomicI64,
    room: AtomicUsize,
    most_connections: usize,
}

/// A review that has arrived. Leaves when it is dropped.
#[derive(Debug)]
pub(super) struct Arrived<'l> {
    load: &'l Load,
    share: &'l Share,
    /// What it has waited before anybody saw it.
    pub(super) waited: Duration,
}

/// What one connection has on its way.
#[derive(Debug, Default)]
pub(super) struct Share(AtomicI64);

/// A connection that is served. Leaves when it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    load: Arc<Load>,
    /// When it was accepted.
    pub(super) since: Instant,
}

/// Bytes that are kept in memory. Given back when it is dropped.
#[derive(Debug)]
pub(super) struct Room<'l> {
    load: &'l Load,
    bytes: usize,
}

/// Which limits of [`Load`] come from outside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) workers: usize,
    pub(super) connections: usize,
    pub(super) body_bytes: usize,
}

impl Load {
    pub(super) fn new(bounds: Bounds) -> Load {
        Load {
            workers: u32::try_from(bounds.workers).unwrap_or(u32::MAX).max(1),
            epoch: Instant::now(),
            due: AtomicU64::new(u64::MAX),
            lag: AtomicU64::new(0),
            service: AtomicU64::new(0),
            queued: AtomicI64::new(0),
            connections: AtomicUsize::new(0),
            active: AtomicI64::new(0),
            room: AtomicUsize::new(bounds.body_bytes),
            most_connections: bounds.connections,
        }
    }

    /// Measures how late tasks run, for as long as it is polled.
    pub(super) async fn probe(&self) {
        loop {
            let due = Instant::now() + PROBE_EVERY;
            self.due.store(nanos(due - self.epoch), Relaxed);
            sleep_until(due.into()).await;
            // To the end of the queue, as a task is that has just become ready.
            tokio::task::yield_now().await;
            self.lag.store(nanos(due.elapsed()), Relaxed);
        }
    }

    /// A place for one more connection, if there is one.
    pub(super) fn seat(self: &Arc<Load>) -> Option<Seat> {
        let before = self.connections.fetch_add(1, Relaxed);
        let seat = Seat {
            load: self.clone(),
            since: Instant::now(),
        };
        (before < self.most_connections).then_some(seat)
    }

    /// Counts a review that has just been seen. `opening`: what its connection took, if it came with it.
    pub(super) fn arrive<'l>(&'l self, share: &'l Share, opening: Duration) -> Arrived<'l> {
        let arrived = Arrived {
            load: self,
            share,
            waited: opening + self.lag(),
        };
        arrived.count(1);
        arrived
    }

    /// How long a task waits that is ready, if the machine is busy.
    pub(super) fn lag(&self) -> Duration {
        let overdue = nanos(self.epoch.elapsed()).saturating_sub(self.due.load(Relaxed));
        let lag = Duration::from_nanos(overdue.max(self.lag.load(Relaxed)));
        // A timer is up to a millisecond late on an idle machine.
        lag.saturating_sub(Duration::from_millis(2))
    }

    /// How long a review took on its core.
    pub(super) fn served(&self, took: Duration) {
        // One review that takes for ever says little about the next ones.
        match Duration::from_nanos(self.service.load(Relaxed)) {
            Duration::ZERO => {
                self.service.store(nanos(took.min(FIRST)), Relaxed);
            }
            before => average(&self.service, took.min(before * 16)),
        }
    }

    /// How long it takes until all but one of those that have arrived are done.
    fn backlog(&self) -> Duration {
        let others = u32::try_from(self.queued.load(Relaxed) - 1).unwrap_or(0);
        Duration::from_nanos(self.service.load(Relaxed)) * others / self.workers
    }

    /// Room for so many bytes of bodies, if there is.
    pub(super) fn room(&self) -> Room<'_> {
        Room {
            load: self,
            bytes: 0,
        }
    }
}

impl Arrived<'_> {
    /// Can a review be evaluated that has `left` of its `budget`? It cannot where reviews wait for a
    /// quarter of it before they are even seen, where the others that have arrived take half of what is left,
    /// or where others wait while its connection has more than its share.
    pub(super) fn fits(&self, left: Duration, budget: Duration) -> bool {
        let backlog = self.load.backlog();
        if backlog > left / 2 || self.waited > budget / UNSEEN {
            return false;
        }
        let waits = self.waited.max(backlog);
        waits < budget / PRESSURE || !self.is_greedy()
    }

    fn is_greedy(&self) -> bool {
        let fair = self.load.queued.load(Relaxed) / self.load.active.load(Relaxed).max(1);
        self.share.0.load(Relaxed) > (fair + fair / 2).max(1)
    }

    /// Waits for something that takes no core.
    pub(super) async fn aside<T>(&self, work: impl Future<Output = T>) -> T {
        // However it ends, the review is back.
        struct Back<'a, 'l>(&'a Arrived<'l>);
        impl Drop for Back<'_, '_> {
            fn drop(&mut self) {
                self.0.count(1);
            }
        }
        self.count(-1);
        let _back = Back(self);
        work.await
    }

    fn count(&self, one: i64) {
        self.load.queued.fetch_add(one, Relaxed);
        let before = self.share.0.fetch_add(one, Relaxed);
        if before == 0 || before + one == 0 {
            self.load.active.fetch_add(one, Relaxed);
        }
    }
}

impl Drop for Arrived<'_> {
    fn drop(&mut self) {
        self.count(-1);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.load.connections.fetch_sub(1, Relaxed);
    }
}

impl Room<'_> {
    /// Takes `bytes` more; false where there is no room for them.
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        let room = &self.load.room;
        let taken = room.fetch_update(Relaxed, Relaxed, |room| room.checked_sub(bytes));
        self.bytes += if taken.is_ok() { bytes } else { 0 };
        taken.is_ok()
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.load.room.fetch_add(self.bytes, Relaxed);
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Two writers at once may lose one of their measurements, which does no harm.
fn average(average: &AtomicU64, measured: Duration) {
    let measured = nanos(measured);
    let before = average.load(Relaxed);
    average.store(before - before / WEIGHT + measured / WEIGHT, Relaxed);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::{Bounds, Load, Share};

    fn load(workers: usize) -> Arc<Load> {
        Arc::new(Load::new(Bounds {
            workers,
            connections: 2,
            body_bytes: 100,
        }))
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_review_fits_while_what_arrived_before_is_done_in_time() {
        let (load, share) = (load(2), Share::default());
        load.served(SECOND);
        let first = load.arrive(&share, Duration::ZERO);
        assert!(first.fits(SECOND, SECOND));
        let others = [
            load.arrive(&share, Duration::ZERO),
            load.arrive(&share, Duration::ZERO),
        ];
        assert!(
            !first.fits(SECOND, SECOND),
            "three of a second each on two cores"
        );
        assert!(
            first.fits(2 * SECOND, 20 * SECOND),
            "but for who has more time"
        );
        drop(others);
        assert!(first.fits(SECOND, SECOND));
    }

    #[tokio::test]
    async fn who_waits_for_facts_keeps_nobody_waiting() {
        let (load, share) = (load(1), Share::default());
        load.served(SECOND);
        let (one, two) = (
            load.arrive(&share, Duration::ZERO),
            load.arrive(&share, Duration::ZERO),
        );
        assert!(!two.fits(SECOND, SECOND));
        one.aside(async { assert!(two.fits(SECOND, SECOND)) }).await;
        assert!(!two.fits(SECOND, SECOND));
    }

    #[test]
    fn under_pressure_a_connection_has_its_share() {
        let load = load(1);
        let (greedy, modest) = (Share::default(), Share::default());
        load.served(SECOND / 10);
        let many: Vec<_> = (0..9)
            .map(|_| load.arrive(&greedy, Duration::ZERO))
            .collect();
        let one = load.arrive(&modest, Duration::ZERO);
        // Ten reviews: one second of work.
        let fit = |budget: Duration| many.iter().all(|review| review.fits(budget, budget));
        assert!(fit(10 * SECOND), "no pressure");
        assert!(!fit(2 * SECOND), "nine, where five are fair");
        assert!(one.fits(2 * SECOND, 2 * SECOND));
        drop(one);
        assert!(fit(2 * SECOND), "nobody else is there");
    }

    #[test]
    fn seats_and_room_end_and_come_back() {
        let load = load(1);
        let seats = [load.seat(), load.seat(), load.seat()];
        assert_eq!(seats.each_ref().map(Option::is_some), [true, true, false]);
        drop(seats);
        assert!(load.seat().is_some());
        let (mut one, mut two) = (load.room(), load.room());
        assert!(one.take(60) && !two.take(50) && two.take(40));
        drop(one);
        assert!(two.take(60) && !two.take(1));
    }

    #[tokio::test]
    async fn a_probe_that_is_late_itself_counts_as_it_is() {
        let load = load(1);
        let probed = load.clone();
        let probe = tokio::spawn(async move { probed.probe().await });
        tokio::task::yield_now().await;
        std::thread::sleep(Duration::from_millis(200));
        assert!(load.lag() > Duration::from_millis(150), "{:?}", load.lag());
        probe.abort();
    }

    #[tokio::test]
    async fn the_probe_sees_that_tasks_run_late() {
        let load = load(1);
        let _ = tokio::time::timeout(Duration::from_millis(100), load.probe()).await;
        let idle = load.lag();
        let probe = {
            let load = load.clone();
            tokio::spawn(async move { load.probe().await })
        };
        for _ in 0..10 {
            tokio::task::yield_now().await;
            std::thread::sleep(Duration::from_millis(100));
        }
        probe.abort();
        assert!(
            load.lag() > idle + Duration::from_millis(10),
            "{:?}",
            load.lag()
        );
    }
}
