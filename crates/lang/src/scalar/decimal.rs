//! Exact decimal numbers: an integer over a power of ten.
//!
//! Comes in:  digits and a scale.
//! Goes out:  sums, products, quotients and comparisons without rounding of their own.
//! Never here: suffixes, formats, signs of policies (see `quantity`).
//!
//! Up to 38 digits live in the value itself and cost no allocation; longer ones go to the
//! heap. No number has more than [`MAX_DIGITS`] digits: what would be longer is `None`, so a
//! hostile exponent costs nothing.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};

/// The most digits a number may have.
pub(super) const MAX_DIGITS: u32 = 4_096;

/// `unscaled / 10^scale`. Two forms of one number (1.0 and 1) differ in their scale, which
/// division looks at; comparison does not.
#[derive(Clone, Debug)]
pub(super) struct Decimal {
    unscaled: Integer,
    /// Digits after the point; below zero, zeros before it.
    scale: i32,
}

/// An integer of any size. `Large` holds only what does not fit in `Small`.
#[derive(Clone, Debug)]
enum Integer {
    Small(i128),
    Large(Box<BigInt>),
}

impl Decimal {
    pub(super) const ZERO: Self = Self::new(0, 0);

    pub(super) const fn new(unscaled: i128, scale: i32) -> Self {
        Self {
            unscaled: Integer::Small(unscaled),
            scale,
        }
    }

    /// The number that `whole` and `fraction`, ASCII digits one behind the other, are over
    /// `10^scale`. `None` when there are more than [`MAX_DIGITS`] of them.
    pub(super) fn from_digits(whole: &str, fraction: &str, scale: i32) -> Option<Self> {
        let digits = || whole.bytes().chain(fraction.bytes());
        let count = whole.len() + fraction.len();
        // Nearly every number is this short, and 64 bits are several times faster than 128.
        if count <= 18 {
            let small = digits().fold(0u64, |sum, digit| sum * 10 + u64::from(digit & 0xf));
            return Some(Self::new(i128::from(small), scale));
        }
        let small = digits().try_fold(0i128, |sum, digit| {
            sum.checked_mul(10)?.checked_add(i128::from(digit & 0xf))
        });
        if let Some(small) = small {
            return Some(Self::new(small, scale));
        }
        if count > MAX_DIGITS as usize {
            return None;
        }
        let digits: Vec<u8> = digits().collect();
        Some(Self {
            unscaled: Integer::large(BigInt::parse_bytes(&digits, 10)?),
            scale,
        })
    }

    pub(super) const fn is_inline(&self) -> bool {
        matches!(self.unscaled, Integer::Small(_))
    }

    pub(super) const fn scale(&self) -> i32 {
        self.scale
    }

    /// The same digits over another power of ten.
    pub(super) fn with_scale(self, scale: i32) -> Self {
        Self { scale, ..self }
    }

    pub(super) fn is_zero(&self) -> bool {
        matches!(self.unscaled, Integer::Small(0))
    }

    pub(super) fn is_negative(&self) -> bool {
        match &self.unscaled {
            Integer::Small(small) => *small < 0,
            Integer::Large(large) => large.sign() == Sign::Minus,
        }
    }

    /// The integer over the power of ten, when it fits.
    pub(super) fn unscaled_i64(&self) -> Option<i64> {
        match &self.unscaled {
            Integer::Small(small) => i64::try_from(*small).ok(),
            Integer::Large(_) => None,
        }
    }

    pub(super) fn negated(&self) -> Self {
        let unscaled = match &self.unscaled {
            Integer::Small(small) => match small.checked_neg() {
                Some(negated) => Integer::Small(negated),
                None => Integer::large(-BigInt::from(*small)),
            },
            Integer::Large(large) => Integer::large(-(**large).clone()),
        };
        Self {
            unscaled,
            scale: self.scale,
        }
    }

    pub(super) fn add(&self, other: &Self) -> Option<Self> {
        let (a, b, scale) = self.aligned(other)?;
        let unscaled = match (&a, &b) {
            (Integer::Small(a), Integer::Small(b)) => a.checked_add(*b).map(Integer::Small),
            _ => None,
        };
        let unscaled = unscaled.unwrap_or_else(|| Integer::large(a.big() + b.big()));
        Self { unscaled, scale }.bounded()
    }

