//! A program that is still put together.

use std::sync::Arc;

use super::{
    CallSite, Child, Fold, Member, Node, NodeId, Program, Slot, Step, Stretch, Sweep, Together,
};
use crate::cel::types::Type;
use crate::cel::val::Constant;

/// The lists of a program, to which nodes are added by their children first.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    nodes: Vec<Node>,
    pub(crate) constants: Vec<Arc<Constant>>,
    pub(crate) names: Vec<Arc<str>>,
    calls: Vec<CallSite>,
    pub(crate) folds: Vec<Fold>,
    steps: Vec<Step>,
    children: Vec<Child>,
    pub(crate) sweeps: Vec<Sweep>,
    members: Vec<Member>,
    unknown: Vec<Slot>,
}

impl Parts {
    pub(crate) fn push(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId(self.nodes.len() as u32 - 1)
    }

    pub(crate) fn call(&mut self, site: CallSite) -> u32 {
        self.calls.push(site);
        self.calls.len() as u32 - 1
    }

    pub(crate) fn fold(&mut self, fold: Fold) -> u32 {
        self.folds.push(fold);
        self.folds.len() as u32 - 1
    }

    pub(crate) fn sweep(&mut self, sweep: Sweep) -> u32 {
        self.sweeps.push(sweep);
        self.sweeps.len() as u32 - 1
    }

    pub(crate) fn family(&mut self, children: Vec<Child>) -> Stretch {
        extend(&mut self.children, children)
    }

    pub(crate) fn path(&mut self, steps: Vec<Step>) -> Stretch {
        extend(&mut self.steps, steps)
    }

    pub(crate) fn quantifiers(&mut self, members: Vec<Member>) -> Stretch {
        extend(&mut self.members, members)
    }

    pub(crate) fn resets(&mut self, slots: Vec<Slot>) -> Stretch {
        extend(&mut self.unknown, slots)
    }

    /// The program; it has many results, none of which is its own.
    pub(crate) fn finish(self, slots: u32) -> Program {
        Program {
            nodes: self.nodes.into(),
            root: NodeId(0),
            constants: self.constants.into(),
            names: self.names.into(),
            calls: self.calls.into(),
            folds: self.folds.into(),
            steps: self.steps.into(),
            children: self.children.into(),
            together: Some(Box::new(Together {
                sweeps: self.sweeps.into(),
                members: self.members.into(),
                unknown: self.unknown.into(),
            })),
            slots,
            result: Type::Dyn,
        }
    }
}

fn extend<T>(list: &mut Vec<T>, new: Vec<T>) -> Stretch {
    let start = list.len() as u32;
    let len = new.len() as u32;
    list.extend(new);
    Stretch { start, len }
}
