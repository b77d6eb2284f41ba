//! What the policies were compiled to for one kind, as data for a picture.
//!
//! Comes in:  a program, a kind.
//! Goes out:  [`Plan`]: groups of rules, what they match, the tree of places that their patterns look
//!            at, every distinct test with the number of rules that share it.
//! Never here: how it is drawn; evaluation.

mod guard;
mod places;

use std::collections::HashMap;

use crate::ir::{self, ElementCheck, Foreach, RuleBody, RuleCheck, Side};
use crate::program::Program;
use places::Tree;

/// The plan of one kind.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The kind.
    pub kind: String,
    /// Rules with equal matches.
    pub groups: Vec<Group>,
}

/// Rules that match the same requests.
#[derive(Clone, Debug)]
pub struct Group {
    /// `match`, on one line.
    pub matches: String,
    /// `exclude`, on one line; empty where there is none.
    pub excludes: String,
    /// The namespace that the policies live in and speak about, where they are no ClusterPolicies.
    pub namespace: Option<String>,
    /// May the answer to a request depend on it? Otherwise it is only reported.
    pub answers: bool,
    /// Exceptions that name its rules.
    pub exceptions: usize,
    /// Rules, counted once for each policy where they check the same.
    pub rules: usize,
    /// Rules that check the same, the most shared first.
    pub classes: Vec<Class>,
    /// Where patterns look, each place before those below it.
    pub places: Vec<Place>,
    /// Conditions and loops, the most shared first.
    pub conditions: Vec<Test>,
}

/// Rules of a group that check the same, so that one evaluation serves all.
#[derive(Clone, Debug)]
pub struct Class {
    /// What they check with.
    pub what: &'static str,
    /// Why they are left to the reference evaluator, where they are.
    pub opaque: Option<&'static str>,
    /// The policies.
    pub policies: Vec<String>,
}

/// A place in a resource.
#[derive(Clone, Debug)]
pub struct Place {
    /// How many places it is below the resource.
    pub depth: usize,
    /// Its key, below the place before it that is one less deep; `[]` for the elements of a list.
    pub key: String,
    /// Rules that look there or below.
    pub rules: usize,
    /// The distinct tests of what stands there, the most shared first.
    pub tests: Vec<Test>,
}

/// One test, evaluated once however many rules share it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Test {
    /// As text.
    pub text: String,
    /// The rules that share it.
    pub rules: usize,
}

impl Plan {
    /// The plan of a kind.
    pub fn of(program: &Program, kind: &str) -> Plan {
        let groups = program.plans().of(kind);
        Plan {
            kind: kind.to_owned(),
            groups: groups.map(|group| self::group(program, group)).collect(),
        }
    }

    /// Over all groups: rules, classes, and rules that are left to the reference evaluator.
    pub fn totals(&self) -> (usize, usize, usize) {
        let classes = || self.groups.iter().flat_map(|group| &group.classes);
        let opaque = classes().filter(|class| class.opaque.is_some());
        (
            self.groups.iter().map(|group| group.rules).sum(),
            classes().count(),
            opaque.map(|class| class.policies.len()).sum(),
        )
    }
}

fn group(program: &Program, group: &ir::Group) -> Group {
    let mut tree = Tree::default();
    let mut conditions: HashMap<String, usize> = HashMap::new();
    let mut classes = Vec::new();
    for (part, members) in &group.parts {
        for (index, class) in part.classes.iter().enumerate() {
            let members = members.of(index);
            let body = &*class.body;
            match &body.check {
                RuleCheck::Pattern(pattern) => tree.add([pattern], members.len()),
                RuleCheck::AnyPattern(patterns) => tree.add(patterns, members.len()),
                _ => {}
            }
            for text in spoken(body) {
                *conditions.entry(text).or_default() += members.len();
            }
            let policies = members.iter();
            let policies = policies.filter_map(|at| program.policies().get(*at as usize));
            classes.push(Class {
                what: what(&body.check),
                opaque: match body.check {
                    RuleCheck::Opaque(why) => Some(why),
                    _ => None,
                },
                policies: policies.map(|policy| policy.name().to_owned()).collect(),
            });
        }
    }
    let first = |class: &Class| class.policies.first().cloned();
    classes.sort_by(|a, b| {
        let shared = b.policies.len().cmp(&a.policies.len());
        shared.then_with(|| first(a).cmp(&first(b)))
    });
    let (matches, excludes) = guard::texts(group.guard.key.text());
    Group {
        matches,
        excludes,
        namespace: group.guard.namespace.clone(),
        answers: group.role == ir::Role::Answers,
        exceptions: group.excused.len(),
        rules: classes.iter().map(|class| class.policies.len()).sum(),
        classes,
        places: tree.places(),
        conditions: sorted(conditions),
    }
}

/// The most shared first.
fn sorted(tests: HashMap<String, usize>) -> Vec<Test> {
    let tests = tests.into_iter().map(|(text, rules)| Test { text, rules });
    let mut tests: Vec<Test> = tests.collect();
    tests.sort_by(|a, b| b.rules.cmp(&a.rules).then_with(|| a.text.cmp(&b.text)));
    tests
}

fn what(check: &RuleCheck) -> &'static str {
    match check {
        RuleCheck::Silent => "nothing to check",
        RuleCheck::Pattern(_) => "pattern",
        RuleCheck::AnyPattern(_) => "anyPattern",
        RuleCheck::Deny(_) => "deny",
        RuleCheck::Foreach(_) => "foreach",
        RuleCheck::PodSecurity(_) => "podSecurity",
        RuleCheck::Cel(_) => "CEL",
        RuleCheck::Opaque(_) => "opaque",
    }
}

/// The conditions and loops of a rule, each once.
fn spoken(body: &RuleBody) -> Vec<String> {
    let mut found = Vec::new();
    found.extend(body.preconditions.iter().flat_map(each));
    match &body.check {
        RuleCheck::Deny(conditions) => found.extend(each(conditions)),
        RuleCheck::Foreach(entries) => found.extend(entries.iter().flat_map(looped)),
        _ => {}
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn looped(entry: &Foreach) -> Vec<String> {
    let list = entry.list.query(false).text();
    let mut found = vec![format!("for each of {{{{ {list} }}}}")];
    found.extend(entry.preconditions.iter().flat_map(each));
    if let ElementCheck::Deny(conditions) = &entry.check {
        found.extend(each(conditions));
    }
    found
}

fn each(conditions: &ir::Conditions) -> Vec<String> {
    let all = conditions.any.iter().flatten().chain(&conditions.all);
    let text = |condition: &std::sync::Arc<ir::Condition>| {
        let side = |side: &Side| match side {
            Side::Constant(constant) => portcullis_lang::value::to_json(constant.value()),
            Side::Ask(ask) => format!("{{{{ {} }}}}", ask.query(false).text()),
        };
        let operator = condition.operator.map_or("(unknown)", |it| it.name());
        let (key, value) = (side(&condition.key), side(&condition.value));
        format!("{key} {operator} {value}")
    };
    all.map(text).collect()
}

#[cfg(test)]
mod tests;
