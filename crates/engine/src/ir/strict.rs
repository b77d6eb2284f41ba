//! Patterns whose every key fits or fails, as the demands that they make of places in a resource.
//!
//! Without conditional and global anchors a pattern is one conjunction: it fits where no demand of it
//! is left unmet. All such patterns of a part are merged by path, equal demands on a place are one, and
//! a walk notes only what is unmet. So its cost follows the resource and the distinct demands, and
//! texts that many patterns refuse are found by how they begin, without a look at each.

use std::sync::Arc;

use portcullis_lang::scalar::wildcard::Wildcard;

use super::{Keys, MapPattern, Name, Pattern, QuickMap, Refusals, Relation, Scalar, Step, Wanted};

/// Position of a [`Place`] in its [`Strict`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct PlaceId(pub(crate) u32);

/// Position of a demand in its [`Strict`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Demand(pub(crate) u32);

/// Strict patterns, merged by path.
#[derive(Debug)]
pub(crate) struct Strict {
    /// The first one stands for the whole resource. Children come after their parents.
    pub(crate) places: Box<[Place]>,
    /// For each demand, where its patterns start in `makers`; one more at the end.
    starts: Box<[u32]>,
    makers: Box<[u32]>,
    /// How many patterns there are.
    pub(crate) patterns: usize,
    /// The most keys and scalars of any pattern: bounds what the reference evaluator may count.
    pub(crate) largest: usize,
}

/// One place of the resource, and what is demanded of what stands there.
#[derive(Debug, Default)]
pub(crate) struct Place {
    /// It must be a map.
    pub(crate) map: Option<Demand>,
    /// It must be a list.
    pub(crate) list: Option<Demand>,
    /// It must be something.
    pub(crate) not_null: Option<Demand>,
    /// There must be nothing.
    pub(crate) nothing: Option<Demand>,
    /// Scalars that fit; of a list, every element.
    pub(crate) scalars: Scalars,
    /// A list, every element of which fits.
    pub(crate) each: Scalars,
    pub(crate) keys: Keys<Below>,
    /// Keys with wildcards.
    pub(crate) wild: Box<[(Wildcard, Below)]>,
    /// Of a map: keys that must be there. [`Below::needed`] says which.
    pub(crate) needed: Box<[Demand]>,
    /// The elements of a list.
    pub(crate) elements: Option<PlaceId>,
}

/// The place below a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Below {
    pub(crate) place: PlaceId,
    /// Among the keys that must be there.
    pub(crate) needed: Option<u32>,
}

/// What is demanded of one scalar.
#[derive(Debug, Default)]
pub(crate) struct Scalars {
    pub(crate) tests: Box<[(Arc<Scalar>, Demand)]>,
    pub(crate) refusals: Refusals,
}

impl Scalars {
    pub(crate) fn is_empty(&self) -> bool {
        self.tests.is_empty() && self.refusals.is_empty()
    }
}

impl Strict {
    /// Merges patterns, all of which are [strict](is_strict).
    pub(crate) fn of<'p>(patterns: impl IntoIterator<Item = &'p Pattern>) -> Strict {
        let mut draft = Draft {
            places: vec![DraftPlace::default()],
            makers: Vec::new(),
            maker: 0,
        };
        let (mut largest, mut count) = (0, 0);
        for pattern in patterns {
            largest = largest.max(pattern.size());
            draft.maker = count as u32;
            draft.pattern(0, pattern);
            count += 1;
        }
        let mut starts = vec![0];
        for makers in &draft.makers {
            starts.push(starts.last().copied().unwrap_or_default() + makers.len() as u32);
        }
        Strict {
            places: draft.places.into_iter().map(DraftPlace::finish).collect(),
            starts: starts.into(),
            makers: draft.makers.into_iter().flatten().collect(),
            patterns: count,
            largest,
        }
    }

    pub(crate) fn place(&self, id: PlaceId) -> Option<&Place> {
        self.places.get(id.0 as usize)
    }

    /// The patterns that make a demand, in order.
    pub(crate) fn makers(&self, demand: Demand) -> &[u32] {
        let start = |index: u32| self.starts.get(index as usize).map_or(0, |at| *at as usize);
        let range = start(demand.0)..start(demand.0 + 1);
        self.makers.get(range).unwrap_or_default()
    }
}

/// Can a pattern never say that it does not apply, and does each key count by itself?
pub(crate) fn is_strict(pattern: &Pattern) -> bool {
    let map = |map: &MapPattern| map.steps().all(is_strict_step);
    match pattern {
        Pattern::Map(entries) | Pattern::EachMap(entries) => map(entries),
        Pattern::Scalar(_) | Pattern::EachScalar(_) | Pattern::Never => true,
    }
}

fn is_strict_step(step: &Step) -> bool {
    let relation = matches!(
        step.relation,
        Relation::Optional | Relation::Negation | Relation::OrNull | Relation::Plain
    );
    relation
        && match &step.wanted {
            Wanted::Fits(pattern) => is_strict(pattern),
            Wanted::Some(_) => false,
            Wanted::Present | Wanted::NotNull => true,
        }
}

/// Places that still grow.
struct Draft<'p> {
    places: Vec<DraftPlace<'p>>,
    /// For each demand.
    makers: Vec<Vec<u32>>,
    /// The pattern that is being added.
    maker: u32,
}

