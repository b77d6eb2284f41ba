//! Kubernetes quantities: `500m`, `1.5Gi`, `12e6`.
//!
//! Comes in:  text, or a number.
//! Goes out:  [`Quantity`], exact, that compares, computes and prints as Kubernetes' own.
//! Never here: what counts as a resource, the choice between quantity and duration.
//!
//! Everything is exact, also beyond 64 bits, with four limits. The first three are those of
//! `resource.Quantity`: with a binary suffix the size is capped at 2^63-1; a fraction finer
//! than one billionth is rounded away from zero when there are too many digits for the fast
//! path; and what no suffix can express prints without one (`1000E` prints as `1`). The last
//! is our own: a number of more than 4,096 digits is refused, where Go computes for hours.

use std::{cmp::Ordering, fmt};

use super::{
    decimal::Decimal,
    float::{Buffer, Fixed, General},
};

/// How a quantity prints; remembered from the text it was read from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// Powers of ten as an exponent: `12e6`.
    DecimalExponent,
    /// Powers of 1,024: `12Mi`.
    BinarySi,
    /// Powers of 1,000: `12M`.
    DecimalSi,
}

/// An exact amount and the format it prints in.
///
/// Equality and order are those of the amount alone: `1Gi` equals `1024Mi`.
#[derive(Clone, Debug)]
pub struct Quantity {
    amount: Decimal,
    format: Format,
    /// Go holds this amount as 64 bits and a scale. Only `as_i64` looks at it.
    machine: bool,
}

/// Why a text is not a quantity. The messages are those of `resource.ParseQuantity`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum QuantityError {
    /// The text is not a number with a suffix.
    Format,
    /// The number before the suffix cannot be read.
    Numeric,
    /// There is no such suffix.
    Suffix,
}

/// Why two quantities have no remainder.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ModuloError {
    /// One of the two is not an integer, or has more than 64 bits.
    NotInteger,
    /// The divisor is zero.
    ZeroDivisor,
}

/// Decimal places of the finest unit, `n`.
const NANO: i32 = 9;
/// The most digits that surely fit in 64 bits: the border of Go's fast path.
const FAST_DIGITS: i64 = 18;

