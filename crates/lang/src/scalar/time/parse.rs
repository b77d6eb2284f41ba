//! Times read by Go's layouts.
//!
//! Comes in:  a layout and a text.
//! Goes out:  a time, or Go's error text.

use std::fmt;

use super::{
    Date, Time, Zone,
    layout::{self, Cut, MONTHS, OffsetForm, Piece, WEEKDAYS},
};
use crate::scalar::quoted::TimeQuoted;

/// Why a text is not a time in a layout. The text is that of Go's `time.Parse`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TimeError(String);

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TimeError {}

/// What a piece of the text can be wrong in.
enum Problem {
    /// It is not what the layout asks for.
    Mismatch,
    /// It is, but the number is too large.
    Range(&'static str),
}

type Step<T> = Result<T, Problem>;

pub(super) fn parse(layout: &str, text: &str) -> Result<Time, TimeError> {
    let value = TimeQuoted(text.as_bytes());
    let mismatch = |found: &[u8], wanted: &[u8]| {
        let (layout, found, wanted) = (
            TimeQuoted(layout.as_bytes()),
            TimeQuoted(found),
            TimeQuoted(wanted),
        );
        TimeError(format!(
            "parsing time {value} as {layout}: cannot parse {found} as {wanted}"
        ))
    };
    let mut fields = Fields::default();
    let mut pattern = layout.as_bytes();
    let mut rest = text.as_bytes();
    loop {
        let Cut {
            before,
            piece,
            after,
        } = layout::next(pattern);
        rest = skip(rest, before).map_err(|at| mismatch(at, before))?;
        let Some((piece, wanted)) = piece else {
            break;
        };
        pattern = after;
        rest = fields
            .read(piece, rest, after)
            .map_err(|problem| match problem {
                Problem::Mismatch => mismatch(rest, wanted),
                Problem::Range(what) => {
                    TimeError(format!("parsing time {value}: {what} out of range"))
                }
            })?;
    }
    if !rest.is_empty() {
        let extra = TimeQuoted(rest);
        return Err(TimeError(format!(
            "parsing time {value}: extra text: {extra}"
        )));
    }
    fields
        .finish()
        .map_err(|problem| TimeError(format!("parsing time {value}: {problem}")))
}

/// Steps over the text between two pieces. Any number of blanks equals any other; at the end
/// of the value even none does. The error is where the value differs.
fn skip<'a>(mut value: &'a [u8], mut text: &[u8]) -> Result<&'a [u8], &'a [u8]> {
    while let Some((wanted, after)) = text.split_first() {
        if *wanted == b' ' {
            if value.first().is_some_and(|c| *c != b' ') {
                return Err(value);
            }
            text = trim_blanks(text);
            value = trim_blanks(value);
            continue;
        }
        match value.split_first() {
            Some((found, rest)) if found == wanted => value = rest,
            _ => return Err(value),
        }
        text = after;
    }
    Ok(value)
}

fn trim_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|c| **c == b' ').count();
    text.get(blanks..).unwrap_or_default()
}

