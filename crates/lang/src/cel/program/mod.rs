//! The compiled expression.
//!
//! Comes in:  the tree and what the checker found.
//! Goes out:  [`Program`], which `eval` runs and which never changes.
//! Never here: inputs, policies.
//!
//! A program is a tree in one array: a node names its children by their places. Names are
//! resolved to numbers, macros are loops of their own, constants are values, and patterns among
//! them are compiled. A chain of selections is one node, so that a reader of the program sees
//! which paths of which variable it looks at.

mod compile;
mod constants;
mod parts;
mod sight;

use std::ops::Range;
use std::sync::Arc;

use super::environment::Variable;
use super::library::{Body, Cost, Dispatch, Overload, Prepared};
use super::types::Type;
use super::val::Constant;

pub(super) use compile::compile;
pub(super) use parts::Parts;

/// A compiled expression. It may be shared between threads and evaluated by many at once.
#[derive(Debug)]
pub struct Program {
    nodes: Box<[Node]>,
    root: NodeId,
    constants: Box<[Arc<Constant>]>,
    names: Box<[Arc<str>]>,
    calls: Box<[CallSite]>,
    folds: Box<[Fold]>,
    steps: Box<[Step]>,
    /// The children of nodes that have any number of them.
    children: Box<[Child]>,
    /// Of a bundle.
    together: Option<Box<Together>>,
    slots: u32,
    result: Type,
}

const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    shared::<Program>();
};

/// The place of a [`Node`] in its program.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct NodeId(u32);

/// The place of a text in its program.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct NameId(u32);

/// The place of a value during an evaluation: of a comprehension's variable, or of what is remembered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Slot(pub(crate) u32);

/// A stretch of one of the program's lists.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stretch {
    start: u32,
    len: u32,
}

/// One operation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Node {
    /// A constant. `cost` is what computing it would have cost.
    Constant { place: u32, cost: u32 },
    /// An input.
    Variable(Variable),
    /// The variable of an enclosing comprehension.
    Local(Slot),
    /// Selections one after the other.
    Path { root: NodeId, steps: Stretch },
    /// Is what the last selection selects there?
    Has { root: NodeId, steps: Stretch },
    /// A function or an operator that takes values.
    Call(u32),
    /// Every one of them.
    All(Stretch),
    /// Any one of them.
    Any(Stretch),
    /// `test ? yes : no`
    Conditional {
        test: NodeId,
        yes: NodeId,
        no: NodeId,
    },
    /// A list literal.
    List(Stretch),
    /// A map literal: key and value in turn.
    Map(Stretch),
    /// A literal of a type with fields.
    Struct { name: NameId, fields: Stretch },
    /// A comprehension.
    Fold(u32),
    /// `optional.orValue(otherwise)`, which looks at `otherwise` only when it must.
    OrValue {
        value: NodeId,
        otherwise: NodeId,
        lenient: bool,
    },
    /// `optional.or(otherwise)`, the same.
    Or { value: NodeId, otherwise: NodeId },
    /// In a bundle: what several need, evaluated when it is asked for first.
    Shared { slot: Slot, node: NodeId },
    /// The same of a path, from which other paths go on.
    SharedPath { slot: Slot, node: NodeId },
    /// In a bundle: a quantifier that a sweep decides.
    Swept { sweep: u32, slot: Slot },
    /// In a bundle: a path goes on from the value of another one; were that an optional, it would not
    /// be looked into.
    Sealed(NodeId),
    /// In a bundle: a path begins with the value of another one; an optional is looked into.
    Opened(NodeId),
}

/// One of any number of children.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Child {
    pub(crate) node: NodeId,
    /// The name of a field, in a literal of a type with fields.
    pub(crate) name: Option<NameId>,
    /// Left out when it is an empty optional.
    pub(crate) optional: bool,
}

/// One selection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// `.name`
    Field(NameId),
    /// `.?name`
    OptionalField(NameId),
    /// `[index]`
    Index(NodeId),
    /// `[?index]`
    OptionalIndex(NodeId),
}

/// A call of a function or an operator.
#[derive(Clone, Debug)]
pub(crate) struct CallSite {
    /// As messages call it.
    pub(crate) name: &'static str,
    pub(crate) args: Stretch,
    pub(crate) target: Target,
    pub(crate) cost: Cost,
    pub(crate) prepared: Arc<Prepared>,
    /// May its result be another one the next time, or not be there yet?
    pub(crate) asks: bool,
}

