//! A plan as text for people.

mod cel;
mod strict;

use std::collections::HashMap;
use std::fmt::{self, Write};
use std::sync::Arc;

use super::{
    Check, Group, Members, Node, Part, Plans, Relation, Role, RuleCheck, Side, Slot, Test, Trie,
};
use crate::doc::Policy;

pub(crate) use cel::show_cel;

/// The plan of a kind: its groups, and in each the tests by path with the number of rules that share
/// them, the conditions, the expressions, and what is opaque.
pub(crate) fn show(plans: &Plans, policies: &[Arc<Policy>], kind: &str) -> String {
    let mut out = String::new();
    // Writing to a text cannot fail.
    let _ = write(&mut out, plans, policies, kind);
    out
}

fn write(out: &mut String, plans: &Plans, policies: &[Arc<Policy>], kind: &str) -> fmt::Result {
    let groups: Vec<&Group> = plans.of(kind).collect();
    let mut total = Total::default();
    for part in groups.iter().flat_map(|group| &group.parts) {
        total.add(&part.0, &part.1);
    }
    writeln!(
        out,
        "{kind}: {} rules in {} groups; {} classes, {} lowered and {} opaque ({} rules)",
        total.rules,
        groups.len(),
        total.classes,
        total.classes - total.opaque,
        total.opaque,
        total.opaque_rules
    )?;
    for (index, group) in groups.iter().enumerate() {
        let role = match group.role {
            Role::Answers => "decides the answer",
            Role::Reports => "is only reported",
        };
        let rules: usize = group
            .parts
            .iter()
            .map(|(_, members)| members.policies.len())
            .sum();
        writeln!(out, "\ngroup {}: {rules} rules, {role}", index + 1)?;
        writeln!(out, "  match and exclude: {}", group.guard.key.text())?;
        if !group.excused.is_empty() {
            writeln!(out, "  exceptions: {}", group.excused.len())?;
        }
        for (part, members) in &group.parts {
            self::part(out, part, members, policies)?;
        }
    }
    Ok(())
}

#[derive(Default)]
struct Total {
    rules: usize,
    classes: usize,
    opaque: usize,
    opaque_rules: usize,
}

impl Total {
    fn add(&mut self, part: &Part, members: &Members) {
        self.rules += members.policies.len();
        self.classes += part.classes.len();
        for (index, class) in part.classes.iter().enumerate() {
            if matches!(class.check, Check::Opaque) {
                self.opaque += 1;
                self.opaque_rules += members.of(index).len();
            }
        }
    }
}

fn part(out: &mut String, part: &Part, members: &Members, policies: &[Arc<Policy>]) -> fmt::Result {
    for (index, class) in part.classes.iter().enumerate() {
        let what = match &class.body.check {
            RuleCheck::Silent => "nothing to check".to_owned(),
            RuleCheck::Pattern(_) => "pattern".to_owned(),
            RuleCheck::AnyPattern(patterns) => format!("anyPattern of {}", patterns.len()),
            RuleCheck::Deny(_) => "deny".to_owned(),
            RuleCheck::Foreach(entries) => format!("foreach of {}", entries.len()),
            RuleCheck::PodSecurity(_) => "podSecurity".to_owned(),
            RuleCheck::Cel(block) => format!("CEL, {} expressions", block.checks.len()),
            RuleCheck::Opaque(why) => format!("opaque: {why}"),
        };
        let names = members.of(index).iter();
        let names: Vec<_> = names
            .filter_map(|policy| policies.get(*policy as usize))
            .map(|policy| policy.name())
            .collect();
        writeln!(out, "  class {}: {what}; {}", index + 1, listed(&names))?;
    }
    let tests: usize = part.trie.nodes.iter().map(|node| node.tests.len()).sum();
    if !part.trie.roots.is_empty() {
        let roots = part.trie.roots.len();
        writeln!(
            out,
            "  tests: {tests} at {} places, of {roots} patterns",
            part.trie.nodes.len()
        )?;
        let mut uses = HashMap::new();
        if let Some(first) = part.trie.nodes.first() {
            for root in &part.trie.roots {
                count(&part.trie, 0, first, *root, &mut uses);
            }
            place(out, &part.trie, 0, first, "", &uses)?;
        }
    }
    strict::write(out, &part.strict)?;
    for asking in &part.conditions {
        let side = |side: &Side| match side {
            Side::Constant(constant) => portcullis_lang::value::to_json(constant.value()),
            Side::Ask(ask) => format!("{{{{ {} }}}}", ask.query.text()),
        };
        let condition = &asking.condition;
        let operator = condition.operator.map_or("(unknown)", |it| it.name());
        let (key, value) = (side(&condition.key), side(&condition.value));
        writeln!(out, "  condition: {key} {operator} {value}")?;
    }
    Ok(())
}

fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    let shown = names
        .iter()
        .take(SHOWN)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    match names.len() {
        0..=SHOWN => shown,
        more => format!("{shown} and {} more", more - SHOWN),
    }
}

type Uses = HashMap<(usize, u32), usize>;

/// Counts for each test by how many patterns it is reached.
fn count(trie: &Trie, at: usize, node: &Node, test: u32, uses: &mut Uses) {
    *uses.entry((at, test)).or_default() += 1;
    let below = |node: super::NodeId| (node.0 as usize, trie.node(node));
    match node.tests.get(test as usize) {
        Some(Test::Map(program)) => {
            for slot in program.deciding.iter().chain(&program.others) {
                if let Some((_, id, test)) = child(trie, node, slot)
                    && let (at, Some(child)) = below(id)
                {
                    count(trie, at, child, test, uses);
                }
            }
        }
        Some(Test::Each(test)) => {
            if let Some((at, Some(child))) = node.elements.map(below) {
                count(trie, at, child, *test, uses);
            }
        }
        Some(Test::Some(tests)) => {
            if let Some((at, Some(child))) = node.elements.map(below) {
                for test in tests {
                    count(trie, at, child, *test, uses);
                }
            }
        }
        _ => {}
    }
}

/// The child that a slot belongs to: its key, its node, its test.
fn child<'t>(trie: &Trie, node: &'t Node, slot: &Slot) -> Option<(&'t str, super::NodeId, u32)> {
    let keys = node
        .keys
        .iter()
        .map(|(key, edge)| (key, edge.node, edge.at));
    let wild = node
        .wild
        .iter()
        .map(|(pattern, id, at)| (pattern.as_str(), *id, *at));
    keys.chain(wild).find_map(|(key, id, at)| {
        let tests = trie.node(id)?.tests.len() as u32;
        let test = slot.at.checked_sub(at).filter(|test| *test < tests)?;
        Some((key, id, test))
    })
}

/// The tests of one place, then the places below.
fn place(
    out: &mut String,
    trie: &Trie,
    at: usize,
    node: &Node,
    path: &str,
    uses: &Uses,
) -> fmt::Result {
    for (index, test) in (0..).zip(&node.tests) {
        let text = match test {
            Test::Scalar(scalar) => scalar.text.to_string(),
            Test::EachScalar(scalar) => format!("each {}", scalar.text),
            Test::Map(program) => map(trie, node, program),
            Test::Each(test) => format!("each {}", test + 1),
            Test::Some(tests) => format!("some for each of {tests:?}"),
            Test::Present => "is there".to_owned(),
            Test::NotNull => "is not null".to_owned(),
            Test::Never => "never".to_owned(),
        };
        let shared = uses.get(&(at, index)).copied().unwrap_or_default();
        let path = if path.is_empty() { "." } else { path };
        writeln!(out, "    {path} #{}: {text}  ({shared} uses)", index + 1)?;
    }
    let keys = node.keys.iter().map(|(key, edge)| (key, edge.node));
    let wild = node
        .wild
        .iter()
        .map(|(pattern, id, _)| (pattern.as_str(), *id));
    let elements = node.elements.iter().map(|id| ("[]", *id));
    for (key, id) in keys.chain(wild).chain(elements) {
        if let Some(below) = trie.node(id) {
            let path = match key {
                "[]" => format!("{path}[]"),
                key => format!("{path}.{key}"),
            };
            place(out, trie, id.0 as usize, below, &path, uses)?;
        }
    }
    Ok(())
}

fn map(trie: &Trie, node: &Node, program: &super::Program) -> String {
    let key = |slot: &Slot| {
        let (key, test) = child(trie, node, slot).map_or(("?", 0), |(key, _, test)| (key, test));
        let number = test + 1;
        match slot.relation {
            Relation::Conditional => format!("({key})#{number}"),
            Relation::Optional => format!("=({key})#{number}"),
            Relation::Negation => format!("X({key})"),
            Relation::Global => format!("<({key})#{number}"),
            Relation::OrNull | Relation::Plain => format!("{key}#{number}"),
        }
    };
    let steps = program.deciding.iter().chain(&program.others).map(key);
    format!("{{{}}}", steps.collect::<Vec<_>>().join(", "))
}