    pub(super) fn mul(&self, other: &Self) -> Option<Self> {
        let scale = self.scale.checked_add(other.scale)?;
        let unscaled = match (&self.unscaled, &other.unscaled) {
            (Integer::Small(a), Integer::Small(b)) => times(*a, *b).map(Integer::Small),
            _ => None,
        };
        let unscaled =
            unscaled.unwrap_or_else(|| Integer::large(self.unscaled.big() * other.unscaled.big()));
        Self { unscaled, scale }.bounded()
    }

    /// The quotient with `scale` digits after the point, the rest cut off. `None` for a zero
    /// divisor.
    pub(super) fn quo(&self, other: &Self, scale: i32) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        let shift = i64::from(scale) - i64::from(self.scale) + i64::from(other.scale);
        let up = self.unscaled.shifted(shift.max(0))?;
        let down = other.unscaled.shifted(shift.min(0).abs())?;
        let unscaled = match (&up, &down) {
            (Integer::Small(a), Integer::Small(b)) => a.checked_div(*b).map(Integer::Small),
            _ => None,
        };
        let unscaled = unscaled.unwrap_or_else(|| Integer::large(up.big() / down.big()));
        Some(Self { unscaled, scale })
    }

    /// The number with exactly `scale` digits after the point; what is cut off counts as one
    /// more in the last place, away from zero. `None` when it would grow too long.
    pub(super) fn rounded_up(&self, scale: i32) -> Option<Self> {
        let shift = i64::from(scale) - i64::from(self.scale);
        if shift >= 0 {
            return Some(Self {
                unscaled: self.unscaled.shifted(shift)?,
                scale,
            });
        }
        let unit = if self.is_negative() {
            -1
        } else {
            i128::from(!self.is_zero())
        };
        // Fewer digits than places to cut: all of it is the rounding.
        let Some(places) = Integer::Small(1).shifted(-shift) else {
            return Some(Self::new(unit, scale));
        };
        let cut = Self {
            unscaled: self.unscaled.clone(),
            scale: 0,
        }
        .quo(
            &Self {
                unscaled: places,
                scale: 0,
            },
            0,
        )?
        .with_scale(scale);
        if cut.cmp(self).is_eq() {
            return Some(cut);
        }
        cut.add(&Self::new(unit, scale))
    }

    /// The integer and the power of ten that it is over, without zeros at its end.
    pub(super) fn trimmed(&self) -> (String, i64) {
        let digits = match &self.unscaled {
            Integer::Small(small) => small.to_string(),
            Integer::Large(large) => large.to_string(),
        };
        let trimmed = digits.trim_end_matches('0');
        if trimmed.is_empty() {
            return (digits, 0);
        }
        let zeros = digits.len() - trimmed.len();
        (trimmed.to_owned(), zeros as i64 - i64::from(self.scale))
    }

    /// The number as an integer, when it is one and fits.
    pub(super) fn to_i64(&self) -> Option<i64> {
        self.whole()?.unscaled_i64()
    }

    /// An integer of at least 1,024 either way, as the factor that is left and the power of
    /// 1,024 that was taken out. `None` for every other number.
    pub(super) fn binary_parts(&self) -> Option<(String, u32)> {
        match self.whole()?.unscaled {
            Integer::Small(-1023..=1023) => None,
            Integer::Small(small) => {
                let power = small.trailing_zeros() / 10;
                Some(((small >> (10 * power)).to_string(), power))
            }
            Integer::Large(large) => {
                let power = u32::try_from(large.trailing_zeros().unwrap_or(0)).ok()? / 10;
                Some(((*large >> (10 * power)).to_string(), power))
            }
        }
    }

    fn whole(&self) -> Option<Self> {
        self.rounded_up(0).filter(|whole| whole == self)
    }

    /// The number as a double: the integer rounded, then scaled, which may round again.
    pub(super) fn to_f64(&self) -> f64 {
        let base = match &self.unscaled {
            Integer::Small(small) => *small as f64,
            // Rust reads decimal digits exactly and rounds once.
            Integer::Large(large) => large.to_string().parse().unwrap_or(f64::NAN),
        };
        if self.scale == 0 {
            base
        } else {
            base * power_of_ten(-i64::from(self.scale))
        }
    }

    /// Both integers over the larger of the two scales.
    fn aligned(&self, other: &Self) -> Option<(Integer, Integer, i32)> {
        let scale = self.scale.max(other.scale);
        let shift = |number: &Self| {
            number
                .unscaled
                .shifted(i64::from(scale) - i64::from(number.scale))
        };
        Some((shift(self)?, shift(other)?, scale))
    }

    fn bounded(self) -> Option<Self> {
        let fits = match &self.unscaled {
            Integer::Small(_) => true,
            Integer::Large(_) => self.unscaled.digits().1 <= i64::from(MAX_DIGITS),
        };
        fits.then_some(self)
    }

    /// Compares two numbers of one sign, zero excluded, by size.
    fn cmp_size(&self, other: &Self) -> Ordering {
        // Where the first digit stands decides nearly always, and bounds the shift below.
        let ((low, high), (other_low, other_high)) =
            (self.unscaled.digits(), other.unscaled.digits());
        let (scale, other_scale) = (i64::from(self.scale), i64::from(other.scale));
        if low - scale > other_high - other_scale {
            return Ordering::Greater;
        }
        if high - scale < other_low - other_scale {
            return Ordering::Less;
        }
        match self.aligned(other) {
            Some((Integer::Small(a), Integer::Small(b), _)) => {
                a.unsigned_abs().cmp(&b.unsigned_abs())
            }
            Some((a, b, _)) => a.big().magnitude().cmp(b.big().magnitude()),
            // Not reached: the shift is at most the difference of the lengths.
            None => Ordering::Equal,
        }
    }

    fn sign(&self) -> i8 {
        if self.is_zero() {
            0
        } else {
            1 - 2 * i8::from(self.is_negative())
        }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Integer::Small(a), Integer::Small(b)) = (&self.unscaled, &other.unscaled) {
            let (places, back) = (
                self.scale.checked_sub(other.scale),
                other.scale.checked_sub(self.scale),
            );
            // The usual case: neither number leaves 128 bits when both have one scale.
            if let (Some(a), Some(b)) = (scaled(*a, back), scaled(*b, places)) {
                return a.cmp(&b);
            }
        }
        match (self.sign(), other.sign()) {
            (1, 1) => self.cmp_size(other),
            (-1, -1) => other.cmp_size(self),
            (a, b) => a.cmp(&b),
        }
    }
}

