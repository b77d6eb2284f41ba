//! Selections: `.name`, `[index]`, their optional forms, and `has`.

use super::Run;
use crate::cel::envoy;
use crate::cel::library::Outcome;
use crate::cel::program::{NodeId, Step, Stretch};
use crate::cel::val::{Fault, Problem, Val};

/// What a selection selects by.
#[derive(Clone, Copy)]
enum Key<'v> {
    Name(&'v str),
    Value(Val<'v>),
}

impl<'v> Run<'v, '_> {
    /// Selects one after the other. An optional selection makes the result an optional: absent as
    /// soon as something is not there.
    pub(super) fn path(&mut self, root: NodeId, steps: Stretch) -> Outcome<'v> {
        let mut value = self.eval(root)?;
        let mut optional = false;
        if let Val::Optional(inner) = value {
            let Some(inner) = inner else {
                return Ok(value);
            };
            (value, optional) = (*inner, true);
        }
        for step in self.program.steps(steps) {
            let (key, mark) = self.key(step)?;
            optional |= mark;
            value = match self.select(value, key, optional)? {
                Some(found) => found,
                None => return Ok(Val::Optional(None)),
            };
        }
        if optional {
            return Ok(Val::Optional(Some(self.inputs.bump.alloc(value))));
        }
        Ok(value)
    }

    /// Is there what the last step selects? Those before it must be there.
    pub(super) fn has(&mut self, root: NodeId, steps: Stretch) -> Outcome<'v, bool> {
        let mut value = self.eval(root)?;
        let mut optional = false;
        if let Val::Optional(inner) = value {
            let Some(inner) = inner else {
                return Ok(false);
            };
            (value, optional) = (*inner, true);
        }
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