/// What has been read. A field without a value was not in the layout.
#[derive(Default)]
struct Fields<'a> {
    year: i64,
    month: Option<u8>,
    day: Option<u8>,
    year_day: Option<u16>,
    hour: u8,
    minute: u8,
    second: u8,
    nanos: u32,
    am: bool,
    pm: bool,
    utc: bool,
    offset: Option<i32>,
    zone: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Reads one piece. `after` is the layout behind it.
    fn read(&mut self, piece: Piece, value: &'a [u8], after: &[u8]) -> Step<&'a [u8]> {
        let mut rest = value;
        match piece {
            Piece::Year => {
                let year = signed(take(&mut rest, 2)?)?;
                self.year = if year >= 69 { year + 1900 } else { year + 2000 };
            }
            Piece::LongYear => {
                if !value.first().is_some_and(u8::is_ascii_digit) {
                    return Err(Problem::Mismatch);
                }
                self.year = signed(take(&mut rest, 4)?)?;
            }
            Piece::Month => self.month = Some(1 + name(&mut rest, &MONTHS.map(layout::short))?),
            Piece::LongMonth => self.month = Some(1 + name(&mut rest, &MONTHS)?),
            Piece::NumMonth | Piece::ZeroMonth => {
                let month = number(&mut rest, piece == Piece::ZeroMonth)?;
                if !(1..=12).contains(&month) {
                    return Err(Problem::Range("month"));
                }
                self.month = Some(month);
            }
            // A weekday must be one; whether it fits the date does not matter.
            Piece::Weekday => {
                name(&mut rest, &WEEKDAYS.map(layout::short))?;
            }
            Piece::LongWeekday => {
                name(&mut rest, &WEEKDAYS)?;
            }
            Piece::Day | Piece::UnderDay | Piece::ZeroDay => {
                if piece == Piece::UnderDay {
                    rest = rest.strip_prefix(b" ").unwrap_or(rest);
                }
                self.day = Some(number(&mut rest, piece == Piece::ZeroDay)?);
            }
            Piece::UnderYearDay | Piece::ZeroYearDay => {
                if piece == Piece::UnderYearDay {
                    rest = rest.strip_prefix(b" ").unwrap_or(rest);
                    rest = rest.strip_prefix(b" ").unwrap_or(rest);
                }
                self.year_day = Some(year_day(&mut rest, piece == Piece::ZeroYearDay)?);
            }
            Piece::Hour => self.hour = bounded(number(&mut rest, false)?, 23, "hour")?,
            Piece::Hour12 | Piece::ZeroHour12 => {
                let hour = number(&mut rest, piece == Piece::ZeroHour12)?;
                self.hour = bounded(hour, 12, "hour")?;
            }
            Piece::Minute | Piece::ZeroMinute => {
                let minute = number(&mut rest, piece == Piece::ZeroMinute)?;
                self.minute = bounded(minute, 59, "minute")?;
            }
            Piece::Second | Piece::ZeroSecond => {
                let second = number(&mut rest, piece == Piece::ZeroSecond)?;
                self.second = bounded(second, 59, "second")?;
                // A fraction may follow although the layout has none.
                let digits = fraction_digits(rest);
                let follows = layout::next(after).piece.map(|(piece, _)| piece);
                let expected = matches!(
                    follows,
                    Some(Piece::Fraction(..) | Piece::TrimmedFraction(..))
                );
                if digits > 0 && !expected {
                    self.nanos = nanos(take(&mut rest, 1 + digits)?)?;
                }
            }
            Piece::Fraction(digits, _) => self.nanos = nanos(take(&mut rest, 1 + digits)?)?,
            Piece::TrimmedFraction(..) => {
                let digits = fraction_digits(rest);
                if digits > 0 {
                    self.nanos = nanos(take(&mut rest, 1 + digits)?)?;
                }
            }
            Piece::UpperPm => self.half(take(&mut rest, 2)?, b"AM", b"PM")?,
            Piece::LowerPm => self.half(take(&mut rest, 2)?, b"am", b"pm")?,
            Piece::Offset { z: true, .. } if value.starts_with(b"Z") => {
                take(&mut rest, 1)?;
                self.utc = true;
            }
            Piece::Offset { form, .. } => self.offset = Some(offset(&mut rest, form)?),
            Piece::ZoneName if value.starts_with(b"UTC") => {
                take(&mut rest, 3)?;
                self.utc = true;
            }
            Piece::ZoneName => {
                let length = zone_name(value).ok_or(Problem::Mismatch)?;
                self.zone = take(&mut rest, length)?;
            }
        }
        Ok(rest)
    }

    fn half(&mut self, found: &[u8], am: &[u8], pm: &[u8]) -> Step<()> {
        match found {
            _ if found == am => self.am = true,
            _ if found == pm => self.pm = true,
            _ => return Err(Problem::Mismatch),
        }
        Ok(())
    }

    fn finish(self) -> Result<Time, &'static str> {
        let hour = match self.hour {
            hour if self.pm && hour < 12 => hour + 12,
            12 if self.am => 0,
            hour => hour,
        };
        let (month, day) = self.date()?;
        if !(1..=Date::days_in_month(self.year, month)).contains(&day) {
            return Err("day out of range");
        }
        let day = Date {
            year: self.year,
            month,
            day,
        }
        .to_day();
        let clock = (i64::from(hour) * 60 + i64::from(self.minute)) * 60 + i64::from(self.second);
        let told = day * 86_400 + clock;
        // The name is ASCII, or it would not have been taken for one.
        let name = str::from_utf8(self.zone).unwrap_or_default();
        let (seconds, zone) = match self.offset {
            _ if self.utc => (told, Zone::default()),
            // Quirk: one second west of UTC means "no offset".
            Some(offset) if offset != -1 => (
                told - i64::from(offset),
                Zone {
                    offset,
                    name: name.into(),
                },
            ),
            // Quirk: the offset in `GMT+3` changes how the time is told, not the instant.
            _ => (
                told,
                Zone {
                    offset: gmt_offset(name),
                    name: name.into(),
                },
            ),
        };
        Ok(Time {
            seconds,
            nanos: self.nanos,
            zone,
        })
    }

    /// Month and day, from the day of the year if there is one.
    fn date(&self) -> Result<(u8, u8), &'static str> {
        let Some(year_day) = self.year_day else {
            return Ok((self.month.unwrap_or(1), self.day.unwrap_or(1)));
        };
        if !(1..=365 + u16::from(Date::is_leap(self.year))).contains(&year_day) {
            return Err("day-of-year out of range");
        }
        let first = Date {
            year: self.year,
            month: 1,
            day: 1,
        }
        .to_day();
        let Date { month, day, .. } = Date::of_day(first + i64::from(year_day) - 1);
        if self.month.is_some_and(|known| known != month) {
            return Err("day-of-year does not match month");
        }
        if self.day.is_some_and(|known| known != day) {
            return Err("day-of-year does not match day");
        }
        Ok((month, day))
    }
}

