//! Texts that patterns refuse, found by how they begin: `!registry.io/*`, `!latest`.

use std::sync::Arc;

use super::strict::Demand;
use super::{QuickMap, Scalar};

/// Fewer are asked one by one sooner than they are looked up.
const FEW: usize = 8;

/// Scalar patterns that refuse only texts with a known beginning.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    /// In how many bytes a beginning is written; each number once.
    lengths: Box<[usize]>,
    by_head: QuickMap<Box<str>, Box<[u32]>>,
    all: Box<[(Arc<Scalar>, Demand)]>,
}

impl Refusals {
    /// Takes those that can be looked up out of `scalars`; the others are left.
    pub(crate) fn split(
        scalars: Vec<(Arc<Scalar>, Demand)>,
    ) -> (Refusals, Vec<(Arc<Scalar>, Demand)>) {
        let can = |scalar: &Scalar| scalar.ready.refused_head().is_some_and(|it| !it.is_empty());
        if scalars.iter().filter(|(scalar, _)| can(scalar)).count() < FEW {
            return (Refusals::default(), scalars);
        }
        let (all, others): (Vec<_>, Vec<_>) =
            scalars.into_iter().partition(|(scalar, _)| can(scalar));
        let mut by_head: QuickMap<Box<str>, Vec<u32>> = QuickMap::default();
        for (index, (scalar, _)) in (0..).zip(&all) {
            if let Some(head) = scalar.ready.refused_head() {
                by_head.entry(head.into()).or_default().push(index);
            }
        }
        let mut lengths: Vec<_> = by_head.keys().map(|head| head.len()).collect();
        lengths.sort_unstable();
        lengths.dedup();
        let by_head = by_head.into_iter().map(|(head, of)| (head, of.into()));
        let refusals = Refusals {
            lengths: lengths.into(),
            by_head: by_head.collect(),
            all: all.into(),
        };
        (refusals, others)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Every one of them.
    pub(crate) fn all(&self) -> &[(Arc<Scalar>, Demand)] {
        &self.all
    }

    /// Those that can refuse `text`.
    pub(crate) fn of(&self, text: &str) -> impl Iterator<Item = &(Arc<Scalar>, Demand)> {
        let lengths = self.lengths.iter();
        let lengths = lengths.take_while(move |length| **length <= text.len());
        let heads = lengths.filter_map(move |length| text.get(..*length));
        let found = heads.filter_map(|head| self.by_head.get(head)).flatten();
        found.filter_map(|index| self.all.get(*index as usize))
    }
}
