//! The tree that the grammar yields, node for node the reference's, so that it prints alike.
//!
//! `compile` turns it into something quicker; this shape is kept for what shows it: `jp parse`,
//! and error texts that contain an `&expression`.

use std::fmt::{self, Display, Formatter};

use super::token::TokenKind;
use crate::scalar::quoted::Quoted;
use crate::value::{Document, GoSyntax, GoText, Span};

/// What a node is. The order is the reference's: a printed `&expression` shows the number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the names are the grammar's own")]
pub enum AstKind {
    Empty,
    Comparator,
    CurrentNode,
    ExpRef,
    FunctionExpression,
    Field,
    FilterProjection,
    Flatten,
    Identity,
    Index,
    IndexExpression,
    KeyValPair,
    Literal,
    MultiSelectHash,
    MultiSelectList,
    OrExpression,
    AndExpression,
    NotExpression,
    Pipe,
    Projection,
    Subexpression,
    Slice,
    ValueProjection,
}

/// What a node holds beside its children.
#[derive(Clone, Debug)]
pub enum AstValue {
    /// Nothing.
    None,
    /// A field, a function, a key.
    Name(Box<str>),
    /// An index.
    Index(i64),
    /// Start, stop and step.
    Slice([Option<i64>; 3]),
    /// A comparison.
    Operator(TokenKind),
    /// A literal.
    Literal(Document),
}

/// A node of the tree.
#[derive(Clone, Debug)]
pub struct Ast {
    /// What it is.
    pub kind: AstKind,
    /// What it holds.
    pub value: AstValue,
    /// Its parts, in the order in which they are printed.
    pub children: Vec<Ast>,
    /// The token that made it, in bytes of the expression.
    pub span: Span,
    /// How many levels it has, itself included.
    pub(super) height: u16,
}

impl Ast {
    pub(super) fn new(kind: AstKind, value: AstValue, children: Vec<Ast>, span: Span) -> Self {
        let below = children.iter().map(|child| child.height).max();
        Ast {
            kind,
            value,
            children,
            span,
            height: below.unwrap_or_default().saturating_add(1),
        }
    }

    /// This node and all below it.
    pub fn walk(&self, visit: &mut impl FnMut(&Ast)) {
        visit(self);
        self.children.iter().for_each(|child| child.walk(visit));
    }

    fn print(&self, f: &mut Formatter<'_>, indent: usize) -> fmt::Result {
        writeln!(f, "{:indent$}AST{:?} {{", "", self.kind)?;
        let inner = indent + 2;
        match &self.value {
            AstValue::None => {}
            AstValue::Name(name) => writeln!(f, "{:inner$}value: {}", "", Quoted(name))?,
            AstValue::Index(index) => writeln!(f, "{:inner$}value: {index}", "")?,
            AstValue::Operator(token) => writeln!(f, "{:inner$}value: {token}", "")?,
            AstValue::Slice(parts) => {
                let [start, stop, step] =
                    parts.map(|part| part.map_or("nil".to_owned(), |n| n.to_string()));
                writeln!(f, "{:inner$}value: []*int{{{start}, {stop}, {step}}}", "")?;
            }
            AstValue::Literal(literal) if literal.root().is_null() => {}
            AstValue::Literal(literal) => {
                writeln!(f, "{:inner$}value: {}", "", GoSyntax(literal.root()))?;
            }
        }
        if !self.children.is_empty() {
            // The reference opens this brace and never closes it.
            writeln!(f, "{:inner$}children: {{", "")?;
            for child in &self.children {
                child.print(f, inner + 2)?;
            }
        }
        writeln!(f, "{:indent$}}}", "")
    }
}

/// The tree as `jp parse` prints it.
impl Display for Ast {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.print(f, 0)
    }
}

/// A node as Go's `%v` prints it: `{5 a []}`.
pub(super) struct Bare<'a>(pub(super) &'a Ast);

impl Display for Bare<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{{{} ", self.0.kind as u8)?;
        match &self.0.value {
            AstValue::None => f.write_str("<nil>")?,
            AstValue::Name(name) => f.write_str(name)?,
            AstValue::Index(index) => index.fmt(f)?,
            AstValue::Operator(token) => (*token as u8).fmt(f)?,
            // The reference prints addresses here.
            AstValue::Slice(parts) => {
                let [start, stop, step] =
                    parts.map(|part| part.map_or("<nil>".to_owned(), |n| n.to_string()));
                write!(f, "[{start} {stop} {step}]")?;
            }
            AstValue::Literal(literal) => GoText(literal.root()).fmt(f)?,
        }
        f.write_str(" [")?;
        for (index, child) in self.0.children.iter().enumerate() {
            let gap = if index == 0 { "" } else { " " };
            write!(f, "{gap}{}", Bare(child))?;
        }
        f.write_str("]}")
    }
}
