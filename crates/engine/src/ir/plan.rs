//! What a program decides by: groups of rules, found by kind.

use std::sync::Arc;

use super::rule::{Foreach, RuleBody};
use super::{Ask, ByKind, Condition, Guard, Key, QuickMap, Reach, RuleCheck, Strict, Trie};
use crate::doc::cel::NativeCel;
use crate::doc::{Filters, PodSecurity};

/// About how many classes share a trie: more share more, fewer are built again when a policy
/// changes.
pub(crate) const PART: usize = 1024;

/// All plans of a program. Programs share what is the same in both.
#[derive(Debug, Default)]
pub(crate) struct Plans {
    /// In the order of their first rules.
    pub(crate) groups: Box<[Arc<Group>]>,
    /// The groups that may speak about a kind.
    pub(crate) kinds: Arc<ByKind>,
    /// Of those, the ones that decide answers.
    pub(crate) answering: Arc<Answering>,
}

/// Groups that decide answers.
#[derive(Debug, Default)]
pub(crate) struct Answering {
    /// For each kind that a policy names.
    pub(crate) kinds: QuickMap<Box<str>, Reach>,
    /// For every other kind.
    pub(crate) other: Reach,
}

/// What follows from what a policy says.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Role {
    /// The answer to the request may depend on it.
    Answers,
    /// It is only reported, after the answer.
    Reports,
}

/// The rules that share a guard.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) guard: Arc<Guard>,
    pub(crate) role: Role,
    /// Exceptions that name the rules; where one fits, the reference evaluator decides.
    pub(crate) excused: Arc<[Filters]>,
    /// Their positions among the exceptions.
    pub(crate) excused_by: Box<[usize]>,
    pub(crate) parts: Box<[(Arc<Part>, Members)]>,
    /// Can a class not do without the managed fields of the object?
    pub(crate) whole: bool,
    /// The first rule: the position of its policy, and its own among that policy's rules.
    pub(crate) first: (u32, u32),
}

/// For each class of a part, the policies that it stands for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Members {
    /// Where the policies of a class start; one more at the end.
    pub(crate) starts: Box<[u32]>,
    /// Positions in the program.
    pub(crate) policies: Box<[u32]>,
    /// Does one of them fail closed and enforce?
    pub(crate) fails_closed: Box<[bool]>,
    /// Does one of the plain classes?
    pub(crate) plain_fails_closed: bool,
}

impl Members {
    pub(crate) fn of(&self, class: usize) -> &[u32] {
        let bound = |index: usize| self.starts.get(index).map_or(0, |at| *at as usize);
        let range = bound(class)..bound(class + 1);
        self.policies.get(range).unwrap_or_default()
    }
}

/// Classes that share a trie, expressions and conditions.
#[derive(Debug)]
pub(crate) struct Part {
    /// Of the classes, in order: what a part is built from.
    pub(crate) ids: Box<[Key]>,
    pub(crate) strict: Strict,
    pub(crate) trie: Trie,
    pub(crate) asks: Box<[Arc<Ask>]>,
    pub(crate) conditions: Box<[Asking]>,
    pub(crate) classes: Box<[Class]>,
    /// Classes that are nothing but one strict pattern, and the pattern: decided all at once.
    pub(crate) plain: Box<[(u32, u32)]>,
    /// All other classes.
    pub(crate) others: Box<[u32]>,
    /// Can a class not do without the managed fields of the object?
    pub(crate) whole: bool,
}

/// A condition and which of the part's expressions its sides ask.
#[derive(Debug)]
pub(crate) struct Asking {
    pub(crate) condition: Arc<Condition>,
    pub(crate) key: Option<u32>,
    pub(crate) value: Option<u32>,
}

/// Rules that check the same.
#[derive(Debug)]
pub(crate) struct Class {
    pub(crate) preconditions: Option<Block>,
    pub(crate) check: Check,
    pub(crate) body: Arc<RuleBody>,
}

/// A condition block over the part's conditions.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) any: Option<Box<[u32]>>,
    pub(crate) all: Box<[u32]>,
}

/// [`RuleCheck`] within a part.
#[derive(Debug)]
pub(crate) enum Check {
    Silent,
    Pattern(Root),
    AnyPattern(Box<[Root]>),
    Deny(Block),
    /// See the body.
    Foreach,
    /// See the body.
    PodSecurity,
    /// See the body.
    Cel,
    Opaque,
}

/// A pattern of a part.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Root {
    /// One of the strict ones.
    Strict(u32),
    /// A root of the trie.
    Trie(u32),
}

impl Class {
    pub(crate) fn foreach(&self) -> &[Foreach] {
        match &self.body.check {
            RuleCheck::Foreach(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn cel(&self) -> Option<&NativeCel> {
        match &self.body.check {
            RuleCheck::Cel(block) => Some(block),
            _ => None,
        }
    }

    pub(crate) fn pod_security(&self) -> Option<&PodSecurity> {
        match &self.body.check {
            RuleCheck::PodSecurity(check) => Some(check),
            _ => None,
        }
    }
}

impl Plans {
    /// The groups that may speak about a kind.
    pub(crate) fn of(&self, kind: &str) -> impl Iterator<Item = &Group> {
        self.numbered(self.kinds.of(kind).iter().copied())
    }

    /// Those of a kind that decide answers about objects in a namespace.
    pub(crate) fn answering(&self, kind: &str, namespace: &str) -> impl Iterator<Item = &Group> {
        self.numbered(self.reach(kind).within(namespace))
    }

    /// Can those of a kind that decide answers not do without the managed fields of the object?
    pub(crate) fn needs_whole(&self, kind: &str) -> bool {
        self.reach(kind).needs_whole()
    }

    /// Those of a kind that decide answers, wherever an object is.
    pub(crate) fn answering_anywhere(&self, kind: &str) -> impl Iterator<Item = &Group> {
        self.of(kind).filter(|group| group.role == Role::Answers)
    }

    /// Is every object of a kind let pass unseen?
    pub(crate) fn is_silent(&self, kind: &str) -> bool {
        self.reach(kind).is_empty()
    }

    fn reach(&self, kind: &str) -> &Reach {
        let Answering { kinds, other } = &*self.answering;
        kinds.get(kind).unwrap_or(other)
    }

    fn numbered(&self, groups: impl Iterator<Item = u32>) -> impl Iterator<Item = &Group> {
        groups.filter_map(|index| self.groups.get(index as usize).map(Arc::as_ref))
    }
}
