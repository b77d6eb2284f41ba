//! All patterns of a part, merged by path: a resource is walked once, however many rules look at
//! the same place, and what no pattern looks at is stepped over.
//!
//! A node stands for a place in the resource. It holds every distinct test of that place, and its
//! children hold what the tests of maps and lists ask for below. Results go up as one byte each.

use std::hash::Hash;
use std::sync::Arc;

use portcullis_lang::pattern::ScalarPattern;
use portcullis_lang::scalar::wildcard::Wildcard;
use portcullis_lang::value::Value;

use super::{Keys, MapPattern, Name, Pattern, QuickMap, Relation, Scalar, Step, Wanted};

/// What was found of a test: one bit each, so that the results of a list can be gathered.
pub(crate) mod found {
    /// It fits.
    pub(crate) const FITS: u8 = 1;
    /// An anchor says that the pattern does not apply.
    pub(crate) const SKIPS: u8 = 2;
    /// It does not fit.
    pub(crate) const FAILS: u8 = 4;
    /// There is nothing at that place.
    pub(crate) const ABSENT: u8 = 8;
}

/// Position of a [`Node`] in its [`Trie`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct NodeId(pub(crate) u32);

/// Patterns merged by path.
#[derive(Debug)]
pub(crate) struct Trie {
    /// The first one stands for the whole resource. Children come after their parents.
    pub(crate) nodes: Box<[Node]>,
    /// For each pattern, in the order in which they came in, its test at the first node.
    pub(crate) roots: Box<[u32]>,
    /// The most keys and scalars of any pattern: bounds what the reference evaluator may count.
    pub(crate) largest: usize,
}

/// One place of the resource.
#[derive(Debug)]
pub(crate) struct Node {
    /// Distinct.
    pub(crate) tests: Box<[Test]>,
    pub(crate) keys: Keys<Edge>,
    /// Keys with wildcards.
    pub(crate) wild: Box<[(Wildcard, NodeId, u32)]>,
    /// For the elements of a list.
    pub(crate) elements: Option<NodeId>,
    /// How many results all children have together.
    pub(crate) width: u32,
}

/// The place below a key.
#[derive(Debug)]
pub(crate) struct Edge {
    pub(crate) node: NodeId,
    /// Where the child's results start among those of all children.
    pub(crate) at: u32,
}

/// A test of one place.
#[derive(Debug)]
pub(crate) enum Test {
    /// A scalar that fits, or a list of such.
    Scalar(Arc<Scalar>),
    /// A list of scalars that fit.
    EachScalar(Arc<Scalar>),
    Map(Program),
    /// A list whose elements pass their test of this number.
    Each(u32),
    /// A list in which for each of these tests some element passes it.
    Some(Box<[u32]>),
    Present,
    NotNull,
    Never,
}

/// A map pattern over the results of the children.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) deciding: Box<[Slot]>,
    pub(crate) others: Box<[Slot]>,
}

/// One key of a map pattern.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) relation: Relation,
    /// Which of the children's results.
    pub(crate) at: u32,
}

impl Trie {
    /// Merges patterns.
    pub(crate) fn of<'p>(patterns: impl IntoIterator<Item = &'p Pattern>) -> Trie {
        let mut draft = Draft {
            nodes: vec![DraftNode::default()],
        };
        let mut largest = 0;
        let roots = patterns
            .into_iter()
            .map(|pattern| {
                largest = largest.max(pattern.size());
                draft.pattern(0, pattern)
            })
            .collect();
        Trie {
            nodes: draft.finish(),
            roots,
            largest,
        }
    }

    pub(crate) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0 as usize)
    }
}

/// A trie that still grows. Tests name a child by its number and a test of it by its number there.
struct Draft {
    nodes: Vec<DraftNode>,
}

#[derive(Default)]
struct DraftNode {
    tests: QuickMap<DraftTest, u32>,
    scalars: Vec<Option<Arc<Scalar>>>,
    keys: QuickMap<Box<str>, usize>,
    wild: Vec<(Wildcard, usize)>,
    elements: Option<usize>,
}

#[derive(Clone, Eq, Hash, PartialEq)]
enum DraftTest {
    Scalar(Box<str>),
    EachScalar(Box<str>),
    Map(Vec<DraftStep>, Vec<DraftStep>),
    Each(u32),
    Some(Vec<u32>),
    Present,
    NotNull,
    Never,
}

#[derive(Clone, Eq, Hash, PartialEq)]
struct DraftStep {
    relation: Relation,
    node: usize,
    test: u32,
}

impl Draft {
    /// The number of the test at `node` that `pattern` becomes.
    fn pattern(&mut self, node: usize, pattern: &Pattern) -> u32 {
        match pattern {
            Pattern::Scalar(scalar) => {
                self.test(node, DraftTest::Scalar(scalar.text.clone()), Some(scalar))
            }
            Pattern::EachScalar(scalar) => self.test(
                node,
                DraftTest::EachScalar(scalar.text.clone()),
                Some(scalar),
            ),
            Pattern::Never => self.test(node, DraftTest::Never, None),
            Pattern::Map(map) => self.map(node, map),
            Pattern::EachMap(map) => {
                let elements = self.elements(node);
                let test = self.map(elements, map);
                self.test(node, DraftTest::Each(test), None)
            }
        }
    }

