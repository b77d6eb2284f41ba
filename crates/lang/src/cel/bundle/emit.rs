//! Terms to one program, in which what several need is evaluated once.

use std::collections::HashMap;
use std::sync::Arc;

use super::term::{By, Collects, Item, LoopId, Term, TermId, Terms, Which};
use crate::cel::environment::Variable;
use crate::cel::program::{
    CallSite, Child, Fold, FoldKind, Member, NameId, Node, NodeId, Parts, Program, Slot, Step,
    Stretch, Sweep,
};

/// Makes the program of these roots, and says where each of them is.
pub(super) fn emit(terms: &Terms, roots: &[TermId]) -> (Program, Box<[NodeId]>) {
    let (uses, folds) = survey(terms, roots);
    let mut emit = Emit {
        terms,
        uses,
        swept: swept(terms, &folds),
        done: HashMap::new(),
        parts: Parts::default(),
        slots: 0,
        loops: HashMap::new(),
    };
    let roots: Vec<NodeId> = roots.iter().map(|root| emit.node(*root)).collect();
    let Emit {
        mut parts,
        slots,
        loops,
        ..
    } = emit;
    for looped in loops.into_values() {
        let stretch = parts.resets(looped.resets);
        for fold in looped.folds {
            if let Some(fold) = parts.folds.get_mut(fold as usize) {
                fold.resets = stretch;
            }
        }
        for sweep in looped.sweeps {
            if let Some(sweep) = parts.sweeps.get_mut(sweep as usize) {
                sweep.resets = stretch;
            }
        }
    }
    parts.constants = terms.constants.iter().map(Arc::clone).collect();
    parts.names = terms.names.all.iter().map(Arc::clone).collect();
    (parts.finish(slots), roots.into())
}

/// How often each term is used, and which of them are loops.
fn survey(terms: &Terms, roots: &[TermId]) -> (Vec<u32>, Vec<TermId>) {
    let mut uses = vec![0_u32; terms.len()];
    let mut folds = Vec::new();
    let mut left = roots.to_vec();
    while let Some(id) = left.pop() {
        let Some(count) = uses.get_mut(id.0 as usize) else {
            continue;
        };
        *count += 1;
        if *count > 1 {
            continue;
        }
        let Some(term) = terms.get(id) else {
            continue;
        };
        if matches!(term, Term::Fold { .. }) {
            folds.push(id);
        }
        terms.below(term, &mut |child| left.push(child));
    }
    folds.sort_unstable();
    (uses, folds)
}

/// Loops that go through the same together; for each of them all that do.
type Swept = HashMap<TermId, Arc<[TermId]>>;

/// Quantifiers over one range that see the same variables around them are one sweep.
fn swept(terms: &Terms, folds: &[TermId]) -> Swept {
    let mut groups: HashMap<(LoopId, &[LoopId]), Vec<TermId>> = HashMap::new();
    for id in folds {
        if let Some(Term::Fold {
            around,
            collects: Collects::All(_) | Collects::Exists(_),
            test: None,
        }) = terms.get(*id)
        {
            groups
                .entry((*around, terms.free(*id)))
                .or_default()
                .push(*id);
        }
    }
    let groups = groups.into_values().filter(|members| members.len() > 1);
    let groups = groups.map(Arc::<[TermId]>::from);
    groups
        .flat_map(|members| {
            let each: Vec<_> = members.to_vec();
            each.into_iter().map(move |id| (id, Arc::clone(&members)))
        })
        .collect()
}

/// What is known of a loop.
struct Looped {
    first: Slot,
    second: Option<Slot>,
    /// What a new element makes unknown.
    resets: Vec<Slot>,
    folds: Vec<u32>,
    sweeps: Vec<u32>,
}

struct Emit<'t> {
    terms: &'t Terms,
    uses: Vec<u32>,
    swept: Swept,
    done: HashMap<TermId, NodeId>,
    parts: Parts,
    slots: u32,
    loops: HashMap<LoopId, Looped>,
}

impl<'t> Emit<'t> {
    fn node(&mut self, id: TermId) -> NodeId {
        if let Some(done) = self.done.get(&id) {
            return *done;
        }
        if let Some(members) = self.swept.get(&id).cloned() {
            self.sweep(&members);
            if let Some(done) = self.done.get(&id) {
                return *done;
            }
        }
        let node = self.plain(id);
        let node = match self.is_shared(id) {
            false => node,
            true => {
                let slot = self.remembered(id);
                let is_path = matches!(self.terms.get(id), Some(Term::Select { .. }));
                self.parts.push(match is_path {
                    true => Node::SharedPath { slot, node },
                    false => Node::Shared { slot, node },
                })
            }
        };
        self.done.insert(id, node);
        node
    }

