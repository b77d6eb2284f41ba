//! One field of a cron line: `*`, `5`, `1-5`, `*/15`, `mon,wed`.
//!
//! Comes in:  the field's text and its bounds.
//! Goes out:  the set of numbers it admits.

use super::CronError;
use crate::scalar::quoted::Quoted;

/// The numbers that a field admits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    /// One bit for each number; none is above 59.
    bits: u64,
    /// A bare `*` or `?` was among the ranges.
    any: bool,
}

/// What numbers a field may have, and what they are called.
pub(super) struct Bounds {
    min: u64,
    max: u64,
    /// In order; the first is `min`.
    names: &'static [&'static str],
}

pub(super) const SECONDS: Bounds = Bounds {
    min: 0,
    max: 59,
    names: &[],
};
pub(super) const MINUTES: Bounds = Bounds {
    min: 0,
    max: 59,
    names: &[],
};
pub(super) const HOURS: Bounds = Bounds {
    min: 0,
    max: 23,
    names: &[],
};
pub(super) const DAYS: Bounds = Bounds {
    min: 1,
    max: 31,
    names: &[],
};
pub(super) const MONTHS: Bounds = Bounds {
    min: 1,
    max: 12,
    names: &[
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ],
};
pub(super) const WEEKDAYS: Bounds = Bounds {
    min: 0,
    max: 6,
    names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};
const YEARS: Bounds = Bounds {
    min: 1970,
    max: 2099,
    names: &[],
};

impl Field {
    /// A field without any range, `,`, admits nothing.
    pub(super) fn parse(text: &str, bounds: &Bounds) -> Result<Self, CronError> {
        let mut field = Self {
            bits: 0,
            any: false,
        };
        for text in text.split(',').filter(|text| !text.is_empty()) {
            let range = Range::parse(text, bounds)?;
            field.any |= range.any;
            field.bits |= range.numbers().fold(0, |bits, number| bits | 1 << number);
        }
        Ok(field)
    }

    pub(super) fn has(self, number: u8) -> bool {
        self.bits >> number & 1 == 1
    }

    pub(super) fn is_any(self) -> bool {
        self.any
    }
}

/// The years that a field admits; `None` for all.
pub(super) fn years(text: &str) -> Result<Option<Vec<i64>>, CronError> {
    let mut years = Vec::new();
    for text in text.split(',').filter(|text| !text.is_empty()) {
        let range = Range::parse(text, &YEARS)?;
        if range.any {
            return Ok(None);
        }
        years.extend(range.numbers().map(u64::cast_signed));
    }
    Ok(Some(years))
}

struct Range {
    start: u64,
    end: u64,
    step: u64,
    any: bool,
}

impl Range {
    fn parse(text: &str, bounds: &Bounds) -> Result<Self, CronError> {
        let mut parts = text.split('/');
        let ends = parts.next().unwrap_or_default();
        let (step, more) = (parts.next(), parts.next());
        let mut ends = ends.split('-');
        let first = ends.next().unwrap_or_default();
        let (second, third) = (ends.next(), ends.next());
        let mut any = matches!(first, "*" | "?");
        let (start, mut end) = if any {
            (bounds.min, bounds.max)
        } else {
            let start = number_or_name(first, bounds)?;
            match (second, third) {
                (_, Some(_)) => return fail(format!("too many hyphens: {text}")),
                (Some(second), None) => (start, number_or_name(second, bounds)?),
                (None, None) => (start, start),
            }
        };
        if more.is_some() {
            return fail(format!("too many slashes: {text}"));
        }
        let step = match step {
            None => 1,
            Some(step) => {
                let step = number(step)?;
                // A single number with a step begins a range up to the end.
                if second.is_none() {
                    end = bounds.max;
                }
                any &= step <= 1;
                step
            }
        };
        let Bounds { min, max, .. } = *bounds;
        if start < min {
            return fail(format!(
                "beginning of range ({start}) below minimum ({min}): {text}"
            ));
        }
        if end > max {
            return fail(format!(
                "end of range ({end}) above maximum ({max}): {text}"
            ));
        }
        if start > end {
            return fail(format!(
                "beginning of range ({start}) beyond end of range ({end}): {text}"
            ));
        }
        if step == 0 {
            return fail(format!("step of range should be a positive number: {text}"));
        }
        Ok(Self {
            start,
            end,
            step,
            any,
        })
    }

    fn numbers(&self) -> impl Iterator<Item = u64> {
        // A step longer than the range leaves its first number.
        let step = usize::try_from(self.step).unwrap_or(usize::MAX);
        (self.start..=self.end).step_by(step.max(1))
    }
}

fn number_or_name(text: &str, bounds: &Bounds) -> Result<u64, CronError> {
    match bounds
        .names
        .iter()
        .position(|name| name.eq_ignore_ascii_case(text))
    {
        Some(at) => Ok(bounds.min + at as u64),
        None => number(text),
    }
}

fn number(text: &str) -> Result<u64, CronError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit());
    let Ok(number) = text.parse::<i64>() else {
        let reason = if is_number {
            "value out of range"
        } else {
            "invalid syntax"
        };
        return fail(format!(
            "failed to parse int from {text}: strconv.Atoi: parsing {}: {reason}",
            Quoted(text)
        ));
    };
    u64::try_from(number)
        .or_else(|_| fail(format!("negative number ({number}) not allowed: {text}")))
}

fn fail<T>(text: String) -> Result<T, CronError> {
    Err(CronError(text))
}
