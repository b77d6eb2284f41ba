//! Plans after a change of some policies: what the change does not touch is taken over as it is.
//!
//! Comes in:  the policies before and their plans, the policies now.
//! Goes out:  the plans that would have been built from scratch.
//! Never here: building parts (see `part`).
//!
//! A policy that came or went concerns the groups of its rules, and in each of them one part for each
//! of its classes. All that happens to the others is that the positions of policies may have shifted.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::assemble::{
    Built, Draft, GroupKey, Known, Spoken, answered, known_parts, part_of, parts_of, routed,
};
use crate::doc::Exception;
use crate::ir::{Group, Lowered, Members, Part, Plans, QuickMap, Rule, RuleBody};
use crate::same::{differing, same};

/// The plans of `policies`; `None` where they are as easily built from scratch.
pub(super) fn renew(
    policies: &[Arc<Lowered>],
    exceptions: &[Arc<Exception>],
    before: Built<'_>,
) -> Option<Plans> {
    if !same(exceptions, before.exceptions) || before.plans.groups.is_empty() {
        return None;
    }
    let moves = Moves::between(before.policies, policies)?;
    let mut edits: QuickMap<GroupKey<'_>, Vec<Edit<'_>>> = QuickMap::default();
    let gone = moves.gone.iter().map(|at| (before.policies, at, false));
    let new = moves.new.iter().map(|at| (policies, at, true));
    for (policies, at, comes) in gone.chain(new) {
        let lowered = policies.get(*at as usize)?;
        for (number, rule, key) in answered(lowered, exceptions) {
            edits.entry(key).or_default().push(Edit {
                rule,
                number,
                policy: *at,
                comes,
            });
        }
    }
    let mut renewal = Renewal {
        policies,
        exceptions,
        moves,
        before: before.plans,
        known: None,
    };
    let mut groups = Vec::with_capacity(before.plans.groups.len() + edits.len());
    for group in &before.plans.groups {
        let key = (&group.guard.key, group.role, group.excused_by.to_vec());
        match edits.remove(&key) {
            None if !renewal.moves.shift => groups.push(Arc::clone(group)),
            edits => groups.extend(renewal.group(group, edits.unwrap_or_default()).ok()?),
        }
    }
    for (key, edits) in edits {
        groups.extend(renewal.new_group(&key, &edits));
    }
    groups.sort_by_key(|group| group.first);
    Some(routed(groups.into(), before.plans))
}

/// Where the policies of before are now.
struct Moves {
    /// For each position before, the one now.
    to: Vec<Option<u32>>,
    /// Positions before of those that are not there any more.
    gone: Vec<u32>,
    /// Positions now of those that were not there.
    new: Vec<u32>,
    /// Has any policy another position than before?
    shift: bool,
}

impl Moves {
    /// `None` where most of them changed, or their order.
    fn between(before: &[Arc<Lowered>], now: &[Arc<Lowered>]) -> Option<Moves> {
        let (head, old_end, end) = differing(before, now, Arc::ptr_eq);
        let mut to: Vec<Option<u32>> = (0..head as u32).map(Some).collect();
        to.resize(old_end, None);
        to.extend((end as u32..now.len() as u32).map(Some));

        let middle = (0_u32..).zip(before).take(old_end).skip(head);
        let middle: QuickMap<_, _> = middle.map(|(at, it)| (Arc::as_ptr(it), at)).collect();
        let (mut new, mut last) = (Vec::new(), None);
        for (at, lowered) in (0_u32..).zip(now).take(end).skip(head) {
            match middle.get(&Arc::as_ptr(lowered)) {
                None => new.push(at),
                Some(old) if last.is_some_and(|last| last >= *old) => return None,
                Some(old) => {
                    last = Some(*old);
                    *to.get_mut(*old as usize)? = Some(at);
                }
            }
        }
        let gone = (0_u32..).zip(&to).filter(|(_, to)| to.is_none());
        let gone: Vec<u32> = gone.map(|(at, _)| at).collect();
        let moved = |(at, to): (u32, &Option<u32>)| to.is_some_and(|to| to != at);
        let shift = (0_u32..).zip(&to).any(moved);
        (gone.len() + new.len() <= now.len()).then_some(Moves {
            to,
            gone,
            new,
            shift,
        })
    }

    /// Where the policy of a position is now, if it is.
    fn to(&self, policy: u32) -> Option<u32> {
        self.to.get(policy as usize).copied().flatten()
    }
}

/// A rule that came or went.
struct Edit<'l> {
    rule: &'l Rule,
    /// Among the rules of its policy.
    number: u32,
    /// Its position: now where it came, before where it went.
    policy: u32,
    comes: bool,
}

/// A group would be cut into more or fewer parts than before.
struct OtherParts;

/// What is the same for all groups.
struct Renewal<'r> {
    policies: &'r [Arc<Lowered>],
    exceptions: &'r [Arc<Exception>],
    moves: Moves,
    before: &'r Plans,
    /// Found out when a part is needed that is not there.
    known: Option<Known>,
}

/// A part of a group, and the policies of its classes.
type WithMembers = (Arc<Part>, Members);

/// What came to a class and what left it; classes are in the order in which parts have them.
type ClassEdits<'l> = BTreeMap<(u64, &'l str), Vec<&'l Edit<'l>>>;

