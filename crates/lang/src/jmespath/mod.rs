//! JMESPath in Kyverno's dialect: text -> tokens -> tree -> program -> value.
//!
//! Comes in:  expression text; a document and an [`Env`] to ask it of.
//! Goes out:  [`Query`], parsed once and asked often; a [`Value`] that points into the document,
//!            into the query, or into the evaluation's own memory.
//! Never here: variables and their `{{ }}` (see `template`), clocks, sockets.
//!
//! ```text
//! text ─lexer─> tokens ─parser─> Ast ─compile─> Expr ─eval─> Value
//!                                 └─> `jp parse`      └─calls─> `functions`
//! ```
//!
//! What is Kyverno's own: a map that lacks a key is an error ([`QueryError::NotFound`]) until an
//! operator reads over it, numbers that functions count out are no numbers to comparisons, and
//! about sixty functions. `eval` says which operator reads over what.

mod ast;
mod compile;
mod env;
mod error;
mod eval;
mod expr;
mod lexer;
mod parser;
mod sight;
mod token;

pub use ast::{Ast, AstKind, AstValue};
pub use env::Env;
pub use error::{Fault, QueryError, Stop, SyntaxError};
pub(crate) use eval::{equal, or_null};
pub use expr::Lambda;
pub use token::TokenKind;

use crate::value::Value;
use compile::Prepare;

/// An expression, ready to be asked. Owned, immutable, shared between threads.
#[derive(Debug)]
pub struct Query {
    text: Box<str>,
    root: expr::Expr,
}

impl Query {
    /// Reads an expression. Functions are looked up and constant arguments (regular expressions,
    /// version ranges, wildcards) made ready here, so that asking does neither.
    ///
    /// An unknown function or a wrong number of arguments is no error yet: it is one when the
    /// call is reached.
    ///
    /// # Errors
    ///
    /// Where the text is no expression, or nests too deep.
    pub fn parse(text: &str) -> Result<Query, SyntaxError> {
        let root = compile::compile(&parser::parse(text)?, Prepare::Constants);
        let text = text.into();
        Ok(Query { text, root })
    }

    /// Reads an expression that is asked once: one whose text was put together while evaluating.
    /// No argument is made ready, so that what a stranger's text costs is paid from the budget of
    /// the evaluation.
    ///
    /// # Errors
    ///
    /// As [`Query::parse`].
    pub fn parse_once(text: &str) -> Result<Query, SyntaxError> {
        let root = compile::compile(&parser::parse(text)?, Prepare::Nothing);
        let text = text.into();
        Ok(Query { text, root })
    }

    /// The expression as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The value of the expression on `root`.
    ///
    /// Nothing of `root` is copied; what the expression creates lies in the bump of `env`.
    ///
    /// # Errors
    ///
    /// See [`QueryError`]; the texts are the reference's.
    pub fn search<'v>(&'v self, root: Value<'v>, env: &Env<'v>) -> Result<Value<'v>, QueryError> {
        self.ask(root, env).map_err(QueryError::from)
    }

    /// [`Query::search`] for callers that do not show the text of a fault: a missing key costs no
    /// allocation.
    ///
    /// # Errors
    ///
    /// As [`Query::search`].
    pub fn ask<'v>(&'v self, root: Value<'v>, env: &Env<'v>) -> Result<Value<'v>, Fault<'v>> {
        let value = self.find(root, env)?;
        // Whoever gets it will print or copy it.
        env.spend_walk(value)?;
        Ok(value)
    }

    /// [`Query::ask`] for callers that neither print nor copy the value, which is then not paid for.
    ///
    /// # Errors
    ///
    /// As [`Query::search`].
    pub fn find<'v>(&'v self, root: Value<'v>, env: &Env<'v>) -> Result<Value<'v>, Fault<'v>> {
        eval::eval(&self.root, root, env)
    }
}

/// The tree of an expression, to look at.
///
/// # Errors
///
/// Where the text is no expression, or nests too deep.
pub fn parse_tree(text: &str) -> Result<Ast, SyntaxError> {
    parser::parse(text)
}

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;
