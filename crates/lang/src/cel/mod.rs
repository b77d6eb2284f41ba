//! The Common Expression Language, as Kubernetes and Kyverno policies write it.
//!
//! Comes in:  an expression, and an [`Environment`] that says what it may name.
//! Goes out:  a [`Program`], or errors in Kubernetes' words; from a program, values.
//! Never here: policies, Kubernetes clients, clocks, sockets. What an expression needs of them is
//!            a question to [`Outside`](library::Outside).
//!
//! ```text
//! text ── syntax ──> tree ── check ──> types, meanings ── compile ──> Program ── eval ──> Val
//!                     │                   │                              │
//!              macros expanded     overloads chosen         names are numbers, constants
//!                                                           folded, patterns compiled
//! ```
//!
//! The values are views of the resource as it lies in memory: nothing is converted before an
//! expression runs, and what an expression does not make it does not allocate.

pub mod bundle;
mod check;
mod environment;
pub mod envoy;
mod error;
mod eval;
pub mod issue;
pub mod kubernetes;
pub mod library;
mod program;
mod syntax;
#[cfg(test)]
mod tests;
pub mod types;
pub mod val;

pub use environment::{Environment, Variable};
pub use error::CompileError;
pub use eval::{COST_LIMIT, Evaluation, Inputs};
pub use program::Program;

use library::Libraries;
use syntax::ast::ExprKind;

/// Does an expression speak of `name`, as a variable or a library object? Not where it cannot be parsed.
///
/// Names that the expression binds itself are not told apart.
pub fn names(source: &str, name: &str) -> bool {
    let libraries = Libraries::KUBERNETES.and(Libraries::KYVERNO);
    let Ok(ast) = syntax::parse(source, libraries) else {
        return false;
    };
    let mut found = false;
    ast.root.each(&mut |part| {
        let own = matches!(&part.kind, ExprKind::Ident(own) if own.trim_start_matches('.') == name);
        found |= own;
    });
    found
}

impl Environment {
    /// Compiles an expression.
    ///
    /// Cost: some tens of microseconds for an ordinary expression; compile once, evaluate often.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the expression.
    pub fn compile(&self, source: &str) -> Result<Program, CompileError> {
        let ast = syntax::parse(source, self.libraries).map_err(CompileError::Issues)?;
        let checked = check::check(source, &ast, self).map_err(CompileError::Issues)?;
        program::compile(&ast, &checked, self).map_err(CompileError::Constant)
    }
}
