//! Tree -> program.

use super::ast::{Ast, AstKind, AstValue, Bare};
use super::expr::{Argument, Call, Expr, Lambda};
use super::token::TokenKind;
use crate::functions;

/// What to make ready beforehand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Prepare {
    /// Constant arguments.
    Constants,
    /// Nothing: the program runs once.
    Nothing,
}

/// The program of a tree. Total: whatever the parser lets through runs.
pub(super) fn compile(ast: &Ast, prepare: Prepare) -> Expr {
    let part = |index: usize| Box::new(child(ast, index, prepare));
    match (ast.kind, &ast.value) {
        (AstKind::Identity | AstKind::CurrentNode, _) => Expr::Current,
        (AstKind::Literal, AstValue::Literal(literal)) => Expr::Literal(literal.clone()),
        (AstKind::Field, AstValue::Name(name)) => Expr::Fields {
            of: Box::new(Expr::Current),
            keys: [name.clone()].into(),
        },
        (AstKind::Subexpression, _) => subexpression(*part(0), *part(1)),
        (AstKind::IndexExpression, _) => match ast.children.get(1).map(|index| &index.value) {
            Some(AstValue::Index(index)) => Expr::Index {
                of: part(0),
                index: *index,
            },
            Some(AstValue::Slice(parts)) => Expr::Slice {
                of: part(0),
                parts: *parts,
            },
            _ => Expr::Empty,
        },
        (AstKind::Flatten, _) => Expr::Flatten { of: part(0) },
        (AstKind::Projection, _) => Expr::Project {
            of: part(0),
            each: part(1),
        },
        (AstKind::ValueProjection, _) => Expr::ProjectValues {
            of: part(0),
            each: part(1),
        },
        (AstKind::FilterProjection, _) => Expr::Filter {
            of: part(0),
            each: part(1),
            condition: part(2),
        },
        (AstKind::Pipe, _) => Expr::Pipe {
            first: part(0),
            then: part(1),
        },
        (AstKind::OrExpression, _) => Expr::Or {
            first: part(0),
            then: part(1),
        },
        (AstKind::AndExpression, _) => Expr::And {
            first: part(0),
            then: part(1),
        },
        (AstKind::NotExpression, _) => Expr::Not { operand: part(0) },
        (AstKind::Comparator, value) => Expr::Compare {
            operator: match value {
                AstValue::Operator(token) => *token,
                _ => TokenKind::EQ,
            },
            left: part(0),
            right: part(1),
        },
        (AstKind::MultiSelectList, _) => Expr::List(
            ast.children
                .iter()
                .map(|item| compile(item, prepare))
                .collect(),
        ),
        (AstKind::MultiSelectHash, _) => Expr::Hash(
            ast.children
                .iter()
                .map(|pair| member(pair, prepare))
                .collect(),
        ),
        (AstKind::FunctionExpression, AstValue::Name(name)) => call(name, &ast.children, prepare),
        (AstKind::ExpRef, _) => Expr::LooseLambda,
        _ => Expr::Empty,
    }
}

/// `left.right`: keys join the chain of keys that `left` ends with.
fn subexpression(left: Expr, right: Expr) -> Expr {
    match (left, right) {
        (left, Expr::Fields { of, keys }) if matches!(*of, Expr::Current) => match left {
            Expr::Fields { of, keys: before } => Expr::Fields {
                of,
                keys: before.into_iter().chain(keys).collect(),
            },
            other => Expr::Fields {
                of: Box::new(other),
                keys,
            },
        },
        (left, right) => Expr::Then {
            first: Box::new(left),
            then: Box::new(right),
        },
    }
}

fn child(ast: &Ast, index: usize, prepare: Prepare) -> Expr {
    let child = ast.children.get(index);
    child.map_or(Expr::Current, |child| compile(child, prepare))
}

fn member(pair: &Ast, prepare: Prepare) -> (Box<str>, Expr) {
    let key = match &pair.value {
        AstValue::Name(name) => name.clone(),
        _ => Box::default(),
    };
    (key, child(pair, 0, prepare))
}

fn call(name: &str, arguments: &[Ast], prepare: Prepare) -> Expr {
    let arguments = arguments.iter().map(|ast| argument(ast, prepare));
    let arguments: Box<[Argument]> = arguments.collect();
    let Some(function) = functions::find(name) else {
        let name = name.into();
        return Expr::UnknownCall { name, arguments };
    };
    let constant = |index: usize| match arguments.get(index) {
        Some(Argument::Value(Expr::Literal(literal))) if prepare == Prepare::Constants => {
            literal.root().as_str()
        }
        _ => None,
    };
    let prepared = function.prepare(constant);
    Expr::Call(Box::new(Call {
        function,
        prepared,
        arguments,
    }))
}

fn argument(ast: &Ast, prepare: Prepare) -> Argument {
    match (ast.kind, ast.children.first()) {
        (AstKind::ExpRef, Some(body)) => Argument::Lambda(Lambda {
            body: compile(body, prepare),
            shown: format!("{{{}}}", Bare(body)).into(),
        }),
        _ => Argument::Value(compile(ast, prepare)),
    }
}
