//! Label selectors, Kubernetes' own and those with wildcards.
//!
//! Comes in:  `matchLabels` and `matchExpressions`, then the labels of an object.
//! Goes out:  whether the object is selected.
//! Never here: objects, where their labels are.

use std::fmt;

use super::{
    name::{self, is_label_value, is_qualified_name},
    quoted::Quoted,
    wildcard::{Wildcard, has_wildcard},
};

/// Conditions on labels that must all hold. Without any it selects everything.
#[derive(Clone, Debug, Default)]
pub struct Selector {
    requirements: Vec<Requirement>,
}

/// How an expression relates a label to its values.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Operator {
    /// The label is there and has one of the values.
    In,
    /// The label is absent or has none of the values.
    NotIn,
    /// The label is there.
    Exists,
    /// The label is absent.
    DoesNotExist,
}

#[derive(Clone, Debug)]
enum Requirement {
    /// Some label fits both, and is a valid one.
    Pair { key: Wildcard, value: Wildcard },
    /// As in `matchExpressions`; a plain pair is `In` with one value.
    Expression {
        key: Box<str>,
        operator: Operator,
        values: Vec<Box<str>>,
    },
}

impl Operator {
    /// Reads the operator of an expression.
    ///
    /// # Errors
    ///
    /// [`LabelError`] for every other text; case counts.
    pub fn parse(text: &str) -> Result<Self, LabelError> {
        Ok(match text {
            "In" => Self::In,
            "NotIn" => Self::NotIn,
            "Exists" => Self::Exists,
            "DoesNotExist" => Self::DoesNotExist,
            _ => {
                let text = Quoted(text);
                return Err(LabelError(format!(
                    "{text} is not a valid label selector operator"
                )));
            }
        })
    }
}

impl Selector {
    /// Whether it selects everything.
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Adds a pair of `matchLabels`.
    ///
    /// # Errors
    ///
    /// [`LabelError`] when the key or the value can be those of no label.
    pub fn require_label(&mut self, key: &str, value: &str) -> Result<(), LabelError> {
        self.require(key, Operator::In, &[value])
    }

    /// Adds a pair of `matchLabels` as Kyverno reads it: `*` and `?` in either part fit any
    /// label of the object. A pair without them is an ordinary one.
    ///
    /// # Errors
    ///
    /// [`LabelError`] when the key or the value can be those of no label. A wildcard counts
    /// as a letter there.
    pub fn require_wildcard(&mut self, key: &str, value: &str) -> Result<(), LabelError> {
        if !has_wildcard(key) && !has_wildcard(value) {
            return self.require_label(key, value);
        }
        let (key, value) = (Wildcard::new(key), Wildcard::new(value));
        self.requirements.push(Requirement::Pair { key, value });
        Ok(())
    }

    /// Adds one of the `matchExpressions`.
    ///
    /// # Errors
    ///
    /// [`LabelError`] when the key or a value can be those of no label, or the operator wants
    /// values and there are none, or the other way round. The text is the API server's.
    pub fn require(
        &mut self,
        key: &str,
        operator: Operator,
        values: &[&str],
    ) -> Result<(), LabelError> {
        let mut problems = Vec::new();
        if !is_qualified_name(key) {
            let reasons = name::qualified_name(key).join("; ");
            problems.push(format!("key: Invalid value: {}: {reasons}", Quoted(key)));
        }
        match operator {
            Operator::In | Operator::NotIn if values.is_empty() => problems.push(
                "values: Invalid value: null: for 'in', 'notin' operators, values set \
                 can't be empty"
                    .to_owned(),
            ),
            Operator::Exists | Operator::DoesNotExist if !values.is_empty() => {
                let values: Vec<_> = values
                    .iter()
                    .map(|value| Quoted(value).to_string())
                    .collect();
                problems.push(format!(
                    "values: Invalid value: [{}]: values set must be empty for exists \
                     and does not exist",
                    values.join(",")
                ));
            }
            _ => {}
        }
        for (at, value) in values
            .iter()
            .enumerate()
            .filter(|(_, value)| !is_label_value(value))
        {
            let reasons = name::label_value(value).join("; ");
            let value = Quoted(value);
            problems.push(format!(
                "values[{at}][{key}]: Invalid value: {value}: {reasons}"
            ));
        }
        match problems.as_slice() {
            [] => {
                let values = values.iter().map(|value| (*value).into()).collect();
                self.requirements.push(Requirement::Expression {
                    key: key.into(),
                    operator,
                    values,
                });
                Ok(())
            }
            [only] => Err(LabelError(only.clone())),
            several => Err(LabelError(format!("[{}]", several.join(", ")))),
        }
    }

    /// Whether an object with these labels is selected.
    ///
    /// The labels are walked once for each requirement; no allocation.
    pub fn matches<'a, L>(&self, labels: L) -> bool
    where
        L: IntoIterator<Item = (&'a str, &'a str)> + Clone,
    {
        self.requirements
            .iter()
            .all(|requirement| requirement.holds(labels.clone()))
    }
}

