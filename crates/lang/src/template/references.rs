//! The first pass: every `$( reference )` becomes another leaf of the same document.
//!
//! A reference is what Kyverno's expression `^\$\(.[^ ]*\)|[^\\]\$\(.[^ ]*\)` finds: no blanks, up
//! to the last `)` before the next blank. Inside stands an optional operator and a path. Where it
//! leads is looked up in the document as written, so a reference to a reference gives its text.

use std::convert::Infallible;
use std::fmt::Write;

use bumpalo::Bump;
use bumpalo::collections::Vec as BumpVec;
use memchr::memmem;

use super::TemplateError;
use super::path::{Path, Step};
use crate::scalar::float::Fixed;
use crate::scalar::path::join;
use crate::value::{GoText, List, Value, object};

/// The longest first: `<=` is not `<` with a path that starts with `=`.
const OPERATORS: [&str; 5] = [">=", "<=", ">", "<", "!"];

/// Can there be references, or escaped ones, in this text at all?
pub(super) fn may_have_references(text: &str) -> bool {
    memmem::find(text.as_bytes(), b"$(").is_some()
}

/// Replaces the references of `document`. What has none is shared with it.
pub(super) fn replace<'v, E>(
    document: Value<'v>,
    bump: &'v Bump,
) -> Result<Value<'v>, TemplateError<E>> {
    let pass = Pass { document, bump };
    let changed = pass.value(document, &Path::ROOT)?;
    Ok(changed.unwrap_or(document))
}

/// Why each text of `document` whose references cannot be replaced cannot.
pub(super) fn broken(document: Value<'_>) -> Vec<TemplateError<Infallible>> {
    let bump = Bump::new();
    let pass = Pass {
        document,
        bump: &bump,
    };
    let mut found = Vec::new();
    pass.texts(document, &Path::ROOT, &mut |text, path| {
        found.extend(pass.text(text, path).err());
    });
    found
}

struct Pass<'v> {
    document: Value<'v>,
    bump: &'v Bump,
}

impl<'v> Pass<'v> {
    fn value<E>(
        &self,
        value: Value<'v>,
        path: &Path<'_>,
    ) -> Result<Option<Value<'v>>, TemplateError<E>> {
        match value {
            Value::Str(text) => Ok(self.text(text, path)?.map(Value::Str)),
            Value::List(items) => {
                let mut made = BumpVec::with_capacity_in(items.len(), self.bump);
                let mut any = false;
                for (index, item) in items.iter().enumerate() {
                    let changed = self.value(item, &path.then(Step::Index(index)))?;
                    any |= changed.is_some();
                    made.push(changed.unwrap_or(item));
                }
                Ok(any.then(|| Value::List(List::from_slice(made.into_bump_slice()))))
            }
            Value::Map(map) => {
                let mut made = BumpVec::with_capacity_in(map.len(), self.bump);
                let mut any = false;
                for (key, item) in map.sorted(self.bump).iter().copied() {
                    let new_key = self.text(key, path)?;
                    let changed = self.value(item, &path.then(Step::Key(key)))?;
                    any |= new_key.is_some() || changed.is_some();
                    made.push((new_key.unwrap_or(key), changed.unwrap_or(item)));
                }
                Ok(any.then(|| object(self.bump, made)))
            }
            _ => Ok(None),
        }
    }

    /// Every text and key, in the order in which they are replaced.
    fn texts(&self, value: Value<'v>, path: &Path<'_>, each: &mut impl FnMut(&'v str, &Path<'_>)) {
        match value {
            Value::Str(text) => each(text, path),
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.texts(item, &path.then(Step::Index(index)), each);
                }
            }
            Value::Map(map) => {
                for (key, item) in map.sorted(self.bump).iter().copied() {
                    each(key, path);
                    self.texts(item, &path.then(Step::Key(key)), each);
                }
            }
            _ => {}
        }
    }

    fn text<E>(&self, text: &'v str, path: &Path<'_>) -> Result<Option<&'v str>, TemplateError<E>> {
        if !may_have_references(text) {
            return Ok(None);
        }
        let mut replaced = String::with_capacity(text.len());
        let mut copied = 0;
        while let Some((start, end)) = next(text, copied) {
            let reference = text.get(start..end).unwrap_or_default();
            replaced.push_str(text.get(copied..start).unwrap_or_default());
            self.write_target(&mut replaced, reference, path)?;
            copied = end;
        }
        replaced.push_str(text.get(copied..).unwrap_or_default());
        let replaced = unescape(&replaced);
        Ok((replaced != text).then(|| &*self.bump.alloc_str(&replaced)))
    }

    fn write_target<E>(
        &self,
        out: &mut String,
        reference: &str,
        path: &Path<'_>,
    ) -> Result<(), TemplateError<E>> {
        let (reference_text, place) = (|| reference.to_owned(), || path.text());
        let wrong = |reason: String| TemplateError::Reference {
            reference: reference_text(),
            path: place(),
            reason,
        };
        let inside = reference.trim_matches(['$', '(', ')']);
        let operator = OPERATORS
            .into_iter()
            .find(|operator| inside.starts_with(operator))
            .unwrap_or_default();
        let target = inside.get(operator.len()..).unwrap_or_default();
        if target.is_empty() {
            return Err(wrong("expected path, found empty reference".to_owned()));
        }
        let found = self.lookup(&absolute(target, &place()));
        out.push_str(operator);
        match (found, operator) {
            (Some(Value::Str(text)), _) => out.push_str(text),
            (None | Some(Value::Null), "") => {
                return Err(TemplateError::NoTarget {
                    reference: reference_text(),
                    path: place(),
                });
            }
            (Some(_), "") => {
                return Err(TemplateError::TargetNotText {
                    reference: reference_text(),
                    path: place(),
                });
            }
            (Some(Value::Int(number)), _) => {
                let _ = write!(out, "{number}");
            }
            (Some(Value::Float(number)), _) => {
                let _ = write!(out, "{}", Fixed(number));
            }
            (other, _) => {
                return Err(wrong(format!(
                    "incorrect expression: operator {operator} does not match with value {}",
                    GoText(other.unwrap_or_default())
                )));
            }
        }
        Ok(())
    }

    /// The last leaf or key at `path`, anchors in keys not counted. The keys of a map stand at the
    /// path of the map.
    fn lookup(&self, path: &str) -> Option<Value<'v>> {
        let mut found = None;
        self.visit(self.document, String::new(), &mut |at, value| {
            if at == path {
                found = Some(value);
            }
        });
        found
    }

    fn visit(&self, value: Value<'v>, at: String, each: &mut impl FnMut(&str, Value<'v>)) {
        match value {
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.visit(item, format!("{at}/{index}"), each);
                }
            }
            Value::Map(map) => {
                for (key, item) in map.sorted(self.bump).iter().copied() {
                    each(&at, Value::Str(key));
                    self.visit(item, format!("{at}/{}", without_anchor(key)), each);
                }
            }
            leaf => each(&at, leaf),
        }
    }
}

