//! The anchors of a patch, worked off against one resource.
//!
//! Comes in:  the patch tree and the resource.
//! Goes out:  the tree with `+(k)` decided and elements of matching resources appended; or the gate
//!            that says that the patch is not meant for this resource.
//! Never here: taking the other anchors out (see `clean`).

use bumpalo::Bump;
use bumpalo::collections::Vec;
use portcullis_lang::pattern;
use portcullis_lang::pattern::anchor::{Anchor, Key};
use portcullis_lang::value::Value;

use super::clean;
use super::error::{MergeError, Shape};
use super::tree::{Field, Node};
use crate::actions::mutate::text;

/// Why a patch, or one element of it, is not for this resource.
#[derive(Debug)]
pub(super) enum Gate {
    /// A `(k)` does not hold: the element is left out, or the whole patch outside of lists.
    Condition,
    /// A `<(k)` does not hold: the whole patch is left out.
    Global,
    /// The patch cannot be applied.
    Error(MergeError),
}

/// Works the anchors off.
pub(super) fn resolve<'v>(
    patch: &mut Node<'v>,
    resource: Value<'v>,
    bump: &'v Bump,
) -> Result<(), Gate> {
    Walk { bump }.node(patch, Some(resource))
}

/// Is this key a condition, `(k)` or `<(k)`?
pub(super) fn is_condition(key: &str) -> bool {
    matches!(anchor(key), Some(Anchor::Conditional | Anchor::Global))
}

/// Is this an anchor of mutation?
pub(super) fn is_anchor(key: &str) -> bool {
    is_condition(key) || anchor(key) == Some(Anchor::AddIfAbsent)
}

fn anchor(key: &str) -> Option<Anchor> {
    Key::parse(key).anchor
}

struct Walk<'v> {
    bump: &'v Bump,
}

impl<'v> Walk<'v> {
    fn node(&self, patch: &mut Node<'v>, resource: Option<Value<'v>>) -> Result<(), Gate> {
        match patch {
            Node::Map(fields) => self.map(fields, resource),
            Node::List(elements) if elements.first().is_some_and(Node::is_map) => {
                self.list(elements, resource)
            }
            Node::List(_) | Node::Scalar(_) => Ok(()),
        }
    }

    fn map(
        &self,
        fields: &mut Vec<'v, Field<'v>>,
        resource: Option<Value<'v>>,
    ) -> Result<(), Gate> {
        add_absent(fields, resource);
        let holds = |kind| self.conditions_hold(fields, resource, kind);
        if !holds(Anchor::Global) {
            return Err(Gate::Global);
        }
        if !holds(Anchor::Conditional) {
            return Err(Gate::Condition);
        }
        for field in fields.iter_mut().filter(|field| !is_anchor(field.key)) {
            let below = resource.and_then(|resource| resource.get(field.key));
            self.node(&mut field.node, below)?;
        }
        Ok(())
    }

    fn conditions_hold(
        &self,
        fields: &[Field<'v>],
        resource: Option<Value<'v>>,
        kind: Anchor,
    ) -> bool {
        fields.iter().all(|field| {
            let key = Key::parse(field.key);
            if key.anchor != Some(kind) {
                return true;
            }
            let found = resource.and_then(|resource| resource.get(key.name));
            found.is_some_and(|found| self.condition_holds(&field.node, found))
        })
    }

    fn condition_holds(&self, patch: &Node<'v>, resource: Value<'v>) -> bool {
        if let Node::Map(fields) = patch {
            let adds = |field: &Field<'_>| anchor(field.key) == Some(Anchor::AddIfAbsent);
            if fields.iter().any(adds) {
                return true;
            }
        }
        let settle = |value: Value<'v>| match value {
            Value::List(_) | Value::Map(_) => value,
            scalar => Value::Str(text::of_node(self.bump, scalar)),
        };
        let (resource, pattern) = (settle(resource), settle(patch.value(self.bump)));
        pattern::matches(resource, pattern, self.bump).is_ok()
    }

    /// Elements with anchors are held against every element of the resource; each that fits adds a
    /// plain element of the same `name` behind the others.
    fn list(
        &self,
        elements: &mut Vec<'v, Node<'v>>,
        resource: Option<Value<'v>>,
    ) -> Result<(), Gate> {
        let items = match resource {
            None | Some(Value::Null) => None,
            Some(Value::List(items)) => Some(items),
            Some(other) => {
                let error = MergeError::wrong_kind(Shape::Sequence, other);
                return Err(Gate::Error(MergeError::Preprocess(Box::new(error))));
            }
        };
        let mut made = Vec::new_in(self.bump);
        for element in elements.iter_mut() {
            if !element.mentions(&is_anchor) {
                continue;
            }
            let is_global = element.mentions(&|key| anchor(key) == Some(Anchor::Global));
            // One copy for all: what `+(k)` decided for one element stays decided for the next.
            let mut copy = element.clone();
            let (mut failed, mut passed) = (false, false);
            for item in items.into_iter().flatten() {
                match self.node(&mut copy, Some(item)) {
                    Ok(()) if is_global => passed = true,
                    Ok(()) => made.extend(named(&copy, item).map_err(Gate::Error)?),
                    Err(Gate::Condition) => {}
                    Err(Gate::Global) => failed = true,
                    Err(error) => return Err(error),
                }
            }
            if resource.is_none() {
                match self.node(element, None) {
                    Ok(()) | Err(Gate::Condition) => {}
                    Err(gate) => return Err(gate),
                }
            }
            if failed && !passed {
                return Err(Gate::Global);
            }
        }
        elements.extend(made);
        Ok(())
    }
}

/// `+(k)`: goes where the resource has `k`, is `k` where it has not.
fn add_absent<'v>(fields: &mut Vec<'v, Field<'v>>, resource: Option<Value<'v>>) {
    fields.retain_mut(|field| {
        let key = Key::parse(field.key);
        if key.anchor != Some(Anchor::AddIfAbsent) {
            return true;
        }
        field.key = key.name;
        resource.is_none_or(|resource| resource.get(key.name).is_none())
    });
}

/// What `element` says without conditions about the resource's element of this name; nothing where
/// that has no name, or nothing is said.
fn named<'v>(element: &Node<'v>, item: Value<'v>) -> Result<Option<Node<'v>>, MergeError> {
    let name = match item.get("name") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::List(items)) if items.is_empty() => return Ok(None),
        Some(Value::Map(entries)) if entries.is_empty() => return Ok(None),
        Some(name) => Node::Scalar(name),
    };
    let mut element = element.clone();
    if clean::is_spent(&mut element, true)? {
        return Ok(None);
    }
    if let Node::Map(fields) = &mut element {
        match fields.iter_mut().find(|field| field.key == "name") {
            Some(field) => field.node = name,
            None => fields.push(Field {
                key: "name",
                node: name,
            }),
        }
    }
    Ok(Some(element))
}
