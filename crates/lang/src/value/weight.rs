//! How much work it is to walk a whole value: printing it, copying it, comparing it.
//!
//! Values made while evaluating may hold one part many times over. A few hundred steps can make
//! a value that takes longer to print than the universe is old, so whoever is about to walk a
//! value that a stranger's expression made asks for its weight first.

use super::{List, Map, Node, Value};

/// Levels that a value may have: walking it is recursion.
const DEEPEST: usize = 1_000;
/// Bytes of text that weigh as much as one node.
const BYTES_PER_NODE: usize = 64;

impl Value<'_> {
    /// The weight: one for each node and for each 64 bytes of text. `None` when it is more than
    /// `limit`, or when the value nests deeper than 1,000 levels.
    ///
    /// Cost: at most `limit` steps; a part of a document that was read is weighed without a look
    /// at its nodes unless it lies within something made.
    pub fn weigh(self, limit: usize) -> Option<usize> {
        let left = match self {
            Value::List(List(super::list::Repr::Tape { nodes, .. }))
            | Value::Map(Map(super::map::Repr::Tape { nodes, .. })) => {
                limit.checked_sub(1 + nodes.len())
            }
            other => other.weigh_down(limit, DEEPEST),
        };
        left.map(|left| limit - left)
    }

    /// What is left of `limit`.
    fn weigh_down(self, limit: usize, levels: usize) -> Option<usize> {
        let levels = levels.checked_sub(1)?;
        let limit = limit.checked_sub(1)?;
        match self {
            Value::Str(text) => limit.checked_sub(text.len() / BYTES_PER_NODE),
            Value::List(List(super::list::Repr::Tape { nodes, .. }))
            | Value::Map(Map(super::map::Repr::Tape { nodes, .. })) => {
                nodes.iter().try_fold(limit, |limit, node| match node {
                    Node::String(text) => limit.checked_sub(1 + text.len() / BYTES_PER_NODE),
                    _ => limit.checked_sub(1),
                })
            }
            Value::List(list) => list
                .iter()
                .try_fold(limit, |limit, item| item.weigh_down(limit, levels)),
            Value::Map(map) => map.iter().try_fold(limit, |limit, (key, item)| {
                let limit = limit.checked_sub(key.len() / BYTES_PER_NODE)?;
                item.weigh_down(limit, levels)
            }),
            _ => Some(limit),
        }
    }
}

#[cfg(test)]
mod tests {
    use bumpalo::Bump;

    use crate::value::{Document, Numbers, Value, list};

    #[test]
    fn weights() {
        let document = Document::from_json(br#"{"a": [1, "b"], "c": null}"#, Numbers::Doubles);
        let document = document.unwrap();
        let bump = Bump::new();
        let long = "x".repeat(640);
        check("a scalar", Value::Null, Some(1));
        check("a long text", Value::Str(&long), Some(11));
        check("a document", document.root(), Some(7));
        check("made", list(&bump, [document.root(), Value::Null]), Some(9));
        let doubled = (0..90).fold(Value::Null, |value, _| list(&bump, [value, value]));
        check("a part many times", doubled, None);
        let deep = (0..2_000).fold(Value::Null, |value, _| list(&bump, [value]));
        check("deep", deep, None);
    }

    #[track_caller]
    fn check(case: &str, value: Value<'_>, expect: Option<usize>) {
        assert_eq!(value.weigh(10_000), expect, "{case}");
        assert_eq!(
            expect.and_then(|weight| value.weigh(weight - 1)),
            None,
            "{case}"
        );
    }
}
