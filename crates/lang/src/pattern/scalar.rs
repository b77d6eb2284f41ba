//! Scalar patterns: numbers, truth values, `null`, and texts with `|`, `&`, operators, ranges.
//!
//! Comes in:  a pattern value that is no map and no list, and values to compare.
//! Goes out:  whether a value fits.
//! Never here: anchors, what a list or map does with the answer.
//!
//! Two ways in, one meaning: [`matches`] reads the pattern as it goes, for patterns that
//! hold variables; [`ScalarPattern`] is read once and asked by every request.

use std::collections::HashSet;

use super::term::Term;
use crate::scalar::float::{parse_float, parse_int};
use crate::value::Value;

/// A scalar pattern made ready: alternatives, operators and operands are read once.
///
/// It answers exactly as [`matches`] does, without allocating.
#[derive(Clone, Debug)]
pub struct ScalarPattern(Form);

#[derive(Clone, Debug)]
enum Form {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Box<Text>),
    AnyMap,
    Nothing,
}

#[derive(Clone, Debug)]
struct Text {
    source: Box<str>,
    /// One of these, all terms of it.
    alternatives: Box<[Box<[Term<'static>]>]>,
    literals: Option<Literals>,
}

/// Many alternatives that are plain texts, found at once.
#[derive(Clone, Debug)]
struct Literals {
    texts: HashSet<Box<str>>,
    /// The other alternatives, by their positions.
    others: Box<[usize]>,
}

/// Fewer plain texts are compared one by one sooner.
const FEW_LITERALS: usize = 8;

impl ScalarPattern {
    /// Prepares any pattern value. A map asks only for a map; a list never fits.
    pub fn new(pattern: Value<'_>) -> Self {
        ScalarPattern(match pattern {
            Value::Null => Form::Null,
            Value::Bool(flag) => Form::Bool(flag),
            Value::Int(number) => Form::Int(number),
            Value::Float(number) => Form::Float(number),
            Value::Str(text) => return Self::parse(text),
            Value::Map(_) => Form::AnyMap,
            Value::List(_) => Form::Nothing,
        })
    }

    /// Prepares a text pattern. Every text is one.
    pub fn parse(text: &str) -> Self {
        let terms = |alternative| terms(alternative).map(Term::into_prepared).collect();
        let alternatives: Box<[_]> = alternatives(text).map(terms).collect();
        ScalarPattern(Form::Text(Box::new(Text {
            source: text.into(),
            literals: Literals::of(&alternatives),
            alternatives,
        })))
    }

    /// What every text begins with that does not fit, for a pattern that refuses nothing else:
    /// `registry.io/` for `!registry.io/*`. Other values than texts must be asked about.
    pub fn refused_head(&self) -> Option<&str> {
        let Form::Text(text) = &self.0 else {
            return None;
        };
        match &*text.alternatives {
            [only] => match &**only {
                [term] => term.refused_head(),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether `value` fits; a missing value is `null`.
    pub fn matches(&self, value: Value<'_>) -> bool {
        match &self.0 {
            Form::Null => is_nothing(value),
            Form::Bool(flag) => value.as_bool() == Some(*flag),
            Form::Int(number) => equals_int(value, *number),
            Form::Float(number) => equals_float(value, *number),
            Form::AnyMap => value.as_map().is_some(),
            Form::Nothing => false,
            Form::Text(text) => value.as_str() == Some(&text.source) || text.matches(value),
        }
    }
}

impl Text {
    fn matches(&self, value: Value<'_>) -> bool {
        let fits = |terms: &[Term<'_>]| terms.iter().all(|term| term.matches(value));
        match (&self.literals, value) {
            (Some(literals), Value::Str(text)) => {
                let others = literals.others.iter();
                let mut others = others.filter_map(|index| self.alternatives.get(*index));
                literals.texts.contains(text) || others.any(|terms| fits(terms))
            }
            _ => self.alternatives.iter().any(|terms| fits(terms)),
        }
    }
}

impl Literals {
    fn of(alternatives: &[Box<[Term<'static>]>]) -> Option<Literals> {
        let literal = |terms: &[Term<'static>]| match terms {
            [term] => term.literal().map(Box::from),
            _ => None,
        };
        let texts: HashSet<Box<str>> = alternatives.iter().filter_map(|it| literal(it)).collect();
        let others = alternatives.iter().enumerate();
        let others = others.filter(|(_, terms)| literal(terms).is_none());
        (texts.len() >= FEW_LITERALS).then(|| Literals {
            others: others.map(|(index, _)| index).collect(),
            texts,
        })
    }
}

/// Whether `value` fits `pattern`; a missing value is `null`. Reads the pattern anew, without
/// allocating.
pub fn matches(value: Value<'_>, pattern: Value<'_>) -> bool {
    match pattern {
        Value::Null => is_nothing(value),
        Value::Bool(flag) => value.as_bool() == Some(flag),
        Value::Int(number) => equals_int(value, number),
        Value::Float(number) => equals_float(value, number),
        Value::Map(_) => value.as_map().is_some(),
        Value::List(_) => false,
        Value::Str(text) => {
            let fits = |alternative| terms(alternative).all(|term| term.matches(value));
            value.as_str() == Some(text) || alternatives(text).any(fits)
        }
    }
}

pub(super) fn alternatives(text: &str) -> impl Iterator<Item = &str> {
    text.split('|').map(|part| part.trim_matches(' '))
}

fn terms(alternative: &str) -> impl Iterator<Item = Term<'_>> {
    let parts = alternative.split('&');
    parts.map(|part| Term::parse(part.trim_matches(' ')))
}

/// What `null` fits: nothing, and every scalar that Go calls a zero value.
fn is_nothing(value: Value<'_>) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Int(number) => number == 0,
        Value::Float(number) => number == 0.0,
        Value::Str(text) => text.is_empty(),
        Value::List(_) | Value::Map(_) => false,
    }
}

fn equals_int(value: Value<'_>, wanted: i64) -> bool {
    match value {
        Value::Int(number) => number == wanted,
        Value::Float(number) => as_whole(number) == Some(wanted),
        Value::Str(text) => parse_int(text) == Some(wanted),
        _ => false,
    }
}

fn equals_float(value: Value<'_>, wanted: f64) -> bool {
    match value {
        Value::Int(number) => as_whole(wanted) == Some(number),
        Value::Float(number) => number == wanted,
        Value::Str(text) => parse_float(text) == Some(wanted),
        _ => false,
    }
}

/// A double without a fraction as an integer, where it is one of 64 bits.
pub(crate) fn as_whole(number: f64) -> Option<i64> {
    // -2^63 is exact as a double and the first below the range; 2^63 is the first above.
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    (number.trunc() == number && (-BOUND..BOUND).contains(&number)).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::{ScalarPattern, matches};
    use crate::value::{Document, Numbers, Value};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn texts() {
        check(r#""abc""#,         r#""abc""#,      true);
        check(r#""abc""#,         r#""a*""#,       true);
        check(r#""abc""#,         r#"" abc ""#,    true);
        check(r#""abc""#,         r#""x | abc""#,  true);
        check(r#""abc""#,         r#""a* & *d""#,  false);
        check(r#""a | b""#,       r#""a | b""#,    true);
        check(r#""abc""#,         r#""!abc""#,     false);
        check(r#""abd""#,         r#""! abc""#,    true);
        check(r#""""#,            r#""""#,         true);
        check(r#""""#,            r#""?*""#,       false);
        check(r#""""#,            r#""||""#,       true);
        check(r#""<""#,           r#""<""#,        true);
        check(r#""b""#,           r#"">=a""#,      false);
        check("true",             r#""true""#,     true);
        check("true",             r#""!false""#,   true);
        check("1.5",              r#""1.5E+00""#,  true);
        check("1.5",              r#""*E+*""#,     true);
        check("10",               r#""10""#,       true);
        check("10",               r#""1*""#,       true);
    }

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn quantities_and_durations() {
        check(r#""1Gi""#,         r#""1024Mi""#,   true);
        check(r#""512Mi""#,       r#""<=1Gi""#,    true);
        check(r#""2Gi""#,         r#""<=1Gi""#,    false);
        check("5",                r#""1-10""#,     true);
        check("15",               r#""1-10""#,     false);
        check(r#""15""#,          r#""10!-20""#,   false);
        check(r#""5""#,           r#""10!-20""#,   true);
        check(r#""1-10""#,        r#""!1-10""#,    false);
        check("5",                r#""!1-10""#,    true);
        check("5",                r#""<1 | >4""#,  true);
        check(r#""90s""#,         r#"">1m""#,      true);
        check(r#""90s""#,         r#""10s-2m""#,   true);
        // `500m` is 500 minutes to a duration, half a core to a number.
        check(r#""500m""#,        r#"">1h""#,      true);
        check("1",                r#"">500m""#,    true);
        // A number prints with decimals, so it is no duration; nothing at all is one.
        check("0.0",              r#""<1h""#,      false);
        check("null",             r#""<1h""#,      true);
        check("null",             r#""<=1Gi""#,    true);
        check("null",             r#""0""#,        true);
        check("null",             r#"">=1""#,      false);
        check("null",             r#""!foo""#,     false);
        check("null",             r#""*""#,        false);
        check("true",             r#""1""#,        false);
    }

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn other_scalars() {
        check("true",             "true",          true);
        check(r#""true""#,        "true",          false);
        check("5.0",              "5",             true);
        check("5.5",              "5",             false);
        check(r#""5""#,           "5",             true);
        check(r#""5.0""#,         "5",             false);
        check("9.3e18",           "9223372036854775807", false);
        check("5",                "5.0",           true);
        check(r#""5.0""#,         "5.0",           true);
        check("null",             "null",          true);
        check("0.0",              "null",          true);
        check(r#""""#,            "null",          true);
        check("false",            "null",          true);
        check("{}",               "null",          false);
        check("[]",               "null",          false);
        check("{}",               r#""*""#,        false);
        check(r#"{"a": 1}"#,      "{}",            true);
        check("[1]",              "[1]",           false);
    }

    /// Both ways in must agree, so every row asks both.
    #[track_caller]
    fn check(value: &str, pattern: &str, expect: bool) {
        let read = |text: &str| Document::from_json(text.as_bytes(), Numbers::AsWritten).unwrap();
        let (value, pattern) = (read(value), read(pattern));
        let (value, pattern): (Value<'_>, Value<'_>) = (value.root(), pattern.root());
        assert_eq!(matches(value, pattern), expect, "{pattern:?} on {value:?}");
        let ready = ScalarPattern::new(pattern);
        assert_eq!(
            ready.matches(value),
            expect,
            "prepared {pattern:?} on {value:?}"
        );
    }
}
