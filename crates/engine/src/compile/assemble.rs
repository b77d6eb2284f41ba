//! Lowered policies to plans: rules with one guard become a group, rules with one body a class.
//!
//! Whatever did not change since the last build is kept: groups that a change does not touch (see
//! `renew`), and of the others the parts whose classes are the same.

use std::sync::Arc;

use super::part::part;
use super::renew::renew;
use crate::doc::{Exception, Filters};
use crate::ir::{
    Answering, ByKind, Group, Key, Lowered, Members, PART, Part, Plans, QuickMap, Reach, Role,
    Rule, RuleBody,
};

/// What plans were built of, and the plans.
#[derive(Clone, Copy)]
pub(crate) struct Built<'b> {
    pub(crate) policies: &'b [Arc<Lowered>],
    pub(crate) exceptions: &'b [Arc<Exception>],
    pub(crate) plans: &'b Plans,
}

/// Builds the plans of `policies`, whose positions are those of the program.
pub(crate) fn assemble(
    policies: &[Arc<Lowered>],
    exceptions: &[Arc<Exception>],
    before: Built<'_>,
) -> Plans {
    renew(policies, exceptions, before)
        .unwrap_or_else(|| from_scratch(policies, exceptions, before.plans))
}

/// What tells one group from another: guard, role, and the exceptions that name its rules.
pub(super) type GroupKey<'l> = (&'l Key, Role, Vec<usize>);

pub(super) fn from_scratch(
    policies: &[Arc<Lowered>],
    exceptions: &[Arc<Exception>],
    before: &Plans,
) -> Plans {
    let mut drafts: Vec<Draft<'_>> = Vec::new();
    let mut draft_of: QuickMap<GroupKey<'_>, usize> = QuickMap::default();
    for (index, lowered) in (0..).zip(policies) {
        for (number, rule, key) in answered(lowered, exceptions) {
            let next = drafts.len();
            let draft = *draft_of
                .entry(key)
                .or_insert_with_key(|(_, role, excused)| {
                    let first = (index, number);
                    drafts.push(Draft::new(rule, *role, excused, exceptions, first));
                    next
                });
            if let Some(draft) = drafts.get_mut(draft) {
                draft.add(&rule.body, index, lowered.fails_closed);
            }
        }
    }
    drop(draft_of);
    let mut known = known_parts(before);
    let groups = drafts.into_iter();
    let groups = groups.map(|draft| Arc::new(draft.finish(&mut known)));
    routed(groups.collect(), before)
}

/// The rules of a policy that requests are subject to, numbered, and the groups that they belong to.
pub(super) fn answered<'l>(
    lowered: &'l Lowered,
    exceptions: &[Arc<Exception>],
) -> impl Iterator<Item = (u32, &'l Rule, GroupKey<'l>)> {
    let subject = lowered.policy.settings().admission;
    let written = lowered.policy.rules().iter();
    let rules = std::iter::zip(&lowered.rules, written).filter(move |_| subject);
    (0..).zip(rules).map(|(number, (rule, written))| {
        let excused = naming(exceptions, lowered, &written.name);
        (number, rule, (&rule.guard.key, lowered.role, excused))
    })
}

fn naming(exceptions: &[Arc<Exception>], lowered: &Lowered, rule: &str) -> Vec<usize> {
    let named = exceptions
        .iter()
        .enumerate()
        .filter(|(_, exception)| exception.names(&lowered.policy, rule));
    named.map(|(index, _)| index).collect()
}

/// Parts by the first of their classes; there are few with the same.
#[derive(Default)]
pub(super) struct Known(QuickMap<Key, Vec<Arc<Part>>>);

pub(super) fn known_parts(plans: &Plans) -> Known {
    let mut known = Known::default();
    for (part, _) in plans.groups.iter().flat_map(|group| &group.parts) {
        known.note(part);
    }
    known
}

impl Known {
    fn note(&mut self, part: &Arc<Part>) {
        if let Some(first) = part.ids.first() {
            let same_start = self.0.entry(first.clone()).or_default();
            // Groups share their parts.
            if !same_start.iter().any(|other| Arc::ptr_eq(other, part)) {
                same_start.push(Arc::clone(part));
            }
        }
    }