/// The next bytes of the value.
fn take<'a>(rest: &mut &'a [u8], count: usize) -> Step<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(count).ok_or(Problem::Mismatch)?;
    *rest = after;
    Ok(taken)
}

/// One of the names, in any case; its position.
fn name(rest: &mut &[u8], names: &[&str]) -> Step<u8> {
    let starts = |name: &&str| {
        rest.get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
    };
    let at = names.iter().position(starts).ok_or(Problem::Mismatch)?;
    take(rest, names.get(at).map_or(0, |name| name.len()))?;
    u8::try_from(at).map_err(|_| Problem::Mismatch)
}

/// A number of one or two digits, or of exactly two.
fn number(rest: &mut &[u8], exactly_two: bool) -> Step<u8> {
    let digits = rest
        .iter()
        .take(2)
        .take_while(|c| c.is_ascii_digit())
        .count();
    if digits == 0 || exactly_two && digits < 2 {
        return Err(Problem::Mismatch);
    }
    Ok(take(rest, digits)?
        .iter()
        .fold(0, |sum, digit| sum * 10 + (digit - b'0')))
}

/// A number of one to three digits, or of exactly three.
fn year_day(rest: &mut &[u8], exactly_three: bool) -> Step<u16> {
    let digits = rest
        .iter()
        .take(3)
        .take_while(|c| c.is_ascii_digit())
        .count();
    if digits == 0 || exactly_three && digits < 3 {
        return Err(Problem::Mismatch);
    }
    Ok(take(rest, digits)?
        .iter()
        .fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0')))
}

fn bounded(number: u8, largest: u8, what: &'static str) -> Step<u8> {
    if number > largest {
        Err(Problem::Range(what))
    } else {
        Ok(number)
    }
}

/// Few digits with or without a sign; a sign alone is zero.
fn signed(text: &[u8]) -> Step<i64> {
    let (negative, digits) = match text.split_first() {
        Some((b'-', digits)) => (true, digits),
        Some((b'+', digits)) => (false, digits),
        _ => (false, text),
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(Problem::Mismatch);
    }
    let number = digits
        .iter()
        .fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    Ok(if negative { -number } else { number })
}

fn is_separator(c: &u8) -> bool {
    matches!(c, b'.' | b',')
}

/// How many digits of a fraction follow the separator that the value starts with.
fn fraction_digits(value: &[u8]) -> usize {
    match value.split_first() {
        Some((first, rest)) if is_separator(first) => {
            rest.iter().take_while(|c| c.is_ascii_digit()).count()
        }
        _ => 0,
    }
}

/// A separator and digits; those beyond the ninth do not count.
fn nanos(text: &[u8]) -> Step<u32> {
    let digits = match text.split_first() {
        Some((first, digits)) if is_separator(first) => digits,
        _ => return Err(Problem::Mismatch),
    };
    let digits = digits.get(..9).unwrap_or(digits);
    let number = signed(digits)?;
    if number < 0 {
        return Err(Problem::Range("fractional second"));
    }
    let scale = 10i64.pow(9u32.saturating_sub(digits.len() as u32));
    u32::try_from(number * scale).map_err(|_| Problem::Mismatch)
}

/// `+01:00` and its relatives, in seconds. A whole day is still allowed.
fn offset(rest: &mut &[u8], form: OffsetForm) -> Step<i32> {
    // Where the colons are.
    let (length, colons): (usize, &[usize]) = match form {
        OffsetForm::Hours => (3, &[]),
        OffsetForm::Minutes => (5, &[]),
        OffsetForm::ColonMinutes => (6, &[3]),
        OffsetForm::Seconds => (7, &[]),
        OffsetForm::ColonSeconds => (9, &[3, 6]),
    };
    let text = take(rest, length)?;
    if colons.iter().any(|at| text.get(*at) != Some(&b':')) {
        return Err(Problem::Mismatch);
    }
    let (sign, mut digits) = text.split_first().ok_or(Problem::Mismatch)?;
    let (mut total, mut problem) = (0, None);
    for (what, largest) in [
        ("time zone offset hour", 24),
        ("time zone offset minute", 60),
        ("time zone offset second", 60),
    ] {
        if digits.is_empty() {
            total *= 60;
            continue;
        }
        match number(&mut digits, true) {
            Ok(found) => {
                total = total * 60 + i32::from(found);
                if found > largest {
                    problem = Some(Problem::Range(what));
                }
            }
            // What came before may be out of range; that counts more.
            Err(mismatch) => return Err(problem.unwrap_or(mismatch)),
        }
        if !colons.is_empty() {
            digits = digits.strip_prefix(b":").unwrap_or(digits);
        }
    }
    match (problem, sign) {
        (Some(problem), _) => Err(problem),
        (None, b'+') => Ok(total),
        (None, b'-') => Ok(-total),
        (None, _) => Err(Problem::Mismatch),
    }
}

/// How long the zone's name is that the value starts with: three capital letters, four or
/// five that end in T, a few special ones, or a bare offset in hours.
fn zone_name(value: &[u8]) -> Option<usize> {
    value.get(2)?;
    if value.starts_with(b"ChST") || value.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(rest) = value.strip_prefix(b"GMT") {
        return Some(3 + hours(rest).unwrap_or(0));
    }
    if value.starts_with(b"+") || value.starts_with(b"-") {
        return hours(value);
    }
    let capitals = value
        .iter()
        .take(6)
        .take_while(|c| c.is_ascii_uppercase())
        .count();
    let ends_in_t = |length: usize| value.get(length - 1) == Some(&b'T');
    match capitals {
        3 => Some(3),
        4 if ends_in_t(4) || value.starts_with(b"WITA") => Some(4),
        5 if ends_in_t(5) => Some(5),
        _ => None,
    }
}

/// The length of a sign and a number of hours up to 23.
fn hours(text: &[u8]) -> Option<usize> {
    let (b'+' | b'-', digits) = text.split_first()? else {
        return None;
    };
    let count = digits.iter().take_while(|c| c.is_ascii_digit()).count();
    let digits = digits.get(..count).filter(|digits| !digits.is_empty())?;
    let hours = digits.iter().fold(0u32, |sum, digit| {
        sum.saturating_mul(10)
            .saturating_add(u32::from(digit - b'0'))
    });
    (hours <= 23).then_some(1 + count)
}

/// Seconds east of UTC that a name such as `GMT-3` tells.
fn gmt_offset(name: &str) -> i32 {
    let hours = name
        .strip_prefix("GMT")
        .and_then(|hours| hours.parse::<i32>().ok());
    hours.unwrap_or(0) * 3_600
}
