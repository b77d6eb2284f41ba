//! Reading a tape as values, and writing one node by node.

use simd_json::{StaticNode, tape::Node};

use super::{List, Map, Value};

/// The value whose nodes `nodes` starts with; `null` when there are none.
pub fn value_of<'a>(nodes: &'a [Node<'a>]) -> Value<'a> {
    split_first(nodes).map_or(Value::Null, |(value, _)| value)
}

/// Splits the first value off, with all that belongs to it.
pub(super) fn split_first<'a>(nodes: &'a [Node<'a>]) -> Option<(Value<'a>, &'a [Node<'a>])> {
    let (first, rest) = nodes.split_first()?;
    Some(match first {
        Node::String(text) => (Value::Str(text), rest),
        Node::Static(scalar) => (scalar_of(*scalar), rest),
        Node::Array { len, count } => {
            let (own, rest) = rest.split_at_checked(*count)?;
            (Value::List(List::from_tape(own, *len)), rest)
        }
        Node::Object { len, count } => {
            let (own, rest) = rest.split_at_checked(*count)?;
            (Value::Map(Map::from_tape(own, *len)), rest)
        }
    })
}

/// The last value under `key` in the nodes of a map; what stands under other keys is stepped over.
pub(super) fn entry<'a>(mut nodes: &'a [Node<'a>], key: &str) -> Option<Value<'a>> {
    let mut found = None;
    while let [name, rest @ ..] = nodes {
        // Most keys differ in their length or their last byte, which spares a call.
        if let Node::String(name) = name
            && name.len() == key.len()
            && name.as_bytes().last() == key.as_bytes().last()
            && *name == key
        {
            found = Some(rest);
        }
        let inner = match rest.first()? {
            Node::Array { count, .. } | Node::Object { count, .. } => *count,
            Node::String(_) | Node::Static(_) => 0,
        };
        nodes = rest.get(inner + 1..)?;
    }
    found.map(value_of)
}

fn scalar_of<'a>(scalar: StaticNode) -> Value<'a> {
    match scalar {
        StaticNode::Null => Value::Null,
        StaticNode::Bool(flag) => Value::Bool(flag),
        StaticNode::I64(number) => Value::Int(number),
        StaticNode::U64(number) => {
            i64::try_from(number).map_or(Value::Float(number as f64), Value::Int)
        }
        StaticNode::F64(number) => Value::Float(number),
    }
}

/// Writes a tape whose texts are not borrowed yet: they go to one buffer, and become slices of it
/// when the document is closed (see [`super::Document`]).
///
/// Containers are opened with [`open_list`](Self::open_list) or [`open_map`](Self::open_map),
/// filled, and closed with the mark that opening returned.
#[derive(Debug, Default)]
pub struct TapeBuilder {
    pub(super) text: String,
    pub(super) nodes: Vec<Draft>,
}

/// A node whose text is a range of [`TapeBuilder::text`].
#[derive(Clone, Copy, Debug)]
pub(super) enum Draft {
    Text { start: usize, end: usize },
    List { len: usize, count: usize },
    Map { len: usize, count: usize },
    Scalar(StaticNode),
}

/// An open container of a [`TapeBuilder`].
#[derive(Debug)]
#[must_use = "a container that is not closed has no items"]
pub struct Open(usize);

impl TapeBuilder {
    /// A builder for texts of so many bytes in all, and a node for each twelve of them.
    pub(super) fn with_capacity(bytes: usize) -> TapeBuilder {
        TapeBuilder {
            text: String::with_capacity(bytes),
            nodes: Vec::with_capacity(bytes / 12),
        }
    }

    /// How many nodes are written so far: the index of the next one.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Is nothing written yet?
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Writes a text, or the key of a map entry.
    pub fn text(&mut self, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        self.nodes.push(Draft::Text {
            start,
            end: self.text.len(),
        });
    }

    /// Writes `null`.
    pub fn null(&mut self) {
        self.nodes.push(Draft::Scalar(StaticNode::Null));
    }

    /// Writes a truth value.
    pub fn bool(&mut self, flag: bool) {
        self.nodes.push(Draft::Scalar(StaticNode::Bool(flag)));
    }

    /// Writes a whole number.
    pub fn int(&mut self, number: i64) {
        self.nodes.push(Draft::Scalar(StaticNode::I64(number)));
    }

    /// Writes a double.
    pub fn float(&mut self, number: f64) {
        self.nodes.push(Draft::Scalar(StaticNode::F64(number)));
    }

    /// Opens a list.
    pub fn open_list(&mut self) -> Open {
        self.nodes.push(Draft::List { len: 0, count: 0 });
        Open(self.nodes.len() - 1)
    }

    /// Opens a map. Write key and value in turn.
    pub fn open_map(&mut self) -> Open {
        self.nodes.push(Draft::Map { len: 0, count: 0 });
        Open(self.nodes.len() - 1)
    }

    /// Closes a container that holds `items` items or entries.
    pub fn close(&mut self, open: Open, items: usize) {
        let written = self.nodes.len() - open.0 - 1;
        if let Some(Draft::List { len, count } | Draft::Map { len, count }) =
            self.nodes.get_mut(open.0)
        {
            *len = items;
            *count = written;
        }
    }

    /// Writes a whole value; a map's key that stands twice is written once, with its last value.
    pub fn value(&mut self, value: Value<'_>) {
        match value {
            Value::Null => self.null(),
            Value::Bool(flag) => self.bool(flag),
            Value::Int(number) => self.int(number),
            Value::Float(number) => self.float(number),
            Value::Str(text) => self.text(text),
            Value::List(list) => {
                let open = self.open_list();
                list.iter().for_each(|item| self.value(item));
                self.close(open, list.len());
            }
            Value::Map(map) => {
                let mut entries: Vec<_> = map.iter().collect();
                super::made::sort_entries(&mut entries);
                let open = self.open_map();
                for (key, item) in &entries {
                    self.text(key);
                    self.value(*item);
                }
                self.close(open, entries.len());
            }
        }
    }
}
