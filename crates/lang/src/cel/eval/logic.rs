//! `&&` and `||`: an error does not count when another term decides.

use super::Run;
use crate::cel::library::Outcome;
use crate::cel::program::Stretch;
use crate::cel::val::{Fault, Val};

impl<'v> Run<'v, '_> {
    /// False if any term is; else the first error, if there is one.
    pub(super) fn all(&mut self, terms: Stretch) -> Outcome<'v> {
        self.decide(terms, false)
    }

    /// True if any term is; else the first error, if there is one.
    pub(super) fn any(&mut self, terms: Stretch) -> Outcome<'v> {
        self.decide(terms, true)
    }

    fn decide(&mut self, terms: Stretch, decisive: bool) -> Outcome<'v> {
        let mut error = None;
        for term in self.program.children(terms) {
            match self.eval(term.node) {
                Ok(Val::Bool(flag)) if flag == decisive => return Ok(Val::Bool(decisive)),
                Ok(Val::Bool(_)) => {}
                Ok(_) => error = error.or(Some(Fault::NO_OVERLOAD)),
                Err(fault @ Fault::Error(_)) => error = error.or(Some(fault)),
                Err(fault) => return Err(fault),
            }
        }
        error.map_or(Ok(Val::Bool(!decisive)), Err)
    }
}