    fn is_shared(&self, id: TermId) -> bool {
        let many = self.uses.get(id.0 as usize).is_some_and(|uses| *uses > 1);
        let cheap = matches!(
            self.terms.get(id),
            Some(
                Term::Constant { .. }
                    | Term::Variable(_)
                    | Term::Local { .. }
                    | Term::Sealed(_)
                    | Term::Opened(_)
            ) | None
        );
        many && !cheap
    }

    fn slot(&mut self) -> Slot {
        self.slots += 1;
        Slot(self.slots - 1)
    }

    /// A slot for the value of a term, which is unknown again when a variable changes that it sees.
    fn remembered(&mut self, id: TermId) -> Slot {
        let slot = self.slot();
        for around in self.terms.free(id).to_vec() {
            self.looped(around).resets.push(slot);
        }
        slot
    }

    fn looped(&mut self, around: LoopId) -> &mut Looped {
        if !self.loops.contains_key(&around) {
            let first = self.slot();
            let two = self.terms.loop_of(around).is_some_and(|it| it.two);
            let second = two.then(|| self.slot());
            self.loops.insert(
                around,
                Looped {
                    first,
                    second,
                    resets: Vec::new(),
                    folds: Vec::new(),
                    sweeps: Vec::new(),
                },
            );
        }
        self.loops.entry(around).or_insert_with(|| Looped {
            first: Slot(0),
            second: None,
            resets: Vec::new(),
            folds: Vec::new(),
            sweeps: Vec::new(),
        })
    }

    fn plain(&mut self, id: TermId) -> NodeId {
        let Some(term) = self.terms.get(id) else {
            return self.parts.push(Node::All(Stretch::default()));
        };
        let node = match term {
            Term::Constant { place, cost } => Node::Constant {
                place: *place,
                cost: *cost,
            },
            Term::Variable(place) => Node::Variable(Variable(*place)),
            Term::Local { of, which } => {
                let looped = self.looped(*of);
                Node::Local(match (which, looped.second) {
                    (Which::Second, Some(second)) => second,
                    _ => looped.first,
                })
            }
            Term::Select { .. } => {
                let (root, steps) = self.chain(id);
                Node::Path { root, steps }
            }
            Term::Has { of, by, optional } => {
                let last = self.step(*by, *optional);
                let mut steps = vec![last];
                let root = self.prefix(*of, &mut steps);
                let steps = self.parts.path(steps);
                Node::Has { root, steps }
            }
            Term::Call { site, args } => {
                let children = self.children(args);
                let Some(site) = self.terms.sites.get(*site as usize) else {
                    return self.parts.push(Node::All(Stretch::default()));
                };
                let site = CallSite {
                    args: children,
                    ..site.clone()
                };
                Node::Call(self.parts.call(site))
            }
            Term::All(terms) => Node::All(self.children(terms)),
            Term::Any(terms) => Node::Any(self.children(terms)),
            Term::Conditional([test, yes, no]) => Node::Conditional {
                test: self.node(*test),
                yes: self.node(*yes),
                no: self.node(*no),
            },
            Term::List(items) => Node::List(self.items(items)),
            Term::Map(items) => Node::Map(self.items(items)),
            Term::Struct { name, fields } => {
                let children = fields.iter().map(|(name, item)| Child {
                    node: self.node(item.term),
                    name: Some(NameId::new(*name)),
                    optional: item.optional,
                });
                let children = children.collect();
                Node::Struct {
                    name: NameId::new(*name),
                    fields: self.parts.family(children),
                }
            }
            Term::Fold {
                around,
                collects,
                test,
            } => self.fold(*around, *collects, *test),
            Term::OrValue {
                value,
                otherwise,
                lenient,
            } => Node::OrValue {
                value: self.node(*value),
                otherwise: self.node(*otherwise),
                lenient: *lenient,
            },
            Term::Or { value, otherwise } => Node::Or {
                value: self.node(*value),
                otherwise: self.node(*otherwise),
            },
            Term::Sealed(inner) => Node::Sealed(self.node(*inner)),
            Term::Opened(inner) => Node::Opened(self.node(*inner)),
        };
        self.parts.push(node)
    }