#[derive(Default)]
struct DraftPlace<'p> {
    demands: QuickMap<Wants<'p>, (Demand, Option<&'p Arc<Scalar>>)>,
    keys: QuickMap<&'p str, usize>,
    wild: Vec<(&'p Wildcard, usize)>,
    elements: Option<usize>,
}

#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
enum Wants<'p> {
    Map,
    List,
    NotNull,
    Nothing,
    /// A key with this child.
    Child(usize),
    Scalar(&'p str),
    EachScalar(&'p str),
}

impl<'p> Draft<'p> {
    fn pattern(&mut self, place: usize, pattern: &'p Pattern) {
        match pattern {
            Pattern::Scalar(scalar) => {
                self.demand(place, Wants::Scalar(&scalar.text), Some(scalar));
            }
            Pattern::EachScalar(scalar) => {
                self.demand(place, Wants::EachScalar(&scalar.text), Some(scalar));
            }
            // What is there must not be.
            Pattern::Never => self.demand(place, Wants::Nothing, None),
            Pattern::Map(map) => self.map(place, map),
            Pattern::EachMap(map) => {
                self.demand(place, Wants::List, None);
                let elements = self.elements(place);
                self.map(elements, map);
            }
        }
    }

    fn map(&mut self, place: usize, map: &'p MapPattern) {
        self.demand(place, Wants::Map, None);
        for step in map.steps() {
            let child = self.child(place, &step.name);
            if step.relation == Relation::Plain {
                self.demand(place, Wants::Child(child), None);
            }
            match &step.wanted {
                Wanted::Fits(pattern) => self.pattern(child, pattern),
                Wanted::Present => self.demand(child, Wants::Nothing, None),
                Wanted::NotNull => self.demand(child, Wants::NotNull, None),
                // Not strict.
                Wanted::Some(_) => {}
            }
        }
    }

    fn demand(&mut self, place: usize, wants: Wants<'p>, scalar: Option<&'p Arc<Scalar>>) {
        let Some(place) = self.places.get_mut(place) else {
            return;
        };
        let next = Demand(self.makers.len() as u32);
        let (demand, _) = *place.demands.entry(wants).or_insert((next, scalar));
        if demand == next {
            self.makers.push(Vec::new());
        }
        if let Some(makers) = self.makers.get_mut(demand.0 as usize)
            && makers.last() != Some(&self.maker)
        {
            makers.push(self.maker);
        }
    }

    fn child(&mut self, place: usize, name: &'p Name) -> usize {
        let next = self.places.len();
        let Some(parent) = self.places.get_mut(place) else {
            return place;
        };
        let child = match name {
            Name::Exact(key) => *parent.keys.entry(key).or_insert(next),
            Name::Smallest(pattern) => {
                let mut known = parent.wild.iter();
                match known.find(|(wild, _)| wild.as_str() == pattern.as_str()) {
                    Some((_, child)) => *child,
                    None => {
                        parent.wild.push((pattern, next));
                        next
                    }
                }
            }
        };
        self.grow(child)
    }

    fn elements(&mut self, place: usize) -> usize {
        let next = self.places.len();
        let Some(parent) = self.places.get_mut(place) else {
            return place;
        };
        let child = *parent.elements.get_or_insert(next);
        self.grow(child)
    }

    fn grow(&mut self, child: usize) -> usize {
        if child == self.places.len() {
            self.places.push(DraftPlace::default());
        }
        child
    }
}

impl DraftPlace<'_> {
    fn finish(self) -> Place {
        let mut demands: Vec<_> = self.demands.into_iter().collect();
        demands.sort_unstable_by_key(|(_, (demand, _))| demand.0);
        let mut place = Place::default();
        let mut needed = Vec::new();
        let mut mark_of: QuickMap<usize, u32> = QuickMap::default();
        let (mut scalars, mut each) = (Vec::new(), Vec::new());
        for (wants, (demand, scalar)) in demands {
            match (wants, scalar) {
                (Wants::Map, _) => place.map = Some(demand),
                (Wants::List, _) => place.list = Some(demand),
                (Wants::NotNull, _) => place.not_null = Some(demand),
                (Wants::Nothing, _) => place.nothing = Some(demand),
                (Wants::Child(child), _) => {
                    mark_of.insert(child, needed.len() as u32);
                    needed.push(demand);
                }
                (Wants::Scalar(_), Some(scalar)) => scalars.push((Arc::clone(scalar), demand)),
                (Wants::EachScalar(_), Some(scalar)) => each.push((Arc::clone(scalar), demand)),
                (Wants::Scalar(_) | Wants::EachScalar(_), None) => {}
            }
        }
        let below = |child: usize| Below {
            place: PlaceId(child as u32),
            needed: mark_of.get(&child).copied(),
        };
        let keys = self.keys.into_iter();
        let keys = keys.map(|(key, child)| (Box::from(key), below(child)));
        let wild = self.wild.into_iter();
        let wild = wild.map(|(pattern, child)| (pattern.clone(), below(child)));
        place.keys = Keys::new(keys.collect());
        place.wild = wild.collect();
        place.needed = needed.into();
        place.scalars = Scalars::of(scalars);
        place.each = Scalars::of(each);
        place.elements = self.elements.map(|child| PlaceId(child as u32));
        place
    }
}

impl Scalars {
    fn of(scalars: Vec<(Arc<Scalar>, Demand)>) -> Scalars {
        let (refusals, tests) = Refusals::split(scalars);
        Scalars {
            tests: tests.into(),
            refusals,
        }
    }
}
