//! Lowered policies to plans: rules with one guard become a group, rules with one body a class.
//!
//! Whatever did not change since the last build is kept: a part whose classes are the same is taken
//! over as it is.

use std::collections::HashMap;
use std::sync::Arc;

use super::part::part;
use crate::doc::{Exception, FailurePolicy, Filters};
use crate::ir::{
    ByKind, Group, Key, Lowered, Members, PART, Part, Plans, QuickMap, Reach, Role, Rule, RuleBody,
};
use crate::verdict::may_enforce;

/// Builds the plans of `policies`, whose positions are those of the program.
pub(crate) fn assemble(
    policies: &[Arc<Lowered>],
    exceptions: &[Arc<Exception>],
    before: &Plans,
) -> Plans {
    let mut drafts: Vec<Draft<'_>> = Vec::new();
    let mut draft_of: QuickMap<(&Key, Role, Vec<usize>), usize> = QuickMap::default();
    for (index, lowered) in policies.iter().enumerate() {
        if !lowered.policy.settings().admission {
            continue;
        }
        let closed = may_enforce(&lowered.policy)
            && lowered.policy.settings().failure_policy == FailurePolicy::Fail;
        for (rule, written) in std::iter::zip(&lowered.rules, lowered.policy.rules()) {
            let excused = naming(exceptions, lowered, &written.name);
            let key = (&rule.guard.key, lowered.role, excused);
            let next = drafts.len();
            let draft = *draft_of
                .entry(key)
                .or_insert_with_key(|(_, role, excused)| {
                    drafts.push(Draft::new(rule, *role, excused, exceptions));
                    next
                });
            if let Some(draft) = drafts.get_mut(draft) {
                draft.add(&rule.body, index as u32, closed);
            }
        }
    }
    drop(draft_of);
    let mut known = known_parts(before);
    let groups: Vec<Group> = drafts
        .into_iter()
        .map(|draft| draft.finish(&mut known))
        .collect();
    routed(groups)
}

fn naming(exceptions: &[Arc<Exception>], lowered: &Lowered, rule: &str) -> Vec<usize> {
    let named = exceptions
        .iter()
        .enumerate()
        .filter(|(_, exception)| exception.names(&lowered.policy, rule));
    named.map(|(index, _)| index).collect()
}

/// Parts by the first of their classes; there are few with the same.
type Known = QuickMap<Key, Vec<Arc<Part>>>;

fn known_parts(plans: &Plans) -> Known {
    let mut known = Known::default();
    for (part, _) in plans.groups.iter().flat_map(|group| &group.parts) {
        note(part, &mut known);
    }
    known
}

fn note(part: &Arc<Part>, known: &mut Known) {
    if let Some(first) = part.ids.first() {
        let same_start = known.entry(first.clone()).or_default();
        // Groups share their parts.
        if !same_start.iter().any(|other| Arc::ptr_eq(other, part)) {
            same_start.push(Arc::clone(part));
        }
    }
}

/// A group that still grows.
struct Draft<'l> {
    rule: &'l Rule,
    role: Role,
    excused: Box<[Filters]>,
    classes: Vec<DraftClass<'l>>,
    class_of: QuickMap<&'l Key, u32>,
    /// Classes, by their numbers, and policies that they stand for.
    members: Vec<(u32, u32)>,
}

struct DraftClass<'l> {
    number: u32,
    body: &'l Arc<RuleBody>,
    /// Of its id; beside the body, so that sorting does not look there.
    hash: u64,
    last_policy: Option<u32>,
    fails_closed: bool,
}