impl Renewal<'_> {
    /// A group after edits; nothing where no rule is left.
    fn group(
        &mut self,
        group: &Group,
        edits: Vec<Edit<'_>>,
    ) -> Result<Option<Arc<Group>>, OtherParts> {
        let classes = |parts: &[WithMembers]| {
            let classes = parts.iter().map(|(part, _)| part.classes.len());
            classes.sum()
        };
        let count = parts_of(classes(&group.parts));
        let mut parts: BTreeMap<u64, (Option<&WithMembers>, ClassEdits<'_>)> = BTreeMap::new();
        for part in &group.parts {
            if let Some(first) = part.0.ids.first() {
                let index = part_of(first.hash(), count);
                parts.entry(index).or_default().0 = Some(part);
            }
        }
        for edit in &edits {
            let id = &edit.rule.body.id;
            let (_, classes) = parts.entry(part_of(id.hash(), count)).or_default();
            let class = classes.entry((id.hash(), id.text())).or_default();
            class.push(edit);
        }
        let parts = parts.into_values();
        let parts = parts.filter_map(|(part, edits)| self.part(part, &edits));
        let parts: Box<[_]> = parts.collect();
        if parts.is_empty() {
            return Ok(None);
        }
        if parts_of(classes(&parts)) != count {
            return Err(OtherParts);
        }
        Ok(Some(Arc::new(Group {
            first: match edits.is_empty() {
                true => (
                    self.moves.to(group.first.0).unwrap_or_default(),
                    group.first.1,
                ),
                false => self.first(group, &parts).ok_or(OtherParts)?,
            },
            whole: parts.iter().any(|(part, _)| part.whole),
            parts,
            guard: Arc::clone(&group.guard),
            role: group.role,
            excused: Arc::clone(&group.excused),
            excused_by: group.excused_by.clone(),
        })))
    }

    fn part(
        &mut self,
        before: Option<&WithMembers>,
        edits: &ClassEdits<'_>,
    ) -> Option<WithMembers> {
        if let (Some((part, members)), true) = (before, edits.is_empty()) {
            return Some((Arc::clone(part), self.moved(members)));
        }
        let mut spoken = Spoken::default();
        let mut edits = edits.iter().peekable();
        let classes = before.iter().flat_map(|(part, members)| {
            let classes = part.classes.iter().enumerate();
            classes.map(move |(index, class)| (&class.body, members, index))
        });
        for (body, members, index) in classes {
            let key = (body.id.hash(), body.id.text());
            while let Some((_, new)) = edits.next_if(|(edited, _)| **edited < key) {
                self.edited(&mut spoken, None, &[], new);
            }
            let policies = members.of(index);
            match edits.next_if(|(edited, _)| **edited == key) {
                Some((_, edits)) => self.edited(&mut spoken, Some(body), policies, edits),
                None => {
                    let policies = policies.iter().filter_map(|at| self.moves.to(*at));
                    let closed = members.fails_closed.get(index) == Some(&true);
                    spoken.add(body, policies, closed);
                }
            }
        }
        for (_, new) in edits {
            self.edited(&mut spoken, None, &[], new);
        }
        if spoken.is_empty() {
            return None;
        }
        let known = &mut self.known;
        let known = known.get_or_insert_with(|| known_parts(self.before));
        Some(spoken.finish(before.map(|(part, _)| part), known))
    }

    /// Adds a class with other policies than before.
    fn edited<'l>(
        &self,
        spoken: &mut Spoken<'l>,
        body: Option<&'l Arc<RuleBody>>,
        policies: &[u32],
        edits: &[&'l Edit<'l>],
    ) {
        let stay = policies.iter().filter_map(|at| self.moves.to(*at));
        let come = edits.iter().filter(|edit| edit.comes);
        let mut policies: Vec<_> = stay.chain(come.map(|edit| edit.policy)).collect();
        policies.sort_unstable();
        policies.dedup();
        let closed = |at: &u32| {
            let policy = self.policies.get(*at as usize);
            policy.is_some_and(|policy| policy.fails_closed)
        };
        let closed = policies.iter().any(closed);
        if let Some(body) = body.or_else(|| Some(&edits.first()?.rule.body)) {
            spoken.add(body, policies.into_iter(), closed);
        }
    }

    /// The same policies, where they are now.
    fn moved(&self, members: &Members) -> Members {
        let policies = members.policies.iter();
        Members {
            policies: policies.filter_map(|at| self.moves.to(*at)).collect(),
            ..members.clone()
        }
    }

    /// The first rule of a group: the position of its policy, and its number there.
    fn first(&self, group: &Group, parts: &[WithMembers]) -> Option<(u32, u32)> {
        let policies = parts.iter().flat_map(|(_, members)| &members.policies);
        let policy = *policies.min()?;
        let lowered = self.policies.get(policy as usize)?;
        let mut rules = answered(lowered, self.exceptions);
        let own = (&group.guard.key, group.role, &*group.excused_by);
        let (number, ..) =
            rules.find(|(_, _, (guard, role, excused))| (*guard, *role, &**excused) == own)?;
        Some((policy, number))
    }

    fn new_group(&mut self, key: &GroupKey<'_>, edits: &[Edit<'_>]) -> Option<Arc<Group>> {
        let (_, role, excused) = key;
        let mut come = edits.iter().filter(|edit| edit.comes).peekable();
        let Edit {
            rule,
            number,
            policy,
            ..
        } = come.peek()?;
        let first = (*policy, *number);
        let mut draft = Draft::new(rule, *role, excused, self.exceptions, first);
        for edit in come {
            let closed = self.policies.get(edit.policy as usize);
            let closed = closed.is_some_and(|policy| policy.fails_closed);
            draft.add(&edit.rule.body, edit.policy, closed);
        }
        let known = &mut self.known;
        let known = known.get_or_insert_with(|| known_parts(self.before));
        Some(Arc::new(draft.finish(known)))
    }
}
