//! What an expression may name: variables, types with fields, libraries.

use std::collections::HashMap;
use std::sync::Arc;

use super::library::{self, Libraries, Library};
use super::types::Type;

/// The declarations that an expression is compiled against.
#[derive(Clone, Debug)]
pub struct Environment {
    pub(super) libraries: Libraries,
    variables: Vec<(String, Type)>,
    structs: HashMap<Arc<str>, Vec<(String, Type)>>,
    mixed_literals: bool,
}

/// The number of a declared variable: its place among an evaluation's inputs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Variable(pub u16);

impl Environment {
    /// Nothing but these libraries.
    pub fn new(libraries: Libraries) -> Self {
        Environment {
            libraries,
            variables: Vec::new(),
            structs: HashMap::new(),
            mixed_literals: false,
        }
    }

    /// Declares a variable. An evaluation gets the values in the order of the declarations.
    pub fn declare(&mut self, name: impl Into<String>, ty: Type) -> Variable {
        self.variables.push((name.into(), ty));
        Variable(self.variables.len() as u16 - 1)
    }

    /// Takes the place of a variable that this environment does not have, so that the ones behind it
    /// keep theirs.
    pub fn skip(&mut self) {
        self.declare("", Type::Dyn);
    }

    /// Declares a type with fields, or replaces it.
    pub fn declare_struct<'n>(
        &mut self,
        name: &str,
        fields: impl IntoIterator<Item = (&'n str, Type)>,
    ) -> Type {
        let name: Arc<str> = name.into();
        let fields = fields.into_iter().map(|(name, ty)| (name.to_owned(), ty));
        self.structs.insert(name.clone(), fields.collect());
        Type::Struct(name)
    }

    /// Adds a field to a declared type.
    pub fn declare_field(&mut self, name: &str, field: impl Into<String>, ty: Type) {
        self.structs
            .entry(name.into())
            .or_default()
            .push((field.into(), ty));
    }

    /// Lets list and map literals mix types.
    #[must_use]
    pub fn with_mixed_literals(self) -> Self {
        Environment {
            mixed_literals: true,
            ..self
        }
    }

    pub(super) fn mixes_literals(&self) -> bool {
        self.mixed_literals
    }

    /// How many variables are declared.
    pub fn variables(&self) -> usize {
        self.variables.len()
    }

    /// The variable of this name; of two declarations the later one counts.
    pub(super) fn variable(&self, name: &str) -> Option<(Variable, &Type)> {
        let at = self
            .variables
            .iter()
            .rposition(|(other, _)| other == name)?;
        let (_, ty) = self.variables.get(at)?;
        Some((Variable(at as u16), ty))
    }

    /// The type of a field; `None` when the type has no such field.
    pub(super) fn field(&self, ty: &str, field: &str) -> Option<Type> {
        if let Some(found) = library::field(ty, field, self.libraries) {
            return Some(found);
        }
        let fields = self.structs.get(ty)?;
        let found = fields.iter().rfind(|(name, _)| name == field);
        found.map(|(_, ty)| ty.clone())
    }

    /// The type of this name.
    pub(super) fn type_named(&self, name: &str) -> Option<Type> {
        Some(match name {
            "bool" => Type::Bool,
            "bytes" => Type::Bytes,
            "double" => Type::Double,
            "int" => Type::Int,
            "uint" => Type::Uint,
            "string" => Type::String,
            "null_type" => Type::Null,
            "list" => Type::list_of(Type::Dyn),
            "map" => Type::map_of(Type::Dyn, Type::Dyn),
            "type" => Type::type_of(Type::Dyn),
            "google.protobuf.Duration" => Type::Duration,
            "google.protobuf.Timestamp" => Type::Timestamp,
            "optional_type" if self.libraries.has(Library::Optionals) => {
                Type::optional_of(Type::Dyn)
            }
            _ if self.structs.contains_key(name) => Type::Struct(name.into()),
            _ if self.libraries.has(Library::JsonPatch) && library::is_patch_type(name) => {
                Type::Struct(name.into())
            }
            _ => library::opaque_type(name, self.libraries)?,
        })
    }
}
