//! Moments: RFC 3339 text with a zone, kept as it was written.

use std::fmt::Write as _;

use jiff::SignedDuration;
use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;

use crate::scalar::duration::Duration;

/// A moment between the years 1 and 9999. It remembers the zone of its text, which only printing
/// shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timestamp {
    /// Since 1970-01-01T00:00:00Z.
    seconds: i64,
    nanos: u32,
    /// Seconds east of Greenwich.
    offset: i32,
}

/// The first moment of the year 1.
const FIRST: i64 = -62_135_596_800;
/// The last second of the year 9999.
const LAST: i64 = 253_402_300_799;
const NANOS: i128 = 1_000_000_000;
const EPOCH: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);

/// Why a text is no moment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum TimestampError {
    /// It does not look like one.
    Form,
    /// It looks like one, but there is no such day.
    NoSuchDay,
    /// It is before the year 1 or after the year 9999.
    Range,
}

impl Timestamp {
    /// So many seconds since 1970; `None` outside the years 1 to 9999.
    pub(crate) fn from_seconds(seconds: i64) -> Option<Self> {
        (FIRST..=LAST).contains(&seconds).then_some(Timestamp {
            seconds,
            nanos: 0,
            offset: 0,
        })
    }

    /// So many nanoseconds since 1970; `None` outside the years 1 to 9999.
    pub fn from_nanos(nanos: i128) -> Option<Self> {
        let seconds = i64::try_from(nanos.div_euclid(NANOS)).ok()?;
        let mut moment = Self::from_seconds(seconds)?;
        moment.nanos = u32::try_from(nanos.rem_euclid(NANOS)).ok()?;
        Some(moment)
    }

    /// The moment as nanoseconds since 1970.
    pub(crate) fn instant(self) -> i128 {
        i128::from(self.seconds) * NANOS + i128::from(self.nanos)
    }

    /// Whole seconds since 1970.
    pub(crate) fn seconds(self) -> i64 {
        self.seconds
    }

    /// Is it the zero moment of Go: the start of the year 1?
    pub(crate) fn is_zero(self) -> bool {
        self.seconds == FIRST && self.nanos == 0
    }

    /// Later by `span`; `None` outside the years 1 to 9999.
    pub(crate) fn plus(self, span: Duration) -> Option<Self> {
        let moved = Self::from_nanos(self.instant() + i128::from(span.nanos()))?;
        Some(Timestamp {
            offset: self.offset,
            ..moved
        })
    }

    /// The time since `other`; `None` when it is too long for a duration.
    pub(crate) fn since(self, other: Self) -> Option<Duration> {
        let nanos = i64::try_from(self.instant() - other.instant()).ok()?;
        Some(Duration::from_nanos(nanos))
    }

    /// Back to a multiple of `unit` since the start of the year 1; itself if the unit is not above
    /// zero.
    pub(crate) fn truncated(self, unit: Duration) -> Self {
        if unit.nanos() <= 0 {
            return self;
        }
        let since = self.instant() - i128::from(FIRST) * NANOS;
        let rest = since.rem_euclid(i128::from(unit.nanos()));
        let moved = Self::from_nanos(self.instant() - rest).unwrap_or(self);
        Timestamp {
            offset: self.offset,
            ..moved
        }
    }

    /// The cron line of its minute, in the zone it was written with.
    pub(crate) fn cron(self) -> String {
        let at = self.local(self.offset);
        let weekday = at.weekday().to_sunday_zero_offset();
        let (minute, hour) = (at.minute(), at.hour());
        format!("{minute} {hour} {} {} {weekday}", at.day(), at.month())
    }

