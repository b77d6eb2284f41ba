//! The decision program: what a policy set becomes before any request arrives.
//!
//! Comes in:  policies, already read and checked (see `compile`).
//! Goes out:  [`Plans`], read by `eval` and by nobody else.
//! Never here: YAML, messages, Kubernetes clients, clocks, locks, `async`.
//!
//! ```text
//! doc ─compile─> Lowered (one for each policy, kept while the policy stays)
//!                   └─assemble─> Plans: kind ─> groups ─> parts: trie, asks, conditions, classes
//! ```
//!
//! | word      | meaning                                                                       |
//! |-----------|-------------------------------------------------------------------------------|
//! | guard     | the `match` and `exclude` of a rule; rules with equal guards are one group     |
//! | class     | all rules of a group that check the same; evaluated once, however many they are |
//! | part      | up to [`PART`] classes that share one trie; the unit that a reload keeps        |
//! | strict    | patterns without conditions: a resource meets every demand of them, or not      |
//! | trie      | all other patterns of a part, merged by path                                   |
//! | condition | one `{key, operator, value}`; equal ones are evaluated once for a part          |
//! | ask       | one expression; asked once for a part                                          |
//!
//! A plan computes only whether a class passes or skips. Whatever else a rule may say, and every
//! rule that is not lowered, is for the reference evaluator to tell.
//!
//! Invariants:
//! 1. A trie's children come after their parent, so every walk ends.
//! 2. Plans never change once built. What evaluation writes lives in `eval::Scratch`.
//! 3. Policies keep their order, so two builds of one input are equal.

mod condition;
mod guard;
mod key;
mod keys;
mod pattern;
mod plan;
mod reach;
mod refusals;
mod rule;
mod show;
mod strict;
mod trie;
mod validating;
mod whole;

pub(crate) use condition::{Ask, Condition, Conditions, Side};
pub(crate) use guard::{Guard, Route};
pub(crate) use key::{Key, QuickMap};
pub(crate) use keys::Keys;
pub(crate) use pattern::{MapPattern, Name, Pattern, Relation, Scalar, Step, Wanted};
pub(crate) use plan::{
    Answering, Asking, Block, Check, Class, Group, Members, PART, Part, Plans, Role, Root,
};
pub(crate) use reach::{ByKind, Reach};
pub(crate) use refusals::Refusals;
pub(crate) use rule::{ElementCheck, Foreach, Lowered, Rule, RuleBody, RuleCheck};
pub(crate) use show::{show, show_cel};
pub(crate) use strict::{Demand, Place, PlaceId, Scalars, Strict, is_strict};
pub(crate) use trie::{Node, NodeId, Program, Slot, Test, Trie, found};
pub(crate) use validating::{CelChecks, CelClass, CelGroup, CelPart, CelPlans};
pub(crate) use whole::{program_needs_whole, rule_needs_whole};
