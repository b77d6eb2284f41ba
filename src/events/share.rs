//! How much may be told of one policy: some at once, a little in the long run, and the rest as a number.
//!
//! Comes in:  results, and when they were found.
//! Goes out:  whether each is told of by itself; the number of the others, once no more come.
//! Never here: events, clocks.

use std::time::Duration;

use tokio::time::Instant;

/// How long it takes until a share that was used up is whole again.
pub(super) const WINDOW: Duration = Duration::from_secs(600);

/// How long no more may have come until the number is told.
const QUIET: Duration = Duration::from_secs(30);

/// How often it is looked whether there is anything to tell.
pub(super) const TICK: Duration = Duration::from_secs(5);

/// What is left of one policy's share.
#[derive(Debug)]
pub(super) struct Share {
    /// Until one more may be told; nothing where none ever may.
    gap: Option<Duration>,
    /// When the share is whole again.
    full: Option<Instant>,
    counted: Counted,
    /// When the first and the last of them came.
    came: Option<(Instant, Instant)>,
}

/// Results that were only counted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Counted {
    pub(super) fail: u64,
    pub(super) error: u64,
}

impl Counted {
    pub(super) fn sum(self) -> u64 {
        self.fail + self.error
    }
}

impl Share {
    /// A whole share: `each` results in a [`WINDOW`].
    pub(super) fn new(each: u32) -> Share {
        Share {
            gap: WINDOW.checked_div(each),
            full: None,
            counted: Counted::default(),
            came: None,
        }
    }

    /// Is there room for one more? It is counted where there is none.
    pub(super) fn take(&mut self, status: &str, now: Instant) -> bool {
        let full = self.full.map_or(now, |full| full.max(now));
        if let Some(gap) = self.gap
            && full + gap <= now + WINDOW
        {
            self.full = Some(full + gap);
            return true;
        }
        match status {
            "error" => self.counted.error += 1,
            _ => self.counted.fail += 1,
        }
        self.came = Some((self.came.map_or(now, |(first, _)| first), now));
        false
    }

    /// The number of those that were only counted, once no more come, or after a whole [`WINDOW`].
    pub(super) fn due(&mut self, now: Instant) -> Option<Counted> {
        let (first, last) = self.came?;
        if now < last + QUIET && now < first + WINDOW {
            return None;
        }
        self.came = None;
        Some(std::mem::take(&mut self.counted))
    }

    /// Is it as a new one would be?
    pub(super) fn is_full(&self, now: Instant) -> bool {
        self.came.is_none() && self.full.is_none_or(|full| full <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::{Counted, Duration, Instant, Share};

    #[test]
    fn ten_at_once_one_a_minute_and_a_number_when_it_is_over() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut share = Share::new(10);
        let took = |share: &mut Share, count, seconds| {
            let told = (0..count).filter(|_| share.take("fail", at(seconds)));
            told.count()
        };
        assert_eq!(took(&mut share, 25, 0), 10);
        assert_eq!(share.due(at(29)), None, "more may come");
        assert!(!share.take("error", at(29)));
        assert_eq!(share.due(at(58)), None, "one came just now");
        let counted = Counted { fail: 15, error: 1 };
        assert_eq!(share.due(at(59)), Some(counted));
        assert_eq!(share.due(at(600)), None, "told already");
        assert_eq!(took(&mut share, 5, 121), 2, "a fifth of the window later");
        assert_eq!(share.due(at(700)).map(Counted::sum), Some(3));
        assert!(!share.is_full(at(700)));
        assert!(share.is_full(at(800)));
    }

    #[test]
    fn what_does_not_end_is_told_once_in_a_window() {
        let start = Instant::now();
        let mut share = Share::new(0);
        let mut told = Vec::new();
        for second in 0..1_300 {
            let now = start + Duration::from_secs(second);
            assert!(!share.take("fail", now));
            told.extend(share.due(now).map(Counted::sum));
        }
        assert_eq!(told, [601, 601]);
    }
}
