//! Merging a plain patch into a resource.
//!
//! The merge is a walk over both at once. It also walks the parts that only the resource has,
//! where its kind has lists that merge by key: such a list is put in order even where the patch
//! does not reach it, as the reference engine does it.

use bumpalo::Bump;
use bumpalo::collections::Vec;
use portcullis_lang::value::{List, Map, Value, list, map_in_place};

use super::elements::{self, With};
use super::error::{MergeError, Shape};
use super::schema::Schema;
use crate::actions::mutate::text;

/// Says what is to be done with a map or list, beside its other fields or elements.
const DIRECTIVE: &str = "$patch";

/// Merges `patch` into `resource`.
pub(super) fn merge<'v>(
    resource: Value<'v>,
    patch: Value<'v>,
    bump: &'v Bump,
) -> Result<Value<'v>, MergeError> {
    let merged = Merge { bump }.node(Some(resource), Some(patch), Schema::Unknown)?;
    match merged {
        Fate::Kept => Ok(resource),
        Fate::Made(value) => Ok(value),
        Fate::Gone => Err(MergeError::Deleted),
    }
}

/// What becomes of a node.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate<'v> {
    /// It stays as it was in the resource.
    Kept,
    /// It is this now.
    Made(Value<'v>),
    /// It is no more.
    Gone,
}

/// What a directive asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Directive {
    Merge,
    Replace,
    Delete,
}

#[derive(Clone, Copy)]
pub(super) struct Merge<'v> {
    pub(super) bump: &'v Bump,
}

