//! The clauses of `format`, and how each prints a value.

use std::fmt::Write as _;

use crate::cel::library::is_object_type;
use crate::cel::types::Type;
use crate::cel::val::{List, Map, Val};
use crate::scalar::float::parse_float;
use crate::scalar::quoted::Quoted;

/// A piece of a format.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Piece<'t> {
    /// Text to print as it is.
    Text(&'t str),
    /// Where an argument is printed.
    Clause(Clause),
}

/// How to print an argument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Clause {
    /// `%s`
    String,
    /// `%d`
    Decimal,
    /// `%f`, with so many decimals.
    Fixed(usize),
    /// `%e`, at least so wide. The decimals are always six.
    Scientific(usize),
    /// `%b`
    Binary,
    /// `%x`, `%X`
    Hex { upper: bool },
    /// `%o`
    Octal,
}

/// Decimals, unless a clause says otherwise.
const DECIMALS: usize = 6;

/// The pieces of a format, up to the first mistake.
pub(crate) fn pieces(format: &str) -> impl Iterator<Item = Result<Piece<'_>, String>> {
    let mut rest = Some(format);
    std::iter::from_fn(move || {
        let text = rest.filter(|text| !text.is_empty())?;
        let percent = text.find('%').unwrap_or(text.len());
        if percent > 0 {
            let (plain, after) = text.split_at(percent);
            rest = Some(after);
            return Some(Ok(Piece::Text(plain)));
        }
        let text = text.get(1..)?;
        if let Some(after) = text.strip_prefix('%') {
            rest = Some(after);
            return Some(Ok(Piece::Text("%")));
        }
        match clause(text) {
            Ok((clause, after)) => {
                rest = Some(after);
                Some(Ok(Piece::Clause(clause)))
            }
            Err(error) => {
                rest = None;
                Some(Err(error))
            }
        }
    })
}

/// The clause after a percent sign, and what follows it.
fn clause(text: &str) -> Result<(Clause, &str), String> {
    if text.is_empty() {
        return Err("unexpected end of string".to_owned());
    }
    let malformed = |what: &str| format!("could not parse formatting clause: {what}");
    let (decimals, text) = match text.strip_prefix('.') {
        None => (DECIMALS, text),
        Some(text) => {
            let end = text.bytes().take_while(u8::is_ascii_digit).count();
            let (digits, text) = text.split_at(end);
            if text.is_empty() {
                let what = "could not find end of precision specifier";
                return Err(malformed(&format!("error while parsing precision: {what}")));
            }
            let number = digits.parse().map_err(|_| {
                malformed(&format!(
                    "error while parsing precision: error while converting precision to integer: \
                     strconv.Atoi: parsing \"{digits}\": invalid syntax"
                ))
            })?;
            (number, text)
        }
    };
    let mut rest = text.chars();
    let clause = match rest.next() {
        Some('s') => Clause::String,
        Some('d') => Clause::Decimal,
        Some('f') => Clause::Fixed(decimals),
        Some('e') => Clause::Scientific(decimals),
        Some('b') => Clause::Binary,
        Some('x') => Clause::Hex { upper: false },
        Some('X') => Clause::Hex { upper: true },
        Some('o') => Clause::Octal,
        other => {
            let other = other.unwrap_or_default();
            return Err(malformed(&format!(
                "unrecognized formatting clause \"{other}\""
            )));
        }
    };
    Ok((clause, rest.as_str()))
}

impl Clause {
    /// May a value of this static type be printed?
    pub(crate) fn may_print(self, ty: &Type) -> bool {
        let integer = matches!(ty, Type::Int | Type::Uint);
        ty.is_dyn_or_error()
            || match self {
                Clause::String => {
                    !matches!(ty, Type::Optional(_) | Type::Struct(_) | Type::Opaque(_))
                }
                Clause::Decimal | Clause::Octal => integer,
                // A text may say `NaN` or `Infinity`.
                Clause::Fixed(_) | Clause::Scientific(_) => {
                    matches!(ty, Type::Double | Type::String)
                }
                Clause::Binary => integer || *ty == Type::Bool,
                Clause::Hex { .. } => integer || matches!(ty, Type::String | Type::Bytes),
            }
    }

