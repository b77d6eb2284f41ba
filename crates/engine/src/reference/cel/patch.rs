//! What an expression of `mutations` makes of an object.

use std::fmt;

use bumpalo::Bump;
use bumpalo::collections::Vec as BumpVec;
use portcullis_lang::cel::val::{Struct, Val};
use portcullis_lang::value::{Value, list, object};

use super::scope::{Failure, Scope};
use crate::actions::mutate::apply_configuration::{self, Atomic, Kind};
use crate::actions::mutate::json_patch::{self, Operation};
use crate::doc::cel::{Mutation, PatchKind};
use crate::facts::Fault;

/// How patches are made into objects.
#[derive(Clone, Copy, Debug)]
pub(in crate::reference) struct Patcher<'s, 'v> {
    /// The type of the object.
    pub(in crate::reference) kind: Kind<'s>,
    /// What may be done to lists and maps that are one value.
    pub(in crate::reference) atomic: Atomic,
    /// Where the object is made.
    pub(in crate::reference) bump: &'v Bump,
}

/// Why an object cannot be changed.
pub(in crate::reference) enum Refused<'v> {
    /// The expression has no value.
    Expression(Failure<'v>),
    /// What it made is no patch, or not for this object: the text that says why.
    Patch(String),
}

impl<'v> Patcher<'_, 'v> {
    /// The object after one mutation, whose expression is evaluated in the scope.
    ///
    /// # Errors
    ///
    /// The outer one is a missing fact.
    pub(in crate::reference) fn patched(
        &self,
        mutation: &'v Mutation,
        live: Value<'v>,
        scope: &'v Scope<'v>,
    ) -> Result<Result<Value<'v>, Refused<'v>>, Fault> {
        let made = match scope.value("mutation", &mutation.expression)? {
            Ok(made) => made,
            Err(failure) => return Ok(Err(Refused::Expression(failure))),
        };
        let patched = match mutation.kind {
            PatchKind::ApplyConfiguration => self.applied(live, made),
            PatchKind::JsonPatch => self.operated(live, made),
        };
        Ok(patched.map_err(Refused::Patch))
    }

    fn applied(&self, live: Value<'v>, made: Val<'v>) -> Result<Value<'v>, String> {
        names_fit(made)?;
        let patch = made.to_json(self.bump).map_err(|fault| fault.to_string())?;
        apply_configuration::apply(live, patch, self.kind, self.atomic, self.bump)
            .map_err(|text| format!("error applying patch: {text}"))
    }

    fn operated(&self, live: Value<'v>, made: Val<'v>) -> Result<Value<'v>, String> {
        let mut operations = Vec::new();
        for made in made.as_list().into_iter().flat_map(|list| list.iter()) {
            let Val::Struct(made) = made else {
                let ty = made.type_name();
                return Err(format!(
                    "type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch, got element of {ty}"
                ));
            };
            let text = |name| made.field(name).and_then(Val::as_str).unwrap_or_default();
            let value = match made.field("value") {
                None => Value::Null,
                Some(value) => {
                    if let Val::Struct(_) = value {
                        names_fit(value)?;
                    }
                    json(value, self.bump).map_err(|text| {
                        format!("JSONPath valueExpression evaluated to a type that could not marshal to JSON: {text}")
                    })?
                }
            };
            operations.push((text("op"), text("path"), text("from"), value));
        }
        let mut patched = live;
        // An operation of no known kind is found out when its turn comes.
        let mut known = Vec::with_capacity(operations.len());
        let mut unknown = None;
        for (op, path, from, value) in operations {
            match json_patch::Kind::parse(op) {
                Some(kind) => known.push(Operation {
                    kind,
                    path,
                    from,
                    value,
                }),
                None => {
                    unknown = Some(op);
                    break;
                }
            }
        }
        patched = json_patch::apply_plainly(patched, &known, self.bump)
            .map_err(|error| format!("JSON Patch: {error}"))?;
        match unknown {
            Some(op) => Err(format!("JSON Patch: Unexpected kind: {op}")),
            None => Ok(patched),
        }
    }
}

/// Has every instance of a type the name that its place says?
fn names_fit(made: Val<'_>) -> Result<(), String> {
    let mut faults = Vec::new();
    check_names(made, made.type_name(), &mut faults);
    match faults.is_empty() {
        true => Ok(()),
        false => Err(format!("type mismatch: {}", faults.join("\n"))),
    }
}

fn check_names(made: Val<'_>, place: &str, faults: &mut Vec<String>) {
    match made {
        Val::Struct(Struct { type_name, fields }) => {
            if *type_name != place {
                faults.push(format!(
                    "unexpected type name {type_name:?}, expected {place:?}, which matches field name path from root Object type"
                ));
            }
            for (name, value) in *fields {
                check_names(*value, &format!("{place}.{name}"), faults);
            }
        }
        Val::List(items) => items
            .iter()
            .for_each(|item| check_names(item, place, faults)),
        Val::Map(map) => map
            .iter()
            .for_each(|(_, value)| check_names(value, place, faults)),
        _ => {}
    }
}

/// The greatest whole number that a double tells from its neighbours.
const SAFE: i64 = (1 << 53) - 1;

/// A value as protobuf writes it in JSON: whole numbers that a double cannot hold are texts, and so
/// are lengths of time.
fn json<'v>(value: Val<'v>, bump: &'v Bump) -> Result<Value<'v>, String> {
    let text = |text: String| Value::Str(bump.alloc_str(&text));
    Ok(match value {
        Val::Int(number) if !(-SAFE..=SAFE).contains(&number) => text(number.to_string()),
        Val::Uint(number) if number > SAFE as u64 => text(number.to_string()),
        Val::Double(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
            Value::Int(number as i64)
        }
        Val::Duration(span) => text(seconds(span.nanos())),
        Val::Optional(None) => return Err("optional.none() dereference".to_owned()),
        Val::Optional(Some(value)) => json(*value, bump)?,
        Val::List(items) => {
            let mut made = BumpVec::with_capacity_in(items.len(), bump);
            for item in items.iter() {
                made.push(json(item, bump)?);
            }
            list(bump, made)
        }
        Val::Map(map) => {
            let mut made = BumpVec::with_capacity_in(map.len(), bump);
            for (key, value) in map.iter() {
                let key = match key {
                    Val::Str(key) => key,
                    key => &*bump.alloc_str(&key.to_string()),
                };
                made.push((key, json(value, bump)?));
            }
            object(bump, made)
        }
        Val::Struct(made) => {
            let mut fields = BumpVec::with_capacity_in(made.fields.len(), bump);
            for (name, value) in made.fields {
                fields.push((*name, json(*value, bump)?));
            }
            object(bump, fields)
        }
        other => other.to_json(bump).map_err(|fault| fault.to_string())?,
    })
}

/// `1s`, `0.500s`: as many digits as it takes, three at a time.
fn seconds(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    let (whole, part) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    match part {
        0 => format!("{sign}{whole}s"),
        part if part % 1_000_000 == 0 => format!("{sign}{whole}.{:03}s", part / 1_000_000),
        part if part % 1_000 == 0 => format!("{sign}{whole}.{:06}s", part / 1_000),
        part => format!("{sign}{whole}.{part:09}s"),
    }
}

impl fmt::Display for Refused<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Expression(failure) => f.write_str(&super::kyverno::words(failure)),
            Refused::Patch(text) => f.write_str(text),
        }
    }
}
