//! Go's layouts: cut into their pieces, and times written by them.
//!
//! Comes in:  a layout; a time.
//! Goes out:  pieces for the parser; text.

use std::fmt::Write as _;

use super::{Date, Time};

/// A part of a layout that stands for a part of the time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Piece {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperPm,
    LowerPm,
    ZoneName,
    Offset {
        z: bool,
        form: OffsetForm,
    },
    /// `.000`: all digits. The count of digits, and the separator.
    Fraction(usize, u8),
    /// `.999`: without zeros at the end.
    TrimmedFraction(usize, u8),
}

/// How an offset is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum OffsetForm {
    /// `-07`
    Hours,
    /// `-0700`
    Minutes,
    /// `-07:00`
    ColonMinutes,
    /// `-070000`
    Seconds,
    /// `-07:00:00`
    ColonSeconds,
}

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// The short form of a month or a weekday.
pub(super) fn short(name: &str) -> &str {
    name.get(..3).unwrap_or(name)
}

/// The offsets, the longer before those that they begin with.
const OFFSETS: [(&str, OffsetForm); 5] = [
    ("070000", OffsetForm::Seconds),
    ("07:00:00", OffsetForm::ColonSeconds),
    ("0700", OffsetForm::Minutes),
    ("07:00", OffsetForm::ColonMinutes),
    ("07", OffsetForm::Hours),
];

/// A layout cut at its first piece.
pub(super) struct Cut<'a> {
    pub(super) before: &'a [u8],
    /// With its own text. Without a piece all is before it.
    pub(super) piece: Option<(Piece, &'a [u8])>,
    pub(super) after: &'a [u8],
}

pub(super) fn next(layout: &[u8]) -> Cut<'_> {
    for at in 0..layout.len() {
        let Some(rest) = layout.get(at..) else {
            continue;
        };
        let Some((piece, skip, length)) = piece(rest) else {
            continue;
        };
        let (begin, end) = (at + skip, at + skip + length);
        if let (Some(before), Some(text), Some(after)) = (
            layout.get(..begin),
            layout.get(begin..end),
            layout.get(end..),
        ) {
            return Cut {
                before,
                piece: Some((piece, text)),
                after,
            };
        }
    }
    Cut {
        before: layout,
        piece: None,
        after: &[],
    }
}

/// The piece at the start of `text`: how many bytes before it still are text, and its length.
fn piece(text: &[u8]) -> Option<(Piece, usize, usize)> {
    let starts = |start: &str| text.starts_with(start.as_bytes());
    // "Month" is not "Mon" and a "th".
    let word =
        |word: &str| starts(word) && !text.get(word.len()).is_some_and(u8::is_ascii_lowercase);
    let found = match text.first()? {
        b'J' if starts("January") => (Piece::LongMonth, 7),
        b'J' if word("Jan") => (Piece::Month, 3),
        b'M' if starts("Monday") => (Piece::LongWeekday, 6),
        b'M' if word("Mon") => (Piece::Weekday, 3),
        b'M' if starts("MST") => (Piece::ZoneName, 3),
        b'0' => match text.get(1)? {
            b'1' => (Piece::ZeroMonth, 2),
            b'2' => (Piece::ZeroDay, 2),
            b'3' => (Piece::ZeroHour12, 2),
            b'4' => (Piece::ZeroMinute, 2),
            b'5' => (Piece::ZeroSecond, 2),
            b'6' => (Piece::Year, 2),
            b'0' if starts("002") => (Piece::ZeroYearDay, 3),
            _ => return None,
        },
        b'1' if starts("15") => (Piece::Hour, 2),
        b'1' => (Piece::NumMonth, 1),
        b'2' if starts("2006") => (Piece::LongYear, 4),
        b'2' => (Piece::Day, 1),
        // The underscore stays, because a year is not padded.
        b'_' if starts("_2006") => return Some((Piece::LongYear, 1, 4)),
        b'_' if starts("_2") => (Piece::UnderDay, 2),
        b'_' if starts("__2") => (Piece::UnderYearDay, 3),
        b'3' => (Piece::Hour12, 1),
        b'4' => (Piece::Minute, 1),
        b'5' => (Piece::Second, 1),
        b'P' if starts("PM") => (Piece::UpperPm, 2),
        b'p' if starts("pm") => (Piece::LowerPm, 2),
        sign @ (b'-' | b'Z') => {
            let digits = text.get(1..)?;
            let known = |known: &&(&str, OffsetForm)| digits.starts_with(known.0.as_bytes());
            let (digits, form) = OFFSETS.iter().find(known)?;
            (
                Piece::Offset {
                    z: *sign == b'Z',
                    form: *form,
                },
                1 + digits.len(),
            )
        }
        separator @ (b'.' | b',') => {
            let digit = *text.get(1)?;
            let digits = text.get(1..)?.iter().take_while(|c| **c == digit).count();
            if text.get(1 + digits).is_some_and(u8::is_ascii_digit) {
                return None;
            }
            match digit {
                b'0' => (Piece::Fraction(digits, *separator), 1 + digits),
                b'9' => (Piece::TrimmedFraction(digits, *separator), 1 + digits),
                _ => return None,
            }
        }
        _ => return None,
    };
    Some((found.0, 0, found.1))
}

