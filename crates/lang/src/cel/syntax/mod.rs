//! Text to syntax tree.
//!
//! Comes in:  the expression, and the libraries whose macros it may use.
//! Goes out:  [`Ast`], or every syntax error, worded and placed as the reference's parser does.
//! Never here: types, values, the meaning of a name.
//!
//! ```text
//! text ── lexer ──> tokens ── grammar + recover ──> build + macros ──> Ast
//! ```

pub(super) mod ast;
mod build;
mod grammar;
mod lexer;
mod literal;
mod macros;
mod recover;
#[cfg(test)]
mod tests;
mod token;

use super::issue::Issues;
use super::library::Libraries;
use ast::Ast;
use build::Builder;
use grammar::Parser;
use recover::Stream;

use crate::value::Span;

/// The longest expression, in characters.
const LONGEST: usize = 100_000;

/// Parses an expression.
///
/// # Errors
///
/// Every mistake that recovery finds; an expression that is too long or nests too deep is one.
pub(super) fn parse(source: &str, libraries: Libraries) -> Result<Ast, Issues> {
    let mut issues = Issues::new(source);
    let size = source.chars().count();
    if size > LONGEST {
        issues.add_nowhere(format!(
            "expression code point size exceeds limit: size: {size}, limit {LONGEST}"
        ));
        return Err(issues);
    }
    let (tokens, unrecognized) = lexer::tokens(source);
    let mut parser = Parser {
        stream: Stream::new(source, tokens),
        build: Builder::new(source, libraries),
    };
    let root = parser.start();
    let Parser { stream, build } = parser;
    if let Some(message) = stream.too_deep {
        issues.add_nowhere(message);
        return Err(issues);
    }
    for wrong in unrecognized {
        let text = source.get(wrong.start..wrong.end).unwrap_or_default();
        let at = Span {
            start: wrong.start,
            end: wrong.end,
        };
        let message = format!("Syntax error: token recognition error at: '{text}'");
        issues.add(at, message);
    }
    for (at, message) in stream.mistakes {
        issues.add(at, format!("Syntax error: {message}"));
    }
    for (at, message) in build.mistakes {
        issues.add(at, message);
    }
    match root {
        Ok(root) if issues.is_empty() => Ok(Ast {
            root,
            places: build.places,
        }),
        _ => Err(issues),
    }
}