impl Quantity {
    /// Reads a quantity. Blanks are not trimmed. Allocates only beyond 38 digits.
    ///
    /// Quirk: digits are optional, so `m`, `k`, `+` and `.` are all zero.
    ///
    /// # Errors
    ///
    /// [`QuantityError`], with the text of Go's error.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let written = Written::scan(text).ok_or(QuantityError::Format)?;
        let (power, format) = suffix(written.suffix).ok_or(QuantityError::Suffix)?;
        match format {
            Format::BinarySi => written.binary(power),
            _ => written.decimal(power, format),
        }
    }

    /// The quantity that a number is when printed as `%v`: the way arithmetic mixes numbers
    /// with quantities. `None` for NaN and the infinities.
    pub fn from_number(number: f64) -> Option<Self> {
        let mut text = Buffer::<32>::new();
        fmt::write(&mut text, format_args!("{}", General(number))).ok()?;
        Self::parse(text.as_str()).ok()
    }

    /// The quantity that a number is when printed with six decimals: the way patterns compare
    /// numbers with quantities. `None` for NaN and the infinities.
    pub fn from_fixed(number: f64) -> Option<Self> {
        // A whole number needs no printing to be read again: 3 is 3.000000.
        if number.trunc() == number && number.abs() < 1e11 {
            let amount = Decimal::new(i128::from(number as i64 * 1_000_000), 6);
            return Some(Self {
                amount,
                format: Format::DecimalSi,
                machine: true,
            });
        }
        let mut text = Buffer::<320>::new();
        fmt::write(&mut text, format_args!("{}", Fixed(number))).ok()?;
        Self::parse(text.as_str()).ok()
    }

    /// The quantity of an integer, in the given format.
    pub fn from_i64(number: i64, format: Format) -> Self {
        Self {
            amount: Decimal::new(i128::from(number), 0),
            format,
            machine: true,
        }
    }

    /// The format that it prints in, where that format can express it.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Whether the amount is zero.
    pub fn is_zero(&self) -> bool {
        self.amount.is_zero()
    }

    /// Whether it keeps no digits on the heap: up to 38 of them.
    pub fn is_inline(&self) -> bool {
        self.amount.is_inline()
    }

    /// -1, 0 or 1.
    pub fn signum(&self) -> i32 {
        match self.amount.cmp(&Decimal::ZERO) {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        }
    }

    /// The amount as an integer, where Go's `AsInt64` gives one: not from a text with
    /// decimals or with too many digits (`1.0`, `1Pi`), whatever its value.
    pub fn as_i64(&self) -> Option<i64> {
        if !self.machine || self.amount.scale() > 0 {
            return None;
        }
        self.amount.to_i64()
    }

    /// The amount as a double, rounded the way Go's `AsApproximateFloat64` rounds: `0.3` is
    /// three times a tenth.
    pub fn to_f64(&self) -> f64 {
        self.amount.to_f64()
    }

    /// The sum, in the format of `self` unless that is zero. `None` beyond 4,096 digits.
    pub fn add(&self, other: &Self) -> Option<Self> {
        self.combined(other, &other.amount)
    }

    /// The difference, in the format of `self` unless that is zero. `None` beyond 4,096 digits.
    pub fn sub(&self, other: &Self) -> Option<Self> {
        self.combined(other, &other.amount.negated())
    }

    fn combined(&self, other: &Self, amount: &Decimal) -> Option<Self> {
        let format = if self.is_zero() {
            other.format
        } else {
            self.format
        };
        let both = self.machine && other.machine;
        if both && amount.is_zero() {
            return Some(Self {
                format,
                ..self.clone()
            });
        }
        if both && self.is_zero() {
            return Some(Self {
                amount: amount.clone(),
                format,
                machine: true,
            });
        }
        let amount = self.amount.add(amount)?;
        let machine = both && amount.unscaled_i64().is_some();
        Some(Self {
            amount,
            format,
            machine,
        })
    }

    /// The product with a number, in the format of `self`. `None` for NaN, the infinities
    /// and beyond 4,096 digits.
    pub fn mul_number(&self, number: f64) -> Option<Self> {
        let amount = self.amount.mul(&Self::from_number(number)?.amount)?;
        Some(Self {
            amount,
            format: self.format,
            machine: false,
        })
    }

    /// The quotient by a number, in the format of `self`, cut off at the larger of the two
    /// numbers of decimals. `None` for zero, NaN, the infinities and beyond 4,096 digits.
    ///
    /// The number of decimals is that of Go's representation: a quantity with more digits than
    /// 64 bits are sure to hold has nine, so `1Pi` by three has nine and `1Ti` by three none.
    pub fn div_number(&self, number: f64) -> Option<Self> {
        if number == 0.0 {
            return None;
        }
        let divisor = Self::from_number(number)?.amount;
        let scale = self.amount.scale().max(divisor.scale());
        let amount = self.amount.quo(&divisor, scale)?;
        Some(Self {
            amount,
            format: self.format,
            machine: false,
        })
    }

    /// How often `other` is in `self`, as a double. `None` when `other` is zero.
    pub fn div(&self, other: &Self) -> Option<f64> {
        (!other.is_zero()).then(|| self.to_f64() / other.to_f64())
    }

    /// What is left after taking `other` as often as it fits, with the sign and the format of
    /// `self`.
    ///
    /// # Errors
    ///
    /// [`ModuloError`]; that of an operand that is no integer comes first.
    pub fn modulo(&self, other: &Self) -> Result<Self, ModuloError> {
        // Both go through a double, so beyond 2^53 the rest is that of the nearest double.
        let integer = |quantity: &Self| {
            let number = quantity.to_f64();
            let integer = super::duration::go_int64(number);
            (integer as f64 == number)
                .then_some(integer)
                .ok_or(ModuloError::NotInteger)
        };
        let (number, divisor) = (integer(self)?, integer(other)?);
        if divisor == 0 {
            return Err(ModuloError::ZeroDivisor);
        }
        Ok(Self::from_i64(number.wrapping_rem(divisor), self.format))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.amount.cmp(&other.amount)
    }
}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Quantity {}

