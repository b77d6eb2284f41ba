//! The second pass: every `{{ expression }}` becomes what the resolver answers.

use std::borrow::Cow;

use bumpalo::Bump;
use bumpalo::collections::Vec as BumpVec;

use super::error::Limit;
use super::path::{Path, Step};
use super::token::{self, Token};
use super::{Options, Resolver, TemplateError};
use crate::value::{JsonStyle, List, Map, Value, object, write_json};

/// How many expressions one document may resolve, nested and repeated ones counted.
const MAX_EXPRESSIONS: usize = 10_000;

/// How long one text may become: more than any object that an API server accepts.
const MAX_BYTES: usize = 8 << 20;

/// How deep in a document answers that are lists or maps are still looked through.
const MAX_DEPTH: usize = 128;

/// How answers that are no text stand inside a longer text.
const EMBEDDED: JsonStyle = JsonStyle {
    indent: None,
    escape_html: true,
    pad_exponents: true,
};

/// Replaces the variables of `document`. What has none is shared with it.
pub(super) fn replace<'v, E>(
    document: Value<'v>,
    resolver: &mut dyn Resolver<'v, Error = E>,
    options: Options,
    bump: &'v Bump,
) -> Result<Value<'v>, TemplateError<E>> {
    let mut pass = Pass {
        resolver,
        options,
        bump,
        expressions: 0,
    };
    let changed = pass.value(document, &Path::ROOT)?;
    Ok(changed.unwrap_or(document))
}

struct Pass<'r, 'v, E> {
    resolver: &'r mut dyn Resolver<'v, Error = E>,
    options: Options,
    bump: &'v Bump,
    expressions: usize,
}

/// `None`: nothing to replace here.
type Changed<'v, E> = Result<Option<Value<'v>>, TemplateError<E>>;

