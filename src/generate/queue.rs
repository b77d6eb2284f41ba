//! The queue of work: everything in it is there once, and comes back later where it failed.
//!
//! Comes in:  keys of work, and how each attempt ended.
//! Goes out:  one key at a time, to however many workers; never the same key to two of them.
//! Never here: the work. What must survive this process is in the cluster, and is put in again.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// The pause after the first failure; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// What fails for long is tried this often. Rights are given back, sources appear.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How an attempt ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum End {
    /// Done, or nothing to be done.
    Done,
    /// In vain; it comes back after a pause that grows.
    Failed,
    /// Too early; it comes back after this long, and that is no failure.
    Early(Duration),
}

/// Keys of work, by the time at which they are due.
#[derive(Debug)]
pub(super) struct Queue<K> {
    state: Mutex<State<K>>,
    wake: Notify,
}

#[derive(Debug)]
struct State<K> {
    /// In order of time; the number keeps those of one moment apart.
    due: BTreeMap<(Instant, u64), K>,
    known: HashMap<K, Entry>,
    count: u64,
}

#[derive(Debug, Default)]
struct Entry {
    /// Its place in `due`; none while a worker has it.
    due: Option<(Instant, u64)>,
    /// Asked for again while a worker had it.
    again: bool,
    failures: u32,
    /// Attempts that were too early, in a row.
    early: u32,
}

impl<K> Default for Queue<K> {
    fn default() -> Self {
        Queue {
            state: Mutex::new(State {
                due: BTreeMap::new(),
                known: HashMap::new(),
                count: 0,
            }),
            wake: Notify::new(),
        }
    }
}

impl<K: Clone + Eq + Hash> Queue<K> {
    /// Puts a key in, due at once. One that waits already is moved forward; one that a worker has
    /// comes again.
    pub(super) fn add(&self, key: K) {
        let mut state = self.state();
        let now = Instant::now();
        match state.known.get_mut(&key) {
            Some(entry) => match entry.due {
                None => entry.again = true,
                Some(due) if due.0 <= now => return,
                Some(due) => {
                    state.due.remove(&due);
                    state.put(key, now);
                }
            },
            None => {
                state.known.insert(key.clone(), Entry::default());
                state.put(key, now);
            }
        }
        drop(state);
        self.wake.notify_one();
    }

    /// The next key that is due, as soon as there is one. Whoever takes it says how it ended.
    pub(super) async fn next(&self) -> K {
        loop {
            let wait = {
                let mut state = self.state();
                match state.due.first_key_value().map(|(due, _)| *due) {
                    Some(due) if due.0 <= Instant::now() => {
                        let key = state.due.remove(&due);
                        let another = !state.due.is_empty();
                        if let Some(key) = key {
                            if let Some(entry) = state.known.get_mut(&key) {
                                entry.due = None;
                            }
                            if another {
                                self.wake.notify_one();
                            }
                            return key;
                        }
                        continue;
                    }
                    due => due.map(|due| due.0),
                }
            };
            match wait {
                Some(at) => tokio::select! {
                    () = sleep_until(at) => {}
                    () = self.wake.notified() => {}
                },
                None => self.wake.notified().await,
            }
        }
    }

    /// How the attempt at a key ended.
    pub(super) fn ended(&self, key: &K, end: End) {
        let mut state = self.state();
        let Some(entry) = state.known.get_mut(key) else {
            return;
        };
        let again = std::mem::take(&mut entry.again);
        let pause = match end {
            End::Done => {
                entry.failures = 0;
                entry.early = 0;
                None
            }
            End::Failed => {
                entry.early = 0;
                entry.failures = entry.failures.saturating_add(1);
                Some(pause(entry.failures))
            }
            End::Early(pause) => {
                entry.early = entry.early.saturating_add(1);
                Some(pause)
            }
        };
        match (pause, again) {
            (None, false) => {
                state.known.remove(key);
            }
            (_, true) => state.put(key.clone(), Instant::now()),
            (Some(pause), false) => state.put(key.clone(), Instant::now() + pause),
        }
        drop(state);
        self.wake.notify_one();
    }

    /// How often the key was too early in a row.
    pub(super) fn early(&self, key: &K) -> u32 {
        self.state().known.get(key).map_or(0, |entry| entry.early)
    }

    /// How often the key failed in a row.
    pub(super) fn failures(&self, key: &K) -> u32 {
        self.state()
            .known
            .get(key)
            .map_or(0, |entry| entry.failures)
    }

    /// Does any key for which `chosen` agrees wait, or is one worked on?
    pub(super) fn any(&self, chosen: impl Fn(&K) -> bool) -> bool {
        self.state().known.keys().any(chosen)
    }

    /// How many keys wait or are worked on.
    pub(super) fn len(&self) -> usize {
        self.state().known.len()
    }

    /// What a panic left behind is as good as ever: nothing here is half done.
    fn state(&self) -> MutexGuard<'_, State<K>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Clone + Eq + Hash> State<K> {
    fn put(&mut self, key: K, at: Instant) {
        self.count += 1;
        let due = (at, self.count);
        if let Some(entry) = self.known.get_mut(&key) {
            entry.due = Some(due);
        }
        self.due.insert(due, key);
    }
}

fn pause(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    (FIRST_PAUSE * 2_u32.pow(doublings)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::{End, Queue, pause};
    use std::time::Duration;
    use tokio::time::{Instant, timeout};

    #[tokio::test]
    async fn what_is_asked_for_twice_is_there_once() {
        let queue = Queue::default();
        queue.add("a");
        queue.add("b");
        queue.add("a");
        assert_eq!((queue.next().await, queue.next().await), ("a", "b"));
        assert!(nothing(&queue).await);
        queue.add("a");
        assert!(nothing(&queue).await, "two workers must not have it");
        queue.ended(&"a", End::Done);
        assert_eq!(queue.next().await, "a", "asked for again meanwhile");
        queue.ended(&"a", End::Done);
        queue.ended(&"b", End::Done);
        assert_eq!(queue.len(), 0);
    }

    #[tokio::test]
    async fn what_fails_comes_back_later_and_later() {
        let queue = Queue::default();
        for (failures, millis) in [(1, 500), (2, 1_000), (3, 2_000)] {
            // Something happened that may help: it need not wait.
            queue.add(1);
            assert_eq!(queue.next().await, 1);
            queue.ended(&1, End::Failed);
            assert_eq!(queue.failures(&1), failures);
            let (due, _) = *queue.state().due.first_key_value().unwrap().0;
            let pause = due.saturating_duration_since(Instant::now());
            assert!(pause.as_millis().abs_diff(millis) < 100, "{pause:?}");
        }
        queue.add(1);
        assert_eq!(queue.next().await, 1);
        queue.ended(&1, End::Early(Duration::from_secs(1)));
        assert_eq!(queue.early(&1), 1);
        assert!(nothing(&queue).await);
        assert_eq!(pause(100), Duration::from_secs(30));
    }

    async fn nothing<K: Clone + Eq + std::hash::Hash>(queue: &Queue<K>) -> bool {
        timeout(Duration::from_millis(20), queue.next())
            .await
            .is_err()
    }
}
