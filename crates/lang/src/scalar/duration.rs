//! Go durations: `1h30m`, `-1.5s`, `250ms`, `0`.
//!
//! Comes in:  text, or a number of seconds.
//! Goes out:  [`Duration`], signed nanoseconds that compare, add and print as Go's do.
//! Never here: the rule when a text counts as a duration (see the operators), clocks.

use std::fmt;

use super::quoted::TimeQuoted;

const MICROSECOND: u64 = 1_000;
const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// The largest magnitude a signed 64-bit number has; only a negative one may reach it.
const LIMIT: u64 = 1 << 63;

/// A span of time: a signed number of nanoseconds, about 292 years each way.
///
/// Arithmetic wraps on overflow, as Go's does: policies that were written against that
/// get the same answer here.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Duration(i64);

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// The longest span.
    pub const MAX: Self = Self(i64::MAX);
    /// The longest span backwards.
    pub const MIN: Self = Self(i64::MIN);

    /// The span of that many nanoseconds.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The span in nanoseconds.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// The span of the *integer part* of `seconds`, wrapping around on overflow.
    ///
    /// This is how conditions read a number that stands next to a duration: 2.9 is two
    /// seconds, and a huge number is whatever its product with 10^9 wraps to.
    pub fn from_whole_seconds(seconds: f64) -> Self {
        Self(go_int64(seconds).wrapping_mul(1_000_000_000))
    }

    /// Reads Go's notation: a sign, then one or more `<decimal><unit>`, or a bare `0`.
    ///
    /// Units are `ns us µs ms s m h`; there is no day. No allocation, also when it fails.
    ///
    /// # Errors
    ///
    /// [`DurationError`], whose text is that of Go's `time.ParseDuration`.
    pub fn parse(text: &str) -> Result<Self, DurationError<'_>> {
        let fail = |kind| DurationError { text, kind };
        let negative = text.starts_with('-');
        let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
        if rest == "0" {
            return Ok(Self::ZERO);
        }
        if rest.is_empty() {
            return Err(fail(ErrorKind::Invalid));
        }
        let mut total: u64 = 0;
        while !rest.is_empty() {
            let (part, after) = Part::read(rest).map_err(fail)?;
            let nanos = part.nanos().ok_or(fail(ErrorKind::Invalid))?;
            // Both are at most 2^63, so the sum can wrap only to zero; Go does not notice
            // that either.
            total = total.wrapping_add(nanos);
            if total > LIMIT {
                return Err(fail(ErrorKind::Invalid));
            }
            rest = after;
        }
        if negative {
            return Ok(Self(0i64.wrapping_sub_unsigned(total)));
        }
        i64::try_from(total)
            .map(Self)
            .map_err(|_| fail(ErrorKind::Invalid))
    }

    /// The span in seconds, fraction included.
    pub fn seconds(self) -> f64 {
        // Whole and rest apart, because that is how Go rounds.
        let (whole, rest) = (self.0 / 1_000_000_000, self.0 % 1_000_000_000);
        whole as f64 + rest as f64 / 1e9
    }

    /// The span of that many seconds, cut to whole nanoseconds.
    ///
    /// Out of range is [`Duration::MIN`], whatever the sign: Go's own conversion.
    pub fn from_seconds(seconds: f64) -> Self {
        Self(go_int64(seconds * 1e9))
    }

    /// The sum, wrapping around on overflow.
    pub const fn wrapping_add(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }

    /// The difference, wrapping around on overflow.
    pub const fn wrapping_sub(self, other: Self) -> Self {
        Self(self.0.wrapping_sub(other.0))
    }

    /// What is left of `self` after taking `other` from it as often as it fits; the sign is
    /// that of `self`. `None` when `other` is zero.
    pub const fn checked_rem(self, other: Self) -> Option<Self> {
        if other.0 == 0 {
            return None;
        }
        Some(Self(self.0.wrapping_rem(other.0)))
    }
}

/// The integer part of a number as a 64-bit machine of Go's has it: out of range, and not a
/// number, give the smallest integer.
pub(super) fn go_int64(number: f64) -> i64 {
    // 2^63 is exact as a double; 2^63 - 1 is not, so the upper bound is exclusive.
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    if (-BOUND..BOUND).contains(&number) {
        number as i64
    } else {
        i64::MIN
    }
}

/// One `<decimal><unit>`.
struct Part {
    whole: u64,
    fraction: u64,
    /// What `fraction` is to be divided by.
    scale: f64,
    unit: u64,
}

