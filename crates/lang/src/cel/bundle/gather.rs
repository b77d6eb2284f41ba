//! A program to terms.

use std::collections::HashMap;

use super::term::{By, Collects, Item, Loop, LoopId, Term, TermId, Terms, Which};
use super::{Record, Unfit};
use crate::cel::environment::Variable;
use crate::cel::program::{Child, Fold, FoldKind, Node, NodeId, Program, Slot, Step, Stretch};

/// What the variables of one policy came to.
pub(super) type Named = HashMap<*const Program, Option<TermId>>;

/// One program on its way.
pub(super) struct Gather<'g, 'p> {
    pub(super) terms: &'g mut Terms,
    pub(super) program: &'p Program,
    pub(super) record: &'g Record<'p>,
    pub(super) named: &'g mut Named,
    /// What the variables of the enclosing comprehensions stand for.
    pub(super) locals: HashMap<u32, TermId>,
    /// How high loops were found to stand: where one is gathered again, the first guess is right.
    pub(super) heights: HashMap<u32, u32>,
}

impl<'p> Gather<'_, 'p> {
    pub(super) fn root(&mut self) -> Result<TermId, Unfit> {
        self.term(self.program.root())
    }

    fn term(&mut self, id: NodeId) -> Result<TermId, Unfit> {
        let node = self
            .program
            .node(id)
            .ok_or(Unfit("a program with a hole"))?;
        let term = match *node {
            Node::Constant { place, cost } => Term::Constant {
                place: self.constant(place)?,
                cost,
            },
            Node::Variable(variable) if variable == self.record.variable => {
                return Err(Unfit("the variables as a whole"));
            }
            Node::Variable(Variable(place)) => Term::Variable(place),
            Node::Local(slot) => {
                let known = self.locals.get(&slot.0).copied();
                return known.ok_or(Unfit("a variable of no comprehension"));
            }
            Node::Path { root, steps } => return self.path(root, steps),
            Node::Has { root, steps } => return self.has(root, steps),
            Node::Call(place) => return self.call(place),
            Node::All(terms) => Term::All(self.terms(terms)?.into()),
            Node::Any(terms) => Term::Any(self.terms(terms)?.into()),
            Node::Conditional { test, yes, no } => {
                Term::Conditional([self.term(test)?, self.term(yes)?, self.term(no)?])
            }
            Node::List(items) => Term::List(self.items(items)?),
            Node::Map(entries) => Term::Map(self.items(entries)?),
            Node::Struct { name, fields } => {
                let name = self.name(self.program.name(name));
                let children = self.program.children(fields);
                let fields = children.iter().map(|child| {
                    let field = child.name.map_or("", |name| self.program.name(name));
                    Ok((self.name(field), self.item(child)?))
                });
                let fields: Result<_, Unfit> = fields.collect();
                Term::Struct {
                    name,
                    fields: fields?,
                }
            }
            Node::Fold(place) => {
                let fold = self.program.fold(place);
                return self.fold(place, *fold.ok_or(Unfit("a program with a hole"))?);
            }
            Node::OrValue {
                value,
                otherwise,
                lenient,
            } => Term::OrValue {
                value: self.term(value)?,
                otherwise: self.term(otherwise)?,
                lenient,
            },
            Node::Or { value, otherwise } => Term::Or {
                value: self.term(value)?,
                otherwise: self.term(otherwise)?,
            },
            Node::Shared { .. }
            | Node::SharedPath { .. }
            | Node::Swept { .. }
            | Node::Sealed(_)
            | Node::Opened(_) => return Err(Unfit("a bundle in a bundle")),
        };
        Ok(self.terms.add(term))
    }

    fn constant(&mut self, place: u32) -> Result<u32, Unfit> {
        let constant = self.program.shared_constant(place);
        let constant = constant.ok_or(Unfit("a program with a hole"))?;
        Ok(self.terms.constant(constant))
    }

    fn name(&mut self, name: &str) -> u32 {
        self.terms.names.place(name.into()).0
    }

    fn terms(&mut self, children: Stretch) -> Result<Vec<TermId>, Unfit> {
        let children = self.program.children(children);
        children.iter().map(|child| self.term(child.node)).collect()
    }

    fn items(&mut self, children: Stretch) -> Result<Box<[Item]>, Unfit> {
        let children = self.program.children(children);
        children.iter().map(|child| self.item(child)).collect()
    }

    fn item(&mut self, child: &Child) -> Result<Item, Unfit> {
        let (term, optional) = (self.term(child.node)?, child.optional);
        Ok(Item { term, optional })
    }

    fn call(&mut self, place: u32) -> Result<TermId, Unfit> {
        let site = self.program.call(place);
        let site = site.ok_or(Unfit("a program with a hole"))?;
        if site.asks {
            return Err(Unfit("an expression that asks the outside"));
        }
        let args = self.terms(site.args)?;
        let site = self.terms.site(site, &args);
        let args = args.into();
        Ok(self.terms.add(Term::Call { site, args }))
    }

    fn path(&mut self, root: NodeId, steps: Stretch) -> Result<TermId, Unfit> {
        let (mut at, steps) = self.start(root, steps)?;
        for step in steps {
            let (by, optional) = self.step(step)?;
            at = self.terms.add(Term::Select {
                of: at,
                by,
                optional,
            });
        }
        Ok(at)
    }

    fn has(&mut self, root: NodeId, steps: Stretch) -> Result<TermId, Unfit> {
        let (mut at, steps) = self.start(root, steps)?;
        let (last, before) = steps
            .split_last()
            .ok_or(Unfit("the presence of a variable"))?;
        for step in before {
            let (by, optional) = self.step(step)?;
            at = self.terms.add(Term::Select {
                of: at,
                by,
                optional,
            });
        }
        let (by, optional) = self.step(last)?;
        Ok(self.terms.add(Term::Has {
            of: at,
            by,
            optional,
        }))
    }

    /// What a path begins with, and the steps that are left: a variable of the policy stands for
    /// its expression.
    fn start(&mut self, root: NodeId, steps: Stretch) -> Result<(TermId, &'p [Step]), Unfit> {
        let program = self.program;
        let steps = program.steps(steps);
        let is_record =
            matches!(program.node(root), Some(Node::Variable(v)) if *v == self.record.variable);
        if !is_record {
            let term = self.term(root)?;
            let opened = match self.terms.get(term) {
                Some(Term::Select { .. }) if !self.terms.is_plain(term) => {
                    self.terms.add(Term::Opened(term))
                }
                _ => term,
            };
            return Ok((opened, steps));
        }
        let Some((Step::Field(name), rest)) = steps.split_first() else {
            return Err(Unfit("the variables as a whole"));
        };
        let term = self.variable(program.name(*name))?;
        Ok(match rest {
            [] => (term, rest),
            _ if self.terms.is_plain(term) => (term, rest),
            _ => (self.terms.add(Term::Sealed(term)), rest),
        })
    }

    fn variable(&mut self, name: &str) -> Result<TermId, Unfit> {
        let program = (self.record.fields)(name).ok_or(Unfit("a variable that is not there"))?;
        let key: *const Program = program;
        match self.named.get(&key) {
            Some(Some(known)) => return Ok(*known),
            Some(None) => return Err(Unfit("a variable that needs itself")),
            None => self.named.insert(key, None),
        };
        let mut inner = Gather {
            terms: self.terms,
            program,
            record: self.record,
            named: self.named,
            locals: HashMap::new(),
            heights: HashMap::new(),
        };
        let term = inner.root()?;
        self.named.insert(key, Some(term));
        Ok(term)
    }

    fn step(&mut self, step: &Step) -> Result<(By, bool), Unfit> {
        Ok(match *step {
            Step::Field(name) => (By::Name(self.name(self.program.name(name))), false),
            Step::OptionalField(name) => (By::Name(self.name(self.program.name(name))), true),
            Step::Index(node) => (By::Value(self.term(node)?), false),
            Step::OptionalIndex(node) => (By::Value(self.term(node)?), true),
        })
    }

    fn fold(&mut self, place: u32, fold: Fold) -> Result<TermId, Unfit> {
        let range = self.term(fold.range)?;
        if let FoldKind::Bind(body) = fold.kind {
            self.locals.insert(fold.first.0, range);
            return self.term(body);
        }
        let two = fold.second.is_some();
        let mut height = self.heights.get(&place).copied().unwrap_or_default();
        loop {
            let around = self.terms.add_loop(Loop { range, height, two });
            self.bind(fold.first, around, Which::First);
            if let Some(second) = fold.second {
                self.bind(second, around, Which::Second);
            }
            let test = fold.test.map(|test| self.term(test)).transpose()?;
            let collects = self.collects(fold.kind)?;
            let bodies: Vec<_> = test.into_iter().chain(collects.bodies()).collect();
            let needed = self.terms.height(&bodies, around);
            if needed <= height {
                return Ok(self.terms.add(Term::Fold {
                    around,
                    collects,
                    test,
                }));
            }
            height = needed;
            self.heights.insert(place, height);
        }
    }

    fn bind(&mut self, slot: Slot, of: LoopId, which: Which) {
        let local = self.terms.add(Term::Local { of, which });
        self.locals.insert(slot.0, local);
    }

    fn collects(&mut self, kind: FoldKind) -> Result<Collects, Unfit> {
        Ok(match kind {
            FoldKind::All(body) => Collects::All(self.term(body)?),
            FoldKind::Exists(body) => Collects::Exists(self.term(body)?),
            FoldKind::ExistsOne(body) => Collects::ExistsOne(self.term(body)?),
            FoldKind::List(body) => Collects::List(self.term(body)?),
            FoldKind::Merge(body) => Collects::Merge(self.term(body)?),
            FoldKind::Entries { key, value } => Collects::Entries {
                key: self.term(key)?,
                value: self.term(value)?,
            },
            FoldKind::Bind(_) => return Err(Unfit("a program with a hole")),
        })
    }
}
