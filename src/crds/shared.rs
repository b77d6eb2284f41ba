//! Shapes that more than one group uses.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// Any JSON value; every field is kept.
pub(super) struct Any;

impl JsonSchema for Any {
    fn schema_name() -> Cow<'static, str> {
        "Any".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "x-kubernetes-preserve-unknown-fields": true })
    }
}

/// A JSON object; every field is kept.
pub(super) struct Object;

impl JsonSchema for Object {
    fn schema_name() -> Cow<'static, str> {
        "Object".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true })
    }
}

/// A set of labels to look for. Every requirement must hold; an empty selector fits everything.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub(super) struct LabelSelector {
    /// Labels and the values that they must have.
    match_labels: Option<BTreeMap<String, String>>,
    /// Requirements that are more than an equal value.
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    match_expressions: Option<Vec<LabelSelectorRequirement>>,
}

/// A requirement on one label.
#[derive(JsonSchema)]
pub(super) struct LabelSelectorRequirement {
    /// The label.
    key: String,
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    operator: String,
    /// The values for `In` and `NotIn`; none otherwise.
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    values: Option<Vec<String>>,
}

/// What is known about one aspect of an object.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Condition {
    /// The aspect.
    r#type: String,
    /// Whether it holds.
    status: ConditionStatus,
    /// Why, in one word for programs.
    #[schemars(length(max = 1024))]
    reason: String,
    /// Why, in words for people.
    #[schemars(length(max = 32768))]
    message: String,
    /// The generation of the object that this speaks of.
    #[schemars(range(min = 0))]
    observed_generation: Option<i64>,
    /// When the status changed for the last time.
    #[schemars(extend("format" = "date-time"))]
    last_transition_time: String,
}

/// Whether a condition holds.
#[derive(JsonSchema)]
pub(super) enum ConditionStatus {
    True,
    False,
    Unknown,
}

/// One object of the cluster.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub(super) struct ObjectReference {
    /// Its group and version.
    api_version: Option<String>,
    /// Its kind.
    kind: Option<String>,
    /// Its namespace.
    namespace: Option<String>,
    /// Its name.
    name: Option<String>,
    /// Its UID.
    uid: Option<String>,
    /// The version that is meant.
    resource_version: Option<String>,
    /// A part of it, as a path.
    field_path: Option<String>,
}
