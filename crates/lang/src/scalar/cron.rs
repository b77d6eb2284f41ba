//! Cron lines: when something is due next.
//!
//! Comes in:  `*/5 9-17 * * mon-fri`, `@daily`, `@every 1h30m`; then a time.
//! Goes out:  the next time after it.
//! Never here: a clock, timers, time zones other than the offset of the time asked about.
//!
//! The notation is that of Go's `robfig/cron` in its standard form. Day of month and day of
//! week are alternatives when both are restricted, as in every cron.

mod field;
#[cfg(test)]
mod tests;

use std::fmt;

use super::{
    duration::Duration,
    time::{Date, Time, Weekday},
};
use field::Field;

/// How many years ahead a line may be due. `0 0 31 2 *` never is.
const YEARS_AHEAD: i64 = 5;
const DAY: i64 = 86_400;

/// A cron line, ready to be asked.
#[derive(Clone, Debug)]
pub struct Schedule(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Fields(Box<Fields>),
    /// Whole seconds, at least one.
    Every(Duration),
}

#[derive(Clone, Debug)]
struct Fields {
    second: Field,
    minute: Field,
    hour: Field,
    day: Field,
    month: Field,
    weekday: Field,
    /// Restricted only in the longest form.
    year: Option<Vec<i64>>,
}

impl Schedule {
    /// Reads the standard form: minute, hour, day of month, month, day of week; or one of
    /// `@yearly`, `@annually`, `@monthly`, `@weekly`, `@daily`, `@midnight`, `@hourly`,
    /// `@every DURATION`. Both may follow `TZ=UTC ` or `CRON_TZ=UTC `.
    ///
    /// # Errors
    ///
    /// [`CronError`], with the text of `robfig/cron`; also for a zone other than UTC.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        Self::read(text, &[5])
    }

    /// Reads the standard form and two longer ones: with a year behind, and with seconds in
    /// front and a year behind.
    ///
    /// # Errors
    ///
    /// As [`Schedule::parse`].
    pub fn parse_extended(text: &str) -> Result<Self, CronError> {
        Self::read(text, &[5, 6, 7])
    }

    fn read(text: &str, lengths: &[usize]) -> Result<Self, CronError> {
        if text.is_empty() {
            return Err(CronError::new("empty spec string"));
        }
        let text = without_zone(text)?;
        if text.starts_with('@') {
            return described(text);
        }
        let fields: Vec<&str> = text.split_whitespace().collect();
        let (second, fields, year) = match fields.as_slice() {
            fields if !lengths.contains(&fields.len()) => {
                let found = fields.len();
                let fields = fields.join(" ");
                return Err(CronError(format!(
                    "expected exactly 5 fields, found {found}: [{fields}]"
                )));
            }
            [second, fields @ .., year] if fields.len() == 5 => (*second, fields, Some(*year)),
            [fields @ .., year] if fields.len() == 5 => ("0", fields, Some(*year)),
            fields => ("0", fields, None),
        };
        let [minute, hour, day, month, weekday] = fields else {
            return Err(CronError::new("expected exactly 5 fields"));
        };
        Ok(Self(Kind::Fields(Box::new(Fields {
            second: Field::parse(second, &field::SECONDS)?,
            minute: Field::parse(minute, &field::MINUTES)?,
            hour: Field::parse(hour, &field::HOURS)?,
            day: Field::parse(day, &field::DAYS)?,
            month: Field::parse(month, &field::MONTHS)?,
            weekday: Field::parse(weekday, &field::WEEKDAYS)?,
            year: year.map(field::years).transpose()?.flatten(),
        }))))
    }

    /// The first time after `time` at which it is due, in the offset of `time`. `None` when
    /// that is more than five years ahead.
    pub fn next_after(&self, time: &Time) -> Option<Time> {
        let nanos = i64::from(time.nanosecond());
        match &self.0 {
            Kind::Every(span) => Some(time.add(*span).add(Duration::from_nanos(-nanos))),
            Kind::Fields(fields) => {
                let seconds = fields.wait(time)?;
                Some(time.add(Duration::from_nanos(
                    seconds.checked_mul(1_000_000_000)? - nanos,
                )))
            }
        }
    }
}

impl Fields {
    /// Seconds from `time`, without its fraction, to when it is due.
    fn wait(&self, time: &Time) -> Option<i64> {
        let (today, now) = time.local();
        let last = Date {
            year: time.date().year + YEARS_AHEAD,
            month: 12,
            day: 31,
        }
        .to_day();
        (today..=last)
            .filter(|day| self.is_due_on(*day))
            // The day of `time` only counts from the next second on.
            .find_map(|day| {
                let from = if day == today { now + 1 } else { 0 };
                Some((day - today) * DAY + self.first_on_a_day(from)? - now)
            })
    }

    fn is_due_on(&self, day: i64) -> bool {
        let date = Date::of_day(day);
        if !self.month.has(date.month)
            || self.year.as_ref().is_some_and(|y| !y.contains(&date.year))
        {
            return false;
        }
        let by_day = self.day.has(date.day);
        let by_weekday = self.weekday.has(Weekday::of_day(day) as u8);
        if self.day.is_any() || self.weekday.is_any() {
            by_day && by_weekday
        } else {
            by_day || by_weekday
        }
    }

    /// The first second of a day, from the given one on, at which it is due.
    fn first_on_a_day(&self, from: i64) -> Option<i64> {
        let second = |minute: i64| {
            let start = minute * 60;
            (start.max(from)..start + 60).find(|second| self.second.has((second - start) as u8))
        };
        let hours = (from / 3_600..24).filter(|hour| self.hour.has(*hour as u8));
        let mut minutes = hours.flat_map(|hour| {
            let minutes = (0..60).filter(|minute| self.minute.has(*minute as u8));
            minutes.map(move |minute| hour * 60 + minute)
        });
        minutes.find_map(second)
    }
}

/// Steps over `TZ=UTC `. We have no database of zones.
fn without_zone(text: &str) -> Result<&str, CronError> {
    let Some(zoned) = text
        .strip_prefix("TZ=")
        .or_else(|| text.strip_prefix("CRON_TZ="))
    else {
        return Ok(text);
    };
    let (zone, rest) = zoned.split_once(' ').unwrap_or((zoned, ""));
    match zone {
        "" | "UTC" | "Etc/UTC" | "Local" => Ok(rest.trim()),
        _ => Err(CronError(format!(
            "provided bad location {zone}: unknown time zone {zone}"
        ))),
    }
}

fn described(text: &str) -> Result<Schedule, CronError> {
    let line = match text {
        "@yearly" | "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" | "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        _ => {
            let Some(span) = text.strip_prefix("@every ") else {
                return Err(CronError(format!("unrecognized descriptor: {text}")));
            };
            let span = Duration::parse(span)
                .map_err(|error| CronError(format!("failed to parse duration {text}: {error}")))?;
            let seconds = (span.nanos() / 1_000_000_000).max(1);
            return Ok(Schedule(Kind::Every(Duration::from_nanos(
                seconds * 1_000_000_000,
            ))));
        }
    };
    Schedule::parse(line)
}

/// Why a text is not a cron line. The text is that of `robfig/cron`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CronError(String);

impl CronError {
    fn new(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for CronError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CronError {}