impl<'v, E> Pass<'_, 'v, E> {
    fn value(&mut self, value: Value<'v>, path: &Path<'_>) -> Changed<'v, E> {
        match value {
            Value::Str(text) => self.leaf(text, path),
            Value::List(items) => self.list(items, path),
            Value::Map(entries) => self.map(entries, path),
            _ => Ok(None),
        }
    }

    /// A text that is not a key. An answer that is a list or a map is looked through as if it had
    /// stood in the document; one that is a text is not.
    fn leaf(&mut self, text: &'v str, path: &Path<'_>) -> Changed<'v, E> {
        match self.text(text, path)? {
            Some(Answer::Looked(value))
                if value.as_list().is_some() || value.as_map().is_some() =>
            {
                check(path.depth() < MAX_DEPTH, path, Limit::Depth(MAX_DEPTH))?;
                Ok(Some(self.value(value, path)?.unwrap_or(value)))
            }
            Some(Answer::Looked(value) | Answer::Final(value)) => Ok(Some(value)),
            None => Ok(None),
        }
    }

    fn list(&mut self, items: List<'v>, path: &Path<'_>) -> Changed<'v, E> {
        let mut made: Option<BumpVec<'v, Value<'v>>> = None;
        for (index, item) in items.iter().enumerate() {
            let changed = self.value(item, &path.then(Step::Index(index)))?;
            if changed.is_some() && made.is_none() {
                let mut before = BumpVec::with_capacity_in(items.len(), self.bump);
                before.extend(items.iter().take(index));
                made = Some(before);
            }
            if let Some(made) = &mut made {
                made.push(changed.unwrap_or(item));
            }
        }
        Ok(made.map(|made| Value::List(List::from_slice(made.into_bump_slice()))))
    }

    /// Entries by sorted key, so that the first error is always the same one.
    fn map(&mut self, map: Map<'v>, path: &Path<'_>) -> Changed<'v, E> {
        let entries = map.sorted(self.bump);
        let mut made: Option<BumpVec<'v, (&'v str, Value<'v>)>> = None;
        for (index, (key, item)) in entries.iter().copied().enumerate() {
            let new_key = self.key(key, path)?;
            let changed = self.value(item, &path.then(Step::Key(key)))?;
            if (new_key.is_some() || changed.is_some()) && made.is_none() {
                let mut before = BumpVec::with_capacity_in(entries.len(), self.bump);
                before.extend(entries.iter().take(index).copied());
                made = Some(before);
            }
            if let Some(made) = &mut made {
                made.push((new_key.unwrap_or(key), changed.unwrap_or(item)));
            }
        }
        Ok(made.map(|made| object(self.bump, made)))
    }

    fn key(&mut self, key: &'v str, path: &Path<'_>) -> Result<Option<&'v str>, TemplateError<E>> {
        let Some(Answer::Looked(value) | Answer::Final(value)) = self.text(key, path)? else {
            return Ok(None);
        };
        let key = || key.to_owned();
        let text = value.as_str();
        text.map(Some)
            .ok_or_else(|| TemplateError::KeyNotText { key: key() })
    }

    /// Replaces tokens until none is left, innermost first; then `\{{` becomes `{{`.
    fn text(
        &mut self,
        text: &'v str,
        path: &Path<'_>,
    ) -> Result<Option<Answer<'v>>, TemplateError<E>> {
        if !token::may_have_variables(text) {
            return Ok(None);
        }
        let mut current = Cow::Borrowed(text);
        loop {
            let mut replaced = String::new();
            let mut copied = 0;
            let mut shallow = false;
            for token in token::tokens(&current) {
                let (value, is_final) = self.answer(token, path)?;
                if token.is_all_of(&current) {
                    return Ok(Some(if is_final || value.as_str().is_some() {
                        Answer::Final(value)
                    } else {
                        Answer::Looked(value)
                    }));
                }
                shallow |= is_final;
                replaced.push_str(current.get(copied..token.start).unwrap_or_default());
                copied = token.end;
                match value {
                    Value::Str(text) => replaced.push_str(text),
                    other => write_json(&mut replaced, other, EMBEDDED),
                }
                check(replaced.len() <= MAX_BYTES, path, Limit::Bytes(MAX_BYTES))?;
            }
            if copied == 0 {
                break;
            }
            replaced.push_str(current.get(copied..).unwrap_or_default());
            if shallow {
                return Ok(Some(Answer::Final(self.keep(&replaced))));
            }
            current = Cow::Owned(replaced);
        }
        if matches!(current, Cow::Borrowed(_)) && !current.contains("\\{{") {
            return Ok(None);
        }
        Ok(Some(Answer::Final(self.keep(&token::unescape(&current)))))
    }

    fn answer(
        &mut self,
        token: Token<'_>,
        path: &Path<'_>,
    ) -> Result<(Value<'v>, bool), TemplateError<E>> {
        self.expressions += 1;
        let limit = Limit::Expressions(MAX_EXPRESSIONS);
        check(self.expressions <= MAX_EXPRESSIONS, path, limit)?;
        let (expression, is_final) = token.expression();
        let expression = meant(expression, self.options, path);
        match self.resolver.resolve(&expression) {
            Ok(value) => Ok((value, is_final)),
            Err(cause) => Err(TemplateError::Resolve {
                expression: expression.into_owned(),
                path: path.text(),
                cause,
            }),
        }
    }

    fn keep(&self, text: &str) -> Value<'v> {
        Value::Str(self.bump.alloc_str(text))
    }
}

/// What became of a text.
enum Answer<'v> {
    /// Not to be looked at again.
    Final(Value<'v>),
    /// The answer to an expression that was the whole text.
    Looked(Value<'v>),
}

/// The expression that is asked for where `expression` is written.
pub(super) fn meant<'t>(
    expression: Cow<'t, str>,
    options: Options,
    path: &Path<'_>,
) -> Cow<'t, str> {
    let expression = match &*expression {
        "@" if options.target => Cow::Owned(path.location("target")),
        "@" => Cow::Owned(path.location("request.object")),
        _ => expression,
    };
    if options.delete && expression.contains("request.object") {
        Cow::Owned(expression.replace("request.object", "request.oldObject"))
    } else {
        expression
    }
}

fn check<E>(holds: bool, path: &Path<'_>, limit: Limit) -> Result<(), TemplateError<E>> {
    if holds {
        return Ok(());
    }
    Err(TemplateError::Endless {
        path: path.text(),
        limit,
    })
}