pub(super) fn format(time: &Time, layout: &str) -> String {
    let mut out = String::with_capacity(layout.len() + 10);
    let (date, clock) = (time.date(), time.clock());
    let mut rest = layout.as_bytes();
    while !rest.is_empty() {
        let Cut {
            before,
            piece,
            after,
        } = next(rest);
        // Pieces are ASCII, so the text between them is whole.
        out.push_str(str::from_utf8(before).unwrap_or_default());
        if let Some((piece, _)) = piece {
            write_piece(time, date, clock, piece, &mut out);
        }
        rest = after;
    }
    out
}

fn write_piece(
    time: &Time,
    Date { year, month, day }: Date,
    (hour, minute, second): (u8, u8, u8),
    piece: Piece,
    out: &mut String,
) {
    let hour12 = (hour + 11) % 12 + 1;
    let month_name = || {
        MONTHS
            .get(usize::from(month) - 1)
            .copied()
            .unwrap_or_default()
    };
    let weekday = || {
        WEEKDAYS
            .get(time.weekday() as usize)
            .copied()
            .unwrap_or_default()
    };
    // Writing to a text never fails.
    let _ = match piece {
        Piece::LongMonth => write!(out, "{}", month_name()),
        Piece::Month => write!(out, "{}", short(month_name())),
        Piece::NumMonth => write!(out, "{month}"),
        Piece::ZeroMonth => write!(out, "{month:02}"),
        Piece::LongWeekday => write!(out, "{}", weekday()),
        Piece::Weekday => write!(out, "{}", short(weekday())),
        Piece::Day => write!(out, "{day}"),
        Piece::UnderDay => write!(out, "{day:2}"),
        Piece::ZeroDay => write!(out, "{day:02}"),
        Piece::UnderYearDay => write!(out, "{:3}", time.year_day()),
        Piece::ZeroYearDay => write!(out, "{:03}", time.year_day()),
        Piece::Hour => write!(out, "{hour:02}"),
        Piece::Hour12 => write!(out, "{hour12}"),
        Piece::ZeroHour12 => write!(out, "{hour12:02}"),
        Piece::Minute => write!(out, "{minute}"),
        Piece::ZeroMinute => write!(out, "{minute:02}"),
        Piece::Second => write!(out, "{second}"),
        Piece::ZeroSecond => write!(out, "{second:02}"),
        Piece::LongYear if year < 0 => write!(out, "-{:04}", -year),
        Piece::LongYear => write!(out, "{year:04}"),
        Piece::Year => write!(out, "{:02}", year.abs() % 100),
        Piece::UpperPm => write!(out, "{}", if hour < 12 { "AM" } else { "PM" }),
        Piece::LowerPm => write!(out, "{}", if hour < 12 { "am" } else { "pm" }),
        Piece::ZoneName => write_zone_name(time, out),
        Piece::Offset { z: true, .. } if time.offset() == 0 => write!(out, "Z"),
        Piece::Offset { form, .. } => write_offset(time.offset(), form, out),
        Piece::Fraction(digits, separator) => write_fraction(time, digits, separator, false, out),
        Piece::TrimmedFraction(digits, separator) => {
            write_fraction(time, digits, separator, true, out)
        }
    };
}

fn write_zone_name(time: &Time, out: &mut String) -> std::fmt::Result {
    match (&*time.zone.name, time.offset()) {
        ("", 0) => write!(out, "UTC"),
        ("", offset) => write_offset(offset, OffsetForm::Minutes, out),
        (name, _) => write!(out, "{name}"),
    }
}

fn write_offset(offset: i32, form: OffsetForm, out: &mut String) -> std::fmt::Result {
    // Less than a minute west has no minus sign: the sign is that of whole minutes.
    let sign = if offset / 60 < 0 { '-' } else { '+' };
    let minutes = (offset / 60).abs();
    let (hour, minute, second) = (minutes / 60, minutes % 60, offset.abs() % 60);
    match form {
        OffsetForm::Hours => write!(out, "{sign}{hour:02}"),
        OffsetForm::Minutes => write!(out, "{sign}{hour:02}{minute:02}"),
        OffsetForm::ColonMinutes => write!(out, "{sign}{hour:02}:{minute:02}"),
        OffsetForm::Seconds => write!(out, "{sign}{hour:02}{minute:02}{second:02}"),
        OffsetForm::ColonSeconds => write!(out, "{sign}{hour:02}:{minute:02}:{second:02}"),
    }
}

fn write_fraction(
    time: &Time,
    digits: usize,
    separator: u8,
    trim: bool,
    out: &mut String,
) -> std::fmt::Result {
    if trim && time.nanosecond() == 0 {
        return Ok(());
    }
    let all = format!("{:09}", time.nanosecond());
    let kept = all.get(..digits.min(9)).unwrap_or(&all);
    let kept = if trim {
        kept.trim_end_matches('0')
    } else {
        kept
    };
    if trim && kept.is_empty() {
        return Ok(());
    }
    write!(out, "{}{kept}", char::from(separator))
}
