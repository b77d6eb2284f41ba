//! Several programs as one, in which equal parts are evaluated once.
//!
//! Comes in:  compiled programs, and the programs behind the fields of a record such as `variables`.
//! Goes out:  [`Bundle`]: for each program what it comes to, one after the other, as they are asked for.
//! Never here: policies, error texts for users.
//!
//! ```text
//! Program ── gather ──> terms: equal ones are one ── emit ──> Program with many roots
//!                         │                                     │
//!            variables stand for their expressions    slots for what several need;
//!            comprehensions are known by their range  quantifiers over one range: one sweep
//! ```
//!
//! The values are those that each program has by itself, and nothing costs less: what is remembered
//! is charged again to everybody who uses it.

mod emit;
mod gather;
mod term;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;

use super::environment::Variable;
use super::eval::{Inputs, Run};
use super::program::{NodeId, Program};
use super::val::{Fault, Val};
use gather::{Gather, Named};
use term::{TermId, Terms};

/// Programs that share what they have in common.
#[derive(Debug)]
pub struct Bundle {
    program: Program,
    roots: Box<[NodeId]>,
    /// How many operations the programs have, each by itself.
    sizes: u32,
}

/// A bundle that still grows.
#[derive(Debug, Default)]
pub struct Bundling {
    terms: Terms,
    roots: Vec<TermId>,
    sizes: u32,
}

/// A variable whose fields are programs themselves.
pub struct Record<'p> {
    /// The variable.
    pub variable: Variable,
    /// The program behind a field.
    pub fields: &'p dyn Fn(&str) -> Option<&'p Program>,
}

/// Why a program cannot be part of a bundle.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Unfit(pub(super) &'static str);

impl Unfit {
    /// The reason, in a few words.
    pub fn reason(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Bundling {
    /// Adds programs that see one record; their numbers follow those of the programs before.
    ///
    /// # Errors
    ///
    /// Why one of them cannot be part of a bundle; then none is.
    pub fn add<'p>(
        &mut self,
        programs: impl IntoIterator<Item = &'p Program>,
        record: &Record<'p>,
    ) -> Result<(), Unfit> {
        let mut named = Named::new();
        let mut roots = Vec::new();
        for program in programs {
            let mut gather = Gather {
                terms: &mut self.terms,
                program,
                record,
                named: &mut named,
                locals: HashMap::new(),
                heights: HashMap::new(),
            };
            roots.push(gather.root()?);
        }
        self.sizes += roots.iter().map(|root| self.terms.size(*root)).sum::<u32>();
        self.roots.extend(roots);
        Ok(())
    }

    /// The bundle of everything that was added.
    pub fn finish(self) -> Bundle {
        let (program, roots) = emit::emit(&self.terms, &self.roots);
        Bundle {
            program,
            roots,
            sizes: self.sizes,
        }
    }
}

impl Bundle {
    /// How many programs there are.
    pub fn len(&self) -> usize {
        self.roots.len()
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    /// How many operations the programs have, each by itself and with what it names; and how many the
    /// bundle has.
    pub fn sizes(&self) -> (u32, u32) {
        (self.sizes, self.program.size())
    }

    /// How many of its parts are remembered, and how many sweeps through a list decide how many
    /// quantifiers.
    pub fn shared(&self) -> (usize, usize, usize) {
        self.program.shared()
    }

    /// Begins an evaluation of the programs with these inputs.
    ///
    /// `inputs.cost_limit` holds for each of them. Memory comes from `inputs.bump` alone.
    pub fn begin<'v, 'r>(&'v self, inputs: &Inputs<'v, 'r>) -> Bundled<'v, 'r> {
        let run = Run::new(&self.program, inputs);
        Bundled { bundle: self, run }
    }
}

/// A bundle that is being evaluated.
pub struct Bundled<'v, 'r> {
    bundle: &'v Bundle,
    run: Run<'v, 'r>,
}

impl<'v> Bundled<'v, '_> {
    /// What the program of this number comes to.
    ///
    /// # Errors
    ///
    /// As [`Program::evaluate`]; the text of an error may differ.
    pub fn value(&mut self, number: usize) -> Result<Val<'v>, Fault<'v>> {
        match self.bundle.roots.get(number) {
            Some(root) => self.run.anew(*root),
            None => Err(Fault::NO_OVERLOAD),
        }
    }

    /// What the last one cost, as if it had been alone; a little less where it names what variables
    /// stand for.
    pub fn spent(&self) -> u64 {
        self.run.spent()
    }
}
