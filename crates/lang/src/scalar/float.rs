//! Numbers as Go prints and reads them: one wrapper for each of the ways Kyverno uses.
//!
//! Comes in:  a double, or text.
//! Goes out:  something that prints; a number.
//! Never here: quantities (see `quantity`), JSON documents (see `value`).
//!
//! | wrapper          | Go                                   | 1500000   | 0.0000001    | used for                     |
//! |------------------|--------------------------------------|-----------|--------------|------------------------------|
//! | [`General`]      | `%v`, `FormatFloat(x, 'g', -1, 64)`  | `1.5e+06` | `1e-07`      | set operators, error texts   |
//! | [`Scientific`]   | `FormatFloat(x, 'E', -1, 64)`        | `1.5E+06` | `1E-07`      | patterns that compare texts  |
//! | [`Fixed`]        | `%f`                                 | `1500000.000000` | `0.000000` | patterns with quantities |
//! | [`Single`]       | `FormatFloat(x, 'f', -1, 32)`        | `1500000` | `0.0000001`  | text arguments of functions  |
//! | [`Json`]         | `encoding/json`                      | `1500000` | `1e-7`       | `to_string`, printed results |
//! | [`JsonEmbedded`] | the same with two exponent digits    | `1500000` | `1e-07`      | `{{ }}` inside a text        |
//!
//! All digits are the fewest that read back as the same double, except those of [`Fixed`].
//! Printing never allocates.

use std::fmt::{self, Write as _};

/// `%v`: an exponent when it is below -4 or at least 6 (`1e+06`, `1.234567e+06`, `123456`).
#[derive(Clone, Copy, Debug)]
pub struct General(pub f64);

/// Always with an exponent, capital `E`, two digits at least: `1.5E+00`.
#[derive(Clone, Copy, Debug)]
pub struct Scientific(pub f64);

/// Six decimals, never an exponent: `0.000000`.
#[derive(Clone, Copy, Debug)]
pub struct Fixed(pub f64);

/// The number rounded to 32 bits, never with an exponent.
#[derive(Clone, Copy, Debug)]
pub struct Single(pub f64);

/// JSON: an exponent below 1e-6 and from 1e21 on, without padding (`1e-7`, `1e+21`).
///
/// NaN and the infinities have no JSON form; they print as Go's `%v` and the caller refuses
/// them before.
#[derive(Clone, Copy, Debug)]
pub struct Json(pub f64);

/// JSON as Kyverno writes it into a longer text: as [`Json`], but `1e-07`.
#[derive(Clone, Copy, Debug)]
pub struct JsonEmbedded(pub f64);

impl fmt::Display for General {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Decimal::with(self.0, f, |number, f| match number.exponent {
            -4..6 => number.positional(f),
            _ => number.scientific(f, 'e', 2),
        })
    }
}

impl fmt::Display for Scientific {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Decimal::with(self.0, f, |number, f| number.scientific(f, 'E', 2))
    }
}

impl fmt::Display for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match special(self.0) {
            Some(name) => f.write_str(name),
            None => write!(f, "{:.6}", self.0),
        }
    }
}

impl fmt::Display for Single {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let single = self.0 as f32;
        match special(f64::from(single)) {
            Some(name) => f.write_str(name),
            None => write!(f, "{single}"),
        }
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        json(self.0, f, 1)
    }
}

impl fmt::Display for JsonEmbedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        json(self.0, f, 2)
    }
}

/// Large exponents always have two digits; only the small ones differ.
fn json(number: f64, f: &mut fmt::Formatter<'_>, exponent_digits: usize) -> fmt::Result {
    Decimal::with(number, f, |number, f| match number.exponent {
        -6..21 => number.positional(f),
        _ => number.scientific(f, 'e', exponent_digits),
    })
}

fn special(number: f64) -> Option<&'static str> {
    Some(match number {
        _ if number.is_nan() => "NaN",
        f64::INFINITY => "+Inf",
        f64::NEG_INFINITY => "-Inf",
        _ => return None,
    })
}

/// A finite number as the fewest decimal digits that read back as the same double.
struct Decimal<'a> {
    negative: bool,
    /// Without a point; never empty, no zero at either end except for zero itself.
    first: &'a str,
    rest: &'a str,
    /// Power of ten of the first digit.
    exponent: i32,
}

