//! Selections: `.name`, `[index]`, their optional forms, and `has`.

use super::Run;
use crate::cel::envoy;
use crate::cel::library::Outcome;
use crate::cel::program::{Node, NodeId, Step, Stretch};
use crate::cel::val::{Fault, Problem, Val};

/// What a selection selects by.
#[derive(Clone, Copy)]
enum Key<'v> {
    Name(&'v str),
    Value(Val<'v>),
}

/// What a path has come to so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raw<'v> {
    /// `None` for what an optional selection did not find.
    pub(super) value: Option<Val<'v>>,
    /// Was a selection optional?
    pub(super) optional: bool,
}

impl<'v> Raw<'v> {
    const ABSENT: Raw<'static> = Raw {
        value: None,
        optional: true,
    };

    /// A value by itself.
    pub(super) fn of(value: Val<'v>) -> Raw<'v> {
        Raw {
            value: Some(value),
            optional: false,
        }
    }
}

impl<'v> Run<'v, '_> {
    /// Selects one after the other. An optional selection makes the result an optional: absent as
    /// soon as something is not there.
    pub(super) fn path(&mut self, root: NodeId, steps: Stretch) -> Outcome<'v, Raw<'v>> {
        let Raw {
            value: Some(mut value),
            mut optional,
        } = self.start(root)?
        else {
            return Ok(Raw::ABSENT);
        };
        for step in self.program.steps(steps) {
            let (key, mark) = self.key(step)?;
            optional |= mark;
            value = match self.select(value, key, optional)? {
                Some(found) => found,
                None => return Ok(Raw::ABSENT),
            };
        }
        let value = Some(value);
        Ok(Raw { value, optional })
    }

    /// Is there what the last step selects? Those before it must be there.
    pub(super) fn has(&mut self, root: NodeId, steps: Stretch) -> Outcome<'v, bool> {
        let Raw {
            value: Some(mut value),
            mut optional,
        } = self.start(root)?
        else {
            return Ok(false);
        };
        let steps = self.program.steps(steps);
        for (index, step) in steps.iter().enumerate() {
            let (key, mark) = self.key(step)?;
            let last = index + 1 == steps.len();
            optional |= mark;
            value = match self.select(value, key, optional || last)? {
                Some(found) => found,
                None => return Ok(false),
            };
        }
        Ok(true)
    }

    /// What a path begins with. An optional is looked into.
    fn start(&mut self, root: NodeId) -> Outcome<'v, Raw<'v>> {
        let value = match self.program.node(root) {
            Some(Node::SharedPath { slot, node }) => return self.shared(*slot, *node),
            Some(Node::Path { root, steps }) => return self.path(*root, *steps),
            Some(Node::Sealed(inner)) => return self.eval(*inner).map(Raw::of),
            _ => self.eval(root)?,
        };
        Ok(match value {
            Val::Optional(None) => Raw::ABSENT,
            Val::Optional(Some(inner)) => Raw {
                value: Some(*inner),
                optional: true,
            },
            value => Raw::of(value),
        })
    }

    /// A value that is not made an optional yet, where that can be put off.
    pub(super) fn unopened(&mut self, id: NodeId) -> Outcome<'v, Raw<'v>> {
        match self.program.node(id) {
            Some(Node::Path { root, steps }) => self.path(*root, *steps),
            Some(Node::SharedPath { slot, node }) => self.shared(*slot, *node),
            _ => self.eval(id).map(Raw::of),
        }
    }

    /// The value that a path yields.
    pub(super) fn whole(&self, raw: Raw<'v>) -> Val<'v> {
        match raw.value {
            None => Val::Optional(None),
            Some(value) if raw.optional => Val::Optional(Some(self.inputs.bump.alloc(value))),
            Some(value) => value,
        }
    }

    fn key(&mut self, step: &Step) -> Outcome<'v, (Key<'v>, bool)> {
        self.meter.add(1)?;
        Ok(match *step {
            Step::Field(name) => (Key::Name(self.program.name(name)), false),
            Step::OptionalField(name) => (Key::Name(self.program.name(name)), true),
            Step::Index(node) => (Key::Value(self.eval(node)?), false),
            Step::OptionalIndex(node) => (Key::Value(self.eval(node)?), true),
        })
    }

    /// One selection; `None` for what is not there, if `maybe`, else an error.
    fn select(&self, value: Val<'v>, key: Key<'v>, maybe: bool) -> Outcome<'v, Option<Val<'v>>> {
        let found = match (value, key) {
            (Val::Map(map), Key::Name(name)) => map.field(name),
            (Val::Map(map), Key::Value(key)) => match key {
                Val::Bytes(_) => return Err(Fault::text("unsupported key type: bytes")),
                key => map.get(key),
            },
            (Val::List(list), key) => {
                let found = usize::try_from(self.index(key)?).ok();
                let found = found.and_then(|index| list.get(index));
                if found.is_none() && !maybe {
                    let index = self.printed(key);
                    return Err(self.error(format_args!("index out of bounds: {index}")));
                }
                found
            }
            (Val::Record(record), key) => {
                let name = match key {
                    Key::Name(name) | Key::Value(Val::Str(name)) => name,
                    Key::Value(_) => return Err(Fault::NO_OVERLOAD),
                };
                record.field(name).transpose()?
            }
            (Val::Struct(made), Key::Name(name) | Key::Value(Val::Str(name))) => {
                let unset = || envoy::unset(made.type_name, name, self.inputs.bump);
                made.field(name)
                    .or_else(|| if maybe { None } else { unset() })
            }
            _ => None,
        };
        match (found, key) {
            (Some(found), _) => Ok(Some(found)),
            (None, _) if maybe => Ok(None),
            (None, Key::Name(name) | Key::Value(Val::Str(name))) => {
                Err(Fault::Error(Problem::NoSuchKey(name)))
            }
            (None, key) => {
                let key = self.printed(key);
                Err(self.error(format_args!("no such key: {key}")))
            }
        }
    }

    /// A list's index; whole numbers of any type are one.
    fn index(&self, key: Key<'v>) -> Outcome<'v, i64> {
        let value = match key {
            Key::Name(_) => {
                return Err(Fault::text("unsupported index type 'string' in list"));
            }
            Key::Value(value) => value,
        };
        match value {
            Val::Int(index) => Ok(index),
            Val::Uint(index) => Ok(i64::try_from(index).unwrap_or(i64::MAX)),
            Val::Double(index) if index.fract() == 0.0 && index.abs() < 9e18 => Ok(index as i64),
            Val::Double(_) => {
                let index = self.printed(key);
                Err(self.error(format_args!("unsupported index value {index} in list")))
            }
            other => {
                let ty = other.type_name();
                Err(self.error(format_args!("unsupported index type '{ty}' in list")))
            }
        }
    }

    fn printed(&self, key: Key<'v>) -> String {
        match key {
            Key::Name(name) => name.to_owned(),
            Key::Value(value) => value.to_string(),
        }
    }
}
