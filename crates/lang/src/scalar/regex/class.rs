//! Sets of characters and escapes of single ones: `[a-z]`, `\d`, `\pL`, `\x41`.
//!
//! Comes in:  a pattern from where the set or the escape begins.
//! Goes out:  the set or the character, and the rest of the pattern.

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Dot, Hir, HirKind};

use super::parse::{RegexError, consumed};

type Parsed<'a, T> = Result<(T, &'a str), RegexError>;

const BAD_ESCAPE: &str = "invalid escape sequence";
const BAD_RANGE: &str = "invalid character class range";

/// `.`: any character, or any but the newline.
pub(super) fn dot(newline: bool) -> Hir {
    Hir::dot(if newline {
        Dot::AnyChar
    } else {
        Dot::AnyCharExceptLF
    })
}

/// The set with all characters that differ from one in it only by case.
pub(super) fn folded(mut class: ClassUnicode) -> ClassUnicode {
    class.case_fold_simple();
    class
}

/// `[...]` at the start of `text`.
pub(super) fn set(text: &str, fold: bool) -> Parsed<'_, ClassUnicode> {
    let missing = || RegexError::new("missing closing ]", text);
    let mut rest = text.get(1..).unwrap_or_default();
    let negated = rest.strip_prefix('^');
    rest = negated.unwrap_or(rest);
    let mut class = ClassUnicode::empty();
    let mut first = true;
    loop {
        if let Some(after) = rest.strip_prefix(']').filter(|_| !first) {
            if negated.is_some() {
                class.negate();
            }
            return Ok((class, after));
        }
        first = false;
        if let Some((named, after)) = named_class(rest, fold)? {
            class.union(&named);
            rest = after;
            continue;
        }
        if let Some((escaped, after)) = escaped_class(rest, fold)? {
            class.union(&escaped);
            rest = after;
            continue;
        }
        let (low, after) = one_char(rest).ok_or_else(missing)??;
        // A `-` before the end of the set is itself.
        let (high, after) = match after.strip_prefix('-') {
            Some(high) if !high.is_empty() && !high.starts_with(']') => {
                one_char(high).ok_or_else(missing)??
            }
            _ => (low, after),
        };
        if high < low {
            return Err(RegexError::new(BAD_RANGE, consumed(rest, after)));
        }
        let range = range(low, high);
        class.union(&if fold { folded(range) } else { range });
        rest = after;
    }
}

/// A character or an escaped one. `None` at the end of the pattern.
fn one_char(text: &str) -> Option<Parsed<'_, u32>> {
    let c = text.chars().next()?;
    Some(match c {
        '\\' => escaped_char(text),
        _ => Ok((u32::from(c), text.get(c.len_utf8()..).unwrap_or_default())),
    })
}

/// Every character from `low` to `high`. Surrogates are none.
fn range(low: u32, high: u32) -> ClassUnicode {
    let piece = |low: u32, high: u32| {
        let (low, high) = (char::from_u32(low)?, char::from_u32(high)?);
        (low <= high).then(|| ClassUnicodeRange::new(low, high))
    };
    let below = piece(low, high.min(0xd7ff));
    let above = piece(low.max(0xe000), high);
    ClassUnicode::new(below.into_iter().chain(above))
}

/// `[:name:]` or `[:^name:]`.
fn named_class(text: &str, fold: bool) -> Result<Option<(ClassUnicode, &str)>, RegexError> {
    let Some(inner) = text.strip_prefix("[:") else {
        return Ok(None);
    };
    let Some((name, rest)) = inner.split_once(":]") else {
        return Ok(None);
    };
    let (negated, name) = match name.strip_prefix('^') {
        Some(name) => (true, name),
        None => (false, name),
    };
    let ranges: &[(char, char)] = match name {
        "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        "alpha" => &[('A', 'Z'), ('a', 'z')],
        "ascii" => &[('\0', '\x7f')],
        "blank" => &[('\t', '\t'), (' ', ' ')],
        "cntrl" => &[('\0', '\x1f'), ('\x7f', '\x7f')],
        "digit" => DIGITS,
        "graph" => &[('!', '~')],
        "lower" => &[('a', 'z')],
        "print" => &[(' ', '~')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "space" => &[('\t', '\r'), (' ', ' ')],
        "upper" => &[('A', 'Z')],
        "word" => WORD,
        "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => return Err(RegexError::new(BAD_RANGE, consumed(text, rest))),
    };
    Ok(Some((ascii(ranges, negated, fold), rest)))
}

const DIGITS: &[(char, char)] = &[('0', '9')];
const WORD: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];
/// Unlike `[:space:]` without the vertical tab.
const SPACE: &[(char, char)] = &[('\t', '\n'), ('\x0c', '\r'), (' ', ' ')];

fn ascii(ranges: &[(char, char)], negated: bool, fold: bool) -> ClassUnicode {
    let ranges = ranges
        .iter()
        .map(|(low, high)| ClassUnicodeRange::new(*low, *high));
    finish(ClassUnicode::new(ranges), negated, fold)
}

/// Case first: what is left out of a negated set, is left out in both cases.
fn finish(class: ClassUnicode, negated: bool, fold: bool) -> ClassUnicode {
    let mut class = if fold { folded(class) } else { class };
    if negated {
        class.negate();
    }
    class
}