impl<'a> Part {
    fn read(text: &'a str) -> Result<(Self, &'a str), ErrorKind<'a>> {
        if !text.starts_with(|c: char| c == '.' || c.is_ascii_digit()) {
            return Err(ErrorKind::Invalid);
        }
        let (digits, rest) = split_digits(text);
        let whole = leading_int(digits).ok_or(ErrorKind::Invalid)?;
        let (decimals, rest) = match rest.strip_prefix('.') {
            Some(rest) => split_digits(rest),
            None => ("", rest),
        };
        if digits.is_empty() && decimals.is_empty() {
            return Err(ErrorKind::Invalid);
        }
        let (fraction, scale) = leading_fraction(decimals);
        let end = rest
            .find(|c: char| c == '.' || c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (name, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if name.is_empty() {
            return Err(ErrorKind::MissingUnit);
        }
        let unit = unit(name).ok_or(ErrorKind::UnknownUnit(name))?;
        Ok((
            Self {
                whole,
                fraction,
                scale,
                unit,
            },
            rest,
        ))
    }

    fn nanos(&self) -> Option<u64> {
        let whole = self
            .whole
            .checked_mul(self.unit)
            .filter(|nanos| *nanos <= LIMIT)?;
        if self.fraction == 0 {
            return Some(whole);
        }
        // A double is exact to the nanosecond here: a fraction is less than one hour.
        let fraction = (self.fraction as f64 * (self.unit as f64 / self.scale)) as u64;
        whole.checked_add(fraction).filter(|nanos| *nanos <= LIMIT)
    }
}

fn unit(name: &str) -> Option<u64> {
    Some(match name {
        "ns" => 1,
        // The micro sign, and the Greek letter that looks like it.
        "us" | "\u{b5}s" | "\u{3bc}s" => MICROSECOND,
        "ms" => MILLISECOND,
        "s" => SECOND,
        "m" => MINUTE,
        "h" => HOUR,
        _ => return None,
    })
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn leading_int(digits: &str) -> Option<u64> {
    digits.bytes().try_fold(0u64, |sum, digit| {
        let next = sum.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
        (next <= LIMIT).then_some(next)
    })
}

/// The digits as an integer and the power of ten they are over. Digits that no longer fit
/// are dropped.
fn leading_fraction(digits: &str) -> (u64, f64) {
    let (mut fraction, mut scale) = (0u64, 1.0);
    for digit in digits.bytes() {
        if fraction > (LIMIT - 1) / 10 {
            break;
        }
        let next = fraction * 10 + u64::from(digit - b'0');
        if next > LIMIT {
            break;
        }
        fraction = next;
        scale *= 10.0;
    }
    (fraction, scale)
}

impl fmt::Display for Duration {
    /// Go's form: `1h0m0s`, `2m3s`, `1.5s`, `250ms`, `2µs`, `0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let nanos = self.0.unsigned_abs();
        match nanos {
            0 => f.write_str("0s"),
            1..MICROSECOND => write!(f, "{nanos}ns"),
            MICROSECOND..MILLISECOND => decimal(f, nanos, MICROSECOND, "µs"),
            MILLISECOND..SECOND => decimal(f, nanos, MILLISECOND, "ms"),
            _ => {
                let (hours, minutes) = (nanos / HOUR, nanos % HOUR / MINUTE);
                if hours > 0 {
                    write!(f, "{hours}h")?;
                }
                if hours > 0 || minutes > 0 {
                    write!(f, "{minutes}m")?;
                }
                decimal(f, nanos % MINUTE, SECOND, "s")
            }
        }
    }
}

/// Writes `nanos` in units of `unit`, without trailing zeros.
fn decimal(f: &mut fmt::Formatter<'_>, nanos: u64, unit: u64, name: &str) -> fmt::Result {
    write!(f, "{}", nanos / unit)?;
    let mut rest = nanos % unit;
    if rest > 0 {
        f.write_str(".")?;
        let mut place = unit / 10;
        while rest > 0 {
            write!(f, "{}", rest / place)?;
            rest %= place;
            place /= 10;
        }
    }
    f.write_str(name)
}

