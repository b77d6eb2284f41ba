//! One walk of a resource along strict patterns.
//!
//! Comes in:  strict patterns, a value.
//! Goes out:  which patterns it does not meet.
//!
//! As in `walk`, a map is gone through once, and what nothing is demanded of is stepped over.

use portcullis_lang::pattern::MOST_STEPS;
use portcullis_lang::value::{List, Map, Value};

use super::walk::smallest;
use crate::ir::{Demand, Place, PlaceId, Scalars, Strict};

/// Which patterns a resource does not meet. Keeps its memory from walk to walk.
#[derive(Debug, Default)]
pub(super) struct Unmet {
    patterns: Vec<bool>,
    any: bool,
    /// Which of the needed keys of the maps on the way down were seen.
    seen: Vec<bool>,
}

impl Unmet {
    /// Walks `value`. False where the reference evaluator might see something else: then nothing is
    /// known about any pattern.
    pub(super) fn walk(&mut self, strict: &Strict, value: Value<'_>) -> bool {
        self.patterns.clear();
        self.patterns.resize(strict.patterns, false);
        self.any = false;
        self.seen.clear();
        // The reference evaluator gives up on patterns that take too many comparisons.
        let steps = value
            .nodes()
            .map(|nodes| nodes.saturating_mul(strict.largest * 2));
        if steps.is_none_or(|steps| steps > MOST_STEPS) {
            return false;
        }
        let (sure, unmet) = (true, self);
        let mut walk = Walk {
            strict,
            unmet,
            sure,
        };
        walk.visit(PlaceId(0), value);
        walk.sure
    }

    /// Is some pattern not met?
    pub(super) fn any(&self) -> bool {
        self.any
    }

    pub(super) fn contains(&self, pattern: u32) -> bool {
        self.patterns.get(pattern as usize) != Some(&false)
    }
}

struct Walk<'w> {
    strict: &'w Strict,
    unmet: &'w mut Unmet,
    sure: bool,
}

impl<'w> Walk<'w> {
    fn visit(&mut self, id: PlaceId, value: Value<'_>) {
        let Some(place) = self.strict.place(id) else {
            return;
        };
        self.fail_if(place.nothing, true);
        match value {
            Value::Map(map) => {
                self.fail_if(place.list, true);
                self.children(place, map);
            }
            Value::List(list) => {
                self.fail_if(place.map, true);
                if let Some(elements) = place.elements {
                    list.iter()
                        .for_each(|element| self.visit(elements, element));
                }
            }
            _ => {
                self.fail_if(place.map, true);
                self.fail_if(place.list, true);
                self.fail_if(place.not_null, value.is_null());
            }
        }
        if !place.scalars.is_empty() {
            match value {
                Value::List(list) => self.each(&place.scalars, list),
                value => self.scalar(&place.scalars, value),
            }
        }
        if !place.each.is_empty() {
            match value {
                Value::List(list) => self.each(&place.each, list),
                _ => self.none(&place.each),
            }
        }
    }

    fn children(&mut self, place: &Place, map: Map<'_>) {
        let base = self.unmet.seen.len();
        self.unmet.seen.resize(base + place.needed.len(), false);
        if !place.keys.is_empty() {
            for (key, value) in map {
                if let Some(below) = place.keys.get(key) {
                    self.see(base, below.needed);
                    self.visit(below.place, value);
                }
            }
        }
        for (pattern, below) in &place.wild {
            if let Some(value) = smallest(map, pattern, &mut self.sure) {
                self.see(base, below.needed);
                self.visit(below.place, value);
            }
        }
        for (index, demand) in place.needed.iter().enumerate() {
            let seen = self.unmet.seen.get(base + index) == Some(&true);
            self.fail_if(Some(*demand), !seen);
        }
        self.unmet.seen.truncate(base);
    }

    fn see(&mut self, base: usize, needed: Option<u32>) {
        if let Some(needed) = needed
            && let Some(seen) = self.unmet.seen.get_mut(base + needed as usize)
        {
            *seen = true;
        }
    }

    fn each(&mut self, scalars: &Scalars, list: List<'_>) {
        list.iter()
            .for_each(|element| self.scalar(scalars, element));
    }

    fn scalar(&mut self, scalars: &Scalars, value: Value<'_>) {
        for (scalar, demand) in &scalars.tests {
            self.fail_if(Some(*demand), !scalar.ready.matches(value));
        }
        match value {
            Value::Str(text) => {
                for (scalar, demand) in scalars.refusals.of(text) {
                    self.fail_if(Some(*demand), !scalar.ready.matches(value));
                }
            }
            _ => {
                for (scalar, demand) in scalars.refusals.all() {
                    self.fail_if(Some(*demand), !scalar.ready.matches(value));
                }
            }
        }
    }

    fn none(&mut self, scalars: &Scalars) {
        for (_, demand) in scalars.tests.iter().chain(scalars.refusals.all()) {
            self.fail_if(Some(*demand), true);
        }
    }

    fn fail_if(&mut self, demand: Option<Demand>, fails: bool) {
        let Some(demand) = demand.filter(|_| fails) else {
            return;
        };
        self.unmet.any = true;
        for pattern in self.strict.makers(demand) {
            if let Some(unmet) = self.unmet.patterns.get_mut(*pattern as usize) {
                *unmet = true;
            }
        }
    }
}