    /// What to say of a value of a type that cannot be printed.
    pub(crate) fn refusal(self, ty: &str) -> String {
        let rule = match self {
            Clause::String => {
                "string clause can only be used on strings, bools, bytes, ints, doubles, maps, \
                 lists, types, durations, and timestamps"
            }
            Clause::Decimal => "decimal clause can only be used on integers",
            Clause::Fixed(_) => "fixed-point clause can only be used on doubles",
            Clause::Scientific(_) => "scientific clause can only be used on doubles",
            Clause::Binary => "only integers and bools can be formatted as binary",
            Clause::Hex { .. } => {
                "only integers, byte buffers, and strings can be formatted as hex"
            }
            Clause::Octal => "octal clause can only be used on integers",
        };
        format!("{rule}, was given {ty}")
    }
}

/// Why a value cannot be printed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unprintable<'v> {
    /// The clause does not print values of this type.
    Type(&'v str),
    /// Bytes that are no text.
    Bytes,
    /// The type of a library's object, which the reference has no name for.
    TypeOfObject,
}

impl<'v> From<&'v str> for Unprintable<'v> {
    fn from(ty: &'v str) -> Self {
        Unprintable::Type(ty)
    }
}

impl Unprintable<'_> {
    /// In the reference's words.
    pub(crate) fn explain(self, clause: Clause) -> String {
        let why = match self {
            Unprintable::Type(ty) => clause.refusal(ty),
            Unprintable::Bytes => {
                let why = "invalid UTF-8 in bytes, cannot convert to string";
                format!("could not convert argument \"{why}\" to string")
            }
            Unprintable::TypeOfObject => {
                let why = "type conversion error from 'type' to 'string'";
                format!("could not convert argument \"{why}\" to string")
            }
        };
        format!("error during formatting: {why}")
    }
}

type Printed<'v> = Result<(), Unprintable<'v>>;

/// Prints a value.
pub(crate) fn print<'v>(clause: Clause, value: Val<'v>, out: &mut String) -> Printed<'v> {
    match (clause, value) {
        (Clause::String, value) => string(value, out)?,
        (Clause::Decimal, Val::Int(_) | Val::Uint(_)) => drop(write!(out, "{value}")),
        (Clause::Fixed(decimals), value) => fixed(number(value)?, decimals, out),
        (Clause::Scientific(width), value) => scientific(number(value)?, width, out),
        (Clause::Binary, Val::Bool(flag)) => out.push(if flag { '1' } else { '0' }),
        (Clause::Binary, Val::Int(number)) => {
            out.push_str(sign(number));
            let _ = write!(out, "{:b}", number.unsigned_abs());
        }
        (Clause::Binary, Val::Uint(number)) => drop(write!(out, "{number:b}")),
        (Clause::Octal, Val::Int(number)) => {
            out.push_str(sign(number));
            let _ = write!(out, "{:o}", number.unsigned_abs());
        }
        (Clause::Octal, Val::Uint(number)) => drop(write!(out, "{number:o}")),
        (Clause::Hex { upper }, value) => hex(value, upper, out)?,
        (_, other) => return Err(other.type_name().into()),
    }
    Ok(())
}

fn sign(number: i64) -> &'static str {
    if number < 0 { "-" } else { "" }
}

fn string<'v>(value: Val<'v>, out: &mut String) -> Printed<'v> {
    match value {
        Val::List(list) => items(list, out),
        Val::Map(map) => entries(map, out),
        Val::Optional(_) | Val::Struct(_) | Val::Record(_) | Val::Opaque(_) => {
            Err(value.type_name().into())
        }
        Val::Bytes(bytes) if std::str::from_utf8(bytes).is_err() => Err(Unprintable::Bytes),
        Val::Type(name) if is_object_type(name) => Err(Unprintable::TypeOfObject),
        plain => {
            let _ = write!(out, "{plain}");
            Ok(())
        }
    }
}

