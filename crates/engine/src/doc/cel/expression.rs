//! One expression of a policy, and expressions that have names.

use std::fmt;

use portcullis_lang::cel::types::Type;
use portcullis_lang::cel::{CompileError, Environment, Program};
use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::{Item, Span};

use super::super::fields::Fields;
use super::kyverno::TEXT_OR_NULL;
use super::mutating::is_objects;

/// An expression as written, and what it compiled to.
#[derive(Debug)]
pub struct Expression {
    /// The text.
    pub text: String,
    /// What runs, or why nothing can.
    pub program: Result<Program, Unusable>,
    /// Where it stands in the policy.
    pub at: Span,
}

/// The text of an expression that is not compiled yet.
#[derive(Clone, Debug, Default)]
pub(in crate::doc) struct Text {
    pub(in crate::doc) text: String,
    pub(in crate::doc) at: Span,
}

/// Why an expression cannot be evaluated.
#[derive(Clone, Debug, PartialEq)]
pub enum Unusable {
    /// It does not compile.
    Compile(CompileError),
    /// It compiles to something else than is wanted here.
    Type {
        /// What is wanted, by its name.
        wanted: &'static str,
        /// What it is.
        found: Type,
    },
}

/// An expression that others can refer to, or a condition.
#[derive(Debug)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// What it says.
    pub expression: Expression,
}

/// What an expression has to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::doc) enum Wanted {
    /// Whatever it is.
    Anything,
    /// `true` or `false`.
    Bool,
    /// Text.
    Text,
    /// Text or nothing.
    TextOrNull,
    /// What is merged into an object: an `Object`.
    Object,
    /// Operations on an object: a list of `JSONPatch`.
    Patches,
    /// One object, or a list of objects.
    Objects,
    /// An answer of this type, or nothing.
    Answer(&'static str),
}

impl Expression {
    pub(in crate::doc) fn compile(
        text: Text,
        environment: &Environment,
        wanted: Wanted,
    ) -> Expression {
        let Text { text, at } = text;
        let program = environment
            .compile(&text)
            .map_err(Unusable::Compile)
            .and_then(|program| wanted.of(program));
        Expression { text, program, at }
    }

    /// The static type, where there is one.
    pub fn result_type(&self) -> Option<&Type> {
        self.program.as_ref().ok().map(Program::result_type)
    }
}

impl Wanted {
    fn of(self, program: Program) -> Result<Program, Unusable> {
        let found = program.result_type();
        let wanted = match self {
            Wanted::Anything => return Ok(program),
            Wanted::Bool if *found == Type::Bool => return Ok(program),
            Wanted::Text if *found == Type::String => return Ok(program),
            Wanted::TextOrNull if matches!(found, Type::String | Type::Null) => return Ok(program),
            Wanted::Object if is_struct(found, "Object") => return Ok(program),
            Wanted::Patches if is_patches(found) => return Ok(program),
            Wanted::Objects if is_objects(found) => return Ok(program),
            Wanted::Answer(name) if is_struct(found, name) || *found == Type::Null => {
                return Ok(program);
            }
            Wanted::TextOrNull => TEXT_OR_NULL,
            Wanted::Answer(name) => name,
            Wanted::Bool => "bool",
            Wanted::Text => "string",
            Wanted::Object => "Object",
            Wanted::Patches => "list",
            Wanted::Objects => "map(string, any)",
        };
        let found = found.clone();
        Err(Unusable::Type { wanted, found })
    }
}

fn is_struct(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Struct(own) if &**own == name)
}

fn is_patches(ty: &Type) -> bool {
    matches!(ty, Type::List(of) if is_struct(of, "JSONPatch"))
}

impl Text {
    /// Reads a field; empty where it is missing.
    pub(in crate::doc) fn read(fields: &mut Fields<'_, '_>, key: &'static str) -> Text {
        let (text, at) = fields.placed(key);
        Text { text, at }
    }
}

impl Named {
    /// Reads a list of names with expressions, not compiled yet.
    pub(in crate::doc) fn texts(
        fields: &mut Fields<'_, '_>,
        key: &'static str,
    ) -> Vec<(String, Text)> {
        fields.each(key, |entry| {
            (entry.string("name"), Text::read(entry, "expression"))
        })
    }

    /// [`Named::texts`] of a list in which the API server takes each name once.
    pub(in crate::doc) fn unique(
        fields: &mut Fields<'_, '_>,
        key: &'static str,
    ) -> Vec<(String, Text)> {
        let texts = Named::texts(fields, key);
        let items = fields.list(key);
        for (index, (item, (name, _))) in std::iter::zip(items, &texts).enumerate() {
            let before = texts.iter().take(index);
            if before.into_iter().any(|(other, _)| other == name) {
                let at = item.get("name").map_or(item.span(), Item::span);
                let message = format!("two `{key}` are called `{name}`");
                let finding = Diagnostic::error("duplicate-name", message, at);
                fields.diagnostics().push(finding);
            }
        }
        texts
    }

    /// Compiles conditions.
    pub(in crate::doc) fn conditions(
        texts: Vec<(String, Text)>,
        environment: &Environment,
    ) -> Vec<Named> {
        let compiled = texts.into_iter().map(|(name, text)| Named {
            name,
            expression: Expression::compile(text, environment, Wanted::Bool),
        });
        compiled.collect()
    }
}

/// As the API server words it.
impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unusable::Compile(CompileError::Issues(issues)) => {
                write!(f, "compilation failed: {issues}")
            }
            Unusable::Compile(CompileError::Constant(text)) => {
                write!(f, "program instantiation failed: {text}")
            }
            Unusable::Type { wanted, found } => {
                write!(f, "must evaluate to {wanted} but got {found}")
            }
        }
    }
}