    /// The part of these bodies, built where it is not known yet.
    pub(super) fn part(&mut self, bodies: &[&Arc<RuleBody>]) -> Arc<Part> {
        let kept = bodies.first().and_then(|body| self.0.get(&body.id));
        let same = |part: &&Arc<Part>| {
            let ids = bodies.iter().map(|body| &body.id);
            part.ids.iter().eq(ids)
        };
        if let Some(part) = kept.into_iter().flatten().find(same) {
            return Arc::clone(part);
        }
        let part = Arc::new(part(bodies));
        self.note(&part);
        part
    }
}

/// In how many parts a group of so many classes is cut.
pub(super) fn parts_of(classes: usize) -> u64 {
    classes.div_ceil(PART).next_power_of_two() as u64
}

/// Which part a class belongs to. By hash: it must not depend on what other classes there are. Within a
/// part, classes are in the order of their hashes, and then of their texts.
pub(super) fn part_of(hash: u64, parts: u64) -> u64 {
    // A power of two.
    hash & (parts - 1)
}

/// A group that still grows.
pub(super) struct Draft<'l> {
    rule: &'l Rule,
    role: Role,
    excused: Arc<[Filters]>,
    excused_by: Box<[usize]>,
    first: (u32, u32),
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
    members: u32,
    fails_closed: bool,
}

impl<'l> Draft<'l> {
    pub(super) fn new(
        rule: &'l Rule,
        role: Role,
        excused: &[usize],
        exceptions: &[Arc<Exception>],
        first: (u32, u32),
    ) -> Draft<'l> {
        let filters = excused.iter().filter_map(|index| exceptions.get(*index));
        Draft {
            rule,
            role,
            excused: filters.map(|it| it.matches.clone()).collect(),
            excused_by: excused.into(),
            first,
            classes: Vec::new(),
            class_of: QuickMap::default(),
            members: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, body: &'l Arc<RuleBody>, policy: u32, closed: bool) {
        let number = self.classes.len() as u32;
        let class = *self.class_of.entry(&body.id).or_insert(number);
        if class == number {
            self.classes.push(DraftClass {
                number,
                body,
                hash: body.id.hash(),
                last_policy: None,
                members: 0,
                fails_closed: false,
            });
        }
        if let Some(class) = self.classes.get_mut(class as usize) {
            if class.last_policy.replace(policy) != Some(policy) {
                self.members.push((class.number, policy));
                class.members += 1;
            }
            class.fails_closed |= closed;
        }
    }

    pub(super) fn finish(mut self, known: &mut Known) -> Group {
        let members = self.members_of_each();
        let parts = parts_of(self.classes.len());
        self.classes.sort_unstable_by(|a, b| {
            let place = |class: &DraftClass<'_>| (part_of(class.hash, parts), class.hash);
            let tie = || a.body.id.text().cmp(b.body.id.text());
            place(a).cmp(&place(b)).then_with(tie)
        });
        let same_part = |a: &DraftClass<'_>, b: &DraftClass<'_>| {
            part_of(a.hash, parts) == part_of(b.hash, parts)
        };
        let parts = self.classes.chunk_by(same_part).map(|classes| {
            let mut spoken = Spoken::default();
            for class in classes {
                let (start, end) = members.bounds(class.number);
                let of_class = members.policies.get(start..end).unwrap_or_default();
                spoken.add(class.body, of_class.iter().copied(), class.fails_closed);
            }
            spoken.finish(None, known)
        });
        let parts: Box<[_]> = parts.collect();
        Group {
            whole: parts.iter().any(|(part, _)| part.whole),
            parts,
            guard: Arc::clone(&self.rule.guard),
            role: self.role,
            excused: self.excused,
            excused_by: self.excused_by,
            first: self.first,
        }
    }