/// `\d`, `\pL` and the like at the start of `text`. `None` for other escapes.
pub(super) fn escaped_class(
    text: &str,
    fold: bool,
) -> Result<Option<(ClassUnicode, &str)>, RegexError> {
    let Some(escape) = text.strip_prefix('\\') else {
        return Ok(None);
    };
    let rest = escape.get(1..).unwrap_or_default();
    let (ranges, negated) = match escape.as_bytes().first() {
        Some(b'd') => (DIGITS, false),
        Some(b'D') => (DIGITS, true),
        Some(b's') => (SPACE, false),
        Some(b'S') => (SPACE, true),
        Some(b'w') => (WORD, false),
        Some(b'W') => (WORD, true),
        Some(b'p' | b'P') => return property(text, fold).map(Some),
        _ => return Ok(None),
    };
    Ok(Some((ascii(ranges, negated, fold), rest)))
}

/// `\pL`, `\p{Greek}`, `\P{^Lu}`: a general category or a script.
fn property(text: &str, fold: bool) -> Parsed<'_, ClassUnicode> {
    let inner = text.get(2..).unwrap_or_default();
    let (name, rest) = match inner.strip_prefix('{') {
        Some(inner) => inner
            .split_once('}')
            .ok_or_else(|| RegexError::new(BAD_RANGE, text))?,
        None => {
            let end = inner.chars().next().map_or(0, char::len_utf8);
            inner.split_at_checked(end).unwrap_or((inner, ""))
        }
    };
    let (swapped, name) = match name.strip_prefix('^') {
        Some(name) => (true, name),
        None => (false, name),
    };
    let class = lookup(name).ok_or_else(|| RegexError::new(BAD_RANGE, consumed(text, rest)))?;
    let negated = text.starts_with("\\P") != swapped;
    Ok((finish(class, negated, fold), rest))
}

/// The set of a category or script, from the tables of regex-syntax.
fn lookup(name: &str) -> Option<ClassUnicode> {
    let plain = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '-' | ' ');
    // `Is...` is a name only to regex-syntax.
    let is_prefixed = name
        .get(..2)
        .is_some_and(|start| start.eq_ignore_ascii_case("is"));
    if name.is_empty() || is_prefixed || !name.chars().all(plain) {
        return None;
    }
    ["gc", "sc"].iter().find_map(|table| {
        let hir = regex_syntax::parse(&format!("\\p{{{table}={name}}}")).ok()?;
        match hir.into_kind() {
            HirKind::Class(Class::Unicode(class)) => Some(class),
            // A set of one character.
            HirKind::Literal(one) => {
                let c = str::from_utf8(&one.0).ok()?.chars().next()?;
                Some(ClassUnicode::new([ClassUnicodeRange::new(c, c)]))
            }
            _ => None,
        }
    })
}

/// `\n`, `\x41`, `\.` and the like at the start of `text`.
pub(super) fn escaped_char(text: &str) -> Parsed<'_, u32> {
    let mut chars = text.chars();
    chars.next();
    let Some(c) = chars.next() else {
        return Err(RegexError::new(
            "trailing backslash at end of expression",
            "",
        ));
    };
    let rest = chars.as_str();
    let bad = |rest: &str| RegexError::new(BAD_ESCAPE, consumed(text, rest));
    let plain = match c {
        'a' => '\x07',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        'x' => return hexadecimal(text, rest),
        // A digit alone would be a reference back.
        '0' => return Ok(octal(text)),
        '1'..='7' if rest.starts_with(|c: char| c.is_digit(8)) => return Ok(octal(text)),
        _ if c.is_ascii() && !c.is_ascii_alphanumeric() => c,
        _ => return Err(bad(rest)),
    };
    Ok((u32::from(plain), rest))
}

/// Up to three octal digits behind the backslash; there is at least one.
fn octal(text: &str) -> (u32, &str) {
    let digits = text.get(1..).unwrap_or_default();
    let end = digits
        .bytes()
        .take(3)
        .take_while(|c| (b'0'..=b'7').contains(c))
        .count();
    let (digits, rest) = digits.split_at_checked(end).unwrap_or((digits, ""));
    (u32::from_str_radix(digits, 8).unwrap_or(0), rest)
}

/// Two hexadecimal digits, or any number of them in braces.
fn hexadecimal<'a>(text: &'a str, digits: &'a str) -> Parsed<'a, u32> {
    let bad = |rest: &str| RegexError::new(BAD_ESCAPE, consumed(text, rest));
    let mut chars = digits.chars();
    if digits.starts_with('{') {
        chars.next();
        let (mut number, mut any) = (0, false);
        loop {
            match chars.next() {
                Some('}') if any => return Ok((number, chars.as_str())),
                Some(c) => match c.to_digit(16) {
                    Some(digit) => number = number * 16 + digit,
                    None => return Err(bad(chars.as_str())),
                },
                None => return Err(bad("")),
            }
            if number > u32::from(char::MAX) {
                return Err(bad(chars.as_str()));
            }
            any = true;
        }
    }
    let (Some(high), low) = (chars.next(), chars.next()) else {
        return Err(bad(digits));
    };
    match (high.to_digit(16), low.and_then(|low| low.to_digit(16))) {
        (Some(high), Some(low)) => Ok((high * 16 + low, chars.as_str())),
        _ => Err(bad(chars.as_str())),
    }
}
