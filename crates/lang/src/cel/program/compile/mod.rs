//! Tree to program.

mod calls;
mod folds;

use std::sync::Arc;

use super::{CallSite, Child, Fold, NameId, Node, NodeId, Program, Slot, Step, Stretch};
use crate::cel::check::{Checked, Meaning};
use crate::cel::environment::Environment;
use crate::cel::library::Library;
use crate::cel::syntax::ast::{Ast, Expr, ExprKind, Field, Literal};
use crate::cel::types::Type;
use crate::cel::val::Constant;

/// Compiles a checked tree.
///
/// # Errors
///
/// The reference computes conversions of constants when it compiles; what is wrong with one is
/// an error without a place.
pub(in crate::cel) fn compile(
    ast: &Ast,
    checked: &Checked,
    env: &Environment,
) -> Result<Program, String> {
    let mut compiler = Compiler {
        checked,
        lenient: env.libraries.has(Library::LenientOrValue),
        nodes: Vec::new(),
        constants: Vec::new(),
        names: Vec::new(),
        calls: Vec::new(),
        folds: Vec::new(),
        steps: Vec::new(),
        children: Vec::new(),
        scope: Vec::new(),
        slots: 0,
    };
    let root = compiler.expr(&ast.root)?;
    Ok(Program {
        root,
        nodes: compiler.nodes.into(),
        constants: compiler.constants.into_iter().map(Arc::new).collect(),
        names: compiler.names.into(),
        calls: compiler.calls.into(),
        folds: compiler.folds.into(),
        steps: compiler.steps.into(),
        children: compiler.children.into(),
        together: None,
        slots: compiler.slots,
        result: checked.type_of(ast.root.id).clone(),
    })
}

struct Compiler<'a> {
    checked: &'a Checked,
    lenient: bool,
    nodes: Vec<Node>,
    constants: Vec<Constant>,
    names: Vec<Arc<str>>,
    calls: Vec<CallSite>,
    folds: Vec<Fold>,
    steps: Vec<Step>,
    children: Vec<Child>,
    /// The variables of the enclosing comprehensions, innermost last.
    scope: Vec<(String, Slot)>,
    slots: u32,
}

type Compiled<T> = Result<T, String>;

