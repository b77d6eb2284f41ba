//! A pattern without variables, its keys and scalars read.

use std::sync::Arc;

use portcullis_lang::pattern::ScalarPattern;
use portcullis_lang::scalar::wildcard::Wildcard;

/// A pattern, or the part of one below a key.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    /// A scalar; of a list, every element.
    Scalar(Arc<Scalar>),
    /// A map.
    Map(MapPattern),
    /// A list whose every element fits the map.
    EachMap(MapPattern),
    /// A list whose every element fits the scalar.
    EachScalar(Arc<Scalar>),
    /// Fits nothing.
    Never,
}

/// A scalar as written, and ready to be asked.
#[derive(Debug)]
pub(crate) struct Scalar {
    /// Its JSON: equal texts mean the same.
    pub(crate) text: Box<str>,
    pub(crate) ready: ScalarPattern,
}

/// A map in the order in which the reference evaluator looks at its keys.
#[derive(Clone, Debug)]
pub(crate) struct MapPattern {
    /// Anchors that decide whether the map applies.
    pub(crate) deciding: Box<[Step]>,
    /// All other keys.
    pub(crate) others: Box<[Step]>,
}

/// One key of a map.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) relation: Relation,
    pub(crate) name: Name,
    pub(crate) wanted: Wanted,
}

/// What is made of what stands under a key, or of its absence.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Relation {
    /// `(k)`: anything but a fit is a skip.
    Conditional,
    /// `=(k)`, `^(k)`: absence is fine.
    Optional,
    /// `X(k)`: presence is a failure.
    Negation,
    /// `<(k)`: absence is fine, a misfit is a skip.
    Global,
    /// `k`, of something that fits nothing.
    OrNull,
    /// `k`.
    Plain,
}

/// The key that the resource is asked for.
#[derive(Clone, Debug)]
pub(crate) enum Name {
    Exact(Box<str>),
    /// A label or annotation with wildcards: the smallest key that fits.
    Smallest(Wildcard),
}

/// What must stand under the key.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    Fits(Pattern),
    /// For each map, some element that fits it.
    Some(Box<[MapPattern]>),
    /// Anything.
    Present,
    /// Anything but `null`.
    NotNull,
}

impl Pattern {
    /// How many keys and scalars it has.
    pub(crate) fn size(&self) -> usize {
        match self {
            Pattern::Scalar(_) | Pattern::EachScalar(_) | Pattern::Never => 1,
            Pattern::Map(map) | Pattern::EachMap(map) => 1 + map.size(),
        }
    }
}

impl MapPattern {
    pub(crate) fn steps(&self) -> impl Iterator<Item = &Step> {
        self.deciding.iter().chain(&self.others)
    }

    fn size(&self) -> usize {
        let size = |step: &Step| match &step.wanted {
            Wanted::Fits(pattern) => 1 + pattern.size(),
            Wanted::Some(maps) => 1 + maps.iter().map(MapPattern::size).sum::<usize>(),
            Wanted::Present | Wanted::NotNull => 1,
        };
        self.steps().map(size).sum::<usize>() + 1
    }
}
