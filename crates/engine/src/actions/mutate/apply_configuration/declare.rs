//! The types of kinds as CEL has them, so that expressions about fields that no object has are found.

use std::collections::HashSet;

use portcullis_lang::cel::Environment;
use portcullis_lang::cel::types::Type as CelType;

use super::Schemas;
use super::schema::{Type, TypeId, get};
use crate::doc::KindSelector;

/// A kind that is described: `apps/v1`, `Deployment`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Described {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    id: TypeId,
}

impl Schemas {
    /// The described kinds that a selector without wildcards in the kind names, by their versions.
    pub(crate) fn selected(&self, selector: &KindSelector) -> Vec<Described> {
        let fits = |pattern: &str, text: &str| pattern == "*" || pattern == text;
        let kinds = self.kinds.iter().filter(|((version, kind), _)| {
            let (group, version) = version.split_once('/').unwrap_or(("", version));
            selector.subresource.is_empty()
                && *kind == selector.kind
                && fits(&selector.group, group)
                && fits(&selector.version, version)
        });
        let mut found: Vec<_> = kinds
            .map(|((api_version, kind), id)| Described {
                api_version: api_version.clone(),
                kind: kind.clone(),
                id: *id,
            })
            .collect();
        found.sort_by(|a, b| a.api_version.cmp(&b.api_version));
        found
    }

    /// Declares the type of a kind's objects, and all types within. Only fields are told: what stands
    /// in them may be anything.
    pub(crate) fn declare(&self, described: &Described, environment: &mut Environment) -> CelType {
        self.declare_type(described.id, environment, &mut HashSet::new())
    }

    fn declare_type(
        &self,
        id: TypeId,
        environment: &mut Environment,
        declared: &mut HashSet<TypeId>,
    ) -> CelType {
        match get(&self.types, id) {
            Type::List { of, .. } => {
                CelType::list_of(self.declare_type(*of, environment, declared))
            }
            Type::Map {
                fields,
                rest: Some(of),
                ..
            } if fields.is_empty() => {
                let of = self.declare_type(*of, environment, declared);
                CelType::map_of(CelType::String, of)
            }
            Type::Map {
                fields, rest: None, ..
            } if !fields.is_empty() => {
                let name = format!("object.{id}");
                if !declared.insert(id) {
                    return CelType::Struct(name.into());
                }
                let ty = environment.declare_struct(&name, []);
                for (field, of) in fields {
                    let of = self.declare_type(*of, environment, declared);
                    environment.declare_field(&name, field.clone(), of);
                }
                ty
            }
            _ => CelType::Dyn,
        }
    }
}