impl Decimal<'_> {
    fn with(
        number: f64,
        f: &mut fmt::Formatter<'_>,
        write: impl FnOnce(&Decimal<'_>, &mut fmt::Formatter<'_>) -> fmt::Result,
    ) -> fmt::Result {
        if let Some(name) = special(number) {
            return f.write_str(name);
        }
        // Rust prints the same digits as Go, as `1.5e6`; only the exponent's dress differs.
        let mut text = Buffer::default();
        write!(text, "{:e}", number.abs())?;
        let (digits, exponent) = text.as_str().split_once('e').ok_or(fmt::Error)?;
        let (first, rest) = digits.split_once('.').unwrap_or((digits, ""));
        let exponent = exponent.parse().map_err(|_| fmt::Error)?;
        write(
            &Decimal {
                negative: number.is_sign_negative(),
                first,
                rest,
                exponent,
            },
            f,
        )
    }

    fn scientific(&self, f: &mut fmt::Formatter<'_>, letter: char, width: usize) -> fmt::Result {
        self.sign(f)?;
        f.write_str(self.first)?;
        if !self.rest.is_empty() {
            write!(f, ".{}", self.rest)?;
        }
        let sign = if self.exponent < 0 { '-' } else { '+' };
        write!(f, "{letter}{sign}{:0width$}", self.exponent.unsigned_abs())
    }

    fn positional(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sign(f)?;
        let Ok(whole) = usize::try_from(self.exponent) else {
            let zeros = self.exponent.unsigned_abs() as usize - 1;
            return write!(f, "0.{:0<zeros$}{}{}", "", self.first, self.rest);
        };
        match self.rest.split_at_checked(whole) {
            None | Some((_, "")) => write!(f, "{}{:0<whole$}", self.first, self.rest),
            Some((whole, fraction)) => write!(f, "{}{whole}.{fraction}", self.first),
        }
    }

    fn sign(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negative {
            f.write_str("-")
        } else {
            Ok(())
        }
    }
}

/// Room for any `{:e}` of a double: 17 digits, a point, `e-308`.
#[derive(Default)]
struct Buffer {
    bytes: [u8; 32],
    len: usize,
}

impl Buffer {
    fn as_str(&self) -> &str {
        self.bytes
            .get(..self.len)
            .and_then(|used| str::from_utf8(used).ok())
            .unwrap_or_default()
    }
}

impl fmt::Write for Buffer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        let room = self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

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

#[cfg(test)]
mod tests {
    use super::{Fixed, General, Json, JsonEmbedded, Scientific, Single, parse_float, parse_int};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn printed() {
        //           General            Scientific         Fixed                           Single                   Json                     JsonEmbedded
        check(0.0,   "0",               "0E+00",           "0.000000",                     "0",                     "0",                     "0");
        check(-0.0,  "-0",              "-0E+00",          "-0.000000",                    "-0",                    "-0",                    "-0");
        check(3.0,   "3",               "3E+00",           "3.000000",                     "3",                     "3",                     "3");
        check(1.5,   "1.5",             "1.5E+00",         "1.500000",                     "1.5",                   "1.5",                   "1.5");
        check(-12.25, "-12.25",         "-1.225E+01",      "-12.250000",                   "-12.25",                "-12.25",                "-12.25");
        check(0.1,   "0.1",             "1E-01",           "0.100000",                     "0.1",                   "0.1",                   "0.1");
        check(100.0, "100",             "1E+02",           "100.000000",                   "100",                   "100",                   "100");
        check(123456.0, "123456",       "1.23456E+05",     "123456.000000",                "123456",                "123456",                "123456");
        check(1e6,   "1e+06",           "1E+06",           "1000000.000000",               "1000000",               "1000000",               "1000000");
        check(1234567.0, "1.234567e+06", "1.234567E+06",   "1234567.000000",               "1234567",               "1234567",               "1234567");
        check(123456789.0, "1.23456789e+08", "1.23456789E+08", "123456789.000000",         "123456790",             "123456789",             "123456789");
        check(0.0001, "0.0001",         "1E-04",           "0.000100",                     "0.0001",                "0.0001",                "0.0001");
        check(0.00001, "1e-05",         "1E-05",           "0.000010",                     "0.00001",               "0.00001",               "0.00001");
        check(1e-6,  "1e-06",           "1E-06",           "0.000001",                     "0.000001",              "0.000001",              "0.000001");
        check(1e-7,  "1e-07",           "1E-07",           "0.000000",                     "0.0000001",             "1e-7",                  "1e-07");
        check(-1.5e-10, "-1.5e-10",     "-1.5E-10",        "-0.000000",                    "-0.00000000015",        "-1.5e-10",              "-1.5e-10");
        check(1e20,  "1e+20",           "1E+20",           "100000000000000000000.000000", "100000000000000000000", "100000000000000000000", "100000000000000000000");
        check(1e21,  "1e+21",           "1E+21",           "1000000000000000000000.000000", "1000000000000000000000", "1e+21",               "1e+21");
        check(5e-324, "5e-324",         "5E-324",          "0.000000",                     "0",                     "5e-324",                "5e-324");
        check(f64::INFINITY, "+Inf",    "+Inf",            "+Inf",                         "+Inf",                  "+Inf",                  "+Inf");
        check(f64::NAN, "NaN",          "NaN",             "NaN",                          "NaN",                   "NaN",                   "NaN");
    }