impl Compiler<'_> {
    fn push(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId(self.nodes.len() as u32 - 1)
    }

    fn constant(&mut self, constant: Constant, cost: u64) -> NodeId {
        self.constants.push(constant);
        let place = self.constants.len() as u32 - 1;
        let cost = u32::try_from(cost).unwrap_or(u32::MAX);
        self.push(Node::Constant { place, cost })
    }

    /// The constant that a node is, if it is one.
    fn constant_of(&self, id: NodeId) -> Option<(&Constant, u64)> {
        match self.nodes.get(id.0 as usize)? {
            Node::Constant { place, cost } => {
                Some((self.constants.get(*place as usize)?, u64::from(*cost)))
            }
            _ => None,
        }
    }

    fn name(&mut self, name: &str) -> NameId {
        let known = self.names.iter().position(|known| **known == *name);
        let place = known.unwrap_or_else(|| {
            self.names.push(name.into());
            self.names.len() - 1
        });
        NameId(place as u32)
    }

    fn slot(&mut self) -> Slot {
        self.slots += 1;
        Slot(self.slots - 1)
    }

    fn family(&mut self, children: Vec<Child>) -> Stretch {
        let start = self.children.len() as u32;
        let len = children.len() as u32;
        self.children.extend(children);
        Stretch { start, len }
    }

    fn expr(&mut self, expr: &Expr) -> Compiled<NodeId> {
        if let Some(Meaning::Variable(variable)) = self.checked.meaning(expr.id) {
            return Ok(self.push(Node::Variable(*variable)));
        }
        match self.checked.meaning(expr.id) {
            Some(Meaning::Type(ty)) => {
                let name = Constant::Type(ty.runtime_name().into());
                return Ok(self.constant(name, 0));
            }
            Some(Meaning::Library(name)) => {
                return Ok(self.constant(Constant::Library(name), 1));
            }
            _ => {}
        }
        match &expr.kind {
            ExprKind::Hole => Ok(self.constant(Constant::Null, 0)),
            ExprKind::Literal(literal) => Ok(self.constant(constant_of_literal(literal), 0)),
            ExprKind::Ident(name) => Ok(self.local(name)),
            ExprKind::Select { .. } => self.path(expr),
            ExprKind::Call {
                target,
                function,
                args,
            } => self.any_call(expr, target.as_deref(), function, args),
            ExprKind::List(items) => {
                let items = items.iter().map(|item| (&item.value, item.optional));
                let items: Vec<_> = items.collect();
                let children = self.expressions(items)?;
                Ok(self.list(children))
            }
            ExprKind::Map(entries) => {
                let parts = entries
                    .iter()
                    .flat_map(|entry| [(&entry.key, false), (&entry.value, entry.optional)]);
                let parts: Vec<_> = parts.collect();
                let children = self.expressions(parts)?;
                Ok(self.map(children))
            }
            ExprKind::Struct { name, fields } => self.structure(name, fields),
            ExprKind::Comprehension(fold) => self.comprehension(fold),
        }
    }

    fn local(&mut self, name: &str) -> NodeId {
        let found = self.scope.iter().rev().find(|(local, _)| local == name);
        let slot = found.map_or(Slot(0), |(_, slot)| *slot);
        self.push(Node::Local(slot))
    }

    fn expressions(&mut self, list: Vec<(&Expr, bool)>) -> Compiled<Vec<Child>> {
        list.into_iter()
            .map(|(expr, optional)| {
                Ok(Child {
                    node: self.expr(expr)?,
                    name: None,
                    optional,
                })
            })
            .collect()
    }

    /// A list of nothing but constants is one itself.
    fn list(&mut self, children: Vec<Child>) -> NodeId {
        if let Some(items) = self.constants_of(&children) {
            return self.constant(Constant::List(items.into()), 0);
        }
        let items = self.family(children);
        self.push(Node::List(items))
    }

    /// A map of nothing but constants is one itself.
    fn map(&mut self, children: Vec<Child>) -> NodeId {
        if let Some(parts) = self.constants_of(&children)
            && let Some(map) = Constant::map(parts)
        {
            return self.constant(map, 0);
        }
        let entries = self.family(children);
        self.push(Node::Map(entries))
    }

    /// The children as constants, if all of them are, and were so in the text.
    fn constants_of(&self, children: &[Child]) -> Option<Vec<Constant>> {
        let constant = |child: &Child| match self.constant_of(child.node)? {
            (constant, 0) if !child.optional => Constant::of(constant.view()),
            _ => None,
        };
        children.iter().map(constant).collect()
    }

    fn structure(&mut self, name: &str, fields: &[Field]) -> Compiled<NodeId> {
        let name = name.strip_prefix('.').unwrap_or(name);
        if let Some(ty) = Type::wrapped_by(name) {
            return match fields {
                [field, ..] => self.expr(&field.value),
                [] => Ok(self.constant(zero(&ty), 0)),
            };
        }
        let mut children = Vec::new();
        for field in fields {
            children.push(Child {
                node: self.expr(&field.value)?,
                name: Some(self.name(&field.name)),
                optional: field.optional,
            });
        }
        let name = self.name(name);
        let fields = self.family(children);
        Ok(self.push(Node::Struct { name, fields }))
    }

    /// A chain of selections down to what is no selection.
    fn path(&mut self, expr: &Expr) -> Compiled<NodeId> {
        let mut steps = Vec::new();
        let mut has = false;
        let mut rest = expr;
        loop {
            let known = matches!(
                self.checked.meaning(rest.id),
                Some(Meaning::Variable(_) | Meaning::Type(_) | Meaning::Library(_))
            );
            rest = match &rest.kind {
                _ if known => break,
                ExprKind::Select {
                    operand,
                    field,
                    test_only,
                } if !test_only || steps.is_empty() => {
                    has |= test_only;
                    let name = self.name(field);
                    steps.push(Step::Field(name));
                    operand
                }
                ExprKind::Call { function, args, .. } => match (function.as_str(), &**args) {
                    ("_?._", [operand, field]) => {
                        let name = self.name(text_of(field));
                        steps.push(Step::OptionalField(name));
                        operand
                    }
                    ("_[_]", [operand, index]) => {
                        let index = self.expr(index)?;
                        steps.push(Step::Index(index));
                        operand
                    }
                    ("_[?_]", [operand, index]) => {
                        let index = self.expr(index)?;
                        steps.push(Step::OptionalIndex(index));
                        operand
                    }
                    _ => break,
                },
                _ => break,
            };
        }
        let root = self.expr(rest)?;
        steps.reverse();
        let start = self.steps.len() as u32;
        let len = steps.len() as u32;
        self.steps.extend(steps);
        let steps = Stretch { start, len };
        Ok(self.push(if has {
            Node::Has { root, steps }
        } else {
            Node::Path { root, steps }
        }))
    }
}

fn text_of(expr: &Expr) -> &str {
    match &expr.kind {
        ExprKind::Literal(Literal::String(text)) => text,
        _ => "",
    }
}

/// The value of a type that is said to have none.
fn zero(ty: &Type) -> Constant {
    match ty {
        Type::Bool => Constant::Bool(false),
        Type::Bytes => Constant::Bytes(Box::default()),
        Type::Double => Constant::Double(0.0),
        Type::String => Constant::Str(Box::default()),
        Type::Uint => Constant::Uint(0),
        _ => Constant::Int(0),
    }
}

fn constant_of_literal(literal: &Literal) -> Constant {
    match literal {
        Literal::Null => Constant::Null,
        Literal::Bool(flag) => Constant::Bool(*flag),
        Literal::Int(number) => Constant::Int(*number),
        Literal::Uint(number) => Constant::Uint(*number),
        Literal::Double(number) => Constant::Double(*number),
        Literal::String(text) => Constant::Str(text.as_str().into()),
        Literal::Bytes(bytes) => Constant::Bytes(bytes.as_slice().into()),
    }
}
