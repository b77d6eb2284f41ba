//! CEL values as JSON: for `json.marshal`, requests, patches.

use base64::{Engine, prelude::BASE64_STANDARD};
use bumpalo::{Bump, collections::Vec as BumpVec};

use super::{Fault, Problem, Val};
use crate::value::{Value, list, object};

impl<'v> Val<'v> {
    /// The value as JSON: bytes in base64, moments in RFC 3339, durations in nanoseconds, an
    /// optional as its value, instances of types as maps.
    ///
    /// Copies nothing that is JSON already.
    ///
    /// # Errors
    ///
    /// For a map whose keys are no texts, and for values that JSON cannot hold.
    pub fn to_json(self, bump: &'v Bump) -> Result<Value<'v>, Fault<'v>> {
        Ok(match self {
            Val::Null | Val::Optional(None) => Value::Null,
            Val::Bool(flag) => Value::Bool(flag),
            Val::Int(number) => Value::Int(number),
            Val::Uint(number) => {
                i64::try_from(number).map_or(Value::Float(number as f64), Value::Int)
            }
            Val::Double(number) if !number.is_finite() => {
                let text = bumpalo::format!(in bump, "json: unsupported value: {}", self);
                return Err(Fault::text(text.into_bump_str()));
            }
            Val::Double(number) => Value::Float(number),
            Val::Str(text) => Value::Str(text),
            Val::Bytes(bytes) => Value::Str(bump.alloc_str(&BASE64_STANDARD.encode(bytes))),
            Val::Duration(span) => Value::Int(span.nanos()),
            Val::Timestamp(moment) => Value::Str(bump.alloc_str(&moment.print())),
            Val::List(items) => {
                let mut made = BumpVec::with_capacity_in(items.len(), bump);
                for item in items.iter() {
                    made.push(item.to_json(bump)?);
                }
                list(bump, made)
            }
            Val::Map(map) => {
                let mut made = BumpVec::with_capacity_in(map.len(), bump);
                for (key, value) in map.iter() {
                    let Val::Str(name) = key else {
                        return Err(no_text(key, bump));
                    };
                    made.push((name, value.to_json(bump)?));
                }
                object(bump, made)
            }
            Val::Optional(Some(value)) => value.to_json(bump)?,
            Val::Struct(made) => {
                let mut fields = BumpVec::with_capacity_in(made.fields.len(), bump);
                for (name, value) in made.fields {
                    fields.push((*name, value.to_json(bump)?));
                }
                object(bump, fields)
            }
            Val::Opaque(opaque) => Value::Str(bump.alloc_str(&opaque.to_string())),
            Val::Type(_) | Val::Record(_) => return Err(no_text(self, bump)),
        })
    }
}

fn no_text<'v>(value: Val<'v>, bump: &'v Bump) -> Fault<'v> {
    let ty = value.type_name();
    let text = bumpalo::format!(in bump, "unsupported type conversion from '{}' to string", ty);
    Fault::Error(Problem::Text(text.into_bump_str()))
}