    #[track_caller]
    fn check(
        number: f64,
        general: &str,
        scientific: &str,
        fixed: &str,
        single: &str,
        json: &str,
        embedded: &str,
    ) {
        assert_eq!(General(number).to_string(), general, "general");
        assert_eq!(Scientific(number).to_string(), scientific, "scientific");
        assert_eq!(Fixed(number).to_string(), fixed, "fixed");
        assert_eq!(Single(number).to_string(), single, "single");
        assert_eq!(Json(number).to_string(), json, "json");
        assert_eq!(JsonEmbedded(number).to_string(), embedded, "embedded");
    }

    #[test]
    fn extremes_fit_the_buffer() {
        assert_eq!(General(-f64::MAX).to_string(), "-1.7976931348623157e+308");
        assert_eq!(
            Scientific(-2.2250738585072014e-308).to_string(),
            "-2.2250738585072014E-308"
        );
    }

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn read() {
        check_read("1_000",      Some(1000.0));
        check_read("1_000.5_0",  Some(1000.5));
        check_read("1e1_0",      Some(1e10));
        check_read("0_1",        Some(1.0));
        check_read("1__0",       None);
        check_read("_1",         None);
        check_read("1_",         None);
        check_read("1_.5",       None);
        check_read("1._5",       None);
        check_read("1_e5",       None);
        check_read("inf_",       None);
        check_read(".5",         Some(0.5));
        check_read("5.",         Some(5.0));
        check_read("+5",         Some(5.0));
        check_read(".",          None);
        check_read("",           None);
        check_read("+",          None);
        check_read("00012",      Some(12.0));
        check_read("1E-3",       Some(0.001));
        check_read("1e",         None);
        check_read("1e+",        None);
        check_read(" 1",         None);
        check_read("1,5",        None);
        check_read("0x10",       None);
        check_read("0b1",        None);
        check_read("0x1p4",      Some(16.0));
        check_read("-0X1P4",     Some(-16.0));
        check_read("0x_1p4",     Some(16.0));
        check_read("0x1_0p4",    Some(256.0));
        check_read("0x.8p1",     Some(1.0));
        check_read("0x1.8p",     None);
        check_read("0xp1",       None);
        check_read("0x1.8.p1",   None);
        check_read("0x123456789abcdef01p0", Some(2.0988295479420645e19));
        check_read("0x1.00000000000008p0",  Some(1.0));
        check_read("0x1.000000000000080001p0", Some(1.000_000_000_000_000_2));
        check_read("0x1p-1074",  Some(5e-324));
        check_read("0x1.8p-1074", Some(1e-323));
        check_read("0x1p-1075",  Some(0.0));
        check_read("0x1.1p-1075", Some(5e-324));
        check_read("0x0p99999",  Some(0.0));
        check_read("0x1p1023",   Some(8.98846567431158e307));
        check_read("0x1p1024",   None);
        check_read("0x1.fffffffffffff8p1023", None);
        check_read("0x1p99999999999999999999", None);
        check_read("1e400",      None);
        check_read("1e-400",     Some(0.0));
        check_read("inf",        Some(f64::INFINITY));
        check_read("-Infinity",  Some(f64::NEG_INFINITY));
        check_read("infinit",    None);
        check_read("+nan",       None);
        assert!(parse_float("NaN").is_some_and(f64::is_nan));
    }

    #[track_caller]
    fn check_read(text: &str, expect: Option<f64>) {
        assert_eq!(parse_float(text), expect, "`{text}`");
    }

    #[test]
    fn integers() {
        let table = [
            ("12", Some(12)),
            ("+12", Some(12)),
            ("-0", Some(0)),
            ("012", Some(12)),
            ("", None),
            ("1_0", None),
            ("1.0", None),
            (" 1", None),
            ("9223372036854775807", Some(i64::MAX)),
            ("9223372036854775808", None),
        ];
        for (text, expect) in table {
            assert_eq!(parse_int(text), expect, "`{text}`");
        }
    }
}
