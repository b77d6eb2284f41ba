//! The values that the expressions of one evaluation see.

use std::cell::Cell;
use std::fmt;

use bumpalo::Bump;
use portcullis_lang::cel::val::{Fault as CelFault, Problem, Record, Val};
use portcullis_lang::cel::{COST_LIMIT, Inputs, Program};
use portcullis_lang::value::{Document, to_json};

use super::outside::Known;
use crate::doc::cel::{Expression, Named, Place, Unusable, VALUES};
use crate::facts::Fault;
use crate::trace::Trace;

/// What all expressions of one evaluation work with. Lives in the evaluation's memory.
pub(in crate::reference) struct Scope<'v> {
    values: [Option<Val<'v>>; VALUES],
    bump: &'v Bump,
    known: &'v Known<'v>,
    /// Who wants to know what the expressions come to, if anybody does.
    trace: Cell<Option<&'v Trace>>,
    variables: &'v Variables<'v>,
}

/// Whose words errors of variables are in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Style {
    /// The API server's: the variable is named.
    Native,
    /// Kyverno's: the bare error.
    Kyverno,
}

/// What expressions may cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Costs {
    /// One of them.
    each: u64,
    /// All that are evaluated in one scope.
    together: u64,
}

/// Why an expression has no value.
pub(in crate::reference) enum Failure<'v> {
    /// It never can have one.
    Unusable(&'v Unusable),
    /// It has none this time: the text that says why.
    Failed(CelFault<'v>),
    /// The expressions before it have cost too much together.
    OutOfBudget,
}

impl<'v> Scope<'v> {
    /// A scope with these values and variables.
    pub(super) fn new(
        bump: &'v Bump,
        known: Known<'v>,
        values: impl IntoIterator<Item = (Place, Val<'v>)>,
        variables: &'v [Named],
        style: Style,
        costs: Costs,
    ) -> &'v Scope<'v> {
        let record: &'v Variables<'v> = bump.alloc(Variables {
            declared: variables,
            style,
            known: bump.alloc_slice_fill_with(variables.len(), |_| Cell::new(None)),
            scope: Cell::new(None),
            costs,
            spent: Cell::new(0),
        });
        let mut scope = Scope {
            values: [None; VALUES],
            bump,
            known: bump.alloc(known),
            trace: Cell::new(None),
            variables: record,
        };
        scope.set(Place::Variables, Val::Record(record));
        for (place, value) in values {
            scope.set(place, value);
        }
        let scope = bump.alloc(scope);
        record.scope.set(Some(scope));
        scope
    }

    /// Tells `trace` what the expressions come to from now on.
    pub(super) fn noting(&'v self, trace: Option<&'v Trace>) -> &'v Scope<'v> {
        self.trace.set(trace);
        self
    }

    /// The scope with another value at a place. Variables that were evaluated keep their values, the
    /// others see the new one.
    pub(in crate::reference) fn with(&self, place: Place, value: Val<'v>) -> &'v Scope<'v> {
        let mut scope = Scope {
            values: self.values,
            bump: self.bump,
            known: self.known,
            trace: Cell::new(self.trace.get()),
            variables: self.variables,
        };
        scope.set(place, value);
        let scope = self.bump.alloc(scope);
        scope.variables.scope.set(Some(scope));
        scope
    }

    fn set(&mut self, place: Place, value: Val<'v>) {
        if let Some(slot) = self.values.get_mut(place as usize) {
            *slot = Some(value);
        }
    }

    /// The value of an expression. `what` it is to the policy, for the account.
    ///
    /// # Errors
    ///
    /// The outer one is a missing fact, which keeps everything from being decided now.
    pub(super) fn value(
        &'v self,
        what: &'static str,
        expression: &'v Expression,
    ) -> Result<Result<Val<'v>, Failure<'v>>, Fault> {
        let Some(trace) = self.trace.get() else {
            return self.quiet_value(expression);
        };
        trace.enter();
        let value = self.quiet_value(expression);
        trace.leave();
        let text = one_line(&expression.text);
        let (holds, text) = match &value {
            Ok(Ok(value)) => match value.as_bool() {
                Some(holds) => (Some(holds), format!("`{text}`")),
                None => (None, format!("`{text}` is {}", shown(*value, self.bump))),
            },
            Ok(Err(failure)) => (
                None,
                format!("`{text}` has no value: {}", failure.of(expression)),
            ),
            Err(fault) => (None, format!("`{text}` has no value yet: {fault}")),
        };
        trace.note(what, expression.at, holds, text);
        value
    }

    fn quiet_value(
        &'v self,
        expression: &'v Expression,
    ) -> Result<Result<Val<'v>, Failure<'v>>, Fault> {
        let program = match &expression.program {
            Ok(program) => program,
            Err(unusable) => return Ok(Err(Failure::Unusable(unusable))),
        };
        let Variables { costs, spent, .. } = self.variables;
        let result = self.run(program);
        if spent.get() > costs.together {
            return Ok(Err(Failure::OutOfBudget));
        }
        match result {
            Ok(value) => Ok(Ok(value)),
            Err(CelFault::Missing) => Err(match self.known.missing() {
                Some(fact) => Fault::Missing(fact),
                None => Fault::Error("a fact is missing, and nobody knows which".to_owned()),
            }),
            Err(CelFault::TimeOver) => Err(Fault::Stopped),
            Err(fault) => Ok(Err(Failure::Failed(fault))),
        }
    }

    /// What `generator.apply` has made since this was asked last.
    pub(super) fn generated(&self) -> Vec<Document> {
        self.known.generated()
    }

    /// Does a condition hold?
    ///
    /// # Errors
    ///
    /// As [`Scope::value`]; the inner error is in the API server's words.
    pub(super) fn holds(
        &'v self,
        what: &'static str,
        condition: &'v Expression,
    ) -> Result<Result<bool, String>, Fault> {
        Ok(match self.value(what, condition)? {
            Ok(value) => Ok(value.as_bool() == Some(true)),
            Err(failure) => Err(failure.of(condition)),
        })
    }

    fn run(&'v self, program: &'v Program) -> Result<Val<'v>, CelFault<'v>> {
        let inputs = Inputs {
            variables: &self.values,
            bump: self.bump,
            outside: self.known,
            cost_limit: self.variables.costs.each,
        };
        let evaluation = program.evaluate(&inputs);
        let spent = &self.variables.spent;
        spent.set(spent.get().saturating_add(evaluation.cost));
        evaluation.result
    }
}

/// In the API server's words.
pub(super) const OUT_OF_BUDGET: &str =
    "validation failed due to running out of cost budget, no further validation rules will be run";

impl Costs {
    /// What Kubernetes lets an expression of Kyverno's cost; together they may cost anything.
    pub(super) const EACH: Costs = Costs {
        each: COST_LIMIT,
        together: u64::MAX,
    };
    /// Expressions of some kinds of policies may cost anything.
    pub(super) const ANY: Costs = Costs {
        each: u64::MAX,
        together: u64::MAX,
    };
    /// What it lets the match conditions of its own policies cost.
    pub(super) const CONDITIONS: Costs = Costs {
        each: COST_LIMIT,
        together: 2_500_000,
    };
    /// What it lets everything else in them cost.
    pub(super) const VALIDATIONS: Costs = Costs {
        each: COST_LIMIT,
        together: 10_000_000,
    };
}

/// A value as JSON, where it can be.
fn shown<'v>(value: Val<'v>, bump: &'v Bump) -> String {
    match value.to_json(bump) {
        Ok(json) => to_json(json),
        Err(_) => value.to_string(),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Failure<'_> {
    /// In the API server's words.
    pub(super) fn of(&self, expression: &Expression) -> String {
        match self {
            Failure::Unusable(unusable) => format!("compilation error: {unusable}"),
            Failure::Failed(fault) => {
                format!(
                    "expression '{}' resulted in error: {fault}",
                    expression.text
                )
            }
            Failure::OutOfBudget => OUT_OF_BUDGET.to_owned(),
        }
    }
}

/// `variables`: each is evaluated when it is first asked for, and remembered.
struct Variables<'v> {
    declared: &'v [Named],
    style: Style,
    known: &'v [Cell<Option<Result<Val<'v>, CelFault<'v>>>>],
    /// Where they are evaluated. They are part of it themselves, so it is set once it is there.
    scope: Cell<Option<&'v Scope<'v>>>,
    costs: Costs,
    /// By all expressions so far.
    spent: Cell<u64>,
}

impl<'v> Variables<'v> {
    fn evaluate(&self, variable: &'v Named) -> Result<Val<'v>, CelFault<'v>> {
        let Some(scope) = self.scope.get() else {
            return Err(CelFault::Error(Problem::NoOverload));
        };
        let name = &variable.name;
        let text = match &variable.expression.program {
            Ok(program) => match scope.run(program) {
                Err(fault @ (CelFault::Missing | CelFault::TimeOver)) => return Err(fault),
                Err(fault) if self.style == Style::Native => {
                    format!("composited variable \"{name}\" fails to evaluate: {fault}")
                }
                value => return value,
            },
            Err(unusable) => format!("composited variable \"{name}\" fails to compile: {unusable}"),
        };
        Err(CelFault::Error(Problem::Text(scope.bump.alloc_str(&text))))
    }
}

impl Record for Variables<'_> {
    fn type_name(&self) -> &str {
        "kubernetes.variables"
    }

    fn field<'b>(&'b self, name: &str) -> Option<Result<Val<'b>, CelFault<'b>>> {
        let at = self.declared.iter().rposition(|named| named.name == name)?;
        let known = self.known.get(at)?;
        if let Some(value) = known.get() {
            return Some(value);
        }
        let variable = self.declared.get(at)?;
        let scope = self.scope.get();
        let trace = scope.and_then(|scope| scope.trace.get());
        if let Some(trace) = trace {
            trace.enter();
        }
        let value = self.evaluate(variable);
        if let (Some(trace), Some(scope)) = (trace, scope) {
            trace.leave();
            let text = match &value {
                Ok(value) => format!("`variables.{name}` is {}", shown(*value, scope.bump)),
                Err(fault) => format!("`variables.{name}` has no value: {fault}"),
            };
            trace.note("variable", variable.expression.at, None, text);
        }
        known.set(Some(value));
        Some(value)
    }
}

impl fmt::Debug for Variables<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.declared.iter().map(|named| &named.name);
        f.debug_list().entries(names).finish()
    }
}