/// The next reference at or after `from`, as bytes from `$` to one past `)`.
fn next(text: &str, from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut start = from;
    loop {
        start += memmem::find(bytes.get(start..)?, b"$(")?;
        let before = text.get(from..start).unwrap_or_default();
        let may_start = start == 0 || before.chars().next_back().is_some_and(|c| c != '\\');
        if may_start && let Some(end) = end_of_reference(text, start) {
            return Some((start, end));
        }
        start += 1;
    }
}

/// One character that may be a blank but no line end, then everything up to the last `)` before
/// the next blank.
fn end_of_reference(text: &str, start: usize) -> Option<usize> {
    let inside = start + 2;
    let first = text.get(inside..)?.chars().next().filter(|c| *c != '\n')?;
    let rest = inside + first.len_utf8();
    let run = text.get(rest..)?.split(' ').next()?;
    run.rfind(')').map(|close| rest + close + 1)
}

/// `\$(...)` becomes `$(...)`.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find("\\$(")) {
        let start = from + at;
        match end_of_reference(text, start + 1) {
            Some(end) => {
                out.push_str(text.get(copied..start).unwrap_or_default());
                out.push_str(text.get(start + 1..end).unwrap_or_default());
                (copied, from) = (end, end);
            }
            None => from = start + 1,
        }
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    out
}

/// A relative path starts at the leaf itself: its sibling is `./../sibling`.
fn absolute(path: &str, leaf: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    join(leaf, path)
}

/// The key inside an anchor: `^(name)` is `name`.
fn without_anchor(key: &str) -> &str {
    let trimmed = key.trim_matches(' ');
    let inner = trimmed
        .strip_prefix(['+', '<', '=', 'X', '^'])
        .unwrap_or(trimmed);
    inner
        .strip_prefix('(')
        .and_then(|inner| inner.strip_suffix(')'))
        .filter(|inner| !inner.is_empty())
        .unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::{next, unescape};

    proptest! {
        #[test]
        fn the_same_as_the_regular_expressions(text in r"[$()\\a./\n é]{0,16}") {
            let reference = Regex::new(r"^\$\(.[^ ]*\)|[^\\]\$\(.[^ ]*\)").unwrap();
            let mut expect = Vec::new();
            for found in reference.find_iter(&text) {
                let first = found.as_str().find("$(").unwrap();
                expect.push((found.start() + first, found.end()));
            }
            let mut found = Vec::new();
            let mut from = 0;
            while let Some((start, end)) = next(&text, from) {
                found.push((start, end));
                from = end;
            }
            prop_assert_eq!(found, expect);
            let escaped = Regex::new(r"\\(\$\(.[^ ]*\))").unwrap();
            prop_assert_eq!(unescape(&text), escaped.replace_all(&text, "$1"));
        }
    }
}
