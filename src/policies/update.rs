//! What may not change about a policy whose generated objects are kept in step with it.

use portcullis_engine::doc::{Body, Policy, Rule};
use portcullis_lang::value::{Item, to_json};

use super::Answer;

/// Holds a policy against what it was.
pub(super) fn judge(policy: &Policy, old: &Policy) -> Answer {
    let mut answer = Answer::default();
    let (now, before) = (generating(policy), generating(old));
    // Rules may come and go; one that stays speaks of what it spoke of.
    let same = |a: &&Rule, b: &&Rule| identity(a) == identity(b);
    let covers = |some: &[&Rule], all: &[&Rule]| {
        let mut some = some.iter();
        some.all(|one| all.iter().any(|other| same(one, other)))
    };
    let kept = match before.len() <= now.len() {
        true => covers(&before, &now),
        false => covers(&now, &before),
    };
    if !kept {
        let why = "change of immutable fields for a generate rule is disallowed";
        answer.refusals.push(why.to_owned());
    }
    for rule in now {
        let was = before.iter().find(|was| was.name == rule.name);
        let Some(was) = was.filter(|was| synchronizes(was) && target(was) != target(rule)) else {
            continue;
        };
        answer.warnings.push(format!(
            "no synchronization will be performed to the old target resource upon policy updates: \
             rule {}",
            was.name
        ));
    }
    answer
}

fn generating(policy: &Policy) -> Vec<&Rule> {
    let rules = policy.declared().iter();
    rules
        .filter(|rule| matches!(rule.body, Body::Generate(_)))
        .collect()
}

fn synchronizes(rule: &Rule) -> bool {
    matches!(&rule.body, Body::Generate(generate) if generate.synchronize)
}

/// What says which rule it is, and when it speaks. What it makes then may change, and what it looks up
/// for that.
const FIXED: [&str; 5] = [
    "name",
    "match",
    "exclude",
    "preconditions",
    "celPreconditions",
];

/// That of a rule.
fn identity(rule: &Rule) -> Vec<(String, String)> {
    let entries = rule.document.item().entries();
    let entries = entries.filter(|entry| FIXED.contains(&entry.key) && !is_nothing(entry.item));
    spelled(entries.map(|entry| (entry.key, entry.item)))
}

/// Which objects it makes, and of which it makes them.
fn target(rule: &Rule) -> Vec<(String, String)> {
    let generate = rule.document.item().get("generate");
    let entries = generate.into_iter().flat_map(Item::entries);
    let names = [
        "apiVersion",
        "kind",
        "name",
        "namespace",
        "clone",
        "cloneList",
    ];
    let entries = entries.filter(|entry| names.contains(&entry.key));
    spelled(entries.map(|entry| (entry.key, entry.item)))
}

/// An API server may write out what a user left out.
fn is_nothing(item: Item<'_>) -> bool {
    let value = item.value();
    value.is_null()
        || value.as_bool() == Some(false)
        || value.as_map().is_some_and(|map| map.is_empty())
        || value.as_list().is_some_and(|list| list.is_empty())
}

fn spelled<'d>(entries: impl Iterator<Item = (&'d str, Item<'d>)>) -> Vec<(String, String)> {
    let entries = entries.map(|(key, item)| (key.to_owned(), to_json(item.value())));
    let mut entries: Vec<_> = entries.collect();
    entries.sort_unstable();
    entries
}
