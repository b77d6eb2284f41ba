//! Points in time, read and written by Go's layouts: `2006-01-02T15:04:05Z07:00`.
//!
//! Comes in:  text with its layout, or seconds since 1970.
//! Goes out:  [`Time`], an instant and the offset it is told in, that computes as Go's does.
//! Never here: a clock, the time zone database; the local zone is UTC, as in a container.
//!
//! A layout is an example: the reference time, Mon Jan 2 15:04:05 MST 2006, written the way
//! that other times are to be written.

mod civil;
mod layout;
mod parse;
#[cfg(test)]
mod tests;

use std::{cmp::Ordering, fmt};

pub use civil::{Date, Weekday};
pub use parse::TimeError;

use super::duration::Duration;

/// The layout of RFC 3339, in seconds.
pub const RFC3339: &str = "2006-01-02T15:04:05Z07:00";

const NANOS: i64 = 1_000_000_000;
/// From the first day of year 1 to that of 1970.
const UNIX: i64 = 719_162 * 86_400;

/// An instant, to the nanosecond, and the offset from UTC in which it is told.
///
/// Ordered by the instant alone: `12:00Z` equals `13:00+01:00`. The range is that of 64-bit
/// seconds; years beyond 9999 print with more digits.
#[derive(Clone, Debug)]
pub struct Time {
    /// Since the first day of year 1, in UTC.
    seconds: i64,
    /// Below one second, never negative.
    nanos: u32,
    zone: Zone,
}

/// How an instant is told.
#[derive(Clone, Debug, Default)]
struct Zone {
    /// Seconds east of UTC.
    offset: i32,
    /// As read, `CET`; empty when only the offset is known.
    name: Box<str>,
}

impl Time {
    /// The instant that many seconds after the start of 1970, in UTC.
    pub fn from_unix(seconds: i64) -> Self {
        Self {
            seconds: seconds.wrapping_add(UNIX),
            nanos: 0,
            zone: Zone::default(),
        }
    }

    /// The instant that many nanoseconds after the start of 1970, in UTC.
    pub fn from_unix_nanos(nanos: i128) -> Self {
        let seconds = nanos.div_euclid(i128::from(NANOS));
        let rest = nanos.rem_euclid(i128::from(NANOS));
        let seconds = seconds.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64;
        Self {
            nanos: rest as u32,
            ..Self::from_unix(seconds)
        }
    }

    /// Reads a time in RFC 3339.
    ///
    /// # Errors
    ///
    /// [`TimeError`], with the text of Go's `time.Parse`.
    pub fn parse_rfc3339(text: &str) -> Result<Self, TimeError> {
        Self::parse(RFC3339, text)
    }

    /// Reads a time written in a layout of Go's.
    ///
    /// What the layout does not mention is zero, or one where there is no zero, so that a
    /// bare time of day is in year 0. Without an offset the time is in UTC; a zone's name
    /// without an offset is kept but counts as UTC.
    ///
    /// # Errors
    ///
    /// [`TimeError`], with the text of Go's `time.Parse`.
    pub fn parse(layout: &str, text: &str) -> Result<Self, TimeError> {
        parse::parse(layout, text)
    }

    /// The time written in a layout of Go's.
    pub fn format(&self, layout: &str) -> String {
        layout::format(self, layout)
    }

    /// Seconds since the start of 1970.
    pub fn unix(&self) -> i64 {
        self.seconds.wrapping_sub(UNIX)
    }

    /// Nanoseconds since the start of 1970.
    pub fn unix_nanos(&self) -> i128 {
        i128::from(self.unix()) * i128::from(NANOS) + i128::from(self.nanos)
    }

    /// Nanoseconds since the start of the second.
    pub fn nanosecond(&self) -> u32 {
        self.nanos
    }

    /// Seconds east of UTC.
    pub fn offset(&self) -> i32 {
        self.zone.offset
    }

    /// The same instant, told in UTC.
    #[must_use]
    pub fn to_utc(&self) -> Self {
        Self {
            seconds: self.seconds,
            nanos: self.nanos,
            zone: Zone::default(),
        }
    }

    /// Year, month and day where it is told.
    pub fn date(&self) -> Date {
        Date::of_day(self.local().0)
    }

    /// Hour, minute and second where it is told.
    pub fn clock(&self) -> (u8, u8, u8) {
        let second = self.local().1;
        (
            (second / 3_600) as u8,
            (second / 60 % 60) as u8,
            (second % 60) as u8,
        )
    }

    /// The day of the week where it is told.
    pub fn weekday(&self) -> Weekday {
        Weekday::of_day(self.local().0)
    }

    /// The day of the year where it is told, from 1.
    pub fn year_day(&self) -> u16 {
        let day = self.local().0;
        let first = Date {
            month: 1,
            day: 1,
            ..Date::of_day(day)
        }
        .to_day();
        (day - first + 1) as u16
    }

    /// The time that is `span` later.
    #[must_use]
    pub fn add(&self, span: Duration) -> Self {
        let nanos = i64::from(self.nanos) + span.nanos() % NANOS;
        let carry = nanos.div_euclid(NANOS);
        Self {
            seconds: self.seconds.saturating_add(span.nanos() / NANOS + carry),
            nanos: nanos.rem_euclid(NANOS) as u32,
            zone: self.zone.clone(),
        }
    }

    /// The span from `earlier` to this time. Ends at the longest span there is.
    pub fn since(&self, earlier: &Self) -> Duration {
        let nanos = self.total_nanos() - earlier.total_nanos();
        let nanos = nanos.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        Duration::from_nanos(nanos as i64)
    }

    /// The last time, not after this one, that is a multiple of `unit` after the start of
    /// year 1 in UTC. This time itself when `unit` is not positive.
    #[must_use]
    pub fn truncate(&self, unit: Duration) -> Self {
        if unit <= Duration::ZERO {
            return self.clone();
        }
        let rest = self.total_nanos().rem_euclid(i128::from(unit.nanos()));
        self.add(Duration::from_nanos(-(rest as i64)))
    }

    /// The fields of a cron line for this minute, where it is told: `4 3 2 1 1` for 03:04 on
    /// Monday, 2 January. Sunday is 0.
    pub fn to_cron(&self) -> String {
        let (hour, minute, _) = self.clock();
        let Date { month, day, .. } = self.date();
        format!("{minute} {hour} {day} {month} {}", self.weekday() as u8)
    }

    /// Days since the first of year 1 and seconds of the day, where it is told.
    pub(super) fn local(&self) -> (i64, i64) {
        civil::split(self.seconds.wrapping_add(i64::from(self.zone.offset)))
    }

    fn total_nanos(&self) -> i128 {
        i128::from(self.seconds) * i128::from(NANOS) + i128::from(self.nanos)
    }

    fn key(&self) -> (i64, u32) {
        (self.seconds, self.nanos)
    }
}

impl Ord for Time {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Time {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Time {}

impl fmt::Display for Time {
    /// RFC 3339; a fraction of a second is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As `format(RFC3339)`, without the detour over a text.
        let (Date { year, month, day }, (hour, minute, second)) = (self.date(), self.clock());
        let sign = if year < 0 { "-" } else { "" };
        let year = year.unsigned_abs();
        write!(
            f,
            "{sign}{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        )?;
        match self.zone.offset {
            0 => f.write_str("Z"),
            offset => {
                let minutes = (offset / 60).abs();
                let sign = if offset / 60 < 0 { '-' } else { '+' };
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}