/// `number * 10^places`, where the places are few and the number is short; `number` itself
/// for places below zero.
fn scaled(number: i128, places: Option<i32>) -> Option<i128> {
    match places? {
        ..=0 => Some(number),
        places @ 1..=18 => times(number, i128::from(10i64.pow(places.unsigned_abs()))),
        _ => None,
    }
}

/// The product, if it fits. Two 64-bit numbers, which nearly all are, need no check.
fn times(a: i128, b: i128) -> Option<i128> {
    match (i64::try_from(a), i64::try_from(b)) {
        (Ok(a), Ok(b)) => Some(i128::from(a) * i128::from(b)),
        _ => a.checked_mul(b),
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Decimal {}

impl Integer {
    fn large(number: BigInt) -> Self {
        match i128::try_from(&number) {
            Ok(small) => Self::Small(small),
            Err(_) => Self::Large(Box::new(number)),
        }
    }

    fn big(&self) -> BigInt {
        match self {
            Self::Small(small) => BigInt::from(*small),
            Self::Large(large) => (**large).clone(),
        }
    }

    /// How many digits there are at least and at most; the two differ by one at most.
    fn digits(&self) -> (i64, i64) {
        match self {
            Self::Small(small) => {
                let digits = small
                    .unsigned_abs()
                    .checked_ilog10()
                    .map_or(1, |log| log + 1);
                (i64::from(digits), i64::from(digits))
            }
            Self::Large(large) => {
                // log10(2) to nine places; numbers are too short for the error to matter.
                let digits = (large.bits() - 1) * 301_029_995 / 1_000_000_000 + 1;
                let digits = i64::try_from(digits).unwrap_or(i64::MAX - 1);
                (digits, digits + 1)
            }
        }
    }

    /// Times `10^places`.
    fn shifted(&self, places: i64) -> Option<Self> {
        if places == 0 || matches!(self, Self::Small(0)) {
            return Some(self.clone());
        }
        let places = u32::try_from(places)
            .ok()
            .filter(|places| *places <= MAX_DIGITS)?;
        if let Self::Small(small) = self
            && let Some(power) = 10i128.checked_pow(places)
            && let Some(product) = small.checked_mul(power)
        {
            return Some(Self::Small(product));
        }
        Some(Self::large(self.big() * BigInt::from(10).pow(places)))
    }
}

/// `10^exponent` as Go's `math.Pow10` has it: the product of two table entries.
fn power_of_ten(exponent: i64) -> f64 {
    let entry = |power: i64| -> f64 {
        // Exact up to 10^22; beyond, the nearest double, which reading a literal gives.
        format!("1e{power}").parse().unwrap_or(f64::INFINITY)
    };
    match exponent {
        ..-323 => 0.0,
        -323..0 => entry(exponent / 32 * 32) / entry(-exponent % 32),
        0..=308 => entry(exponent / 32 * 32) * entry(exponent % 32),
        _ => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering::{self, Equal, Greater, Less};

    use super::Decimal;

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn compared() {
        check((1, 0),              (10, 1),             Equal);
        check((1, 0),              (11, 1),             Less);
        check((-1, 0),             (-11, 1),            Greater);
        check((0, 5),              (0, -5),             Equal);
        check((1, i32::MIN),       (1, i32::MAX),       Greater);
        check((-1, i32::MIN),      (1, i32::MAX),       Less);
        check((i128::MAX, 0),      (i128::MAX, 1),      Greater);
        check((i128::MAX, 1),      (i128::MAX / 10, 0), Greater);
        check((10i128.pow(38), 38), (1, 0),             Equal);
        check((10i128.pow(38), 40), (1, 2),             Equal);
        check((1, -40),            (10i128.pow(38), -2), Equal);
        check((1, -40),            (10i128.pow(38) + 1, -2), Less);
    }

    #[track_caller]
    fn check(a: (i128, i32), b: (i128, i32), expect: Ordering) {
        let (a, b) = (Decimal::new(a.0, a.1), Decimal::new(b.0, b.1));
        assert_eq!(a.cmp(&b), expect, "{a:?} {b:?}");
        assert_eq!(b.cmp(&a), expect.reverse(), "{b:?} {a:?}");
    }

    #[test]
    fn long_numbers_are_exact() {
        let nines = Decimal::from_digits(&"9".repeat(50), "9999999999", 0).unwrap();
        let sum = nines.add(&Decimal::new(1, 0)).unwrap();
        assert_eq!(sum.trimmed(), ("1".to_owned(), 60));
        assert_eq!(sum.add(&nines.negated()).unwrap(), Decimal::new(1, 0));
        assert!(sum > nines && nines > Decimal::new(i128::MAX, 0));
        let square = sum.mul(&sum).unwrap();
        assert_eq!(square.quo(&sum, 0).unwrap(), sum);
        assert_eq!(sum.to_f64(), 1e60);
    }

    #[test]
    fn too_long_is_none() {
        let one = Decimal::new(1, 0);
        assert!(one.add(&Decimal::new(1, -2_000_000_000)).is_none());
        assert!(Decimal::from_digits(&"1".repeat(5_000), "", 0).is_none());
        assert!(one.quo(&Decimal::ZERO, 0).is_none());
    }

    #[test]
    fn rounding_goes_away_from_zero() {
        let table = [
            (15, 1, 2),
            (10, 1, 1),
            (-15, 1, -2),
            (1, 5_000, 1),
            (-1, 5_000, -1),
            (0, 3, 0),
        ];
        for (unscaled, scale, expect) in table {
            let rounded = Decimal::new(unscaled, scale).rounded_up(0);
            assert_eq!(
                rounded,
                Some(Decimal::new(expect, 0)),
                "{unscaled} over 10^{scale}"
            );
        }
    }
}