/// The pieces of a quantity as written: `-001.50Mi`.
struct Written<'a> {
    negative: bool,
    /// Digits before the point, without zeros in front; `0` when there are none.
    whole: &'a str,
    /// Digits after the point.
    fraction: &'a str,
    /// Whether there is any digit at all.
    digits: bool,
    suffix: &'a str,
}

impl<'a> Written<'a> {
    fn scan(text: &'a str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let number = text.strip_prefix(['+', '-']).unwrap_or(text);
        let significant = number.trim_start_matches('0');
        let (whole, rest) = split_digits(significant);
        let (fraction, suffix) = match rest.strip_prefix('.') {
            Some(rest) => split_digits(rest),
            None => ("", rest),
        };
        let letters =
            suffix.trim_start_matches(['e', 'E', 'i', 'n', 'u', 'm', 'k', 'K', 'M', 'G', 'T', 'P']);
        let exponent = letters.strip_prefix(['+', '-']).unwrap_or(letters);
        if !split_digits(exponent).1.is_empty() {
            return None;
        }
        Some(Self {
            negative: text.starts_with('-'),
            whole: if whole.is_empty() { "0" } else { whole },
            fraction,
            digits: number.len() > significant.len() || !whole.is_empty() || !fraction.is_empty(),
            suffix,
        })
    }

    fn len(&self) -> i64 {
        (self.whole.len() + self.fraction.len()) as i64
    }

    /// All digits over `10^scale`, without the sign.
    fn amount(&self, scale: i32) -> Result<Decimal, QuantityError> {
        Decimal::from_digits(self.whole, self.fraction, scale).ok_or(QuantityError::Numeric)
    }

    fn signed(&self, amount: Decimal) -> Decimal {
        if self.negative {
            amount.negated()
        } else {
            amount
        }
    }

    fn fast(&self, amount: Decimal, format: Format) -> Quantity {
        Quantity {
            amount: self.signed(amount),
            format,
            machine: true,
        }
    }

    fn decimal(&self, power: i32, format: Format) -> Result<Quantity, QuantityError> {
        let decimals = self.decimals()?;
        // Exponents wrap around in 32 bits, here as in Go.
        let scale = decimals.wrapping_sub(power);
        if self.len() <= FAST_DIGITS && scale <= NANO {
            return Ok(self.fast(self.amount(scale)?, format));
        }
        Ok(self.slow(self.slow_amount(scale)?, format))
    }

    fn binary(&self, power: i32) -> Result<Quantity, QuantityError> {
        let factor = Decimal::new(1 << power, 0);
        let room = 15 - i64::from(power * 3 / 10) - 1;
        if self.fraction.is_empty() && self.whole.len() as i64 <= room {
            let amount = self.amount(0)?.mul(&factor).ok_or(QuantityError::Numeric)?;
            return Ok(self.fast(amount, Format::BinarySi));
        }
        let exact = self.checked_amount(self.decimals()?)?;
        let amount = exact.mul(&factor).and_then(|amount| rounded(&amount));
        let amount = amount.ok_or(QuantityError::Numeric)?;
        let largest = Decimal::new(i128::from(i64::MAX), 0);
        let below_one = !amount.is_zero() && amount < Decimal::new(1, 0);
        let format = if below_one {
            Format::DecimalSi
        } else {
            Format::BinarySi
        };
        Ok(self.slow(amount.min(largest), format))
    }

    fn slow(&self, amount: Decimal, format: Format) -> Quantity {
        Quantity {
            amount: self.signed(amount),
            format,
            machine: false,
        }
    }

