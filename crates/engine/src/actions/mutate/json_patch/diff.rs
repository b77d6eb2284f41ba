//! The patch that leads from one state of a resource to another: short, and always the same.
//!
//! Maps are compared key by key, in the order of the keys. Lists keep their common beginning and
//! end; what lies between is aligned so that few elements have to be sent. A map or list of which
//! nothing stays is sent whole where that is shorter; what stays is never sent, so that it stays to
//! the last digit of its numbers.
//!
//! Parts that both states share in memory are not looked into, so that the cost follows what a rule
//! changed and not the size of the resource.

mod align;

use portcullis_lang::value::{List, Map, Value, to_json};

use super::operation::{Kind, Operation};
use align::{Step, align};
use bumpalo::Bump;

/// Bytes of an operation without its path and value: `{"op":"replace","path":"","value":},`.
const OVERHEAD: usize = 38;

/// The operations that lead from `before` to `after`; none where they are equal.
///
/// Applied in order to `before`, by the RFC alone, they give `after`.
pub fn diff<'v>(before: Value<'v>, after: Value<'v>, bump: &'v Bump) -> Vec<Operation<'v>> {
    let mut differ = Differ {
        bump,
        path: String::new(),
        operations: Vec::new(),
        cost: 0,
        kept: false,
    };
    differ.node(before, after);
    differ.operations
}

struct Differ<'v> {
    bump: &'v Bump,
    /// Of the node that is looked at, as a JSON pointer.
    path: String,
    operations: Vec<Operation<'v>>,
    /// About how many bytes the operations take.
    cost: usize,
    /// Did any part stay as it was?
    kept: bool,
}

impl<'v> Differ<'v> {
    fn node(&mut self, before: Value<'v>, after: Value<'v>) {
        if before == after {
            self.kept = true;
            return;
        }
        let kept = std::mem::take(&mut self.kept);
        self.changed(before, after);
        self.kept |= kept;
    }

    fn changed(&mut self, before: Value<'v>, after: Value<'v>) {
        let (start, cost) = (self.operations.len(), self.cost);
        match (before, after) {
            (Value::Map(before), Value::Map(after)) => self.maps(before, after),
            (Value::List(before), Value::List(after)) => self.lists(before, after),
            _ => return self.push(Kind::Replace, after),
        }
        // The resource itself is never sent whole.
        if self.kept || self.path.is_empty() || self.operations.len() == start + 1 {
            return;
        }
        let whole = OVERHEAD + self.path.len() + size(after);
        if whole < self.cost - cost {
            self.operations.truncate(start);
            self.cost = cost;
            self.push(Kind::Replace, after);
        }
    }

    fn maps(&mut self, before: Map<'v>, after: Map<'v>) {
        let mut old = before.sorted(self.bump).iter().peekable();
        let mut new = after.sorted(self.bump).iter().peekable();
        loop {
            let order = match (old.peek(), new.peek()) {
                (None, None) => return,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some((a, _)), Some((b, _))) => a.cmp(b),
            };
            let old = if order.is_le() { old.next() } else { None };
            let new = if order.is_ge() { new.next() } else { None };
            let Some((key, _)) = old.or(new) else { return };
            self.below(key, |differ| match (old, new) {
                (Some((_, old)), Some((_, new))) => differ.node(*old, *new),
                (Some(_), None) => differ.push(Kind::Remove, Value::Null),
                (None, Some((_, new))) => differ.push(Kind::Add, *new),
                (None, None) => {}
            });
        }
    }

    fn lists(&mut self, before: List<'v>, after: List<'v>) {
        let (before, after): (Vec<_>, Vec<_>) = (before.iter().collect(), after.iter().collect());
        // Where the next element of `after` stands in the list as it is by then.
        let mut at = 0;
        for step in align(&before, &after) {
            match step {
                Step::Keep(count) => {
                    at += count;
                    self.kept |= count > 0;
                }
                Step::Change(old, new) => {
                    self.at(at, |differ| differ.node(old, new));
                    at += 1;
                }
                Step::Add(new) => {
                    self.at(at, |differ| differ.push(Kind::Add, new));
                    at += 1;
                }
                Step::Remove => self.at(at, |differ| differ.push(Kind::Remove, Value::Null)),
            }
        }
    }

    fn at(&mut self, index: usize, then: impl FnOnce(&mut Self)) {
        self.below(&index.to_string(), then);
    }

    fn below(&mut self, key: &str, then: impl FnOnce(&mut Self)) {
        let len = self.path.len();
        self.path.push('/');
        for character in key.chars() {
            match character {
                '~' => self.path.push_str("~0"),
                '/' => self.path.push_str("~1"),
                other => self.path.push(other),
            }
        }
        then(self);
        self.path.truncate(len);
    }

    fn push(&mut self, kind: Kind, value: Value<'v>) {
        self.cost += OVERHEAD + self.path.len() + size(value);
        self.operations.push(Operation {
            kind,
            path: self.bump.alloc_str(&self.path),
            from: "",
            value,
        });
    }
}

/// About how many bytes the value takes as JSON.
fn size(value: Value<'_>) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 4,
        Value::Int(_) | Value::Float(_) => to_json(value).len(),
        Value::Str(text) => text.len() + 2,
        Value::List(items) => 1 + items.iter().map(|item| size(item) + 1).sum::<usize>(),
        Value::Map(map) => {
            1 + map
                .iter()
                .map(|(key, item)| key.len() + 4 + size(item))
                .sum::<usize>()
        }
    }
}
