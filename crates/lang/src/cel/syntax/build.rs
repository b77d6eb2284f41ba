//! Makes tree nodes: places, literals, reserved words, macro expansion.

use super::ast::{Comprehension, Expr, ExprId, ExprKind, Field, Literal, Shape};
use super::literal;
use super::macros::{self, Refusal};
use super::recover::{Mistake, span};
use super::token::{Kind, Token};
use crate::cel::library::Libraries;
use crate::value::Span;

/// Words that may become part of the language: no variable or function is called so.
const RESERVED: [&str; 21] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "package",
    "namespace",
    "null",
    "return",
    "true",
    "var",
    "void",
    "while",
];

/// The variable that a fold collects in; no text can spell it.
pub(super) const ACCUMULATOR: &str = "@result";

/// The nodes made so far, and what is wrong with them beyond their syntax.
pub(super) struct Builder<'s> {
    source: &'s str,
    pub(super) libraries: Libraries,
    pub(super) places: Vec<Span>,
    pub(super) mistakes: Vec<Mistake>,
}

impl<'s> Builder<'s> {
    pub(super) fn new(source: &'s str, libraries: Libraries) -> Self {
        Builder {
            source,
            libraries,
            places: Vec::new(),
            mistakes: Vec::new(),
        }
    }

    /// A new name for a node that stands at `place`.
    pub(super) fn place(&mut self, place: Span) -> ExprId {
        self.places.push(place);
        ExprId(self.places.len() as u32 - 1)
    }

    pub(super) fn place_of(&self, id: ExprId) -> Span {
        self.places.get(id.0 as usize).copied().unwrap_or_default()
    }

    pub(super) fn node(&mut self, place: Span, kind: ExprKind) -> Expr {
        let id = self.place(place);
        Expr { id, kind }
    }

    pub(super) fn constant(&mut self, place: Span, literal: Literal) -> Expr {
        self.node(place, ExprKind::Literal(literal))
    }

    /// A number or string literal.
    pub(super) fn literal(&mut self, place: Span, kind: Kind, text: &str, negative: bool) -> Expr {
        match literal::value(kind, text, negative) {
            Ok(literal) => self.constant(place, literal),
            Err(message) => self.refuse(place, message.to_owned()),
        }
    }

    fn refuse(&mut self, place: Span, message: String) -> Expr {
        self.mistakes.push((place, message));
        self.node(place, ExprKind::Hole)
    }

    /// A variable; `dot` is its leading dot.
    pub(super) fn name(&mut self, start: Span, place: Span, dot: &str, word: &str) -> Expr {
        if RESERVED.contains(&word) {
            return self.refuse(start, format!("reserved identifier: {word}"));
        }
        self.node(place, ExprKind::Ident(format!("{dot}{word}")))
    }

    /// An operator.
    pub(super) fn call(&mut self, place: Span, function: &str, args: Vec<Expr>) -> Expr {
        let kind = ExprKind::Call {
            target: None,
            function: function.to_owned(),
            args,
        };
        self.node(place, kind)
    }

    /// `word(args)`, or what a macro of this name makes of it.
    pub(super) fn global_call(
        &mut self,
        start: Span,
        place: Span,
        dot: &str,
        word: &str,
        args: Vec<Expr>,
    ) -> Expr {
        if RESERVED.contains(&word) {
            return self.refuse(start, format!("reserved identifier: {word}"));
        }
        self.call_or_macro(place, None, format!("{dot}{word}"), args)
    }

    /// `target.name(args)`, or what a macro of this name makes of it.
    pub(super) fn member_call(
        &mut self,
        place: Span,
        target: Expr,
        name: String,
        args: Vec<Expr>,
    ) -> Expr {
        self.call_or_macro(place, Some(target), name, args)
    }

    fn call_or_macro(
        &mut self,
        place: Span,
        target: Option<Expr>,
        function: String,
        args: Vec<Expr>,
    ) -> Expr {
        let (target, args) = match macros::expand(self, place, &function, target, args) {
            Ok(expanded) => return expanded,
            Err(Refusal::Error(at, message)) => return self.refuse(at, message),
            Err(Refusal::NoMacro(target, args)) => (target, args),
        };
        let kind = ExprKind::Call {
            target: target.map(Box::new),
            function,
            args,
        };
        self.node(place, kind)
    }