    /// The amount at nine decimals.
    fn slow_amount(&self, scale: i32) -> Result<Decimal, QuantityError> {
        let exact = self.checked_amount(scale)?;
        // A huge exponent stays as it is: nine decimals of it would be a wall of zeros.
        Ok(rounded(&exact).unwrap_or(exact))
    }

    /// Outside the fast path a number needs at least one digit.
    fn checked_amount(&self, scale: i32) -> Result<Decimal, QuantityError> {
        if self.digits {
            self.amount(scale)
        } else {
            Err(QuantityError::Numeric)
        }
    }

    fn decimals(&self) -> Result<i32, QuantityError> {
        i32::try_from(self.fraction.len()).map_err(|_| QuantityError::Numeric)
    }
}

fn rounded(amount: &Decimal) -> Option<Decimal> {
    if amount.is_zero() {
        Some(amount.clone())
    } else {
        amount.rounded_up(NANO)
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text
        .bytes()
        .position(|c| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// The power that a suffix stands for, of two for a binary one, else of ten.
fn suffix(text: &str) -> Option<(i32, Format)> {
    let (power, format) = match text {
        "n" => (-9, Format::DecimalSi),
        "u" => (-6, Format::DecimalSi),
        "m" => (-3, Format::DecimalSi),
        "" => (0, Format::DecimalSi),
        "k" => (3, Format::DecimalSi),
        "M" => (6, Format::DecimalSi),
        "G" => (9, Format::DecimalSi),
        "T" => (12, Format::DecimalSi),
        "P" => (15, Format::DecimalSi),
        "E" => (18, Format::DecimalSi),
        "Ki" => (10, Format::BinarySi),
        "Mi" => (20, Format::BinarySi),
        "Gi" => (30, Format::BinarySi),
        "Ti" => (40, Format::BinarySi),
        "Pi" => (50, Format::BinarySi),
        "Ei" => (60, Format::BinarySi),
        _ => {
            let exponent: i64 = text.strip_prefix(['e', 'E'])?.parse().ok()?;
            // Go keeps the low 32 bits.
            (exponent as i32, Format::DecimalExponent)
        }
    };
    Some((power, format))
}

/// Powers of 1,000 beyond either end have no name, and print as none.
fn decimal_suffix(power: i64) -> &'static str {
    match power {
        -9 => "n",
        -6 => "u",
        -3 => "m",
        3 => "k",
        6 => "M",
        9 => "G",
        12 => "T",
        15 => "P",
        18 => "E",
        _ => "",
    }
}

/// The same for powers of 1,024.
fn binary_suffix(power: u32) -> &'static str {
    match power {
        1 => "Ki",
        2 => "Mi",
        3 => "Gi",
        4 => "Ti",
        5 => "Pi",
        6 => "Ei",
        _ => "",
    }
}

impl fmt::Display for Quantity {
    /// The canonical form: no fraction, the largest suffix that keeps every digit.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("0");
        }
        if self.format == Format::BinarySi
            && let Some((digits, power)) = self.amount.binary_parts()
        {
            return write!(f, "{digits}{}", binary_suffix(power));
        }
        let (digits, power) = self.amount.trimmed();
        let zeros = power.rem_euclid(3);
        let power = power - zeros;
        f.write_str(&digits)?;
        f.write_str(if zeros == 0 {
            ""
        } else if zeros == 1 {
            "0"
        } else {
            "00"
        })?;
        match self.format {
            Format::DecimalExponent if power == 0 => Ok(()),
            Format::DecimalExponent => write!(f, "e{power}"),
            _ => f.write_str(decimal_suffix(power)),
        }
    }
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Format => {
                "quantities must match the regular expression \
                 '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
            }
            Self::Numeric => "unable to parse numeric part of quantity",
            Self::Suffix => "unable to parse quantity's suffix",
        })
    }
}

impl std::error::Error for QuantityError {}

#[cfg(test)]
mod tests;
