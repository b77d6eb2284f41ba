//! What a program can look at, found out without running it.
//!
//! Comes in:  a program, paths below its variables.
//! Goes out:  may what stands there change the result?
//! Never here: values.

use super::{FoldKind, Node, NodeId, Program, Step, Stretch};
use crate::cel::environment::Variable;
use crate::cel::val::Constant;

/// A value on the way, and how it lies to a path.
#[derive(Clone, Copy, PartialEq)]
enum Sight<'p> {
    /// Nothing of what stands at a path is in it.
    Clear,
    /// It holds what this path leads to.
    Above(&'p [&'p str]),
}

impl Program {
    /// May what stands at the path that `paths` has for a variable, a path of keys, change the result?
    /// `false` is a promise, as long as something stands there or nothing does in both cases.
    ///
    /// Cost: one pass over the program.
    pub fn may_read<'p>(&self, paths: &dyn Fn(Variable) -> Option<&'p [&'p str]>) -> bool {
        let looking = Looking {
            program: self,
            paths,
        };
        looking.node(self.root) != Some(Sight::Clear)
    }
}

struct Looking<'l, 'p> {
    program: &'l Program,
    paths: &'l dyn Fn(Variable) -> Option<&'p [&'p str]>,
}

/// `None` where it is read.
impl<'p> Looking<'_, 'p> {
    fn node(&self, id: NodeId) -> Option<Sight<'p>> {
        match *self.program.node(id)? {
            Node::Variable(variable) => {
                Some((self.paths)(variable).map_or(Sight::Clear, Sight::Above))
            }
            // What a loop goes through is clear.
            Node::Constant { .. } | Node::Local(_) | Node::Swept { .. } => Some(Sight::Clear),
            Node::Path { root, steps } | Node::Has { root, steps } => {
                let root = self.node(root)?;
                let mut steps = self.program.steps(steps).iter();
                steps.try_fold(root, |of, step| self.step(of, *step))
            }
            Node::Call(place) => {
                let site = self.program.call(place)?;
                match matches!(site.name, "_==_" | "_!=_") && self.has_null(site.args) {
                    true => self.visit(site.args),
                    false => self.all_clear(site.args),
                }
            }
            Node::All(children) | Node::Any(children) => self.visit(children),
            Node::Conditional { test, yes, no } => {
                self.clear(test)?;
                self.either(yes, no)
            }
            Node::List(children) | Node::Map(children) => self.all_clear(children),
            Node::Struct { fields, .. } => self.all_clear(fields),
            Node::Fold(place) => {
                let fold = self.program.fold(place)?;
                self.clear(fold.range)?;
                fold.test
                    .map_or(Some(Sight::Clear), |test| self.clear(test))?;
                match fold.kind {
                    FoldKind::All(body)
                    | FoldKind::Exists(body)
                    | FoldKind::ExistsOne(body)
                    | FoldKind::List(body)
                    | FoldKind::Merge(body) => self.clear(body),
                    FoldKind::Entries { key, value } => {
                        self.clear(key)?;
                        self.clear(value)
                    }
                    FoldKind::Bind(body) => self.node(body),
                }
            }
            Node::OrValue {
                value, otherwise, ..
            }
            | Node::Or { value, otherwise } => self.either(value, otherwise),
            Node::Shared { node, .. }
            | Node::SharedPath { node, .. }
            | Node::Sealed(node)
            | Node::Opened(node) => self.node(node),
        }
    }

    fn step(&self, of: Sight<'p>, step: Step) -> Option<Sight<'p>> {
        let key = match step {
            Step::Field(name) | Step::OptionalField(name) => Some(self.program.name(name)),
            Step::Index(index) | Step::OptionalIndex(index) => {
                self.clear(index)?;
                self.text(index)
            }
        };
        match (of, key) {
            (Sight::Clear, _) => Some(Sight::Clear),
            (Sight::Above(path), Some(key)) => match path {
                [first, rest @ ..] if *first == key => {
                    (!rest.is_empty()).then_some(Sight::Above(rest))
                }
                _ => Some(Sight::Clear),
            },
            // It may be any key.
            (Sight::Above(_), None) => None,
        }
    }

    fn text(&self, id: NodeId) -> Option<&str> {
        match self.constant(id)? {
            Constant::Str(text) => Some(text),
            _ => None,
        }
    }

    fn constant(&self, id: NodeId) -> Option<&Constant> {
        match self.program.node(id)? {
            Node::Constant { place, .. } => Some(self.program.constant(*place)),
            _ => None,
        }
    }

    /// Is one of them `null`? What is compared with it is not looked into.
    fn has_null(&self, children: Stretch) -> bool {
        let mut children = self.program.children(children).iter();
        children.any(|child| matches!(self.constant(child.node), Some(Constant::Null)))
    }

    fn clear(&self, id: NodeId) -> Option<Sight<'p>> {
        self.node(id).filter(|sight| *sight == Sight::Clear)
    }

    fn all_clear(&self, children: Stretch) -> Option<Sight<'p>> {
        let mut children = self.program.children(children).iter();
        children.try_for_each(|child| self.clear(child.node).map(drop))?;
        Some(Sight::Clear)
    }

    /// Values that are asked only whether they are there, or true.
    fn visit(&self, children: Stretch) -> Option<Sight<'p>> {
        let mut children = self.program.children(children).iter();
        children.try_for_each(|child| self.node(child.node).map(drop))?;
        Some(Sight::Clear)
    }

    fn either(&self, one: NodeId, other: NodeId) -> Option<Sight<'p>> {
        match (self.node(one)?, self.node(other)?) {
            (Sight::Clear, sight) | (sight, Sight::Clear) => Some(sight),
            (one, other) => (one == other).then_some(one),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::cel::library::Libraries;
    use crate::cel::types::Type;
    use crate::cel::{Environment, Variable};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn what_programs_look_at() {
        for (text, reads) in [
            ("object.metadata.name == 'x'",                                  false),
            ("has(object.metadata.labels)",                                  false),
            ("object['metadata']['labels'] == {}",                           false),
            ("object.?metadata.?labels.orValue({}) == {}",                   false),
            ("object.spec.containers.all(c, c.image == object.metadata.name)", false),
            ("object != null && object.metadata != null",                    false),
            ("(object == null ? other : object).spec.a == 1",                false),
            ("(true ? object : object).metadata.name == 'x'",                false),
            ("cel.bind(name, object.metadata.name, name == 'x')",            false),
            ("other.metadata.managed == 1",                                  false),
            ("has(object.metadata.managed)",                                 true),
            ("object.metadata.managed[0].a == 1",                            true),
            ("object['metadata']['managed'] == 1",                           true),
            ("object.metadata[object.spec.key] == 1",                        true),
            ("object[object.metadata.name] == 1",                            true),
            ("object.metadata.?managed.hasValue()",                          true),
            ("object.metadata.all(k, k != 'x')",                             true),
            ("object.metadata.size() == 1",                                  true),
            ("object == other",                                              true),
            ("other.all(x, x == object)",                                    true),
            ("[object.metadata].size() == 1",                                true),
            ("cel.bind(it, object, it.metadata.managed == 1)",               true),
            ("(true ? object : other).metadata.managed == 1",                true),
            ("'name' in object.metadata",                                    true),
        ] {
            let mut environment = Environment::new(Libraries::KUBERNETES.and(Libraries::KYVERNO));
            let object = environment.declare("object", Type::Dyn);
            environment.declare("other", Type::Dyn);
            let program = environment.compile(text).unwrap();
            let path = ["metadata", "managed"];
            let paths = |variable: Variable| (variable == object).then_some(&path[..]);
            assert_eq!(program.may_read(&paths), reads, "{text}");
        }
    }
}
