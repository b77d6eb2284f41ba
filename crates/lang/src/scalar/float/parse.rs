//! Numbers as Go's `strconv` reads them.
//!
//! Comes in:  text.
//! Goes out:  a number, or nothing where Go gives an error.
//! Never here: quantities, JSON.

use std::fmt;

use crate::scalar::quoted::Quoted;

/// Reads a number as Go's `strconv.ParseFloat` does; `None` where that gives an error.
///
/// Accepts `1_000`, `.5`, `5.`, `+5`, `inf`, `NaN`, `0x1p4`; refuses blanks, `0x10`
/// (a hexadecimal number needs its exponent) and what is too large for a double.
/// Allocates only for texts with underscores.
pub fn parse_float(text: &str) -> Option<f64> {
    if text.contains('_') {
        return underscores_fit(text)
            .then(|| parse_plain(&text.replace('_', "")))
            .flatten();
    }
    parse_plain(text)
}

/// Reads a decimal integer as Go's `strconv.ParseInt(text, 10, 64)` does; `None` where that
/// gives an error: anything but a sign and digits, or out of range.
pub fn parse_int(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// As [`parse_int`], where the error is told.
///
/// # Errors
///
/// [`IntError`], with Go's text.
pub fn try_parse_int(text: &str) -> Result<i64, IntError<'_>> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let number = !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit());
    parse_int(text).ok_or(IntError {
        text,
        out_of_range: number,
    })
}

/// Why a text is not an integer. The text is that of Go's `strconv.ParseInt`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct IntError<'a> {
    text: &'a str,
    out_of_range: bool,
}

impl fmt::Display for IntError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = if self.out_of_range {
            "value out of range"
        } else {
            "invalid syntax"
        };
        write!(
            f,
            "strconv.ParseInt: parsing {}: {reason}",
            Quoted(self.text)
        )
    }
}

impl std::error::Error for IntError<'_> {}

fn parse_plain(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if let Some(hex) = unsigned
        .strip_prefix("0x")
        .or_else(|| unsigned.strip_prefix("0X"))
    {
        let magnitude = parse_hex(hex)?;
        return Some(if text.starts_with('-') {
            -magnitude
        } else {
            magnitude
        });
    }
    match unsigned.as_bytes().first()? {
        b'.' | b'0'..=b'9' => text.parse().ok().filter(|number: &f64| number.is_finite()),
        b'i' | b'I' => text.parse().ok(),
        // Not a number has no sign.
        b'n' | b'N' => unsigned
            .parse()
            .ok()
            .filter(|_| unsigned.len() == text.len()),
        _ => None,
    }
}

/// An underscore stands between two digits, or between a base prefix and a digit.
fn underscores_fit(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let hex = unsigned
        .strip_prefix("0x")
        .or_else(|| unsigned.strip_prefix("0X"));
    // The prefix counts as a digit: `0x_1` is fine.
    let (mut after_digit, mut after_underscore) = (hex.is_some(), false);
    for c in hex.unwrap_or(unsigned).chars() {
        let digit = c.is_ascii_digit() || hex.is_some() && c.is_ascii_hexdigit();
        if c == '_' && !after_digit || after_underscore && !digit {
            return false;
        }
        (after_digit, after_underscore) = (digit, c == '_');
    }
    !after_underscore
}

/// The part after `0x`: hexadecimal digits with at most one point, then `p` and a decimal
/// exponent of two.
fn parse_hex(text: &str) -> Option<f64> {
    let (digits, exponent) = text.split_once(['p', 'P'])?;
    let mut exponent = parse_exponent(exponent)?;
    let (mut mantissa, mut sticky, mut seen, mut fraction) = (0u64, false, false, false);
    for c in digits.chars() {
        if c == '.' && !fraction {
            fraction = true;
            continue;
        }
        let digit = u64::from(c.to_digit(16)?);
        seen = true;
        if mantissa >> 60 == 0 {
            mantissa = mantissa << 4 | digit;
            exponent -= if fraction { 4 } else { 0 };
        } else {
            sticky |= digit != 0;
            exponent += if fraction { 0 } else { 4 };
        }
    }
    if seen {
        scale(mantissa, sticky, exponent)
    } else {
        None
    }
}

/// Signed digits. What is beyond any double is cut to something still beyond.
fn parse_exponent(text: &str) -> Option<i64> {
    const FAR: i64 = 1 << 40;
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let size = digits.parse().unwrap_or(FAR).min(FAR);
    Some(if text.starts_with('-') { -size } else { size })
}

/// `mantissa * 2^exponent` to the nearest double, ties to even; `None` when too large.
/// `sticky`: there was more, below the last bit.
fn scale(mantissa: u64, sticky: bool, exponent: i64) -> Option<f64> {
    if mantissa == 0 {
        return Some(0.0);
    }
    let bits = i64::from(u64::BITS - mantissa.leading_zeros());
    // The lowest bit that the result can hold: 53 bits in all, fewer near zero.
    let lowest = (bits + exponent - 53).max(-1074);
    let dropped = lowest - exponent;
    let rounded = match u32::try_from(dropped) {
        Err(_) | Ok(0) => mantissa.checked_shl(u32::try_from(-dropped).ok()?)?,
        Ok(65..) => 0,
        Ok(dropped) => {
            let wide = u128::from(mantissa);
            let kept = wide >> dropped;
            let (rest, half) = (wide & ((1 << dropped) - 1), 1 << (dropped - 1));
            let up = rest > half || rest == half && (sticky || kept & 1 == 1);
            u64::try_from(kept).ok()? + u64::from(up)
        }
    };
    let number = rounded as f64 * power_of_two(lowest)?;
    number.is_finite().then_some(number)
}

fn power_of_two(exponent: i64) -> Option<f64> {
    let bits = match exponent {
        -1074..=-1023 => 1 << (exponent + 1074),
        -1022..=1023 => u64::try_from(exponent + 1023).ok()? << 52,
        _ => return None,
    };
    Some(f64::from_bits(bits))
}
