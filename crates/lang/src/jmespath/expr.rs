//! The program that a query runs: the tree with its chains collapsed and its calls resolved.

use super::token::TokenKind;
use crate::functions::{Function, Prepared};
use crate::value::Document;

/// One operation. `of` and `first` are evaluated before the rest, on the same value.
#[derive(Debug)]
pub(super) enum Expr {
    /// `@`, and whatever stands for "the value itself".
    Current,
    /// A constant, borrowed by whoever asks.
    Literal(Document),
    /// `of.a.b.c`: a chain of keys is one operation.
    Fields {
        of: Box<Expr>,
        keys: Box<[Box<str>]>,
    },
    /// `of[1]`; counts from the end below zero.
    Index { of: Box<Expr>, index: i64 },
    /// `of[start:stop:step]`
    Slice {
        of: Box<Expr>,
        parts: [Option<i64>; 3],
    },
    /// `of[]`
    Flatten { of: Box<Expr> },
    /// `of[*]each`
    Project { of: Box<Expr>, each: Box<Expr> },
    /// `of.*each`
    ProjectValues { of: Box<Expr>, each: Box<Expr> },
    /// `of[?condition]each`
    Filter {
        of: Box<Expr>,
        each: Box<Expr>,
        condition: Box<Expr>,
    },
    /// `first.then`, where `then` is no key.
    Then { first: Box<Expr>, then: Box<Expr> },
    /// `first | then`
    Pipe { first: Box<Expr>, then: Box<Expr> },
    /// `left == right` and its kind.
    Compare {
        operator: TokenKind,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `first || then`
    Or { first: Box<Expr>, then: Box<Expr> },
    /// `first && then`
    And { first: Box<Expr>, then: Box<Expr> },
    /// `!operand`
    Not { operand: Box<Expr> },
    /// `[a, b]`
    List(Box<[Expr]>),
    /// `{a: b}`
    Hash(Box<[(Box<str>, Expr)]>),
    /// `function(arguments)`
    Call(Box<Call>),
    /// A call of something that is no function.
    UnknownCall {
        name: Box<str>,
        arguments: Box<[Argument]>,
    },
    /// `&a` where no function takes it.
    LooseLambda,
    /// A bracket that the parser gave up on.
    Empty,
}

/// A call whose function was found.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) function: &'static Function,
    pub(super) arguments: Box<[Argument]>,
    pub(super) prepared: Prepared,
}

/// An argument of a call.
#[derive(Debug)]
pub(super) enum Argument {
    /// Evaluated before the call.
    Value(Expr),
    /// Handed to the function, which evaluates it as often as it likes.
    Lambda(Lambda),
}

/// `&expression`: an argument that a function applies to values of its choice.
#[derive(Debug)]
pub struct Lambda {
    pub(super) body: Expr,
    /// As the reference prints it in error texts.
    pub(super) shown: Box<str>,
}