    /// `operand.name`, or `operand.?name`.
    pub(super) fn select(
        &mut self,
        dot: Span,
        operand: Expr,
        name: Option<Token>,
        optional: bool,
    ) -> Expr {
        let Some(name) = name else {
            return self.node(dot, ExprKind::Hole);
        };
        let text = self.source.get(name.start..name.end).unwrap_or_default();
        let field = self.field_name(name, text);
        if optional {
            let field = self.constant(span(name), Literal::String(field));
            return self.call(dot, "_?._", vec![operand, field]);
        }
        let kind = ExprKind::Select {
            operand: Box::new(operand),
            field,
            test_only: false,
        };
        self.node(dot, kind)
    }

    /// A field's name without its backticks.
    pub(super) fn field_name(&mut self, token: Token, text: &str) -> String {
        match token.kind {
            Kind::EscapedIdentifier => text.trim_matches('`').to_owned(),
            _ => text.to_owned(),
        }
    }

    // What macros are built from. Each node stands where the macro call stands.

    pub(super) fn ident(&mut self, place: Span, name: &str) -> Expr {
        self.node(place, ExprKind::Ident(name.to_owned()))
    }

    pub(super) fn bool(&mut self, place: Span, value: bool) -> Expr {
        self.constant(place, Literal::Bool(value))
    }

    pub(super) fn accumulator(&mut self, place: Span) -> Expr {
        self.ident(place, ACCUMULATOR)
    }

    /// `target.function(args)` without regard to macros.
    pub(super) fn plain_member_call(
        &mut self,
        place: Span,
        target: Expr,
        function: &str,
        args: Vec<Expr>,
    ) -> Expr {
        let kind = ExprKind::Call {
            target: Some(Box::new(target)),
            function: function.to_owned(),
            args,
        };
        self.node(place, kind)
    }

    pub(super) fn comprehension(&mut self, place: Span, fold: Comprehension) -> Expr {
        self.node(place, ExprKind::Comprehension(Box::new(fold)))
    }

    /// `let name = init in body`: a fold over nothing, whose accumulator is the name.
    pub(super) fn bind(&mut self, place: Span, name: &str, init: Expr, body: Expr) -> Expr {
        let fold = Comprehension {
            range: self.node(place, ExprKind::List(Vec::new())),
            first: "#unused".to_owned(),
            second: None,
            accumulator: name.to_owned(),
            init,
            condition: self.bool(place, false),
            step: self.ident(place, name),
            result: body,
            shape: Shape::Bind,
        };
        self.comprehension(place, fold)
    }

    /// A copy with nodes of its own.
    pub(super) fn copy(&mut self, expr: &Expr) -> Expr {
        let mut copy = expr.clone();
        self.rename(&mut copy);
        copy
    }

    fn rename(&mut self, expr: &mut Expr) {
        expr.id = self.place(self.place_of(expr.id));
        match &mut expr.kind {
            ExprKind::Hole | ExprKind::Literal(_) | ExprKind::Ident(_) => {}
            ExprKind::Select { operand, .. } => self.rename(operand),
            ExprKind::Call { target, args, .. } => {
                target.iter_mut().for_each(|target| self.rename(target));
                args.iter_mut().for_each(|arg| self.rename(arg));
            }
            ExprKind::List(items) => items
                .iter_mut()
                .for_each(|item| self.rename(&mut item.value)),
            ExprKind::Map(entries) => entries.iter_mut().for_each(|entry| {
                self.rename(&mut entry.key);
                self.rename(&mut entry.value);
            }),
            ExprKind::Struct { fields, .. } => fields.iter_mut().for_each(|field: &mut Field| {
                field.id = self.place(self.place_of(field.id));
                self.rename(&mut field.value);
            }),
            ExprKind::Comprehension(fold) => {
                let Comprehension {
                    range,
                    init,
                    condition,
                    step,
                    result,
                    ..
                } = fold.as_mut();
                for part in [range, init, condition, step, result] {
                    self.rename(part);
                }
            }
        }
    }
}