impl<'v> Merge<'v> {
    /// Merges one node; at least one of the two is there.
    pub(super) fn node(
        self,
        resource: Option<Value<'v>>,
        patch: Option<Value<'v>>,
        schema: Schema,
    ) -> Result<Fate<'v>, MergeError> {
        let schema = schema.or_of(resource).or_of(patch);
        match (resource, patch) {
            (None, None) => Ok(Fate::Gone),
            // A null that nobody touches stays; every null of a patch deletes.
            (Some(Value::Null), None) => Ok(Fate::Kept),
            (_, Some(Value::Null)) => Ok(Fate::Gone),
            (Some(resource), None) => self.untouched(resource, schema),
            (None | Some(Value::Null), Some(patch)) => self.added(patch, schema),
            (Some(resource), Some(patch)) => self.both(resource, patch, schema),
        }
    }

    /// A part of the resource that the patch does not reach.
    fn untouched(self, resource: Value<'v>, schema: Schema) -> Result<Fate<'v>, MergeError> {
        match resource {
            Value::Map(map) if schema != Schema::Plain => self.fields(map, None, schema),
            Value::List(items) => match schema.merged_list() {
                Some((keys, of)) => elements::merge(self, items, With::Nothing, keys, of),
                None => Ok(Fate::Kept),
            },
            _ => Ok(Fate::Kept),
        }
    }

    /// A part of the patch that the resource does not have.
    fn added(self, patch: Value<'v>, schema: Schema) -> Result<Fate<'v>, MergeError> {
        match patch {
            Value::Map(map) => match self.directive_of_map(map) {
                Ok((Directive::Delete, _)) => Ok(Fate::Gone),
                Ok((_, rest)) => self.settle_map(rest, schema),
                Err(_) => self.settle_map(map, schema),
            },
            Value::List(items) => match schema.merged_list() {
                Some((keys, of)) => self.settle_elements(items, keys, of),
                None => Ok(Fate::Made(patch)),
            },
            scalar => Ok(Fate::Made(scalar)),
        }
    }

    /// A part of the patch that takes the resource's place as it is: it is merged with itself,
    /// which carries its directives out and drops its nulls.
    pub(super) fn settle(self, patch: Value<'v>, schema: Schema) -> Result<Fate<'v>, MergeError> {
        let schema = schema.or_of(Some(patch));
        match patch {
            Value::Null => Ok(Fate::Gone),
            Value::Map(map) => match self.directive_of_map(map)? {
                (Directive::Delete, _) => Ok(Fate::Gone),
                (_, rest) => self.settle_map(rest, schema),
            },
            Value::List(items) => match schema.merged_list() {
                Some((keys, of)) => match self.directive_of_list(items)? {
                    (Directive::Delete, _) => Ok(Fate::Gone),
                    (_, rest) => self.settle_elements(rest, keys, of),
                },
                None => Ok(Fate::Made(patch)),
            },
            scalar => Ok(Fate::Made(scalar)),
        }
    }

    fn settle_map(self, map: Map<'v>, schema: Schema) -> Result<Fate<'v>, MergeError> {
        let mut made = Vec::with_capacity_in(map.len(), self.bump);
        for (key, value) in map {
            match self.settle(value, schema.field(key))? {
                Fate::Kept => made.push((key, value)),
                Fate::Made(value) => made.push((key, value)),
                Fate::Gone => {}
            }
        }
        Ok(Fate::Made(map_in_place(made)))
    }

    fn settle_elements(
        self,
        items: List<'v>,
        keys: &'static [&'static str],
        of: Schema,
    ) -> Result<Fate<'v>, MergeError> {
        match elements::merge(self, items, With::Itself, keys, of)? {
            Fate::Kept => Ok(Fate::Made(Value::List(items))),
            fate => Ok(fate),
        }
    }

    fn both(
        self,
        resource: Value<'v>,
        patch: Value<'v>,
        schema: Schema,
    ) -> Result<Fate<'v>, MergeError> {
        if Shape::of(resource) != Shape::of(patch) {
            return Err(MergeError::wrong_kind(Shape::of(resource), patch));
        }
        match (resource, patch) {
            (Value::Map(map), Value::Map(patch)) => match self.directive_of_map(patch)? {
                (Directive::Delete, _) => Ok(Fate::Gone),
                (Directive::Replace, rest) => self.settle_map(rest, schema),
                (Directive::Merge, rest) => self.fields(map, Some(rest), schema),
            },
            (Value::List(items), Value::List(patch)) => {
                let Some((keys, of)) = schema.merged_list() else {
                    return Ok(Fate::Made(Value::List(patch)));
                };
                match self.directive_of_list(patch)? {
                    (Directive::Delete, _) => Ok(Fate::Gone),
                    (Directive::Replace, rest) => self.settle_elements(rest, keys, of),
                    (Directive::Merge, rest) => {
                        elements::merge(self, items, With::Patch(rest), keys, of)
                    }
                }
            }
            // The new scalar is printed in the quotes of the old one, and so becomes a text.
            (Value::Str(_), Value::Bool(_) | Value::Int(_) | Value::Float(_)) => {
                Ok(Fate::Made(Value::Str(text::of_node(self.bump, patch))))
            }
            (_, scalar) => Ok(Fate::Made(scalar)),
        }
    }

    fn fields(
        self,
        resource: Map<'v>,
        patch: Option<Map<'v>>,
        schema: Schema,
    ) -> Result<Fate<'v>, MergeError> {
        let mut changed = false;
        let mut made = Vec::with_capacity_in(resource.len(), self.bump);
        for (key, value) in resource {
            let patch = patch.and_then(|patch| patch.get(key));
            match self.node(Some(value), patch, schema.field(key))? {
                Fate::Kept => made.push((key, value)),
                Fate::Made(value) => {
                    changed = true;
                    made.push((key, value));
                }
                Fate::Gone => changed = true,
            }
        }
        for (key, value) in patch.into_iter().flatten() {
            if resource.contains_key(key) {
                continue;
            }
            match self.node(None, Some(value), schema.field(key))? {
                Fate::Kept => {}
                Fate::Made(value) => {
                    changed = true;
                    made.push((key, value));
                }
                Fate::Gone => {}
            }
        }
        Ok(if changed {
            Fate::Made(map_in_place(made))
        } else {
            Fate::Kept
        })
    }

    /// The directive of a map, and the map without it.
    pub(super) fn directive_of_map(self, map: Map<'v>) -> Result<(Directive, Map<'v>), MergeError> {
        let Some(value) = map.get(DIRECTIVE) else {
            return Ok((Directive::Merge, map));
        };
        let directive = self.directive(value)?;
        let rest = map.iter().filter(|(key, _)| *key != DIRECTIVE);
        Ok((directive, portcullis_lang::value::map(self.bump, rest)))
    }

    /// Reading a directive takes it out: what an element of a patch is when it is met again.
    pub(super) fn without_directive(self, value: Value<'v>) -> Value<'v> {
        match value {
            Value::Map(map) => self
                .directive_of_map(map)
                .map_or(value, |(_, rest)| Value::Map(rest)),
            _ => value,
        }
    }

    /// The directive of a list, which is an element of its own, and the list without it.
    fn directive_of_list(self, items: List<'v>) -> Result<(Directive, List<'v>), MergeError> {
        let found = items
            .iter()
            .find_map(|item| Some((item, item.get(DIRECTIVE)?)));
        let Some((item, value)) = found else {
            return Ok((Directive::Merge, items));
        };
        if item.as_map().is_some_and(|map| map.len() > 1) {
            return Ok((Directive::Merge, items));
        }
        let directive = self.directive(value)?;
        let said = text::of_node(self.bump, value);
        let says_so = |item: &Value<'v>| {
            item.get(DIRECTIVE)
                .is_some_and(|value| text::of_node(self.bump, value) == said)
        };
        let rest = items
            .iter()
            .filter(|item| !says_so(item) && !elements::is_nothing(*item));
        match list(self.bump, rest) {
            Value::List(rest) => Ok((directive, rest)),
            _ => Ok((directive, items)),
        }
    }

    fn directive(self, value: Value<'v>) -> Result<Directive, MergeError> {
        match text::of_node(self.bump, value) {
            "merge" => Ok(Directive::Merge),
            "replace" => Ok(Directive::Replace),
            "delete" => Ok(Directive::Delete),
            other => Err(MergeError::UnknownDirective(other.to_owned())),
        }
    }
}
