//! What a plain YAML 1.1 scalar means, as Go's parser and the trip through JSON make it.

use std::borrow::Cow;

/// A resolved plain scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    /// `~`, `null`, or nothing at all.
    Null,
    /// `true`, `yes`, `on`, `y` and their opposites, in three spellings each.
    Bool(bool),
    /// A whole number, in any of Go's bases, `_` between digits allowed.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Anything else.
    Text,
}

/// Resolves a plain scalar.
pub fn resolve(text: &str) -> Scalar {
    match text.as_bytes().first() {
        None => Scalar::Null,
        Some(b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'y' | b'Y' | b'o' | b'O') => {
            word(text)
        }
        Some(b'+' | b'-' | b'.' | b'0'..=b'9') => number(text),
        Some(_) => Scalar::Text,
    }
}

fn word(text: &str) -> Scalar {
    match text {
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Scalar::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Scalar::Bool(false)
        }
        _ => Scalar::Text,
    }
}

fn number(text: &str) -> Scalar {
    match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Scalar::Float(f64::INFINITY);
        }
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        _ => {}
    }
    let digits = match text.contains('_') {
        true => Cow::Owned(text.replace('_', "")),
        false => Cow::Borrowed(text),
    };
    if let Some(number) = integer(&digits) {
        return number;
    }
    if !is_float(&digits) {
        return Scalar::Text;
    }
    match digits.parse::<f64>() {
        // Beyond all doubles, Go's parser fails and leaves the text: `1e400`.
        Ok(number) if number.is_finite() => settle(number),
        _ => Scalar::Text,
    }
}

/// Go's `ParseInt(text, 0, 64)`: a sign, then `0x`, `0o`, `0b`, a leading `0` for octal, or decimal.
fn integer(text: &str) -> Option<Scalar> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, digits.get(2..)?),
        [b'0', b'o' | b'O', ..] => (8, digits.get(2..)?),
        [b'0', b'b' | b'B', ..] => (2, digits.get(2..)?),
        [b'0', _, ..] => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let size = i128::from_str_radix(digits, base).ok()?;
    let number = if negative { -size } else { size };
    if let Ok(number) = i64::try_from(number) {
        return Some(Scalar::Int(number));
    }
    u64::try_from(number)
        .ok()
        .map(|number| Scalar::Float(number as f64))
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let all_digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => all_digits(fraction),
        Some((whole, fraction)) => {
            all_digits(whole) && (fraction.is_empty() || all_digits(fraction))
        }
        None => all_digits(mantissa),
    };
    mantissa_fits && exponent.is_none_or(|e| all_digits(e.strip_prefix(['-', '+']).unwrap_or(e)))
}

/// `1.0` and `1e3` are printed to JSON as `1` and `1000`, and read back as whole numbers.
fn settle(number: f64) -> Scalar {
    let whole = number.fract() == 0.0 && number.abs() < 9_223_372_036_854_775_808.0;
    if whole {
        Scalar::Int(number as i64)
    } else {
        Scalar::Float(number)
    }
}

#[cfg(test)]
mod tests {
    use super::{Scalar, resolve};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn scalars() {
        use Scalar::{Bool, Float, Int, Null, Text};
        for (text, expect) in [
            ("", Null), ("~", Null), ("null", Null), ("nul", Text), ("NuLL", Text),
            ("yes", Bool(true)), ("On", Bool(true)), ("y", Bool(true)), ("n", Bool(false)), ("yEs", Text),
            ("1", Int(1)), ("-7", Int(-7)), ("+7", Int(7)), ("010", Int(8)), ("0o10", Int(8)), ("0b11", Int(3)),
            ("0x10", Int(16)), ("1_000", Int(1000)), ("08", Int(8)), ("0777", Int(511)), ("0", Int(0)),
            ("12:30", Text), ("2024-01-01", Text), ("1.0", Int(1)), ("1e3", Int(1000)), (".5", Float(0.5)),
            ("5.", Int(5)), ("1.5", Float(1.5)), ("1e", Text), ("-", Text), ("--1", Text), ("1.2.3", Text),
            ("12345678901234567890", Float(12345678901234567890.0)), ("9223372036854775807", Int(i64::MAX)),
            ("v1", Text), ("=", Text), (".inf", Float(f64::INFINITY)), ("1e400", Text), ("500m", Text), ("e3", Text), (".", Text),
        ] {
            assert_eq!(resolve(text), expect, "`{text}`");
        }
    }
}
