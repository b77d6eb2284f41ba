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

use std::ops::Range;

use super::environment::Variable;
use super::library::{Body, Cost, Dispatch, Overload, Prepared};
use super::types::Type;
use super::val::Constant;

pub(super) use compile::compile;

/// A compiled expression. It may be shared between threads and evaluated by many at once.
#[derive(Debug)]
pub struct Program {
    nodes: Box<[Node]>,
    root: NodeId,
    constants: Box<[Constant]>,
    names: Box<[Box<str>]>,
    calls: Box<[CallSite]>,
    folds: Box<[Fold]>,
    steps: Box<[Step]>,
    /// The children of nodes that have any number of them.
    children: Box<[Child]>,
    slots: u16,
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

/// The place of a value of a comprehension's variable during an evaluation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Slot(pub(crate) u16);

/// A stretch of one of the program's lists.
#[derive(Clone, Copy, Debug)]
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
#[derive(Debug)]
pub(crate) struct CallSite {
    /// As messages call it.
    pub(crate) name: &'static str,
    pub(crate) args: Stretch,
    pub(crate) target: Target,
    pub(crate) cost: Cost,
    pub(crate) prepared: Prepared,
}

/// Which code a call runs.
#[derive(Debug)]
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

    pub(crate) fn slots(&self) -> u16 {
        self.slots
    }

    pub(crate) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0 as usize)
    }

    pub(crate) fn constant(&self, place: u32) -> &Constant {
        self.constants
            .get(place as usize)
            .unwrap_or(&Constant::Null)
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
}

impl Stretch {
    fn range(self) -> Range<usize> {
        self.start as usize..(self.start + self.len) as usize
    }
}
