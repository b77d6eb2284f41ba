//! A patch while its anchors are worked off: a tree whose keys and elements come and go.

use bumpalo::Bump;
use bumpalo::collections::Vec;
use portcullis_lang::value::{Value, list, map_in_place};

/// One node of the patch.
#[derive(Clone, Debug)]
pub(super) enum Node<'v> {
    /// Anything but a list or map.
    Scalar(Value<'v>),
    /// A list.
    List(Vec<'v, Node<'v>>),
    /// A map: its fields by key, until keys are renamed.
    Map(Vec<'v, Field<'v>>),
}

/// One entry of a map.
#[derive(Clone, Debug)]
pub(super) struct Field<'v> {
    /// With its anchor, until that is worked off.
    pub(super) key: &'v str,
    pub(super) node: Node<'v>,
}

impl<'v> Node<'v> {
    pub(super) fn new(value: Value<'v>, bump: &'v Bump) -> Node<'v> {
        match value {
            Value::List(items) => {
                let mut nodes = Vec::with_capacity_in(items.len(), bump);
                nodes.extend(items.iter().map(|item| Node::new(item, bump)));
                Node::List(nodes)
            }
            Value::Map(map) => {
                let entries = map.sorted(bump);
                let mut fields = Vec::with_capacity_in(entries.len(), bump);
                fields.extend(entries.iter().map(|(key, value)| Field {
                    key,
                    node: Node::new(*value, bump),
                }));
                Node::Map(fields)
            }
            // A number of a policy becomes one of a resource.
            Value::Int(number) => Node::Scalar(Value::Float(number as f64)),
            scalar => Node::Scalar(scalar),
        }
    }

    /// The tree as a value; of two fields with one key the first counts.
    pub(super) fn value(&self, bump: &'v Bump) -> Value<'v> {
        match self {
            Node::Scalar(value) => *value,
            Node::List(nodes) => list(bump, nodes.iter().map(|node| node.value(bump))),
            Node::Map(fields) => {
                let mut entries = Vec::with_capacity_in(fields.len(), bump);
                entries.extend(fields.iter().rev().map(|f| (f.key, f.node.value(bump))));
                map_in_place(entries)
            }
        }
    }

    pub(super) fn is_map(&self) -> bool {
        matches!(self, Node::Map(_))
    }

    /// Does a key, or a text, at any depth satisfy `wanted`?
    pub(super) fn mentions(&self, wanted: &impl Fn(&str) -> bool) -> bool {
        match self {
            Node::Scalar(Value::Str(text)) => wanted(text),
            Node::Scalar(_) => false,
            Node::List(nodes) => nodes.iter().any(|node| node.mentions(wanted)),
            Node::Map(fields) => fields
                .iter()
                .any(|field| wanted(field.key) || field.node.mentions(wanted)),
        }
    }
}
