//! Which checks need the whole object, and which can do without its managed fields.
//!
//! Who wrote which field (`metadata.managedFields`) is a third of an object and more, and hardly ever what
//! a policy is about. Where no check that decides an answer may look at it, it is not read at all.
//!
//! Comes in:  a check.
//! Goes out:  may it look there? A check for the reference evaluator may do anything.

use portcullis_lang::cel::{Program, Variable};

use super::{
    Conditions, ElementCheck, Foreach, MapPattern, Name, Pattern, RuleCheck, Side, Trie, Wanted,
};
use crate::doc::cel::{Expression, NativeCel, Place};

/// In an object.
const IN_OBJECT: [&str; 2] = ["metadata", "managedFields"];

/// In what expressions see.
const IN_VARIABLES: [[&str; 4]; 2] = [
    ["request", "object", "metadata", "managedFields"],
    ["request", "oldObject", "metadata", "managedFields"],
];

/// In `request`, as CEL sees it.
const IN_REQUEST: [[&str; 3]; 2] = [
    ["object", "metadata", "managedFields"],
    ["oldObject", "metadata", "managedFields"],
];

/// Does the check of a rule need the whole object?
pub(crate) fn rule_needs_whole(preconditions: Option<&Conditions>, check: &RuleCheck) -> bool {
    preconditions.is_some_and(conditions)
        || match check {
            RuleCheck::Silent | RuleCheck::PodSecurity(_) => false,
            RuleCheck::Opaque(_) => true,
            RuleCheck::Pattern(one) => pattern(one, &IN_OBJECT),
            RuleCheck::AnyPattern(all) => all.iter().any(|one| pattern(one, &IN_OBJECT)),
            RuleCheck::Deny(denial) => conditions(denial),
            RuleCheck::Foreach(entries) => entries.iter().any(foreach),
            RuleCheck::Cel(cel) => native(cel),
        }
}

/// Does an expression of a policy written in CEL need the whole object, or the whole of the old one?
pub(crate) fn program_needs_whole(program: &Program) -> bool {
    let reads = |place: Place, path: &[&str]| {
        program.may_read(&|variable: Variable| (variable.0 == place as u16).then_some(path))
    };
    reads(Place::Object, &IN_OBJECT)
        || reads(Place::OldObject, &IN_OBJECT)
        || IN_REQUEST.iter().any(|path| reads(Place::Request, path))
}

fn native(cel: &NativeCel) -> bool {
    let named = cel.conditions.iter().chain(&cel.variables);
    let named = named.map(|named| &named.expression);
    let mut all = named.chain(cel.checks.iter().map(|check| &check.expression));
    all.any(|Expression { program, .. }| program.as_ref().map_or(true, program_needs_whole))
}

fn foreach(entry: &Foreach) -> bool {
    side_reads(&entry.list)
        || entry.preconditions.as_ref().is_some_and(conditions)
        || match &entry.check {
            ElementCheck::Silent => false,
            ElementCheck::Deny(denial) => conditions(denial),
            // Where an element is no map, the resource is held against the patterns.
            ElementCheck::Patterns { trie, any: _ } => merged(trie),
        }
}

fn conditions(block: &Conditions) -> bool {
    let any = block.any.iter().flatten();
    let mut all = any.chain(&block.all);
    all.any(|condition| {
        [&condition.key, &condition.value]
            .into_iter()
            .any(|side| match side {
                Side::Constant(_) => false,
                Side::Ask(ask) => side_reads(ask),
            })
    })
}

fn side_reads(ask: &super::Ask) -> bool {
    let mut queries = [Some(&ask.query), ask.on_delete.as_ref()]
        .into_iter()
        .flatten();
    queries.any(|query| IN_VARIABLES.iter().any(|path| query.may_read(path)))
}

fn pattern(pattern: &Pattern, path: &[&str]) -> bool {
    match pattern {
        // A map is no scalar and no list, whatever is in it.
        Pattern::Scalar(_) | Pattern::EachScalar(_) | Pattern::EachMap(_) | Pattern::Never => {
            path.is_empty()
        }
        Pattern::Map(map) => in_map(map, path),
    }
}

fn in_map(map: &MapPattern, path: &[&str]) -> bool {
    let Some((first, rest)) = path.split_first() else {
        return true;
    };
    map.steps().any(|step| match &step.name {
        Name::Smallest(_) => true,
        Name::Exact(name) if **name != **first => false,
        Name::Exact(_) => {
            rest.is_empty()
                || match &step.wanted {
                    Wanted::Fits(below) => pattern(below, rest),
                    Wanted::Some(_) | Wanted::Present | Wanted::NotNull => false,
                }
        }
    })
}

fn merged(trie: &Trie) -> bool {
    let mut node = trie.nodes.first();
    for key in IN_OBJECT {
        let Some(here) = node else {
            return false;
        };
        if !here.wild.is_empty() {
            return true;
        }
        let Some(edge) = here.keys.get(key) else {
            return false;
        };
        node = trie.node(edge.node);
    }
    true
}
