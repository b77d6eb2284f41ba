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
//! Printing never allocates. Reading is in `parse`.

mod parse;
#[cfg(test)]
mod tests;

use std::fmt::{self, Write as _};

pub use parse::{IntError, parse_float, parse_int, try_parse_int};

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
        Decimal::with(self.0 as f32, f, |number, f| number.positional(f))
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

/// A finite number as the fewest decimal digits that read back as the same number.
struct Decimal<'a> {
    negative: bool,
    /// Never empty.
    first: &'a str,
    /// The other digits, without zeros at the end.
    rest: &'a str,
    /// Power of ten of the first digit.
    exponent: i32,
}

impl Decimal<'_> {
    /// `number` is a double or a 32-bit number; the digits are the fewest of *its* width.
    fn with<N: Copy + Into<f64> + fmt::LowerExp>(
        number: N,
        f: &mut fmt::Formatter<'_>,
        write: impl FnOnce(&Decimal<'_>, &mut fmt::Formatter<'_>) -> fmt::Result,
    ) -> fmt::Result {
        if let Some(name) = special(number.into()) {
            return f.write_str(name);
        }
        let text = shortest(number)?;
        let (digits, exponent) = text.as_str().split_once('e').ok_or(fmt::Error)?;
        let (negative, digits) = match digits.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, digits),
        };
        let (first, rest) = digits.split_once('.').unwrap_or((digits, ""));
        let exponent = exponent.parse().map_err(|_| fmt::Error)?;
        write(
            &Decimal {
                negative,
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

/// Room for any `{:e}` of a double: a sign, 17 digits, a point, `e-308`.
type Digits = Buffer<32>;

/// So short that no tie is possible: not even a 32-bit number is that coarse.
const SURE: usize = 6;

/// The digits that Go prints, in the form `-1.5e6`.
///
/// They are Rust's, but for one thing: where a number lies exactly between two shortest
/// forms, Rust takes the larger and Go the one that ends in an even digit.
fn shortest<N: Copy + Into<f64> + fmt::LowerExp>(number: N) -> Result<Digits, fmt::Error> {
    let mut text = Digits::new();
    write!(text, "{number:e}")?;
    let last = text.as_str().find('e').ok_or(fmt::Error)? - 1;
    if last > SURE && text.bytes.get(last).is_some_and(|digit| digit % 2 == 1) {
        // More digits than the exact value of any number so close to a tie has.
        let mut exact = Buffer::<128>::new();
        write!(exact, "{:.100e}", number.into())?;
        if is_tie(text.as_str(), exact.as_str(), last)
            && let Some(digit) = text.bytes.get_mut(last)
        {
            *digit -= 1;
        }
    }
    Ok(text)
}

/// Whether `exact` is half a unit below `rounded` in the place `last`: `1.25e0` below `1.3e0`.
fn is_tie(rounded: &str, exact: &str, last: usize) -> bool {
    let (Some((kept, up)), Some((exact_kept, rest))) =
        (rounded.split_at_checked(last), exact.split_at_checked(last))
    else {
        return false;
    };
    let (Some(up), Some((rest, _))) = (up.bytes().next(), rest.split_once('e')) else {
        return false;
    };
    kept == exact_kept
        && rest.bytes().next() == Some(up - 1)
        && rest
            .get(1..)
            .is_some_and(|rest| rest.trim_end_matches('0') == "5")
}

/// A text of at most `N` bytes that needs no heap. Writing more is an error.
pub(crate) struct Buffer<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Buffer<N> {
    pub(super) const fn new() -> Self {
        Self {
            bytes: [0; N],
            len: 0,
        }
    }

    /// `value` printed; what does not fit is left out.
    pub(crate) fn print(value: impl fmt::Display) -> Self {
        let mut text = Self::new();
        let _ = write!(text, "{value}");
        text
    }

    pub(crate) fn as_str(&self) -> &str {
        self.bytes
            .get(..self.len)
            .and_then(|used| str::from_utf8(used).ok())
            .unwrap_or_default()
    }
}

impl<const N: usize> fmt::Write for Buffer<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        let room = self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}
