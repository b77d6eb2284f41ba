//! The schema of an object: a Rust type, turned into what the API server takes.
//!
//! Comes in:  a type with `JsonSchema`; its doc comments are the descriptions.
//! Goes out:  a structural schema: no references, no types to choose from, no `null`.

use kube::core::schema::{OptionalEnum, OptionalIntOrString, StructuralSchemaRewriter};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use schemars::transform::AddNullable;
use serde_json::{Map, Value as Json, json};

/// The schema of a whole object with the fields of `T` beside `apiVersion`, `kind` and `metadata`.
pub(super) fn of<T: JsonSchema>() -> Json {
    let settings = SchemaSettings::openapi3().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let generator = settings
        .with_transform(AddNullable::default())
        .with_transform(StructuralSchemaRewriter)
        .with_transform(OptionalEnum)
        .with_transform(OptionalIntOrString)
        .into_generator();
    let mut schema = generator.into_root_schema_for::<T>().to_value();
    tidy(&mut schema);
    let Json::Object(object) = &mut schema else {
        return schema;
    };
    let properties = object.entry("properties").or_insert_with(|| json!({}));
    if let Json::Object(properties) = properties {
        for (name, field) in every_object() {
            properties.entry(name).or_insert(field);
        }
    }
    schema
}

/// What every object has.
fn every_object() -> Map<String, Json> {
    let fields = json!({
        "apiVersion": {
            "type": "string",
            "description": "The group and version of this representation of the object.",
        },
        "kind": { "type": "string", "description": "The kind of the object." },
        "metadata": { "type": "object" },
    });
    match fields {
        Json::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Takes out what the API server does not take or the reader does not need, at every depth.
fn tidy(schema: &mut Json) {
    match schema {
        Json::Object(object) => {
            // A field that may be left out may not be `null` for that.
            object.remove("nullable");
            // The name of a Rust type, where it is a text and no schema of a field.
            if object.get("title").is_some_and(Json::is_string) {
                object.remove("title");
            }
            if let Some(Json::String(text)) = object.get_mut("description") {
                *text = unwrapped(text);
            }
            object.values_mut().for_each(tidy);
        }
        Json::Array(list) => list.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// A doc comment without the line breaks inside its paragraphs.
fn unwrapped(text: &str) -> String {
    let paragraphs = text.split("\n\n");
    let flat: Vec<_> = paragraphs
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    flat.join("\n")
}
