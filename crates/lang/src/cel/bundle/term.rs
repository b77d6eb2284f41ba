//! Expressions as terms: equal ones are one, wherever they stand.
//!
//! A variable of a loop is known by its loop, and a loop by what it goes through, so that
//! `a.all(x, x.b)` and `a.all(y, y.b)` are the same term.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

use crate::cel::library::Prepared;
use crate::cel::program::CallSite;
use crate::cel::val::Constant;

/// The place of a [`Term`] among the terms of a bundle.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct TermId(pub(super) u32);

/// The place of a [`Loop`] among the loops of a bundle.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct LoopId(pub(super) u32);

/// One operation on others, as [`Node`](crate::cel::program::Node), but with one step for each
/// selection, and without variables that only name a term.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) enum Term {
    Constant {
        place: u32,
        cost: u32,
    },
    Variable(u16),
    Local {
        of: LoopId,
        which: Which,
    },
    Select {
        of: TermId,
        by: By,
        optional: bool,
    },
    Has {
        of: TermId,
        by: By,
        optional: bool,
    },
    Call {
        site: u32,
        args: Box<[TermId]>,
    },
    All(Box<[TermId]>),
    Any(Box<[TermId]>),
    Conditional([TermId; 3]),
    List(Box<[Item]>),
    /// Key and value in turn.
    Map(Box<[Item]>),
    Struct {
        name: u32,
        fields: Box<[(u32, Item)]>,
    },
    Fold {
        around: LoopId,
        collects: Collects,
        test: Option<TermId>,
    },
    OrValue {
        value: TermId,
        otherwise: TermId,
        lenient: bool,
    },
    Or {
        value: TermId,
        otherwise: TermId,
    },
    /// The value of a path from which another path goes on as from any other value.
    Sealed(TermId),
    /// The value of a path that another path begins with.
    Opened(TermId),
}

/// Which variable of a loop.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Which {
    First,
    Second,
}

/// What a selection selects by.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum By {
    Name(u32),
    Value(TermId),
}

/// An element of a literal; left out when it is `optional` and empty.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Item {
    pub(super) term: TermId,
    pub(super) optional: bool,
}

/// What a loop collects.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Collects {
    All(TermId),
    Exists(TermId),
    ExistsOne(TermId),
    List(TermId),
    Entries { key: TermId, value: TermId },
    Merge(TermId),
}

/// A loop: what it goes through, and how high it stands.
///
/// A loop stands above every loop of its body that does not depend on it, so that none of the loops
/// below it, run once for all who ask, ever needs it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Loop {
    pub(super) range: TermId,
    pub(super) height: u32,
    pub(super) two: bool,
}

/// Things that are the same where they are equal, in the order in which they came.
#[derive(Debug)]
pub(super) struct Interned<K> {
    known: HashMap<K, u32>,
    pub(super) all: Vec<K>,
}

impl<K> Default for Interned<K> {
    fn default() -> Self {
        Interned {
            known: HashMap::new(),
            all: Vec::new(),
        }
    }
}

impl<K: Clone + Eq + Hash> Interned<K> {
    /// The place of a thing; and whether it is new.
    pub(super) fn place(&mut self, thing: K) -> (u32, bool) {
        if let Some(known) = self.known.get(&thing) {
            return (*known, false);
        }
        let place = self.all.len() as u32;
        self.known.insert(thing.clone(), place);
        self.all.push(thing);
        (place, true)
    }
}

/// All terms of a bundle.
#[derive(Debug, Default)]
pub(super) struct Terms {
    terms: Interned<Term>,
    /// The loops whose variables a term sees, and that are not part of it.
    free: Vec<Arc<[LoopId]>>,
    loops: Interned<Loop>,
    pub(super) names: Interned<Arc<str>>,
    constant_texts: Interned<String>,
    pub(super) constants: Vec<Arc<Constant>>,
    site_texts: Interned<String>,
    pub(super) sites: Vec<CallSite>,
}

impl Terms {
    pub(super) fn add(&mut self, term: Term) -> TermId {
        let mut free = BTreeSet::new();
        self.below(&term, &mut |child| {
            free.extend(self.free(child).iter().copied())
        });
        match &term {
            Term::Local { of, .. } => drop(free.insert(*of)),
            Term::Fold { around, .. } => drop(free.remove(around)),
            _ => {}
        }
        let (place, new) = self.terms.place(term);
        if new {
            self.free.push(free.into_iter().collect());
        }
        TermId(place)
    }

    pub(super) fn get(&self, id: TermId) -> Option<&Term> {
        self.terms.all.get(id.0 as usize)
    }

