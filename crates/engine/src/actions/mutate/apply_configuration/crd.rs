//! Types of custom resources, from their definitions.

use portcullis_lang::value::Value;

use super::schema::{Merge, Schemas, Type, TypeId};

/// Adds the kinds of one CustomResourceDefinition; anything else is passed over.
pub(super) fn add(definition: Value<'_>, schemas: &mut Schemas) {
    if definition.text("kind") != "CustomResourceDefinition" {
        return;
    }
    let spec = definition.get("spec").unwrap_or_default();
    let kind = spec.at(&["names", "kind"]).and_then(Value::as_str);
    let versions = spec.get("versions").and_then(Value::as_list);
    for version in versions.into_iter().flatten() {
        let schema = version.at(&["schema", "openAPIV3Schema"]);
        let metadata = metadata(schemas);
        let id = Reader { schemas }.object(schema.unwrap_or_default(), false, metadata);
        let api_version = format!("{}/{}", spec.text("group"), version.text("name"));
        let key = (api_version, kind.unwrap_or_default().to_owned());
        schemas.kinds.insert(key, id);
    }
}

/// The type of every object's `metadata`.
fn metadata(schemas: &Schemas) -> Option<TypeId> {
    let pod = ("v1".to_owned(), "Pod".to_owned());
    let pod = schemas.types.get(*schemas.kinds.get(&pod)? as usize)?;
    pod.known("metadata")
}

struct Reader<'s> {
    schemas: &'s mut Schemas,
}

impl Reader<'_> {
    /// The object itself: the fields that every object has, and its own.
    fn object(&mut self, schema: Value<'_>, preserve: bool, metadata: Option<TypeId>) -> TypeId {
        let text = self.schemas.add(Type::Text);
        let mut ty = self.map(schema, preserve || preserves(schema));
        if let Type::Map { fields, .. } = &mut ty {
            fields.retain(|(name, _)| !matches!(name.as_str(), "apiVersion" | "kind" | "metadata"));
            fields.extend(["apiVersion", "kind"].map(|name| (name.to_owned(), text)));
            fields.extend(metadata.map(|id| ("metadata".to_owned(), id)));
            fields.sort();
        }
        self.schemas.add(ty)
    }

    fn id(&mut self, schema: Value<'_>, preserve: bool) -> TypeId {
        let preserve = preserve || preserves(schema);
        let any = schema.get("x-kubernetes-int-or-string") == Some(Value::Bool(true));
        let ty = match schema.text("type") {
            _ if any => Type::Scalar,
            "integer" | "number" => Type::Number,
            "boolean" => Type::Bool,
            "string" if matches!(schema.text("format"), "" | "byte") => Type::Text,
            "string" => Type::Scalar,
            "array" => self.list(schema, preserve),
            "object" => self.map(schema, preserve),
            _ => Type::Deduced,
        };
        self.schemas.add(ty)
    }

    fn list(&mut self, schema: Value<'_>, preserve: bool) -> Type {
        let items = schema.get("items").unwrap_or_default();
        let of = self.id(items, preserve);
        let keys = schema
            .get("x-kubernetes-list-map-keys")
            .and_then(Value::as_list);
        let merge = match schema.text("x-kubernetes-list-type") {
            "set" => Merge::Set,
            "map" => {
                let names = keys.into_iter().flatten().filter_map(Value::as_str);
                let default = |name| items.at(&["properties", name, "default"]);
                let keys = names.map(|name| {
                    let default = default(name).and_then(Value::as_str);
                    (name.to_owned(), default.map(str::to_owned))
                });
                Merge::Keys(keys.collect())
            }
            _ => Merge::Atomic,
        };
        Type::List { merge, of }
    }

    fn map(&mut self, schema: Value<'_>, preserve: bool) -> Type {
        let properties = schema.get("properties").and_then(Value::as_map);
        let mut fields: Vec<_> = properties
            .into_iter()
            .flatten()
            .map(|(name, field)| (name.to_owned(), self.id(field, preserve)))
            .collect();
        fields.sort();
        let rest = match schema.get("additionalProperties") {
            Some(values @ Value::Map(_)) => Some(self.id(values, preserve)),
            Some(Value::Bool(false)) => None,
            Some(Value::Bool(true)) => Some(self.schemas.add(Type::Deduced)),
            _ if preserve || fields.is_empty() => Some(self.schemas.add(Type::Deduced)),
            _ => None,
        };
        Type::Map {
            fields,
            rest,
            atomic: schema.text("x-kubernetes-map-type") == "atomic",
        }
    }
}

fn preserves(schema: Value<'_>) -> bool {
    schema.get("x-kubernetes-preserve-unknown-fields") == Some(Value::Bool(true))
}