impl<'l> Draft<'l> {
    fn new(
        rule: &'l Rule,
        role: Role,
        excused: &[usize],
        exceptions: &[Arc<Exception>],
    ) -> Draft<'l> {
        let filters = excused.iter().filter_map(|index| exceptions.get(*index));
        Draft {
            rule,
            role,
            excused: filters.map(|it| it.matches.clone()).collect(),
            classes: Vec::new(),
            class_of: QuickMap::default(),
            members: Vec::new(),
        }
    }

    fn add(&mut self, body: &'l Arc<RuleBody>, policy: u32, closed: bool) {
        let number = self.classes.len() as u32;
        let class = *self.class_of.entry(&body.id).or_insert(number);
        if class == number {
            self.classes.push(DraftClass {
                number,
                body,
                hash: body.id.hash(),
                last_policy: None,
                fails_closed: false,
            });
        }
        if let Some(class) = self.classes.get_mut(class as usize) {
            if class.last_policy.replace(policy) != Some(policy) {
                self.members.push((class.number, policy));
            }
            class.fails_closed |= closed;
        }
    }

    fn finish(mut self, known: &mut Known) -> Group {
        // By hash: which part a class belongs to must not depend on what else there is.
        let parts = self.classes.len().div_ceil(PART).next_power_of_two() as u64;
        self.classes.sort_unstable_by(|a, b| {
            let place = |class: &DraftClass<'_>| (class.hash % parts, class.hash);
            let tie = || a.body.id.text().cmp(b.body.id.text());
            place(a).cmp(&place(b)).then_with(tie)
        });
        // Stable, so that the policies of a class stay in order.
        self.members.sort_by_key(|(class, _)| *class);
        let same_part = |a: &DraftClass<'_>, b: &DraftClass<'_>| a.hash % parts == b.hash % parts;
        let parts = self.classes.chunk_by(same_part).map(|classes| {
            let kept = classes.first().and_then(|class| known.get(&class.body.id));
            let same = |part: &&Arc<Part>| {
                let ids = classes.iter().map(|class| &class.body.id);
                part.ids.iter().eq(ids)
            };
            let part = match kept.into_iter().flatten().find(same) {
                Some(part) => Arc::clone(part),
                None => {
                    let bodies: Vec<_> = classes.iter().map(|it| Arc::clone(it.body)).collect();
                    let part = Arc::new(part(&bodies));
                    note(&part, known);
                    part
                }
            };
            let members = members(classes, &self.members, &part);
            (part, members)
        });
        Group {
            parts: parts.collect(),
            guard: Arc::clone(&self.rule.guard),
            role: self.role,
            excused: self.excused,
        }
    }
}

/// `all`: the members of every class of the group, by class.
fn members(classes: &[DraftClass<'_>], all: &[(u32, u32)], part: &Part) -> Members {
    let mut starts = Vec::with_capacity(classes.len() + 1);
    let mut policies = Vec::with_capacity(classes.len());
    starts.push(0);
    for class in classes {
        let from = all.partition_point(|(number, _)| *number < class.number);
        let own = all.iter().skip(from);
        let own = own.take_while(|(number, _)| *number == class.number);
        policies.extend(own.map(|(_, policy)| *policy));
        starts.push(policies.len() as u32);
    }
    let closed = |class: u32| {
        let class = classes.get(class as usize);
        class.is_some_and(|class| class.fails_closed)
    };
    Members {
        starts: starts.into(),
        policies: policies.into(),
        fails_closed: classes.iter().map(|class| class.fails_closed).collect(),
        plain_fails_closed: part.plain.iter().any(|(class, _)| closed(*class)),
    }
}

fn routed(groups: Vec<Group>) -> Plans {
    let kinds = ByKind::new(groups.iter().map(|group| [&group.guard.route]));
    let reach = |numbers: &[u32]| {
        let groups = numbers.iter().filter_map(|index| {
            let group = groups.get(*index as usize)?;
            (group.role == Role::Answers).then_some((*index, group))
        });
        let mut parts = groups.clone().flat_map(|(_, group)| &group.parts);
        let whole = parts.any(|(part, _)| part.whole);
        let numbered = groups.map(|(index, group)| (index, group.guard.confined()));
        Reach::new(numbered, whole)
    };
    let mut answering = HashMap::new();
    let mut answering_other = Reach::default();
    for (kind, numbers) in kinds.lists() {
        match kind {
            Some(kind) => drop(answering.insert(kind.into(), reach(numbers))),
            None => answering_other = reach(numbers),
        }
    }
    Plans {
        kinds,
        answering,
        answering_other,
        groups: groups.into(),
    }
}
