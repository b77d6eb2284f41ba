//! Variables in documents: `{{ expression }}` and `$( reference )` in any text of a JSON document.
//!
//! Comes in:  a document, and a [`Resolver`] that knows what expressions mean.
//! Goes out:  the document with its texts filled in, or a [`TemplateError`].
//! Never here: the expression language itself (see `jmespath`), where variables come from.
//!
//! ```text
//! document ──references──> $( ) replaced by other leaves of the same document
//!          ──variables───> {{ }} replaced by what the resolver answers, innermost first
//! ```
//!
//! A text that is one token keeps the type of its answer; inside a longer text the answer becomes
//! text. Answers are looked at again, so a variable may yield a variable. That could go on for
//! ever with data made for it: the number of answers and the length of a text are limited.

mod error;
mod expressions;
mod path;
mod references;
mod token;
mod variables;

use std::convert::Infallible;

use bumpalo::Bump;

use crate::value::Value;

pub use error::TemplateError;
pub use expressions::{Expression, expressions, sole};
pub use path::{Step, path_text};

/// Knows what the expressions of a document mean.
pub trait Resolver<'v> {
    /// Why an expression has no value.
    type Error;

    /// The value of `expression`, which is what stood between the braces, trimmed.
    ///
    /// # Errors
    ///
    /// Ends the substitution: the document cannot be used.
    fn resolve(&mut self, expression: &str) -> Result<Value<'v>, Self::Error>;
}

/// What the words of an expression stand for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Options {
    /// The request deletes: `request.object` means `request.oldObject` everywhere.
    pub delete: bool,
    /// There is a target: `@` is a place in `target`, not in `request.object`.
    pub target: bool,
}

/// A document that was looked through once, so that one without variables costs nothing later.
#[derive(Clone, Copy, Debug)]
pub struct Template<'p> {
    document: Value<'p>,
    found: Found,
}

#[derive(Clone, Copy, Debug, Default)]
struct Found {
    variables: bool,
    references: bool,
}

impl<'p> Template<'p> {
    /// Looks for variables and references in every text and key of `document`: one pass.
    pub fn scan(document: Value<'p>) -> Self {
        Template {
            document,
            found: Found::of(document),
        }
    }

    /// Is there nothing to substitute? Then [`Template::substitute`] returns the document itself.
    pub fn is_constant(self) -> bool {
        !self.found.variables && !self.found.references
    }

    /// The document as written.
    pub fn document(self) -> Value<'p> {
        self.document
    }

    /// The document with references and variables replaced. Parts without any are shared, not
    /// copied; everything new lives in `bump`.
    ///
    /// # Errors
    ///
    /// The first expression that cannot be resolved, with its place in the document.
    pub fn substitute<'v, E>(
        self,
        resolver: &mut dyn Resolver<'v, Error = E>,
        options: Options,
        bump: &'v Bump,
    ) -> Result<Value<'v>, TemplateError<E>>
    where
        'p: 'v,
    {
        let mut document: Value<'v> = self.document;
        if self.found.references {
            document = references::replace(document, bump)?;
        }
        if self.found.variables || self.found.references {
            document = variables::replace(document, resolver, options, bump)?;
        }
        Ok(document)
    }
}

/// [`Template::scan`] and [`Template::substitute`] in one, for a document used once.
///
/// # Errors
///
/// As [`Template::substitute`].
pub fn substitute<'v, E>(
    document: Value<'v>,
    resolver: &mut dyn Resolver<'v, Error = E>,
    options: Options,
    bump: &'v Bump,
) -> Result<Value<'v>, TemplateError<E>> {
    Template::scan(document).substitute(resolver, options, bump)
}

/// Every text of `document` with a reference that leads nowhere, or to what cannot stand in a text:
/// why, in the order of the texts. Of several such references in one text, the first.
pub fn broken_references(document: Value<'_>) -> Vec<TemplateError<Infallible>> {
    references::broken(document)
}

impl Found {
    fn of(document: Value<'_>) -> Found {
        let mut found = Found::default();
        found.look(document);
        found
    }

    fn look(&mut self, value: Value<'_>) {
        match value {
            Value::Str(text) => self.text(text),
            Value::List(list) => list.iter().for_each(|item| self.look(item)),
            Value::Map(map) => {
                for (key, item) in map {
                    self.text(key);
                    self.look(item);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        // Most texts are short and have neither: that takes less than preparing a search.
        if !text.bytes().any(|byte| matches!(byte, b'{' | b'$')) {
            return;
        }
        self.variables = self.variables || token::may_have_variables(text);
        self.references = self.references || references::may_have_references(text);
    }
}

#[cfg(test)]
mod tests;
