//! Which expressions a document asks for, and where: what checks and lints look at.

use super::Options;
use super::path::{Path, Step};
use super::token;
use super::variables::meant;
use crate::value::Value;

/// One `{{ }}` of a document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Expression {
    /// What is asked for. Where variables stand inside, their answers are `null`.
    pub text: String,
    /// The place of its text: `/validate/message`. A key stands at the path of its map.
    pub path: String,
    /// Does it stand in a key?
    pub in_key: bool,
}

/// Every expression of `document`, in the order in which they would be resolved.
pub fn expressions(document: Value<'_>, options: Options) -> Vec<Expression> {
    let mut list = List {
        options,
        found: Vec::new(),
    };
    list.value(document, &Path::ROOT);
    list.found
}

/// The expression of a text that is nothing but one `{{ expression }}`: what it asks for is known
/// before any variable is. `None` for every other text, and where the answer depends on the place of
/// the text (`@`) or is final (`{{- expression }}`).
pub fn sole(text: &str, options: Options) -> Option<String> {
    let token = token::tokens(text).next()?;
    let (expression, is_final) = token.expression();
    let plain = token.is_all_of(text) && !is_final && expression != "@" && !text.contains("$(");
    plain.then(|| meant(expression, options, &Path::ROOT).into_owned())
}

struct List {
    options: Options,
    found: Vec<Expression>,
}

impl List {
    fn value(&mut self, value: Value<'_>, path: &Path<'_>) {
        match value {
            Value::Str(text) => self.text(text, false, path),
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(item, &path.then(Step::Index(index)));
                }
            }
            Value::Map(map) => {
                let mut entries: Vec<_> = map.iter().collect();
                entries.sort_by(|a, b| a.0.cmp(b.0));
                for (key, item) in entries {
                    self.text(key, true, path);
                    self.value(item, &path.then(Step::Key(key)));
                }
            }
            _ => {}
        }
    }

    /// As substitution goes, with `null` for every answer. That shortens the text, so it ends.
    fn text(&mut self, text: &str, in_key: bool, path: &Path<'_>) {
        let mut current = text.to_owned();
        loop {
            let mut replaced = String::new();
            let mut copied = 0;
            let mut ends = false;
            for token in token::tokens(&current) {
                let (expression, is_final) = token.expression();
                self.found.push(Expression {
                    text: meant(expression, self.options, path).into_owned(),
                    path: path.text(),
                    in_key,
                });
                ends |= is_final || token.is_all_of(&current);
                replaced.push_str(current.get(copied..token.start).unwrap_or_default());
                replaced.push_str("null");
                copied = token.end;
            }
            if copied == 0 || ends {
                return;
            }
            replaced.push_str(current.get(copied..).unwrap_or_default());
            current = replaced;
        }
    }
}
