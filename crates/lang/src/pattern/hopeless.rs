//! Alternatives of a text pattern that no value fits: `>10 & <5`, `20-10`, `>=abc`.
//!
//! Comes in:  a text pattern.
//! Goes out:  the alternatives for which no value was found, as written.
//! Never here: a proof. What is found wrong is wrong; a pattern too clever for this is let be.
//!
//! A pattern is tried on values that are likely to fit it: its own operands, the numbers and
//! durations between and around them, and a text of no meaning. Order is all that terms ask of
//! numbers, so those are enough; of wildcards only a lone one is judged.

use super::range;
use super::scalar::{alternatives, matches};
use crate::scalar::duration::Duration;
use crate::scalar::quantity::Quantity;
use crate::scalar::wildcard::has_wildcard;
use crate::value::Value;

/// The alternatives of `pattern` that nothing fits, but for the text of the pattern itself.
pub fn hopeless(pattern: &str) -> Vec<&str> {
    let parts = alternatives(pattern);
    parts
        .filter(|alternative| is_hopeless(alternative))
        .collect()
}

fn is_hopeless(alternative: &str) -> bool {
    let operands: Vec<&str> = alternative
        .split('&')
        .flat_map(|term| operands(term.trim_matches(' ')))
        .collect();
    let wild = operands.iter().filter(|text| has_wildcard(text)).count();
    if wild > 1 || wild == 1 && operands.len() > 1 {
        return false;
    }
    !values(&operands).iter().any(|value| matches(*value, Value::Str(alternative)))
        && !texts(&operands)
            .iter()
            .any(|text| text != alternative && matches(Value::Str(text), Value::Str(alternative)))
        // An operand without any operator is fit by itself.
        && !operands.contains(&alternative)
}

/// What a term compares with.
fn operands(term: &str) -> Vec<&str> {
    // A lone operator is a text.
    if term.len() < 2 {
        return vec![term];
    }
    let prefix = [">=", "<=", ">", "<", "!"].into_iter();
    if let Some(rest) = prefix.filter_map(|prefix| term.strip_prefix(prefix)).next() {
        return vec![rest.trim_matches(' ')];
    }
    match range::outside(term).or_else(|| range::inside(term)) {
        Some(ends) => vec![ends.left, ends.right],
        None => vec![term],
    }
}

fn values(operands: &[&str]) -> Vec<Value<'static>> {
    let numbers = operands
        .iter()
        .filter_map(|text| Quantity::parse(text).ok());
    let numbers = around(numbers.map(|quantity| quantity.to_f64()));
    let scalars = [Value::Null, Value::Bool(true), Value::Bool(false)];
    scalars
        .into_iter()
        .chain(numbers.into_iter().map(Value::Float))
        .collect()
}

fn texts(operands: &[&str]) -> Vec<String> {
    let durations = operands
        .iter()
        .filter_map(|text| Duration::parse(text).ok());
    let durations = around(durations.map(Duration::seconds));
    let plain = operands
        .iter()
        .map(|text| text.replace('*', "").replace('?', "x"));
    let own = operands.iter().map(|text| (*text).to_owned());
    let none = ["".to_owned(), "no text of any pattern".to_owned()];
    let durations = durations.into_iter().map(|seconds| format!("{seconds}s"));
    none.into_iter()
        .chain(plain)
        .chain(own)
        .chain(durations)
        .collect()
}

/// The numbers, one between each two neighbours, and one beyond each end.
fn around(numbers: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<f64> = numbers.collect();
    sorted.sort_by(f64::total_cmp);
    let mut all = sorted.clone();
    all.extend(sorted.windows(2).filter_map(|pair| match pair {
        [a, b] => Some(a / 2.0 + b / 2.0),
        _ => None,
    }));
    all.extend(sorted.first().map(|least| least - least.abs() - 1.0));
    all.extend(sorted.last().map(|most| most + most.abs() + 1.0));
    all
}

#[cfg(test)]
mod tests {
    use super::hopeless;

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn what_nothing_fits() {
        check("x",                 &[]);
        check("",                  &[]);
        check("*",                 &[]);
        check("?*",                &[]);
        check("!x",                &[]);
        check("!*",                &["!*"]);
        check("a & b",             &["a & b"]);
        check("a | a & b | c",     &["a & b"]);
        check("!a & !b",           &[]);
        check("a* & *b",           &[]);
        check("!*:latest & *:*",   &[]);
        check(">10",               &[]);
        check(">10 & <5",          &[">10 & <5"]);
        check(">5 & <10",          &[]);
        check(">5 & <5.001",       &[]);
        check(">=5 & <=5",         &[]);
        check(">5 & <=5",          &[">5 & <=5"]);
        check("1-10",              &[]);
        check("10-1",              &["10-1"]);
        check("10!-1",             &[]);
        check("1Gi-1Mi",           &["1Gi-1Mi"]);
        check("1Mi-1Gi",           &[]);
        check("10m-5s",            &["10m-5s"]);
        check("<1h",               &[]);
        check(">1h & <30m",        &[">1h & <30m"]);
        check(">1h & <90m",        &[]);
        check(">=abc",             &[">=abc"]);
        check("<0",                &[]);
        check("0",                 &[]);
        check(">",                 &[]);
        check("true",              &[]);
        check("!true & !false",    &[]);
        check("{{ x }}",           &[]);
    }

    #[track_caller]
    fn check(pattern: &str, expect: &[&str]) {
        assert_eq!(hopeless(pattern), expect, "`{pattern}`");
    }
}
