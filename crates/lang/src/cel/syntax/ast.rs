//! The syntax tree: macros expanded, names not yet resolved.

use crate::value::Span;

/// Names one node of one tree; the checker's findings are kept under it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, PartialOrd, Ord)]
pub(crate) struct ExprId(pub(crate) u32);

/// A parsed expression.
#[derive(Debug)]
pub(crate) struct Ast {
    pub(crate) root: Expr,
    /// The token that stands for each node: an operator, a parenthesis, a name.
    pub(crate) places: Vec<Span>,
}

impl Ast {
    /// Where the node stands, as messages point to it.
    pub(crate) fn place(&self, id: ExprId) -> Span {
        self.places.get(id.0 as usize).copied().unwrap_or_default()
    }
}

/// One node.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub(crate) id: ExprId,
    pub(crate) kind: ExprKind,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(crate) enum ExprKind {
    /// A hole that a syntax error left.
    Hole,
    Literal(Literal),
    /// A name; it keeps its leading dot.
    Ident(String),
    /// `operand.field`, or `has(operand.field)`.
    Select {
        operand: Box<Expr>,
        field: String,
        test_only: bool,
    },
    /// `function(args)` or `target.function(args)`; operators are functions such as `_+_`.
    Call {
        target: Option<Box<Expr>>,
        function: String,
        args: Vec<Expr>,
    },
    List(Vec<Item>),
    Map(Vec<Entry>),
    /// `name{field: value}`.
    Struct {
        name: String,
        fields: Vec<Field>,
    },
    Comprehension(Box<Comprehension>),
}

/// A constant as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(String),
    Bytes(Vec<u8>),
}

/// An element of a list literal.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) value: Expr,
    /// `[?value]`: left out when it is an empty optional.
    pub(crate) optional: bool,
}

/// An entry of a map literal.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: Expr,
    pub(crate) value: Expr,
    /// `{?key: value}`: left out when the value is an empty optional.
    pub(crate) optional: bool,
}

/// A field of a struct literal.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) id: ExprId,
    pub(crate) name: String,
    pub(crate) value: Expr,
    pub(crate) optional: bool,
}

/// What a macro over a range becomes: a fold with an accumulator.
///
/// `shape` says which macro it was, so that a compiler may do better than fold.
#[derive(Clone, Debug)]
pub(crate) struct Comprehension {
    pub(crate) range: Expr,
    /// The element; or the index or key when there is `second`.
    pub(crate) first: String,
    /// The element or value of a two-variable comprehension.
    pub(crate) second: Option<String>,
    pub(crate) accumulator: String,
    pub(crate) init: Expr,
    pub(crate) condition: Expr,
    pub(crate) step: Expr,
    pub(crate) result: Expr,
    pub(crate) shape: Shape,
}

/// The macro that a [`Comprehension`] came from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Shape {
    All,
    Exists,
    ExistsOne,
    /// `map`, and `transformList`.
    Map {
        filtered: bool,
    },
    Filter,
    /// `transformMap` and `transformMapEntry`.
    MapEntries {
        filtered: bool,
    },
    /// `cel.bind`, and what is bound for the like of `optMap`: no loop, one name.
    Bind,
}

impl Expr {
    /// Calls `visit` for this node and all below it, parents first.
    pub(crate) fn each(&self, visit: &mut dyn FnMut(&Expr)) {
        visit(self);
        match &self.kind {
            ExprKind::Hole | ExprKind::Literal(_) | ExprKind::Ident(_) => {}
            ExprKind::Select { operand, .. } => operand.each(visit),
            ExprKind::Call { target, args, .. } => {
                target.iter().for_each(|target| target.each(visit));
                args.iter().for_each(|arg| arg.each(visit));
            }
            ExprKind::List(items) => items.iter().for_each(|item| item.value.each(visit)),
            ExprKind::Map(entries) => entries.iter().for_each(|entry| {
                entry.key.each(visit);
                entry.value.each(visit);
            }),
            ExprKind::Struct { fields, .. } => {
                fields.iter().for_each(|field| field.value.each(visit));
            }
            ExprKind::Comprehension(fold) => {
                for part in [
                    &fold.range,
                    &fold.init,
                    &fold.condition,
                    &fold.step,
                    &fold.result,
                ] {
                    part.each(visit);
                }
            }
        }
    }
}
