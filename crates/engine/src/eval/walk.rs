//! One walk of a resource along a trie.
//!
//! Comes in:  a trie, a value, a stack.
//! Goes out:  one byte (see `found`) for each test of the trie's first node, on top of the stack.
//!
//! A map is gone through once: keys that no pattern names are stepped over with all that is below.
//! Order counts in one place only, a map pattern over its keys, and there it is the compiler's.

use portcullis_lang::pattern::MOST_STEPS;
use portcullis_lang::pattern::anchor::Key;
use portcullis_lang::scalar::wildcard::Wildcard;
use portcullis_lang::value::{List, Map, Value};

use crate::ir::found::{ABSENT, FAILS, FITS, SKIPS};
use crate::ir::{Node, NodeId, Program, Relation, Slot, Test, Trie};

/// Walks `value`. The results of the first node start at the length that the stack had before.
///
/// False where the reference evaluator might see something else: then the results are worth nothing.
pub(super) fn walk(trie: &Trie, value: Value<'_>, stack: &mut Vec<u8>) -> bool {
    let at = stack.len();
    let first = NodeId(0);
    let tests = trie.node(first).map_or(0, |node| node.tests.len());
    stack.resize(at + tests, FAILS);
    // The reference evaluator gives up on patterns that take too many comparisons.
    let steps = value
        .nodes()
        .map(|nodes| nodes.saturating_mul(trie.largest * 2));
    if steps.is_none_or(|steps| steps > MOST_STEPS) {
        return false;
    }
    let mut walk = Walk {
        trie,
        stack,
        sure: true,
    };
    walk.visit(first, value, at);
    walk.sure
}

struct Walk<'w> {
    trie: &'w Trie,
    stack: &'w mut Vec<u8>,
    sure: bool,
}

impl<'w> Walk<'w> {
    /// Writes the results of the node's tests at `at`.
    fn visit(&mut self, id: NodeId, value: Value<'_>, at: usize) {
        let Some(node) = self.trie.node(id) else {
            return;
        };
        let base = self.stack.len();
        match value {
            Value::Map(map) => self.children(node, map, base),
            Value::List(list) => self.elements(node, list, base),
            _ => {}
        }
        for (index, test) in node.tests.iter().enumerate() {
            let result = self.test(test, value, base);
            if let Some(slot) = self.stack.get_mut(at + index) {
                *slot = result;
            }
        }
        self.stack.truncate(base);
    }

    /// Puts the results of all children on the stack.
    fn children(&mut self, node: &Node, map: Map<'_>, base: usize) {
        self.stack.resize(base + node.width as usize, ABSENT);
        if !node.keys.is_empty() {
            for (key, value) in map {
                if let Some(edge) = node.keys.get(key) {
                    self.visit(edge.node, value, base + edge.at as usize);
                }
            }
        }
        for (pattern, child, at) in &node.wild {
            if let Some(value) = smallest(map, pattern, &mut self.sure) {
                self.visit(*child, value, base + *at as usize);
            }
        }
    }

    /// Puts what was found of each test over all elements on the stack.
    fn elements(&mut self, node: &Node, list: List<'_>, base: usize) {
        let Some(id) = node.elements else {
            return;
        };
        let tests = self.trie.node(id).map_or(0, |node| node.tests.len());
        self.stack.resize(base + 2 * tests, 0);
        for element in list {
            self.visit(id, element, base + tests);
            let Some((gathered, found)) = self
                .stack
                .get_mut(base..base + 2 * tests)
                .and_then(|results| results.split_at_mut_checked(tests))
            else {
                return;
            };
            for (sum, result) in gathered.iter_mut().zip(found) {
                *sum |= *result;
            }
        }
    }

    fn test(&self, test: &Test, value: Value<'_>, base: usize) -> u8 {
        let fits = |fits: bool| if fits { FITS } else { FAILS };
        match (test, value) {
            (Test::Present, _) => FITS,
            (Test::NotNull, value) => fits(!value.is_null()),
            (Test::Scalar(scalar) | Test::EachScalar(scalar), Value::List(list)) => {
                fits(list.iter().all(|element| scalar.ready.matches(element)))
            }
            (Test::Scalar(scalar), value) => fits(scalar.ready.matches(value)),
            (Test::Map(program), Value::Map(_)) => {
                run(program, self.stack.get(base..).unwrap_or_default())
            }
            (Test::Each(test), Value::List(_)) => match self.gathered(base, *test) {
                0 => FITS,
                found if found & FAILS != 0 => FAILS,
                found if found & FITS != 0 => FITS,
                _ => SKIPS,
            },
            (Test::Some(tests), Value::List(_)) => {
                let met = |test: &u32| self.gathered(base, *test) & FITS != 0;
                fits(tests.iter().all(met))
            }
            _ => FAILS,
        }
    }

    fn gathered(&self, base: usize, test: u32) -> u8 {
        let at = base + test as usize;
        self.stack.get(at).copied().unwrap_or(FAILS)
    }
}

/// What stands under the smallest key that fits, of those that hold a text. `sure` becomes false where
/// the reference evaluator might see something else.
pub(super) fn smallest<'v>(map: Map<'v>, pattern: &Wildcard, sure: &mut bool) -> Option<Value<'v>> {
    let mut smallest: Option<&str> = None;
    for (key, value) in map.iter().filter(|(key, _)| pattern.matches(key)) {
        if value.as_str().is_none() {
            *sure &= key != pattern.as_str();
        } else if smallest.is_none_or(|known| key < known) {
            smallest = Some(key);
        }
    }
    let key = smallest?;
    // Such a key would be read as an anchor.
    *sure &= Key::parse(key).anchor.is_none();
    map.get(key)
}

/// A map pattern over the results of its keys, as `lang::pattern` evaluates it.
fn run(program: &Program, results: &[u8]) -> u8 {
    let result = |slot: &Slot| {
        let found = results.get(slot.at as usize).copied().unwrap_or(FAILS);
        related(slot.relation, found)
    };
    let (mut applied, mut skipped, mut condition_failed) = (false, false, false);
    for slot in &program.deciding {
        match result(slot) {
            FITS => applied = true,
            SKIPS => {
                condition_failed |= slot.relation == Relation::Conditional;
                skipped = true;
            }
            // The map does not apply, so what else is wrong with it does not count.
            _ if condition_failed => {}
            _ => return FAILS,
        }
    }
    if skipped && (condition_failed || !applied) {
        return SKIPS;
    }
    let mut others = program.others.iter().map(result);
    others.find(|found| *found != FITS).unwrap_or(FITS)
}

fn related(relation: Relation, found: u8) -> u8 {
    match (relation, found) {
        (Relation::Optional | Relation::Negation | Relation::Global | Relation::OrNull, ABSENT) => {
            FITS
        }
        (Relation::Negation, _) => FAILS,
        (Relation::Conditional | Relation::Global, FITS) => FITS,
        (Relation::Conditional | Relation::Global, _) => SKIPS,
        (Relation::Plain, ABSENT) => FAILS,
        (_, found) => found,
    }
}
