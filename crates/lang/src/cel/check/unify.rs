//! Which type fits which: assignment with type variables, as the reference's checker does it.

use crate::cel::types::Type;

/// What is known of the type variables.
#[derive(Default)]
pub(super) struct Mapping {
    /// By number of the variable.
    bound: Vec<Option<Type>>,
    /// What was bound before, so that a failed attempt leaves no trace.
    trail: Vec<(u32, Option<Type>)>,
}

impl Mapping {
    /// A variable about which nothing is known.
    pub(super) fn fresh(&mut self) -> Type {
        self.bound.push(None);
        Type::Var(self.bound.len() as u32 - 1)
    }

    fn find(&self, ty: &Type) -> Option<Type> {
        match ty {
            Type::Var(number) => self.bound.get(*number as usize)?.clone(),
            _ => None,
        }
    }

    fn bind(&mut self, var: &Type, ty: Type) {
        if let Type::Var(number) = var
            && let Some(slot) = self.bound.get_mut(*number as usize)
        {
            self.trail.push((*number, slot.replace(ty)));
        }
    }

    fn undo(&mut self, mark: usize) {
        while self.trail.len() > mark {
            if let Some((number, before)) = self.trail.pop()
                && let Some(slot) = self.bound.get_mut(number as usize)
            {
                *slot = before;
            }
        }
    }

    /// Can a value of type `a` stand where `b` is wanted? If so, what that says of variables is
    /// kept.
    pub(super) fn assignable(&mut self, a: &Type, b: &Type) -> bool {
        self.all_assignable(std::slice::from_ref(a), std::slice::from_ref(b))
    }

    /// The same for each pair, and for all of them together.
    pub(super) fn all_assignable(&mut self, a: &[Type], b: &[Type]) -> bool {
        let mark = self.trail.len();
        let fits = a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.fits(a, b));
        if !fits {
            self.undo(mark);
        }
        fits
    }

    fn fits(&mut self, a: &Type, b: &Type) -> bool {
        if let Type::Var(_) = b {
            let (valid, bound) = self.substitutes(a, b);
            if valid || bound {
                return valid;
            }
        }
        if let Type::Var(_) = a {
            return self.substitutes(b, a).0;
        }
        if a.is_dyn_or_error() || b.is_dyn_or_error() {
            return true;
        }
        match (a, b) {
            (Type::Null, other) | (other, Type::Null) => nullable(other),
            (Type::List(a), Type::List(b)) | (Type::Optional(a), Type::Optional(b)) => {
                self.fits(a, b)
            }
            (Type::Map(key_a, a), Type::Map(key_b, b)) => {
                self.fits(key_a, key_b) && self.fits(a, b)
            }
            (Type::Type(_), Type::Type(_)) => true,
            _ => a == b,
        }
    }

    /// Can `var` stand for `ty`, and was it bound already?
    fn substitutes(&mut self, ty: &Type, var: &Type) -> (bool, bool) {
        if ty == var {
            return (true, true);
        }
        if let Some(bound) = self.find(var) {
            if *ty == bound {
                return (true, true);
            }
            if !self.fits(ty, &bound) {
                return (false, true);
            }
            let general = most_general(ty.clone(), bound);
            if self.free_of(var, &general) {
                self.bind(var, general);
            }
            return (true, true);
        }
        if self.free_of(var, ty) {
            self.bind(var, ty.clone());
            return (true, false);
        }
        (false, false)
    }

    /// Does `var` not occur within `ty`?
    fn free_of(&self, var: &Type, ty: &Type) -> bool {
        if var == ty {
            return false;
        }
        match ty {
            Type::Var(_) => self.find(ty).is_none_or(|bound| self.free_of(var, &bound)),
            Type::List(of) | Type::Optional(of) | Type::Type(of) => self.free_of(var, of),
            Type::Map(key, of) => self.free_of(var, key) && self.free_of(var, of),
            _ => true,
        }
    }

    /// `ty` with its variables replaced by what is known; unknown ones by `dyn` if `finally`.
    pub(super) fn substitute(&self, ty: &Type, finally: bool) -> Type {
        match ty {
            Type::Var(_) => match self.find(ty) {
                Some(bound) => self.substitute(&bound, finally),
                None if finally => Type::Dyn,
                None => ty.clone(),
            },
            Type::List(of) => Type::list_of(self.substitute(of, finally)),
            Type::Optional(of) => Type::optional_of(self.substitute(of, finally)),
            Type::Type(of) => Type::type_of(self.substitute(of, finally)),
            Type::Map(key, of) => {
                Type::map_of(self.substitute(key, finally), self.substitute(of, finally))
            }
            _ => ty.clone(),
        }
    }
}

/// Can `null` stand for it?
fn nullable(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Null
            | Type::Opaque(_)
            | Type::Optional(_)
            | Type::Struct(_)
            | Type::Duration
            | Type::Timestamp
    )
}

/// The more general of two types that fit each other.
pub(super) fn most_general(a: Type, b: Type) -> Type {
    if at_least_as_general(&a, &b) { a } else { b }
}

fn at_least_as_general(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Dyn | Type::Var(_), _) => true,
        (_, Type::Dyn | Type::Var(_)) => false,
        (Type::List(a), Type::List(b)) | (Type::Optional(a), Type::Optional(b)) => {
            at_least_as_general(a, b)
        }
        (Type::Map(key_a, a), Type::Map(key_b, b)) => {
            at_least_as_general(key_a, key_b) && at_least_as_general(a, b)
        }
        (Type::Type(_), Type::Type(_)) => true,
        _ => a == b,
    }
}