    /// The policies of each class, which stay in order.
    fn members_of_each(&self) -> ByClass {
        let mut starts = Vec::with_capacity(self.classes.len() + 1);
        let mut end = 0;
        starts.push(0);
        for class in &self.classes {
            end += class.members as usize;
            starts.push(end);
        }
        let mut next = starts.clone();
        let mut policies = vec![0; end];
        for (class, policy) in &self.members {
            if let Some(at) = next.get_mut(*class as usize)
                && let Some(place) = policies.get_mut(*at)
            {
                *place = *policy;
                *at += 1;
            }
        }
        ByClass { starts, policies }
    }
}

/// The policies of classes, by the numbers of these.
struct ByClass {
    starts: Vec<usize>,
    policies: Vec<u32>,
}

impl ByClass {
    fn bounds(&self, class: u32) -> (usize, usize) {
        let bound = |index: usize| self.starts.get(index).copied().unwrap_or_default();
        (bound(class as usize), bound(class as usize + 1))
    }
}

/// The classes of a part that is made, and the policies that they stand for.
#[derive(Default)]
pub(super) struct Spoken<'l> {
    bodies: Vec<&'l Arc<RuleBody>>,
    ends: Vec<u32>,
    policies: Vec<u32>,
    fails_closed: Vec<bool>,
}

impl<'l> Spoken<'l> {
    /// The next class. One without policies is none.
    pub(super) fn add(
        &mut self,
        body: &'l Arc<RuleBody>,
        policies: impl Iterator<Item = u32>,
        fails_closed: bool,
    ) {
        let before = self.policies.len();
        self.policies.extend(policies);
        if self.policies.len() > before {
            self.bodies.push(body);
            self.ends.push(self.policies.len() as u32);
            self.fails_closed.push(fails_closed);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bodies.is_empty()
    }

    /// `before`: the part before, which may be the same one.
    pub(super) fn finish(
        self,
        before: Option<&Arc<Part>>,
        known: &mut Known,
    ) -> (Arc<Part>, Members) {
        let ids = || self.bodies.iter().map(|body| &body.id);
        let part = match before.filter(|part| part.ids.iter().eq(ids())) {
            Some(part) => Arc::clone(part),
            None => known.part(&self.bodies),
        };
        let closed = |class: u32| self.fails_closed.get(class as usize) == Some(&true);
        let members = Members {
            starts: std::iter::once(0)
                .chain(self.ends.iter().copied())
                .collect(),
            plain_fails_closed: part.plain.iter().any(|(class, _)| closed(*class)),
            policies: self.policies.into(),
            fails_closed: self.fails_closed.into(),
        };
        (part, members)
    }
}

/// Where groups are the same as before in all that leads to them, the ways are taken over.
pub(super) fn routed(groups: Box<[Arc<Group>]>, before: &Plans) -> Plans {
    let same = |(a, b): (&Arc<Group>, &Arc<Group>)| {
        Arc::ptr_eq(a, b)
            || Arc::ptr_eq(&a.guard, &b.guard) && (a.role, a.whole) == (b.role, b.whole)
    };
    let is_same = !groups.is_empty() && groups.len() == before.groups.len();
    if is_same && std::iter::zip(&groups, &before.groups).all(same) {
        return Plans {
            groups,
            kinds: Arc::clone(&before.kinds),
            answering: Arc::clone(&before.answering),
        };
    }
    let kinds = ByKind::new(groups.iter().map(|group| [&group.guard.route]));
    let reach = |numbers: &[u32]| {
        let groups = numbers.iter().filter_map(|index| {
            let group = groups.get(*index as usize)?;
            (group.role == Role::Answers).then_some((*index, group))
        });
        let whole = groups.clone().any(|(_, group)| group.whole);
        let numbered = groups.map(|(index, group)| (index, group.guard.confined()));
        Reach::new(numbered, whole)
    };
    let mut answering = Answering::default();
    for (kind, numbers) in kinds.lists() {
        match kind {
            Some(kind) => drop(answering.kinds.insert(kind.into(), reach(numbers))),
            None => answering.other = reach(numbers),
        }
    }
    Plans {
        kinds: Arc::new(kinds),
        answering: Arc::new(answering),
        groups,
    }
}
