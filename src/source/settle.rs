//! Waiting until a change is whole: when is a touched file worth reading?
//!
//! Comes in:  touches, and the time.
//! Goes out:  what to look at, and when.
//! Never here: clocks, files.
//!
//! A save is several events: the file is emptied, written, closed; or a new file is written beside
//! it and renamed. Reading in between would take a half for the whole. So everything waits until
//! it is quiet: briefly when each file was closed or renamed into place, longer while one is open
//! or gone. A stream of events that never pauses is cut off.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// After the last event, when every file is whole. Files that follow later are taken in together while these
/// are.
const QUIET: Duration = Duration::from_millis(5);

/// After the last event, while a file is open, or gone and perhaps on its way back.
const UNSETTLED: Duration = Duration::from_millis(50);

/// After the first event, whatever happens.
const LONGEST: Duration = Duration::from_millis(200);

/// What to look at.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum What {
    /// One file.
    File(PathBuf),
    /// All that is below the roots: a folder came or went.
    Tree,
}

/// What is due.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) whats: BTreeSet<What>,
    /// When the first touch came.
    pub(super) first: Instant,
    /// No more waiting: take what is there.
    pub(super) overdue: bool,
}

#[derive(Debug, Default)]
pub(super) struct Settle {
    /// And whether it is whole.
    waiting: BTreeMap<What, bool>,
    /// First and last touch.
    between: Option<(Instant, Instant)>,
}

impl Settle {
    /// An event: `what` was touched, and is whole when `settled`.
    pub(super) fn touch(&mut self, what: What, settled: bool, now: Instant) {
        self.waiting.insert(what, settled);
        let first = self.between.map_or(now, |(first, _)| first);
        self.between = Some((first, now));
    }

    /// A difference that no event told of. It says nothing new of what is waiting already.
    pub(super) fn find(&mut self, what: What, now: Instant) {
        if !self.waiting.contains_key(&what) {
            self.touch(what, false, now);
        }
    }

    /// Taken too early; its patience counts from `first`.
    pub(super) fn put_back(&mut self, what: What, first: Instant, now: Instant) {
        self.touch(what, false, now);
        self.between = self.between.map(|(other, last)| (other.min(first), last));
    }

    /// When to take; `None` while nothing waits.
    pub(super) fn due(&self) -> Option<Instant> {
        let (first, last) = self.between?;
        let whole = self.waiting.values().all(|settled| *settled);
        let pause = if whole { QUIET } else { UNSETTLED };
        Some((last + pause).min(first + LONGEST))
    }

    /// Everything that waits.
    pub(super) fn take(&mut self, now: Instant) -> Batch {
        let first = self.between.take().map_or(now, |(first, _)| first);
        Batch {
            whats: std::mem::take(&mut self.waiting).into_keys().collect(),
            first,
            overdue: now >= first + LONGEST,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Settle, What};
    use std::path::PathBuf;
    use std::time::{Duration, Instant};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn due_times() {
        check("a closed file is soon due",      &[(0, "a", true)],                                    5);
        check("an open file waits for its end", &[(0, "a", false)],                                   50);
        check("the end makes it due",           &[(0, "a", false), (4, "a", true)],                   9);
        check("one open file holds all",        &[(0, "a", true), (4, "b", false)],                   54);
        check("every event starts the pause",   &[(0, "a", true), (4, "a", true)],                    9);
        check("a rename is whole at both ends", &[(0, "a", false), (0, "b", true), (0, "a", true)],   5);
        check("a stream is cut off",            &[(0, "a", false), (40, "a", false), (80, "a", false),
                                                  (120, "a", false), (160, "a", false)],              200);
    }

    /// Touches as (millisecond, file, settled), and the millisecond at which all of it is due.
    #[track_caller]
    fn check(case: &str, touches: &[(u64, &str, bool)], due: u64) {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut settle = Settle::default();
        for (millis, file, settled) in touches {
            settle.touch(What::File(PathBuf::from(file)), *settled, at(*millis));
        }
        assert_eq!(settle.due(), Some(at(due)), "{case}");
        let batch = settle.take(at(due));
        assert_eq!(batch.overdue, due == 200, "{case}");
        assert_eq!(settle.due(), None, "{case}");
    }

    #[test]
    fn what_is_put_back_keeps_its_age() {
        let start = Instant::now();
        let later = start + Duration::from_millis(190);
        let mut settle = Settle::default();
        settle.put_back(What::Tree, start, later);
        assert_eq!(settle.due(), Some(start + Duration::from_millis(200)));
    }
}