/// Which code a call runs.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// One overload, whose parameters' types are asked of the values too.
    Overload(&'static Overload),
    /// One body for all overloads.
    Body(Body, Dispatch),
    /// The overload that fits the values.
    ByType(Box<[&'static Overload]>),
}

/// A comprehension.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fold {
    pub(crate) kind: FoldKind,
    pub(crate) range: NodeId,
    /// The element; or the index or key when there is `second`.
    pub(crate) first: Slot,
    pub(crate) second: Option<Slot>,
    /// Leaves elements out.
    pub(crate) test: Option<NodeId>,
    /// In a bundle: what a new element makes unknown.
    pub(crate) resets: Stretch,
}

/// Quantifiers that go through one list or map together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sweep {
    pub(crate) range: NodeId,
    pub(crate) first: Slot,
    pub(crate) second: Option<Slot>,
    pub(crate) resets: Stretch,
    pub(crate) members: Stretch,
}

/// What only the program of a bundle has.
#[derive(Debug)]
struct Together {
    sweeps: Box<[Sweep]>,
    members: Box<[Member]>,
    /// What new elements make unknown, for all loops.
    unknown: Box<[Slot]>,
}

/// One quantifier of a sweep.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub(crate) test: NodeId,
    /// The result of one element that decides: true of `exists`, false of `all`.
    pub(crate) decisive: bool,
    /// Where the result goes.
    pub(crate) slot: Slot,
}

/// What a comprehension collects.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FoldKind {
    /// Does the node hold for all?
    All(NodeId),
    /// Does it hold for any?
    Exists(NodeId),
    /// Does it hold for exactly one?
    ExistsOne(NodeId),
    /// A list of the node's values.
    List(NodeId),
    /// A map of keys to values.
    Entries { key: NodeId, value: NodeId },
    /// A map of the entries of maps.
    Merge(NodeId),
    /// No loop: the node, with the range as the value of the variable.
    Bind(NodeId),
}

impl Program {
    /// The static type of the result.
    pub fn result_type(&self) -> &Type {
        &self.result
    }

    pub(crate) fn root(&self) -> NodeId {
        self.root
    }

    pub(crate) fn slots(&self) -> u32 {
        self.slots
    }

    pub(crate) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0 as usize)
    }

    pub(crate) fn constant(&self, place: u32) -> &Constant {
        let found = self.constants.get(place as usize);
        found.map_or(&Constant::Null, |constant| constant)
    }

    /// The same, to be kept.
    pub(crate) fn shared_constant(&self, place: u32) -> Option<&Arc<Constant>> {
        self.constants.get(place as usize)
    }

    pub(crate) fn name(&self, id: NameId) -> &str {
        self.names.get(id.0 as usize).map_or("", |name| name)
    }

    pub(crate) fn call(&self, place: u32) -> Option<&CallSite> {
        self.calls.get(place as usize)
    }

    pub(crate) fn fold(&self, place: u32) -> Option<&Fold> {
        self.folds.get(place as usize)
    }

    pub(crate) fn steps(&self, stretch: Stretch) -> &[Step] {
        self.steps.get(stretch.range()).unwrap_or_default()
    }

    pub(crate) fn children(&self, stretch: Stretch) -> &[Child] {
        self.children.get(stretch.range()).unwrap_or_default()
    }

    pub(crate) fn sweep(&self, place: u32) -> Option<&Sweep> {
        self.together.as_ref()?.sweeps.get(place as usize)
    }

    pub(crate) fn members(&self, stretch: Stretch) -> &[Member] {
        let together = self.together.as_ref();
        let found = together.and_then(|it| it.members.get(stretch.range()));
        found.unwrap_or_default()
    }

    pub(crate) fn unknown(&self, stretch: Stretch) -> &[Slot] {
        let together = self.together.as_ref();
        let found = together.and_then(|it| it.unknown.get(stretch.range()));
        found.unwrap_or_default()
    }

    /// How many operations it has.
    pub(crate) fn size(&self) -> u32 {
        self.nodes.len() as u32
    }

    /// What is remembered, sweeps, and the quantifiers of these.
    pub(crate) fn shared(&self) -> (usize, usize, usize) {
        let is_shared =
            |node: &&Node| matches!(node, Node::Shared { .. } | Node::SharedPath { .. });
        let shared = self.nodes.iter().filter(is_shared).count();
        let (sweeps, members) = match &self.together {
            Some(together) => (together.sweeps.len(), together.members.len()),
            None => (0, 0),
        };
        (shared, sweeps, members)
    }
}

impl NameId {
    pub(crate) fn new(place: u32) -> NameId {
        NameId(place)
    }
}

impl Stretch {
    fn range(self) -> Range<usize> {
        self.start as usize..(self.start + self.len) as usize
    }
}