    /// The selections down to what others need too, or to what is no selection.
    fn chain(&mut self, id: TermId) -> (NodeId, Stretch) {
        let mut steps = Vec::new();
        let root = match self.terms.get(id) {
            Some(Term::Select { of, by, optional }) => {
                steps.push(self.step(*by, *optional));
                self.prefix(*of, &mut steps)
            }
            _ => self.node(id),
        };
        (root, self.parts.path(steps))
    }

    /// Adds the steps above `steps`, which are in reverse; returns what they begin with.
    fn prefix(&mut self, mut at: TermId, steps: &mut Vec<Step>) -> NodeId {
        while let Some(Term::Select { of, by, optional }) = self.terms.get(at)
            && !self.is_shared(at)
        {
            steps.push(self.step(*by, *optional));
            at = *of;
        }
        steps.reverse();
        self.node(at)
    }

    fn step(&mut self, by: By, optional: bool) -> Step {
        match (by, optional) {
            (By::Name(name), false) => Step::Field(NameId::new(name)),
            (By::Name(name), true) => Step::OptionalField(NameId::new(name)),
            (By::Value(index), false) => Step::Index(self.node(index)),
            (By::Value(index), true) => Step::OptionalIndex(self.node(index)),
        }
    }

    fn children(&mut self, terms: &[TermId]) -> Stretch {
        let items = terms.iter().map(|term| Item {
            term: *term,
            optional: false,
        });
        let items: Vec<_> = items.collect();
        self.items(&items)
    }

    fn items(&mut self, items: &[Item]) -> Stretch {
        let children = items.iter().map(|item| Child {
            node: self.node(item.term),
            name: None,
            optional: item.optional,
        });
        let children = children.collect();
        self.parts.family(children)
    }

    fn range(&mut self, around: LoopId) -> NodeId {
        let range = self.terms.loop_of(around).map(|it| it.range);
        match range {
            Some(range) => self.node(range),
            None => self.parts.push(Node::All(Stretch::default())),
        }
    }

    fn fold(&mut self, around: LoopId, collects: Collects, test: Option<TermId>) -> Node {
        let range = self.range(around);
        let Looped { first, second, .. } = *self.looped(around);
        let test = test.map(|test| self.node(test));
        let kind = match collects {
            Collects::All(body) => FoldKind::All(self.node(body)),
            Collects::Exists(body) => FoldKind::Exists(self.node(body)),
            Collects::ExistsOne(body) => FoldKind::ExistsOne(self.node(body)),
            Collects::List(body) => FoldKind::List(self.node(body)),
            Collects::Merge(body) => FoldKind::Merge(self.node(body)),
            Collects::Entries { key, value } => FoldKind::Entries {
                key: self.node(key),
                value: self.node(value),
            },
        };
        let place = self.parts.fold(Fold {
            kind,
            range,
            first,
            second,
            test,
            resets: Stretch::default(),
        });
        self.looped(around).folds.push(place);
        Node::Fold(place)
    }

    /// All quantifiers of one sweep.
    fn sweep(&mut self, members: &[TermId]) {
        let Some(Term::Fold { around, .. }) = members.first().and_then(|id| self.terms.get(*id))
        else {
            return;
        };
        let around = *around;
        let range = self.range(around);
        let Looped { first, second, .. } = *self.looped(around);
        let place = self.parts.sweep(Sweep {
            range,
            first,
            second,
            resets: Stretch::default(),
            members: Stretch::default(),
        });
        let slots: Vec<Slot> = members.iter().map(|id| self.remembered(*id)).collect();
        for (id, slot) in members.iter().zip(&slots) {
            let node = self.parts.push(Node::Swept {
                sweep: place,
                slot: *slot,
            });
            self.done.insert(*id, node);
        }
        let mut made = Vec::new();
        for (id, slot) in members.iter().zip(slots) {
            let (test, decisive) = match self.terms.get(*id) {
                Some(Term::Fold {
                    collects: Collects::Exists(body),
                    ..
                }) => (*body, true),
                Some(Term::Fold {
                    collects: Collects::All(body),
                    ..
                }) => (*body, false),
                _ => continue,
            };
            let test = self.node(test);
            made.push(Member {
                test,
                decisive,
                slot,
            });
        }
        self.looped(around).sweeps.push(place);
        let made = self.parts.quantifiers(made);
        if let Some(sweep) = self.parts.sweeps.get_mut(place as usize) {
            sweep.members = made;
        }
    }
}
