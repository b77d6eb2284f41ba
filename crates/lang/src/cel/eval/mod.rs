//! Runs a program.
//!
//! Comes in:  a [`Program`], the values of its variables, memory, what answers its questions.
//! Goes out:  a value or a [`Fault`], and what it cost.
//! Never here: compiling, policies.

mod cost;
mod fold;
mod logic;
mod make;
mod select;
mod shared;

use bumpalo::{Bump, collections::Vec as BumpVec};

use super::library::{Call, Dispatch, Outcome, Outside, error_in};
use super::program::{CallSite, Node, NodeId, Program, Slot, Stretch, Target};
use super::val::{Fault, Problem, Val};
use cost::Meter;
use select::Raw;

/// What Kubernetes lets one expression cost.
pub const COST_LIMIT: u64 = 1_000_000;

/// What an evaluation works with.
#[derive(Clone, Copy)]
pub struct Inputs<'v, 'r> {
    /// The values of the declared variables, in the order of their declarations. A variable
    /// without a value is an error where it is used.
    pub variables: &'r [Option<Val<'v>>],
    /// Memory for what the evaluation makes.
    pub bump: &'v Bump,
    /// Answers what functions ask.
    pub outside: &'v dyn Outside,
    /// The most that the evaluation may cost.
    pub cost_limit: u64,
}

/// How an evaluation ended.
#[derive(Clone, Copy, Debug)]
pub struct Evaluation<'v> {
    /// The value, or why there is none.
    pub result: Result<Val<'v>, Fault<'v>>,
    /// What it cost.
    pub cost: u64,
}

impl Program {
    /// Evaluates the program.
    ///
    /// The result borrows from the program, from the inputs, and from their memory. Allocates
    /// nothing but in `inputs.bump`, and there only for values that the expression makes.
    pub fn evaluate<'v>(&'v self, inputs: &Inputs<'v, '_>) -> Evaluation<'v> {
        let mut run = Run::new(self, inputs);
        let result = run.eval(self.root());
        Evaluation {
            result,
            cost: run.meter.spent(),
        }
    }
}

/// What a slot holds: the variable of a comprehension, or something to be remembered.
#[derive(Clone, Copy)]
enum Held<'v> {
    /// Its loop is not under way.
    Nothing,
    /// A value, or the error that `cel.bind` was given.
    Ready(Outcome<'v>),
    /// What `cel.bind` was given, not looked at yet.
    Pending(NodeId),
    /// What is remembered, and what it cost.
    Known(Outcome<'v, Raw<'v>>, u64),
}

/// One evaluation under way.
pub(super) struct Run<'v, 'r> {
    program: &'v Program,
    inputs: Inputs<'v, 'r>,
    slots: &'v mut [Held<'v>],
    meter: Meter<'v>,
}

impl<'v, 'r> Run<'v, 'r> {
    pub(super) fn new(program: &'v Program, inputs: &Inputs<'v, 'r>) -> Run<'v, 'r> {
        let slots = bumpalo::vec![in inputs.bump; Held::Nothing; program.slots() as usize];
        Run {
            program,
            inputs: *inputs,
            slots: slots.into_bump_slice_mut(),
            meter: Meter::new(inputs.cost_limit, inputs.outside),
        }
    }

    /// The value of one node of many, as if nothing had been spent yet.
    pub(super) fn anew(&mut self, id: NodeId) -> Outcome<'v> {
        self.meter.count_from(0);
        self.eval(id)
    }

    pub(super) fn spent(&self) -> u64 {
        self.meter.spent()
    }
}