    /// Reads `2024-02-29T12:00:00.5+02:00`.
    ///
    /// # Errors
    ///
    /// What is wrong with the text.
    pub(crate) fn parse(text: &str) -> Result<Self, TimestampError> {
        let bytes = text.as_bytes();
        let shaped = |at: usize, byte: u8| bytes.get(at) == Some(&byte);
        let marks = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
        if !marks.iter().all(|(at, byte)| shaped(*at, *byte))
            || !(shaped(10, b'T') || shaped(10, b't'))
        {
            return Err(TimestampError::Form);
        }
        let part = |at: usize, len: usize| number(text.get(at..at + len)?);
        let in_range = |at, range: std::ops::RangeInclusive<u32>| {
            part(at, 2)
                .filter(|number| range.contains(number))
                .ok_or(TimestampError::Form)
        };
        let year = part(0, 4).ok_or(TimestampError::Form)?;
        let month = in_range(5, 1..=12)?;
        let day = in_range(8, 1..=31)?;
        let hour = in_range(11, 0..=23)?;
        let minute = in_range(14, 0..=59)?;
        let second = in_range(17, 0..=60)?;
        let rest = text.get(19..).ok_or(TimestampError::Form)?;
        let (nanos, zone) = fraction(rest).ok_or(TimestampError::Form)?;
        let offset = zone_offset(zone).ok_or(TimestampError::Form)?;
        // The form admits small letters and leap seconds; the reading does not.
        if second == 60 || shaped(10, b't') || zone == "z" {
            return Err(TimestampError::NoSuchDay);
        }
        let civil = DateTime::new(
            year as i16,
            month as i8,
            day as i8,
            hour as i8,
            minute as i8,
            second as i8,
            nanos as i32,
        )
        .map_err(|_| TimestampError::NoSuchDay)?;
        let seconds = civil.duration_since(EPOCH).as_secs() - i64::from(offset);
        let moment = Self::from_seconds(seconds).ok_or(TimestampError::Range)?;
        Ok(Timestamp {
            nanos,
            offset,
            ..moment
        })
    }

    /// The date and time on a calendar: of a zone's name, of an offset such as `+02:00`, or of
    /// UTC.
    ///
    /// # Errors
    ///
    /// The text for a zone that does not exist.
    pub(crate) fn civil(self, zone: Option<&str>) -> Result<DateTime, String> {
        let offset = match zone {
            None | Some("" | "UTC" | "Local") => 0,
            Some(zone) if zone.contains(':') => fixed(zone)?,
            Some(zone) => {
                let zone = TimeZone::get(zone).map_err(|_| format!("unknown time zone {zone}"))?;
                // The library's last moment is some hours before ours; no rule changes there.
                let moment = jiff::Timestamp::from_second(self.seconds);
                let moment = moment.unwrap_or(jiff::Timestamp::MAX);
                zone.to_offset(moment).seconds()
            }
        };
        Ok(self.local(offset))
    }

    /// The date and time so many seconds east of Greenwich.
    fn local(self, offset: i32) -> DateTime {
        let since = SignedDuration::new(self.seconds + i64::from(offset), self.nanos as i32);
        EPOCH.saturating_add(since)
    }

    /// RFC 3339 with as much of a fraction as there is, in the zone it was written with.
    pub(crate) fn print(self) -> String {
        let at = self.local(self.offset);
        let mut text = format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            at.year(),
            at.month(),
            at.day(),
            at.hour(),
            at.minute(),
            at.second()
        );
        if self.nanos > 0 {
            let digits = format!("{:09}", self.nanos);
            let _ = write!(text, ".{}", digits.trim_end_matches('0'));
        }
        match self.offset {
            0 => text.push('Z'),
            offset => {
                let sign = if offset < 0 { '-' } else { '+' };
                let minutes = offset.unsigned_abs() / 60;
                let _ = write!(text, "{sign}{:02}:{:02}", minutes / 60, minutes % 60);
            }
        }
        text
    }
}

fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// The nanoseconds of `.5` and what follows them.
fn fraction(text: &str) -> Option<(u32, &str)> {
    let Some(digits) = text.strip_prefix('.') else {
        return Some((0, text));
    };
    let end = digits.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = digits.split_at_checked(end)?;
    let nanos = format!("{:0<9}", digits.get(..digits.len().min(9))?);
    Some((number(&nanos).filter(|_| end > 0)?, rest))
}

/// `Z`, `+02:00`, `-05:30`.
fn zone_offset(text: &str) -> Option<i32> {
    if text == "Z" || text == "z" {
        return Some(0);
    }
    let sign = match text.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let hours = number(hours).filter(|hours| *hours <= 24)?;
    let minutes = number(minutes).filter(|minutes| *minutes < 60)?;
    Some(sign * (hours * 3600 + minutes * 60) as i32)
}

/// An offset for a calendar: `02:00`, `+5:30`, `-02:00`.
fn fixed(text: &str) -> Result<i32, String> {
    let unreadable = |part: &str| format!("strconv.Atoi: parsing {part:?}: invalid syntax");
    let (hours, minutes) = text.split_once(':').unwrap_or((text, "0"));
    let read = |part: &str| part.parse::<i32>().map_err(|_| unreadable(part));
    let (whole, minutes) = (read(hours)?, read(minutes)?);
    let minutes = if hours.starts_with('-') {
        whole.saturating_mul(60).saturating_sub(minutes)
    } else {
        whole.saturating_mul(60).saturating_add(minutes)
    };
    Ok(minutes.saturating_mul(60))
}