    pub(super) fn len(&self) -> usize {
        self.terms.all.len()
    }

    pub(super) fn free(&self, id: TermId) -> &[LoopId] {
        self.free.get(id.0 as usize).map_or(&[], |free| free)
    }

    pub(super) fn add_loop(&mut self, new: Loop) -> LoopId {
        LoopId(self.loops.place(new).0)
    }

    pub(super) fn loop_of(&self, id: LoopId) -> Option<&Loop> {
        self.loops.all.get(id.0 as usize)
    }

    pub(super) fn constant(&mut self, constant: &Arc<Constant>) -> u32 {
        let (place, new) = self.constant_texts.place(format!("{constant:?}"));
        if new {
            self.constants.push(Arc::clone(constant));
        }
        place
    }

    /// A call of the same code. What was prepared of its arguments follows from these.
    pub(super) fn site(&mut self, site: &CallSite, args: &[TermId]) -> u32 {
        let text = format!("{} {:?} {:?} {args:?}", site.name, site.target, site.cost);
        let (place, new) = self.site_texts.place(text);
        if new {
            self.sites.push(site.clone());
        } else if let Some(known) = self.sites.get_mut(place as usize)
            // One of them stood in front of a constant, the other in front of its name.
            && matches!(*known.prepared, Prepared::Nothing)
        {
            known.prepared = Arc::clone(&site.prepared);
        }
        place
    }

    /// How high a loop over `range` must stand whose bodies are these, as [`Loop`] says.
    pub(super) fn height(&self, bodies: &[TermId], around: LoopId) -> u32 {
        let (mut height, mut seen) = (0, HashSet::new());
        let mut left = bodies.to_vec();
        while let Some(id) = left.pop() {
            let Some(term) = self.get(id).filter(|_| seen.insert(id)) else {
                continue;
            };
            if let Term::Fold { around: inner, .. } = term
                && !self.free(id).contains(&around)
                && let Some(inner) = self.loop_of(*inner)
            {
                height = height.max(inner.height + 1);
            }
            self.below(term, &mut |child| left.push(child));
        }
        height
    }

    /// How many terms it is made of, itself included.
    pub(super) fn size(&self, id: TermId) -> u32 {
        let mut seen = HashSet::new();
        let mut left = vec![id];
        while let Some(id) = left.pop() {
            if let Some(term) = self.get(id).filter(|_| seen.insert(id)) {
                self.below(term, &mut |child| left.push(child));
            }
        }
        seen.len() as u32
    }

    /// Names the terms that a term is made of.
    pub(super) fn below(&self, term: &Term, found: &mut dyn FnMut(TermId)) {
        let by = |by: &By| match by {
            By::Value(index) => Some(*index),
            By::Name(_) => None,
        };
        match term {
            Term::Constant { .. } | Term::Variable(_) | Term::Local { .. } => {}
            Term::Select { of, by: key, .. } | Term::Has { of, by: key, .. } => {
                found(*of);
                by(key).into_iter().for_each(found);
            }
            Term::Call { args: terms, .. } | Term::All(terms) | Term::Any(terms) => {
                terms.iter().copied().for_each(found);
            }
            Term::Conditional(terms) => terms.iter().copied().for_each(found),
            Term::List(items) | Term::Map(items) => items.iter().for_each(|it| found(it.term)),
            Term::Struct { fields, .. } => fields.iter().for_each(|(_, it)| found(it.term)),
            Term::Fold {
                around,
                collects,
                test,
            } => {
                self.loop_of(*around).iter().for_each(|it| found(it.range));
                test.iter().copied().for_each(&mut *found);
                collects.bodies().for_each(found);
            }
            Term::OrValue {
                value, otherwise, ..
            }
            | Term::Or { value, otherwise } => {
                found(*value);
                found(*otherwise);
            }
            Term::Sealed(inner) | Term::Opened(inner) => found(*inner),
        }
    }

    /// Can its value be no optional, whatever the inputs are? They are documents, which hold none.
    pub(super) fn is_plain(&self, id: TermId) -> bool {
        match self.get(id) {
            Some(Term::Variable(_)) => true,
            Some(Term::Select { of, optional, .. }) => !optional && self.is_plain(*of),
            _ => false,
        }
    }
}

impl Collects {
    pub(super) fn bodies(&self) -> impl Iterator<Item = TermId> {
        let (first, second) = match self {
            Collects::All(body)
            | Collects::Exists(body)
            | Collects::ExistsOne(body)
            | Collects::List(body)
            | Collects::Merge(body) => (*body, None),
            Collects::Entries { key, value } => (*key, Some(*value)),
        };
        [Some(first), second].into_iter().flatten()
    }
}