    fn map(&mut self, node: usize, map: &MapPattern) -> u32 {
        let steps = |draft: &mut Draft, steps: &[Step]| -> Vec<DraftStep> {
            steps.iter().map(|step| draft.step(node, step)).collect()
        };
        let deciding = steps(self, &map.deciding);
        let others = steps(self, &map.others);
        self.test(node, DraftTest::Map(deciding, others), None)
    }

    fn step(&mut self, node: usize, step: &Step) -> DraftStep {
        let child = self.child(node, &step.name);
        let test = match &step.wanted {
            Wanted::Fits(pattern) => self.pattern(child, pattern),
            Wanted::Present => self.test(child, DraftTest::Present, None),
            Wanted::NotNull => self.test(child, DraftTest::NotNull, None),
            Wanted::Some(maps) => {
                let elements = self.elements(child);
                let tests = maps.iter().map(|map| self.map(elements, map)).collect();
                self.test(child, DraftTest::Some(tests), None)
            }
        };
        DraftStep {
            relation: step.relation,
            node: child,
            test,
        }
    }

    fn child(&mut self, node: usize, name: &Name) -> usize {
        let next = self.nodes.len();
        let Some(parent) = self.nodes.get_mut(node) else {
            return node;
        };
        let child = match name {
            Name::Exact(key) => match parent.keys.get(key) {
                Some(child) => *child,
                None => *parent.keys.entry(key.clone()).or_insert(next),
            },
            Name::Smallest(pattern) => {
                let known = parent.wild.iter();
                let mut known = known.filter(|(wild, _)| wild.as_str() == pattern.as_str());
                match known.next() {
                    Some((_, child)) => *child,
                    None => {
                        parent.wild.push((pattern.clone(), next));
                        next
                    }
                }
            }
        };
        if child == next {
            self.nodes.push(DraftNode::default());
        }
        child
    }

    fn elements(&mut self, node: usize) -> usize {
        let next = self.nodes.len();
        let Some(parent) = self.nodes.get_mut(node) else {
            return node;
        };
        let child = *parent.elements.get_or_insert(next);
        if child == next {
            self.nodes.push(DraftNode::default());
        }
        child
    }

    fn test(&mut self, node: usize, test: DraftTest, scalar: Option<&Arc<Scalar>>) -> u32 {
        let Some(node) = self.nodes.get_mut(node) else {
            return 0;
        };
        if let Some(known) = node.tests.get(&test) {
            return *known;
        }
        let number = node.scalars.len() as u32;
        node.tests.insert(test, number);
        node.scalars.push(scalar.cloned());
        number
    }

    fn finish(self) -> Box<[Node]> {
        let results: Vec<u32> = self
            .nodes
            .iter()
            .map(|node| node.scalars.len() as u32)
            .collect();
        let results = |node: usize| results.get(node).copied().unwrap_or_default();
        self.nodes
            .into_iter()
            .map(|node| node.finish(&results))
            .collect()
    }
}

impl DraftNode {
    fn finish(self, results: &dyn Fn(usize) -> u32) -> Node {
        let mut width = 0;
        let mut place: QuickMap<usize, u32> = QuickMap::default();
        let mut next = |child: usize| {
            let at = width;
            width += results(child);
            place.insert(child, at);
            (NodeId(child as u32), at)
        };
        // Sorted, so that two builds of one input are equal.
        let mut keys: Vec<_> = self.keys.into_iter().collect();
        keys.sort_unstable_by_key(|(_, child)| *child);
        let keys = keys.into_iter().map(|(key, child)| {
            let (node, at) = next(child);
            (key, Edge { node, at })
        });
        let keys = Keys::new(keys.collect());
        let wild = self.wild.into_iter().map(|(pattern, child)| {
            let (node, at) = next(child);
            (pattern, node, at)
        });
        let wild = wild.collect();
        let slots = |steps: Vec<DraftStep>| -> Box<[Slot]> {
            let slot = |step: DraftStep| Slot {
                relation: step.relation,
                at: place.get(&step.node).copied().unwrap_or_default() + step.test,
            };
            steps.into_iter().map(slot).collect()
        };
        let mut tests: Vec<_> = self.tests.into_iter().collect();
        tests.sort_by_key(|(_, number)| *number);
        let tests = std::iter::zip(tests, self.scalars)
            .map(|((test, _), scalar)| match (test, scalar) {
                (DraftTest::Scalar(_), Some(scalar)) => Test::Scalar(scalar),
                (DraftTest::EachScalar(_), Some(scalar)) => Test::EachScalar(scalar),
                (DraftTest::Map(deciding, others), _) => Test::Map(Program {
                    deciding: slots(deciding),
                    others: slots(others),
                }),
                (DraftTest::Each(test), _) => Test::Each(test),
                (DraftTest::Some(tests), _) => Test::Some(tests.into()),
                (DraftTest::Present, _) => Test::Present,
                (DraftTest::NotNull, _) => Test::NotNull,
                _ => Test::Never,
            })
            .collect();
        Node {
            tests,
            keys,
            wild,
            elements: self.elements.map(|child| NodeId(child as u32)),
            width,
        }
    }
}

impl Scalar {
    pub(crate) fn new(text: String, pattern: Value<'_>) -> Scalar {
        Scalar {
            text: text.into(),
            ready: ScalarPattern::new(pattern),
        }
    }
}