impl Requirement {
    fn holds<'a>(&self, labels: impl IntoIterator<Item = (&'a str, &'a str)>) -> bool {
        let mut labels = labels.into_iter();
        match self {
            // Kyverno puts the label that it finds in the place of the pair, and a selector
            // that asks for an invalid label selects nothing.
            Self::Pair { key, value } => labels.any(|(k, v)| {
                key.matches(k) && value.matches(v) && is_qualified_name(k) && is_label_value(v)
            }),
            Self::Expression {
                key,
                operator,
                values,
            } => {
                let found = labels.find(|(k, _)| *k == &**key).map(|(_, v)| v);
                let listed = |v: &str| values.iter().any(|value| **value == *v);
                match operator {
                    Operator::In => found.is_some_and(listed),
                    Operator::NotIn => !found.is_some_and(listed),
                    Operator::Exists => found.is_some(),
                    Operator::DoesNotExist => found.is_none(),
                }
            }
        }
    }
}

/// Why a selector cannot be. The text is the API server's.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LabelError(String);

impl fmt::Display for LabelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LabelError {}

#[cfg(test)]
mod tests {
    use super::{LabelError, Operator, Selector};

    const LABELS: [(&str, &str); 4] = [
        ("app", "web"),
        ("tier", ""),
        ("example.com/team", "a.b"),
        ("bad", "not valid"),
    ];

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn expressions() {
        check("in",                 "app",     Operator::In,           &["db", "web"], true);
        check("not in the values",  "app",     Operator::In,           &["db"],        false);
        check("in, absent",         "zone",    Operator::In,           &["web"],       false);
        check("in, empty value",    "tier",    Operator::In,           &[""],          true);
        check("not in",             "app",     Operator::NotIn,        &["db"],        true);
        check("not in, listed",     "app",     Operator::NotIn,        &["web"],       false);
        check("not in, absent",     "zone",    Operator::NotIn,        &["web"],       true);
        check("exists",             "tier",    Operator::Exists,       &[],            true);
        check("exists, absent",     "zone",    Operator::Exists,       &[],            false);
        check("does not exist",     "zone",    Operator::DoesNotExist, &[],            true);
        check("does, though",       "app",     Operator::DoesNotExist, &[],            false);
    }

    #[track_caller]
    fn check(case: &str, key: &str, operator: Operator, values: &[&str], expect: bool) {
        let mut selector = Selector::default();
        selector
            .require(key, operator, values)
            .unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(selector.matches(LABELS), expect, "{case}");
    }

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn wildcards() {
        check_wildcard("exact",               "app",         "web",  true);
        check_wildcard("other value",         "app",         "we",   false);
        check_wildcard("value",               "app",         "w*",   true);
        check_wildcard("key",                 "ap?",         "web",  true);
        check_wildcard("both in one label",   "app",         "*.b",  false);
        check_wildcard("prefix",              "*/team",      "?.?",  true);
        check_wildcard("empty value",         "tier",        "*",    true);
        check_wildcard("not empty",           "tier",        "?*",   false);
        check_wildcard("invalid label",       "bad",         "*",    false);
    }

    #[track_caller]
    fn check_wildcard(case: &str, key: &str, value: &str, expect: bool) {
        let mut selector = Selector::default();
        selector
            .require_wildcard(key, value)
            .unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(selector.matches(LABELS), expect, "{case}");
    }

    #[test]
    fn all_must_hold() {
        let mut selector = Selector::default();
        assert!(selector.is_empty() && selector.matches([]));
        selector.require_label("app", "web").unwrap();
        selector.require("zone", Operator::Exists, &[]).unwrap();
        assert!(!selector.matches(LABELS));
        let mut any = Selector::default();
        any.require_wildcard("*", "*").unwrap();
        assert!(any.matches(LABELS) && !any.matches([]));
    }

    #[test]
    fn refused() {
        let require = |key, operator, values: &[&str]| {
            Selector::default()
                .require(key, operator, values)
                .unwrap_err()
                .to_string()
        };
        assert!(require("a b", Operator::Exists, &[]).starts_with(
            r#"key: Invalid value: "a b": name part must consist of alphanumeric characters"#
        ));
        assert!(require("a", Operator::In, &["x", "x y"]).starts_with(
            r#"values[1][a]: Invalid value: "x y": a valid label must be an empty string or"#
        ));
        assert_eq!(
            require("a", Operator::NotIn, &[]),
            "values: Invalid value: null: for 'in', 'notin' operators, values set can't \
             be empty"
        );
        assert_eq!(
            require("a", Operator::Exists, &["x", "y"]),
            r#"values: Invalid value: ["x","y"]: values set must be empty for exists and does not exist"#
        );
        assert!(require("", Operator::In, &[]).starts_with("[key: Invalid value: \"\": name part"));
        assert_eq!(
            Operator::parse("in"),
            Err(LabelError(
                r#""in" is not a valid label selector operator"#.to_owned()
            ))
        );
    }
}