/// Why a text is not a duration. The text of the message is Go's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DurationError<'a> {
    text: &'a str,
    kind: ErrorKind<'a>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum ErrorKind<'a> {
    Invalid,
    MissingUnit,
    UnknownUnit(&'a str),
}

impl fmt::Display for DurationError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ErrorKind::Invalid => f.write_str("time: invalid duration ")?,
            ErrorKind::MissingUnit => f.write_str("time: missing unit in duration ")?,
            ErrorKind::UnknownUnit(unit) => {
                write!(
                    f,
                    "time: unknown unit {} in duration ",
                    TimeQuoted(unit.as_bytes())
                )?;
            }
        }
        write!(f, "{}", TimeQuoted(self.text.as_bytes()))
    }
}

impl std::error::Error for DurationError<'_> {}

#[cfg(test)]
mod tests {
    use super::Duration;

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn read_and_printed() {
        check("0",                     "0s");
        check("-0",                    "0s");
        check("+5s",                   "5s");
        check("1h",                    "1h0m0s");
        check("90s",                   "1m30s");
        check("-1m30s",                "-1m30s");
        check("1.5ms",                 "1.5ms");
        check("1us",                   "1µs");
        check("1µs",                   "1µs");
        check("1μs",                   "1µs");
        check("999ns",                 "999ns");
        check(".5h",                   "30m0s");
        check("1.h",                   "1h0m0s");
        check("1s1h",                  "1h0m1s");
        check("1h0.000000001s",        "1h0m0.000000001s");
        check("0.3333333333333333333h", "20m0s");
        check("0.100000000000000000000h", "6m0s");
        check("0.9223372036854775807s", "922.337203ms");
        check("9223372036854775807ns", "2562047h47m16.854775807s");
        check("-9223372036854775808ns", "-2562047h47m16.854775808s");
        check("",                      r#"time: invalid duration """#);
        check("+",                     r#"time: invalid duration "+""#);
        check("x",                     r#"time: invalid duration "x""#);
        check(".s",                    r#"time: invalid duration ".s""#);
        check("1",                     r#"time: missing unit in duration "1""#);
        check("00",                    r#"time: missing unit in duration "00""#);
        check("1h1",                   r#"time: missing unit in duration "1h1""#);
        check("1d",                    r#"time: unknown unit "d" in duration "1d""#);
        check("1 s",                   r#"time: unknown unit " s" in duration "1 s""#);
        check("1hs-",                  r#"time: unknown unit "hs-" in duration "1hs-""#);
        check("1日",                   r#"time: unknown unit "\xe6\x97\xa5" in duration "1\xe6\x97\xa5""#);
        check("1\"\t",                 r#"time: unknown unit "\"\x09" in duration "1\"\x09""#);
        check("3000000h",              r#"time: invalid duration "3000000h""#);
        check("9223372036854775808ns", r#"time: invalid duration "9223372036854775808ns""#);
        check("-9223372036854775809ns", r#"time: invalid duration "-9223372036854775809ns""#);
        check("2562047h47m16.854775808s", r#"time: invalid duration "2562047h47m16.854775808s""#);
    }

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let got = Duration::parse(text).map_or_else(|e| e.to_string(), |d| d.to_string());
        assert_eq!(got, expect, "`{text}`");
    }

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn numbers() {
        check_nanos("integer part only", Duration::from_whole_seconds(2.9),  2_000_000_000);
        check_nanos("toward zero",       Duration::from_whole_seconds(-2.9), -2_000_000_000);
        check_nanos("wraps to zero",     Duration::from_whole_seconds(1e21), 0);
        check_nanos("not a number",      Duration::from_whole_seconds(f64::NAN), 0);
        check_nanos("fraction kept",     Duration::from_seconds(1.5),        1_500_000_000);
        check_nanos("out of range",      Duration::from_seconds(1e21),       i64::MIN);
        check_nanos("sum wraps",         Duration::MAX.wrapping_add(Duration::from_nanos(1)), i64::MIN);
    }

    #[track_caller]
    fn check_nanos(case: &str, got: Duration, expect: i64) {
        assert_eq!(got.nanos(), expect, "{case}");
    }

    #[test]
    fn remainder_keeps_the_sign() {
        let (a, b) = (Duration::from_nanos(-90), Duration::from_nanos(60));
        assert_eq!(a.checked_rem(b), Some(Duration::from_nanos(-30)));
        assert_eq!(a.checked_rem(Duration::ZERO), None);
        assert_eq!(
            Duration::MIN.checked_rem(Duration::from_nanos(-1)),
            Some(Duration::ZERO)
        );
    }
}
