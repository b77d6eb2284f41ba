//! Gives every node a type, every name a meaning, every call its overloads.
//!
//! Comes in:  the tree, and the declarations.
//! Goes out:  [`Checked`], or every mistake in Kubernetes' words.
//! Never here: values.

mod call;
mod literals;
mod unify;
mod walk;

use super::environment::{Environment, Variable};
use super::issue::Issues;
use super::library::{Function, Overload};
use super::syntax::ast::{Ast, Expr, ExprId};
use super::types::Type;
use unify::Mapping;

/// What the checker found, by node.
pub(super) struct Checked {
    types: Vec<Type>,
    meanings: Vec<Option<Meaning>>,
}

/// What a name or a call means.
#[derive(Clone)]
pub(super) enum Meaning {
    /// A declared variable.
    Variable(Variable),
    /// A variable of an enclosing comprehension.
    Local,
    /// The name of a type.
    Type(Type),
    /// The object behind the name of a library; the name of its type.
    Library(&'static str),
    /// A function.
    Function(Resolved),
}

/// The function of a call.
#[derive(Clone)]
pub(super) struct Resolved {
    /// The overloads that fit the types; never empty.
    pub(super) overloads: Vec<&'static Overload>,
    /// All functions of this name.
    pub(super) functions: Vec<&'static Function>,
    /// Is the target part of the function's name, as in `lists.range(3)`?
    pub(super) namespaced: bool,
}

impl Checked {
    /// The type of the node.
    pub(super) fn type_of(&self, id: ExprId) -> &Type {
        self.types.get(id.0 as usize).unwrap_or(&Type::Dyn)
    }

    /// What the node means, when it is a name or a call.
    pub(super) fn meaning(&self, id: ExprId) -> Option<&Meaning> {
        self.meanings.get(id.0 as usize)?.as_ref()
    }
}

/// Checks the tree.
///
/// # Errors
///
/// Every mistake, each at its node.
pub(super) fn check(source: &str, ast: &Ast, env: &Environment) -> Result<Checked, Issues> {
    let nodes = ast.places.len();
    let mut checker = Checker {
        env,
        ast,
        issues: Issues::new(source),
        mapping: Mapping::default(),
        types: vec![Type::Error; nodes],
        meanings: vec![None; nodes],
        locals: Vec::new(),
    };
    checker.expr(&ast.root);
    let Checker {
        mapping,
        types,
        meanings,
        mut issues,
        ..
    } = checker;
    let types = types.iter().map(|ty| mapping.substitute(ty, true));
    let checked = Checked {
        types: types.collect(),
        meanings,
    };
    if issues.is_empty() {
        literals::check(ast, &checked, env, &mut issues);
    }
    if issues.is_empty() {
        Ok(checked)
    } else {
        Err(issues)
    }
}

struct Checker<'a> {
    env: &'a Environment,
    ast: &'a Ast,
    issues: Issues,
    mapping: Mapping,
    types: Vec<Type>,
    meanings: Vec<Option<Meaning>>,
    /// The variables of the enclosing comprehensions, innermost last.
    locals: Vec<(String, Type)>,
}

impl Checker<'_> {
    fn complain(&mut self, id: ExprId, message: impl Into<String>) {
        self.issues.add(self.ast.place(id), message);
    }

    fn set_type(&mut self, id: ExprId, ty: Type) {
        if let Some(slot) = self.types.get_mut(id.0 as usize) {
            *slot = ty;
        }
    }

    fn type_of(&self, expr: &Expr) -> Type {
        let found = self.types.get(expr.id.0 as usize);
        found.cloned().unwrap_or(Type::Error)
    }

    fn set_meaning(&mut self, id: ExprId, meaning: Meaning) {
        if let Some(slot) = self.meanings.get_mut(id.0 as usize) {
            *slot = Some(meaning);
        }
    }

    fn mismatch(&mut self, id: ExprId, wanted: &Type, found: &Type) {
        self.complain(id, format!("expected type '{wanted}' but found '{found}'"));
    }

    fn undeclared(&mut self, id: ExprId, name: &str) {
        self.set_type(id, Type::Error);
        self.complain(
            id,
            format!("undeclared reference to '{name}' (in container '')"),
        );
    }
}