impl<'v> Run<'v, '_> {
    fn eval(&mut self, id: NodeId) -> Outcome<'v> {
        let Some(node) = self.program.node(id) else {
            return Err(Fault::NO_OVERLOAD);
        };
        match *node {
            Node::Constant { place, cost } => {
                self.meter.add(u64::from(cost))?;
                Ok(self.program.constant(place).view())
            }
            Node::Variable(variable) => {
                self.meter.add(1)?;
                let value = self.inputs.variables.get(usize::from(variable.0));
                let unbound = "no such attribute: the variable has no value here";
                value.copied().flatten().ok_or(Fault::text(unbound))
            }
            Node::Local(slot) => {
                self.meter.add(1)?;
                self.local(slot)
            }
            Node::Path { root, steps } => {
                let raw = self.path(root, steps)?;
                Ok(self.whole(raw))
            }
            Node::Has { root, steps } => self.has(root, steps).map(Val::Bool),
            Node::Call(place) => self.call(place),
            Node::All(terms) => self.all(terms),
            Node::Any(terms) => self.any(terms),
            Node::Conditional { test, yes, no } => match self.eval(test)? {
                Val::Bool(true) => self.eval(yes),
                Val::Bool(false) => self.eval(no),
                _ => Err(Fault::NO_OVERLOAD),
            },
            Node::List(items) => self.list(items),
            Node::Map(entries) => self.map(entries),
            Node::Struct { name, fields } => self.structure(name, fields),
            Node::Fold(place) => self.fold(place),
            Node::OrValue {
                value,
                otherwise,
                lenient,
            } => match self.unopened(value)? {
                Raw { value: None, .. }
                | Raw {
                    value: Some(Val::Optional(None)),
                    optional: false,
                } => self.eval(otherwise),
                Raw {
                    value: Some(Val::Optional(Some(value))),
                    optional: false,
                } => Ok(*value),
                Raw {
                    value: Some(value),
                    optional,
                } if optional || lenient => Ok(value),
                _ => Err(Fault::Error(Problem::NoOverloadFor("orValue"))),
            },
            Node::Or { value, otherwise } => match self.eval(value)? {
                Val::Optional(None) => self.eval(otherwise),
                value @ Val::Optional(Some(_)) => Ok(value),
                _ => Err(Fault::Error(Problem::NoOverloadFor("or"))),
            },
            Node::Shared { slot, node } | Node::SharedPath { slot, node } => {
                let raw = self.shared(slot, node)?;
                Ok(self.whole(raw))
            }
            Node::Swept { sweep, slot } => self.swept(sweep, slot),
            Node::Sealed(inner) | Node::Opened(inner) => self.eval(inner),
        }
    }

    fn local(&mut self, slot: Slot) -> Outcome<'v> {
        let held = self.slots.get(slot.0 as usize);
        match *held.unwrap_or(&Held::Nothing) {
            Held::Ready(value) => value,
            Held::Nothing | Held::Known(..) => Err(Fault::NO_OVERLOAD),
            Held::Pending(node) => {
                let value = self.eval(node);
                self.set(slot, Held::Ready(value));
                value
            }
        }
    }

    fn set(&mut self, slot: Slot, held: Held<'v>) {
        if let Some(place) = self.slots.get_mut(slot.0 as usize) {
            *place = held;
        }
    }

    fn call(&mut self, place: u32) -> Outcome<'v> {
        let Some(site) = self.program.call(place) else {
            return Err(Fault::NO_OVERLOAD);
        };
        let mut few = [Val::Null; 4];
        let children = self.program.children(site.args);
        let many;
        let args = match few.get_mut(..children.len()) {
            Some(args) => {
                for (arg, child) in args.iter_mut().zip(children) {
                    *arg = self.eval(child.node)?;
                }
                &*args
            }
            None => {
                many = self.values(site.args)?;
                many.as_slice()
            }
        };
        let result = self.invoke(site, args)?;
        self.meter.add_call(site.cost, args, result)?;
        Ok(result)
    }

    /// The values of children that are never left out.
    fn values(&mut self, children: Stretch) -> Outcome<'v, BumpVec<'v, Val<'v>>> {
        let children = self.program.children(children);
        let mut values = BumpVec::with_capacity_in(children.len(), self.inputs.bump);
        for child in children {
            values.push(self.eval(child.node)?);
        }
        Ok(values)
    }

    fn invoke(&self, site: &'v CallSite, args: &[Val<'v>]) -> Outcome<'v> {
        let body = match &site.target {
            Target::Overload(overload) if overload.takes(args) => overload.body,
            Target::Body(body, Dispatch::OnFirst(knows)) => match args.first() {
                Some(first) if knows(*first) => *body,
                // Values with functions of their own are asked, and do not know this one.
                Some(Val::Str(_) | Val::Duration(_) | Val::Timestamp(_)) => {
                    return Err(Fault::NO_OVERLOAD);
                }
                _ => return Err(Fault::Error(Problem::NoOverloadFor(site.name))),
            },
            Target::Body(body, _) => *body,
            Target::ByType(overloads) => match overloads.iter().find(|o| o.takes(args)) {
                Some(overload) => overload.body,
                None => return Err(self.no_overload(site, args)),
            },
            Target::Overload(_) => return Err(self.no_overload(site, args)),
        };
        body(&Call {
            args,
            bump: self.inputs.bump,
            outside: self.inputs.outside,
            prepared: &site.prepared,
        })
    }

    #[cold]
    fn no_overload(&self, site: &CallSite, args: &[Val<'v>]) -> Fault<'v> {
        let types: Vec<_> = args.iter().map(|arg| arg.type_name()).collect();
        let types = types.join(", ");
        let text = format_args!("no such overload: {}({types})", site.name).to_string();
        error_in(self.inputs.bump, text)
    }

    #[cold]
    fn error(&self, text: std::fmt::Arguments<'_>) -> Fault<'v> {
        error_in(self.inputs.bump, text)
    }
}
