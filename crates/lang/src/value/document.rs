//! An owned document: a tape and the text that it points into, immutable once built.

use std::sync::Arc;

use simd_json::tape::Node;

use super::tape::{Draft, TapeBuilder, value_of};
use super::{JsonError, Lines, Numbers, Value, json};
use crate::diagnostic::Position;

/// A stretch of source text, in bytes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// The nodes, each text a slice of the cell's owner.
struct Nodes<'a>(Vec<Node<'a>>);

/// The only `unsafe` of this crate, and it is `self_cell`'s: a tape that borrows the text stored
/// beside it. The alternative, one `String` for each text, costs an allocation for each.
#[allow(
    unsafe_code,
    reason = "expands self_cell's audited code for a struct that borrows from itself"
)]
mod cell {
    use super::Nodes;

    self_cell::self_cell!(
        pub(super) struct Held {
            owner: Box<str>,
            #[covariant]
            dependent: Nodes,
        }
    );
}

/// An owned, immutable JSON document. Cloning it shares it, and so does taking a part of it
/// ([`Item::to_document`]).
///
/// A document that was read from YAML also knows where each of its nodes stands in the text
/// ([`Document::item`]).
#[derive(Clone)]
pub struct Document {
    inner: Arc<Inner>,
    /// The node that it begins with.
    first: usize,
}

struct Inner {
    held: cell::Held,
    /// One for each node, or empty.
    spans: Box<[Span]>,
    /// Of the text that the spans count bytes of, where that is kept.
    lines: Option<Lines>,
}

impl Document {
    /// Reads JSON. Keys that stand twice keep their last value.
    ///
    /// # Errors
    ///
    /// Where the bytes are not one JSON value: what was wrong, and at which byte.
    pub fn from_json(text: &[u8], numbers: Numbers) -> Result<Document, JsonError> {
        let mut tape = TapeBuilder::default();
        json::read(text, numbers, &mut tape)?;
        Ok(Document::build(tape, Vec::new()))
    }

    /// A copy of `value` that owns all of its data.
    pub fn from_value(value: Value<'_>) -> Document {
        let mut tape = TapeBuilder::default();
        tape.value(value);
        Document::build(tape, Vec::new())
    }

    /// Closes a written tape. `spans` has one entry for each node, or none at all.
    pub fn build(tape: TapeBuilder, spans: Vec<Span>) -> Document {
        debug_assert!(spans.is_empty() || spans.len() == tape.nodes.len());
        let drafts = tape.nodes;
        let held = cell::Held::new(tape.text.into_boxed_str(), |text| {
            let node = |draft: &Draft| match *draft {
                Draft::Text { start, end } => {
                    Node::String(text.get(start..end).unwrap_or_default())
                }
                Draft::List { len, count } => Node::Array { len, count },
                Draft::Map { len, count } => Node::Object { len, count },
                Draft::Scalar(scalar) => Node::Static(scalar),
            };
            Nodes(drafts.iter().map(node).collect())
        });
        let inner = Inner {
            held,
            spans: spans.into_boxed_slice(),
            lines: None,
        };
        Document {
            inner: Arc::new(inner),
            first: 0,
        }
    }

    /// The document, with the lines of the text that it was read from.
    #[must_use]
    pub(super) fn with_lines(mut self, lines: &Lines) -> Document {
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.lines = Some(lines.clone());
        }
        self
    }

    /// The line and column of a byte of the text that it was read from; `None` for a document that
    /// was not read from YAML.
    pub fn position(&self, offset: usize) -> Option<Position> {
        let lines = self.inner.lines.as_ref();
        lines.map(|lines| lines.position(offset))
    }

    /// The whole document as a value.
    pub fn root(&self) -> Value<'_> {
        self.item().value()
    }

    /// The whole document as an item that knows its place in the source text.
    pub fn item(&self) -> Item<'_> {
        Item {
            document: self,
            index: self.first,
        }
    }

    /// The memory that it takes, in bytes, as long as anybody has it or a part of it.
    pub fn memory(&self) -> usize {
        let Inner { held, spans, .. } = &*self.inner;
        held.borrow_owner().len()
            + size_of_val(self.nodes())
            + size_of_val::<[Span]>(spans)
            + size_of::<Inner>()
    }

    fn nodes(&self) -> &[Node<'_>] {
        &self.inner.held.borrow_dependent().0
    }
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.root().fmt(f)
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.root() == other.root()
    }
}

/// One node of a [`Document`]: its value, and where it stands in the source.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    document: &'a Document,
    index: usize,
}

/// One entry of a map, with the key's own place.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The key.
    pub key: &'a str,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub item: Item<'a>,
}

/// One element of a list.
pub type Element<'a> = Item<'a>;

impl<'a> Item<'a> {
    /// The value.
    pub fn value(self) -> Value<'a> {
        value_of(self.document.nodes().get(self.index..).unwrap_or_default())
    }

    /// Where it stands in the source text; empty for a document that was not read from YAML.
    pub fn span(self) -> Span {
        let span = self.document.inner.spans.get(self.index);
        span.copied().unwrap_or_default()
    }

    /// The document that it belongs to.
    pub fn document(self) -> &'a Document {
        self.document
    }

    /// The entries of a map, in document order; none for anything else.
    pub fn entries(self) -> impl Iterator<Item = Entry<'a>> {
        let (document, nodes) = (self.document, self.document.nodes());
        let len = match nodes.get(self.index) {
            Some(Node::Object { len, .. }) => *len,
            _ => 0,
        };
        let mut next = self.index + 1;
        std::iter::repeat_with(move || {
            let Some(Node::String(key)) = nodes.get(next) else {
                return None;
            };
            let key_span = document.inner.spans.get(next).copied().unwrap_or_default();
            let item = Item {
                document,
                index: next + 1,
            };
            next = item.after();
            Some(Entry {
                key,
                key_span,
                item,
            })
        })
        .take(len)
        .flatten()
    }

    /// The elements of a list, in order; none for anything else.
    pub fn elements(self) -> impl Iterator<Item = Element<'a>> {
        let len = match self.document.nodes().get(self.index) {
            Some(Node::Array { len, .. }) => *len,
            _ => 0,
        };
        let mut next = self.index + 1;
        std::iter::repeat_with(move || {
            let item = Item {
                document: self.document,
                index: next,
            };
            next = item.after();
            item
        })
        .take(len)
    }

    /// The item under `key`, when this is a map that has it.
    pub fn get(self, key: &str) -> Option<Item<'a>> {
        self.entries()
            .filter(|entry| entry.key == key)
            .last()
            .map(|entry| entry.item)
    }

    /// A document that is just this item, with its places in the source. It shares the memory of the
    /// whole one.
    pub fn to_document(self) -> Document {
        Document {
            inner: Arc::clone(&self.document.inner),
            first: self.index,
        }
    }

    /// The index of the first node that no longer belongs to this item.
    fn after(self) -> usize {
        match self.document.nodes().get(self.index) {
            Some(Node::Array { count, .. } | Node::Object { count, .. }) => self.index + 1 + count,
            _ => self.index + 1,
        }
    }
}