/// A value within a list or a map: as an expression would spell it.
fn literal<'v>(value: Val<'v>, out: &mut String) -> Printed<'v> {
    let _ = match value {
        Val::Str(text) => write!(out, "{}", Quoted(text)),
        Val::Bytes(_) => write!(out, "b{}", Quoted(&value.to_string())),
        Val::Double(number) if number.is_finite() => write!(out, "{number:.DECIMALS$}"),
        Val::Double(_) => write!(out, "\"{value}\""),
        Val::Timestamp(_) => write!(out, "timestamp(\"{value}\")"),
        Val::Duration(_) => write!(out, "duration(\"{value}\")"),
        other => return string(other, out),
    };
    Ok(())
}

fn items<'v>(list: List<'v>, out: &mut String) -> Printed<'v> {
    out.push('[');
    for (index, item) in list.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        literal(item, out)?;
    }
    out.push(']');
    Ok(())
}

fn entries<'v>(map: Map<'v>, out: &mut String) -> Printed<'v> {
    let mut printed = Vec::with_capacity(map.len());
    for (key, value) in map.iter() {
        let (mut name, mut text) = (String::new(), String::new());
        literal(key, &mut name)?;
        literal(value, &mut text)?;
        printed.push((name, text));
    }
    printed.sort();
    out.push('{');
    for (index, (key, value)) in printed.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        let _ = write!(out, "{comma}{key}:{value}");
    }
    out.push('}');
    Ok(())
}

fn number(value: Val<'_>) -> Result<f64, &str> {
    match value {
        Val::Double(number) => Ok(number),
        Val::Str("NaN" | "Infinity" | "-Infinity") => {
            Ok(value.as_str().and_then(parse_float).unwrap_or(f64::NAN))
        }
        other => Err(other.type_name()),
    }
}

/// The reference prints numbers the American way: thousands in groups, infinity as a sign.
fn fixed(number: f64, decimals: usize, out: &mut String) {
    if special(number, out) {
        return;
    }
    let text = format!("{number:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let (sign, whole) = match whole.strip_prefix('-') {
        Some(whole) => ("-", whole),
        None => ("", whole),
    };
    out.push_str(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        let _ = write!(out, ".{fraction}");
    }
}

/// `1.500000×10⁰⁴`
fn scientific(number: f64, width: usize, out: &mut String) {
    let start = out.chars().count();
    if !special(number, out) {
        mantissa_and_exponent(number, out);
    }
    let missing = width.saturating_sub(out.chars().count() - start);
    let at = out
        .char_indices()
        .nth(start)
        .map_or(out.len(), |(at, _)| at);
    out.insert_str(at, &" ".repeat(missing));
}

fn mantissa_and_exponent(number: f64, out: &mut String) {
    let text = format!("{number:.DECIMALS$e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let _ = write!(out, "{digits}×10");
    if exponent < 0 {
        out.push('⁻');
    }
    for digit in format!("{:02}", exponent.unsigned_abs()).bytes() {
        out.push(match digit {
            b'1' => '¹',
            b'2' => '²',
            b'3' => '³',
            b'4' => '⁴',
            b'5' => '⁵',
            b'6' => '⁶',
            b'7' => '⁷',
            b'8' => '⁸',
            b'9' => '⁹',
            _ => '⁰',
        });
    }
}

fn special(number: f64, out: &mut String) -> bool {
    let text = match number {
        _ if number.is_nan() => "NaN",
        f64::INFINITY => "∞",
        f64::NEG_INFINITY => "-∞",
        _ => return false,
    };
    out.push_str(text);
    true
}

fn hex<'v>(value: Val<'v>, upper: bool, out: &mut String) -> Printed<'v> {
    let mut text = String::new();
    let _ = match value {
        Val::Int(number) => write!(text, "{}{:x}", sign(number), number.unsigned_abs()),
        Val::Uint(number) => write!(text, "{number:x}"),
        Val::Str(_) | Val::Bytes(_) => {
            let bytes = match value {
                Val::Bytes(bytes) => bytes,
                other => other.as_str().unwrap_or_default().as_bytes(),
            };
            bytes.iter().try_for_each(|byte| write!(text, "{byte:02x}"))
        }
        other => return Err(other.type_name().into()),
    };
    if upper {
        text.make_ascii_uppercase();
    }
    out.push_str(&text);
    Ok(())
}
