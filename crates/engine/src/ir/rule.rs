//! One policy, lowered by itself: what is kept while the policy stays as it is.

use std::sync::Arc;

use super::{Ask, Conditions, Guard, Key, Pattern, Role, Route, Trie};
use crate::context::Queries;
use crate::doc::cel::NativeCel;
use crate::doc::{KindSelector, PodSecurity, Policy};

/// A policy and what its rules were lowered to.
#[derive(Debug)]
pub(crate) struct Lowered {
    pub(crate) policy: Arc<Policy>,
    pub(crate) role: Role,
    /// Does it enforce, and deny where nobody answers?
    pub(crate) fails_closed: bool,
    /// In the order of the policy's rules.
    pub(crate) rules: Box<[Rule]>,
    /// Does it make or change other objects than the one that a request is about?
    pub(crate) sets_off: bool,
    /// Every expression that the policy spells out.
    pub(crate) queries: Queries,
    /// Where its rules lead that change the object of a request.
    pub(crate) changes: Box<[Route]>,
    /// Kinds for which it looks at the labels of namespaces.
    pub(crate) label_kinds: Box<[KindSelector]>,
}

/// A rule without its name and its message.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) guard: Arc<Guard>,
    pub(crate) body: Arc<RuleBody>,
}

/// What a rule checks.
#[derive(Debug)]
pub(crate) struct RuleBody {
    /// Equal bodies say the same of every review.
    pub(crate) id: Key,
    pub(crate) preconditions: Option<Conditions>,
    pub(crate) check: RuleCheck,
    /// Can it not do without the managed fields of the object?
    pub(crate) whole: bool,
}

/// The check of a rule.
#[derive(Debug)]
pub(crate) enum RuleCheck {
    /// Says nothing, ever.
    Silent,
    Pattern(Pattern),
    AnyPattern(Box<[Pattern]>),
    /// The block must not hold.
    Deny(Conditions),
    Foreach(Box<[Foreach]>),
    PodSecurity(Box<PodSecurity>),
    Cel(Arc<NativeCel>),
    /// For the reference evaluator; why.
    Opaque(&'static str),
}

/// One entry of `foreach`.
#[derive(Debug)]
pub(crate) struct Foreach {
    pub(crate) list: Arc<Ask>,
    pub(crate) element_scope: Option<bool>,
    pub(crate) preconditions: Option<Conditions>,
    pub(crate) check: ElementCheck,
}

/// The check of one element.
#[derive(Debug)]
pub(crate) enum ElementCheck {
    Silent,
    Deny(Conditions),
    /// One of the patterns, all of them roots of one trie. `any`: written as `anyPattern`.
    Patterns {
        trie: Trie,
        any: bool,
    },
}
