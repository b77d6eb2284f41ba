//! What the programs of a bundle have in common.

use bumpalo::collections::Vec as BumpVec;

use super::fold::{ALL, EXISTS};
use super::select::Raw;
use super::{Held, Run};
use crate::cel::library::Outcome;
use crate::cel::program::{Member, Node, NodeId, Slot};
use crate::cel::val::{Fault, Val};

/// How far a quantifier of a sweep has come.
#[derive(Clone, Copy)]
struct Progress<'v> {
    spent: u64,
    /// The first error, which an element that decides outweighs.
    error: Option<Fault<'v>>,
    result: Option<Outcome<'v, bool>>,
}

impl<'v> Run<'v, '_> {
    /// What several need: evaluated for the first of them, charged to each.
    pub(super) fn shared(&mut self, slot: Slot, node: NodeId) -> Outcome<'v, Raw<'v>> {
        if let Some(Held::Known(known, cost)) = self.slots.get(slot.0 as usize) {
            let known = *known;
            self.meter.add(*cost)?;
            return known;
        }
        let before = self.meter.spent();
        let value = match self.program.node(node) {
            Some(Node::Path { root, steps }) => self.path(*root, *steps),
            _ => self.eval(node).map(Raw::of),
        };
        let cost = self.meter.spent() - before;
        self.set(slot, Held::Known(value, cost));
        value
    }

    /// A quantifier that a sweep decides.
    pub(super) fn swept(&mut self, sweep: u32, slot: Slot) -> Outcome<'v> {
        let at = slot.0 as usize;
        if !matches!(self.slots.get(at), Some(Held::Known(..))) {
            let before = self.meter.spent();
            let swept = self.sweep(sweep);
            self.meter.count_from(before);
            swept?;
        }
        match self.slots.get(at) {
            Some(Held::Known(known, cost)) => {
                let known = *known;
                self.meter.add(*cost)?;
                known?.value.ok_or(Fault::NO_OVERLOAD)
            }
            _ => Err(Fault::NO_OVERLOAD),
        }
    }

    /// Goes through the elements once for all quantifiers, each of which pays for itself.
    fn sweep(&mut self, place: u32) -> Outcome<'v, ()> {
        let Some(sweep) = self.program.sweep(place) else {
            return Err(Fault::NO_OVERLOAD);
        };
        let members = self.program.members(sweep.members);
        self.meter.count_from(0);
        let range = self.range(sweep.range, sweep.second);
        let begun = Progress {
            spent: self.meter.spent(),
            error: None,
            result: range.as_ref().err().map(|fault| Err(*fault)),
        };
        let mut progress = bumpalo::vec![in self.inputs.bump; begun; members.len()];
        if let Ok(mut range) = range {
            while let Some(element) = range.next() {
                self.element(sweep.first, sweep.second, sweep.resets, &range, element);
                self.element_of_all(members, &mut progress)?;
            }
        }
        for (member, progress) in members.iter().zip(progress) {
            let result = match (progress.result, progress.error) {
                (Some(result), _) => result,
                (None, Some(fault)) => Err(fault),
                (None, None) => Ok(!member.decisive),
            };
            let known = result.map(|flag| Raw::of(Val::Bool(flag)));
            self.set(member.slot, Held::Known(known, progress.spent + 1));
        }
        Ok(())
    }

    /// One element for every quantifier that is not decided.
    fn element_of_all(
        &mut self,
        members: &[Member],
        progress: &mut BumpVec<'v, Progress<'v>>,
    ) -> Outcome<'v, ()> {
        for (member, progress) in members.iter().zip(progress) {
            if progress.result.is_some() {
                continue;
            }
            self.meter.count_from(progress.spent);
            let units = if member.decisive { EXISTS } else { ALL };
            let counted: Outcome<'v, ()> = self.meter.add(units);
            match counted.and_then(|()| self.eval(member.test)) {
                Ok(Val::Bool(flag)) if flag == member.decisive => {
                    progress.result = Some(Ok(member.decisive));
                }
                Ok(Val::Bool(_)) => {}
                Ok(_) => progress.error = progress.error.or(Some(Fault::NO_OVERLOAD)),
                Err(fault @ Fault::Error(_)) => progress.error = progress.error.or(Some(fault)),
                Err(Fault::TimeOver) => return Err(Fault::TimeOver),
                Err(fault) => progress.result = Some(Err(fault)),
            }
            progress.spent = match progress.result {
                Some(_) => self.meter.spent() + units,
                None => self.meter.spent(),
            };
        }
        Ok(())
    }
}
