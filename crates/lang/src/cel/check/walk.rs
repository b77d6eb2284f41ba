//! One step for each kind of node.

use super::unify::most_general;
use super::{Checker, Meaning};
use crate::cel::library;
use crate::cel::syntax::ast::{Comprehension, Entry, Expr, ExprId, ExprKind, Field, Item, Literal};
use crate::cel::types::Type;

impl Checker<'_> {
    pub(super) fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Hole => {}
            ExprKind::Literal(literal) => self.set_type(expr.id, type_of_literal(literal)),
            ExprKind::Ident(name) => self.ident(expr.id, name),
            ExprKind::Select {
                operand,
                field,
                test_only,
            } => self.select(expr, operand, field, *test_only),
            ExprKind::Call {
                target,
                function,
                args,
            } => self.call(expr.id, target.as_deref(), function, args),
            ExprKind::List(items) => self.list(expr.id, items),
            ExprKind::Map(entries) => self.map(expr.id, entries),
            ExprKind::Struct { name, fields } => self.structure(expr.id, name, fields),
            ExprKind::Comprehension(fold) => self.comprehension(expr.id, fold),
        }
    }

    fn ident(&mut self, id: ExprId, name: &str) {
        if let Some((_, ty)) = self.locals.iter().rev().find(|(local, _)| local == name) {
            let ty = ty.clone();
            self.set_type(id, ty);
            self.set_meaning(id, Meaning::Local);
        } else if !self.global(id, name) {
            self.undeclared(id, name);
        }
    }

    /// Is this the name of a declared variable, a library or a type? A leading dot says that it
    /// must be one of them.
    fn global(&mut self, id: ExprId, name: &str) -> bool {
        let name = name.strip_prefix('.').unwrap_or(name);
        if let Some((variable, ty)) = self.env.variable(name) {
            self.set_type(id, ty.clone());
            self.set_meaning(id, Meaning::Variable(variable));
        } else if let Some(object) = library::object(name, self.env.libraries) {
            self.set_type(id, Type::Opaque(object.into()));
            self.set_meaning(id, Meaning::Library(object));
        } else if let Some(ty) = self.env.type_named(name) {
            self.set_type(id, Type::type_of(ty.clone()));
            self.set_meaning(id, Meaning::Type(ty));
        } else {
            return false;
        }
        true
    }

    fn select(&mut self, expr: &Expr, operand: &Expr, field: &str, test_only: bool) {
        if let Some(name) = qualified_name(expr)
            && self.global(expr.id, &name)
        {
            return;
        }
        let mut ty = self.field(expr.id, operand, field, false);
        if test_only {
            ty = Type::Bool;
        }
        let ty = self.mapping.substitute(&ty, false);
        self.set_type(expr.id, ty);
    }

    /// The type of a field of `operand`, which is checked here.
    pub(super) fn field(
        &mut self,
        id: ExprId,
        operand: &Expr,
        field: &str,
        optional: bool,
    ) -> Type {
        self.expr(operand);
        let of = self.mapping.substitute(&self.type_of(operand), false);
        let (of, was_optional) = match &of {
            Type::Optional(inner) => (inner.as_ref().clone(), true),
            _ => (of, false),
        };
        let ty = match &of {
            Type::Map(_, value) => value.as_ref().clone(),
            Type::Struct(name) => self.env.field(name, field).unwrap_or_else(|| {
                self.complain(id, format!("undefined field '{field}'"));
                Type::Error
            }),
            Type::Var(_) => {
                // Without this the variable could later be bound to something without fields.
                self.mapping.assignable(&Type::Dyn, &of);
                Type::Dyn
            }
            Type::Dyn | Type::Error => Type::Dyn,
            _ => {
                let message = format!("type '{of}' does not support field selection");
                self.complain(id, message);
                Type::Dyn
            }
        };
        if was_optional || optional {
            Type::optional_of(ty)
        } else {
            ty
        }
    }

    fn list(&mut self, id: ExprId, items: &[Item]) {
        let mut common = None;
        for item in items {
            self.expr(&item.value);
            let ty = self.unwrapped(&item.value, item.optional);
            common = Some(self.join(item.value.id, common, ty));
        }
        let of = common.unwrap_or_else(|| self.mapping.fresh());
        self.set_type(id, Type::list_of(of));
    }

    fn map(&mut self, id: ExprId, entries: &[Entry]) {
        let (mut keys, mut values) = (None, None);
        for entry in entries {
            self.expr(&entry.key);
            let key = self.type_of(&entry.key);
            keys = Some(self.join(entry.key.id, keys, key));
            self.expr(&entry.value);
            let value = self.unwrapped(&entry.value, entry.optional);
            values = Some(self.join(entry.value.id, values, value));
        }
        let key = keys.unwrap_or_else(|| self.mapping.fresh());
        let value = values.unwrap_or_else(|| self.mapping.fresh());
        self.set_type(id, Type::map_of(key, value));
    }

    /// The type of a value; of an optional's value where `optional` says that it is one.
    fn unwrapped(&mut self, value: &Expr, optional: bool) -> Type {
        let ty = self.type_of(value);
        if !optional {
            return ty;
        }
        match self.mapping.substitute(&ty, false) {
            Type::Optional(of) => of.as_ref().clone(),
            Type::Dyn => Type::Dyn,
            other => {
                self.mismatch(value.id, &Type::optional_of(other.clone()), &other);
                other
            }
        }
    }

    /// The type of a list's elements so far, with one more.
    fn join(&mut self, id: ExprId, so_far: Option<Type>, ty: Type) -> Type {
        let Some(so_far) = so_far else {
            return ty;
        };
        if self.mapping.assignable(&so_far, &ty) {
            return most_general(so_far, ty);
        }
        // Whether literals may mix types is asked later, of those that nothing else is wrong with.
        let _ = id;
        Type::Dyn
    }

    fn structure(&mut self, id: ExprId, written: &str, fields: &[Field]) {
        let name = written.strip_prefix('.').unwrap_or(written);
        let wrapped = Type::wrapped_by(name);
        let Some(ty) = wrapped.clone().or_else(|| self.env.type_named(name)) else {
            self.undeclared(id, written);
            return;
        };
        if wrapped.is_none() && !matches!(ty, Type::Struct(_)) {
            self.set_type(id, Type::Error);
            self.complain(id, format!("'{ty}' is not a message type"));
            return;
        }
        self.set_type(id, ty);
        for field in fields {
            self.expr(&field.value);
            let value = self.unwrapped(&field.value, field.optional);
            let declared = match &wrapped {
                Some(ty) => (field.name == "value").then(|| ty.clone()),
                None => self.env.field(name, &field.name),
            };
            match declared {
                None => self.complain(field.id, format!("undefined field '{}'", field.name)),
                Some(wanted) if self.mapping.assignable(&wanted, &value) => {}
                Some(wanted) => {
                    let value = self.mapping.substitute(&value, true);
                    let name = &field.name;
                    let message = format!(
                        "expected type of field '{name}' is '{wanted}' but provided type is \
                         '{value}'"
                    );
                    self.complain(field.id, message);
                }
            }
        }
    }

    fn comprehension(&mut self, id: ExprId, fold: &Comprehension) {
        self.expr(&fold.range);
        self.expr(&fold.init);
        let range = self.mapping.substitute(&self.type_of(&fold.range), false);
        let accumulator = self.type_of(&fold.init);
        let outer = self.locals.len();
        self.locals
            .push((fold.accumulator.clone(), accumulator.clone()));
        let two = fold.second.is_some();
        let (first, second) = match &range {
            Type::List(of) if two => (Type::Int, of.as_ref().clone()),
            Type::List(of) => (of.as_ref().clone(), Type::Dyn),
            Type::Map(key, value) => (key.as_ref().clone(), value.as_ref().clone()),
            Type::Dyn | Type::Error => (Type::Dyn, Type::Dyn),
            Type::Var(_) => {
                self.mapping.assignable(&Type::Dyn, &range);
                (Type::Dyn, Type::Dyn)
            }
            _ => {
                let message = format!(
                    "expression of type '{range}' cannot be range of a comprehension (must be \
                     list, map, or dynamic)"
                );
                self.complain(fold.range.id, message);
                (Type::Error, Type::Error)
            }
        };
        self.locals.push((fold.first.clone(), first));
        if let Some(name) = &fold.second {
            self.locals.push((name.clone(), second));
        }
        self.expr(&fold.condition);
        self.must_be(&fold.condition, &Type::Bool);
        self.expr(&fold.step);
        self.must_be(&fold.step, &accumulator);
        self.locals.truncate(outer + 1);
        self.expr(&fold.result);
        self.locals.truncate(outer);
        let ty = self.mapping.substitute(&self.type_of(&fold.result), false);
        self.set_type(id, ty);
    }

    fn must_be(&mut self, expr: &Expr, wanted: &Type) {
        let found = self.type_of(expr);
        if !self.mapping.assignable(wanted, &found) {
            self.mismatch(expr.id, wanted, &found);
        }
    }
}

fn type_of_literal(literal: &Literal) -> Type {
    match literal {
        Literal::Null => Type::Null,
        Literal::Bool(_) => Type::Bool,
        Literal::Int(_) => Type::Int,
        Literal::Uint(_) => Type::Uint,
        Literal::Double(_) => Type::Double,
        Literal::String(_) => Type::String,
        Literal::Bytes(_) => Type::Bytes,
    }
}

/// `a.b.c`, when the node is a chain of plain names.
pub(super) fn qualified_name(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Ident(name) => Some(name.clone()),
        ExprKind::Select {
            operand,
            field,
            test_only: false,
        } => Some(format!("{}.{field}", qualified_name(operand)?)),
        _ => None,
    }
}
