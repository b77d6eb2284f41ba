//! Calls: which overloads fit the arguments, and what the call then yields.

use super::walk::qualified_name;
use super::{Checker, Meaning, Resolved};
use crate::cel::library::{self, Function, Overload};
use crate::cel::syntax::ast::{Expr, ExprId, ExprKind, Literal};
use crate::cel::types::Type;

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        id: ExprId,
        target: Option<&Expr>,
        function: &str,
        args: &[Expr],
    ) {
        if function == "_?._" {
            return self.optional_select(id, args);
        }
        for arg in args {
            self.expr(arg);
        }
        let Some(target) = target else {
            let name = function.strip_prefix('.').unwrap_or(function);
            match library::find(name, self.env.libraries) {
                found if found.is_empty() => self.undeclared(id, function),
                found => self.resolve(id, name, found, None, args, false),
            }
            return;
        };
        // `a.b.c(...)` is the function `a.b.c`, or else `c` called on `a.b`.
        if let Some(prefix) = qualified_name(target) {
            let name = format!("{prefix}.{function}");
            let name = name.trim_start_matches('.');
            let found = library::find(name, self.env.libraries);
            if !found.is_empty() {
                return self.resolve(id, name, found, None, args, true);
            }
        }
        self.expr(target);
        match library::find(function, self.env.libraries) {
            found if found.is_empty() => self.undeclared(id, function),
            found => self.resolve(id, function, found, Some(target), args, false),
        }
    }

    /// `operand.?field`
    fn optional_select(&mut self, id: ExprId, args: &[Expr]) {
        let [operand, field] = args else {
            return;
        };
        if let ExprKind::Literal(Literal::String(name)) = &field.kind {
            let ty = self.field(id, operand, name, true);
            let ty = self.mapping.substitute(&ty, false);
            self.set_type(id, ty);
        }
    }

    fn resolve(
        &mut self,
        id: ExprId,
        name: &str,
        functions: Vec<&'static Function>,
        target: Option<&Expr>,
        args: &[Expr],
        namespaced: bool,
    ) {
        let types: Vec<Type> = target
            .into_iter()
            .chain(args)
            .map(|arg| self.type_of(arg))
            .collect();
        if matches!(name, "_&&_" | "_||_") {
            for (arg, ty) in args.iter().zip(&types) {
                if !self.mapping.assignable(ty, &Type::Bool) {
                    let ty = self.mapping.substitute(ty, true);
                    self.mismatch(arg.id, &Type::Bool, &ty);
                    return self.set_type(id, Type::Error);
                }
            }
        }
        let mut result = None;
        let mut fitting = Vec::new();
        let overloads = functions.iter().flat_map(|function| function.overloads);
        for overload in overloads.filter(|overload| overload.member == target.is_some()) {
            let (params, yields) = self.instantiate(overload);
            if !self.mapping.all_assignable(&types, &params) {
                continue;
            }
            fitting.push(overload);
            let yields = self.mapping.substitute(&yields, false);
            result = Some(match result {
                None => yields,
                Some(Type::Dyn) => Type::Dyn,
                Some(same) if same == yields => same,
                Some(_) => Type::Dyn,
            });
        }
        let Some(result) = result else {
            let types = types.iter().map(|ty| self.mapping.substitute(ty, true));
            let applied = signature(&types.collect::<Vec<_>>(), target.is_some());
            self.set_type(id, Type::Error);
            let message = format!("found no matching overload for '{name}' applied to '{applied}'");
            return self.complain(id, message);
        };
        self.set_type(id, result);
        let resolved = Resolved {
            overloads: fitting,
            functions,
            namespaced,
        };
        self.set_meaning(id, Meaning::Function(resolved));
    }

    /// The overload's types with a fresh variable for each of its parameters of any type.
    fn instantiate(&mut self, overload: &Overload) -> (Vec<Type>, Type) {
        let mut names = Vec::new();
        let params = overload.params.iter().map(|ty| Type::from(*ty));
        let params: Vec<_> = params.map(|ty| self.open(&ty, &mut names)).collect();
        let result = self.open(&Type::from(overload.result), &mut names);
        (params, result)
    }

    fn open(&mut self, ty: &Type, names: &mut Vec<(&'static str, Type)>) -> Type {
        match ty {
            Type::Param(name) => {
                if let Some((_, var)) = names.iter().find(|(known, _)| known == name) {
                    return var.clone();
                }
                let var = self.mapping.fresh();
                names.push((name, var.clone()));
                var
            }
            Type::List(of) => Type::list_of(self.open(of, names)),
            Type::Optional(of) => Type::optional_of(self.open(of, names)),
            Type::Type(of) => Type::type_of(self.open(of, names)),
            Type::Map(key, of) => Type::map_of(self.open(key, names), self.open(of, names)),
            _ => ty.clone(),
        }
    }
}

/// `(int, string)`, or `string.(int)` for a call on a target.
fn signature(types: &[Type], member: bool) -> String {
    let join = |types: &[Type]| {
        let names: Vec<_> = types.iter().map(Type::to_string).collect();
        names.join(", ")
    };
    match types.split_first() {
        Some((target, args)) if member => format!("{target}.({})", join(args)),
        _ => format!("({})", join(types)),
    }
}
