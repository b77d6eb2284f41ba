//! GlobalContextEntry: data that rules of every policy may use.

use schemars::JsonSchema;
use serde_json::json;

use super::context::ApiCall;
use crate::crds::shared::Condition;

/// Data that rules of every policy may use.
#[derive(JsonSchema)]
pub(super) struct GlobalContextEntry {
    /// Where the data come from.
    spec: Spec,
    /// How fresh they are.
    status: Option<Status>,
}

/// Where data come from: one of `kubernetesResource` and `apiCall`.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("oneOf" = json!([
    { "required": ["kubernetesResource"] },
    { "required": ["apiCall"] },
])))]
struct Spec {
    /// Every object of a kind.
    kubernetes_resource: Option<KubernetesResource>,
    /// An answer that is asked for from time to time.
    api_call: Option<ExternalApiCall>,
    /// Parts of the data that have names of their own.
    projections: Option<Vec<Projection>>,
}

/// Every object of a kind.
#[derive(JsonSchema)]
struct KubernetesResource {
    /// Its group; empty for the core group.
    group: Option<String>,
    /// Its version.
    version: String,
    /// Its plural name.
    resource: String,
    /// The namespace; every one when not said.
    namespace: Option<String>,
}

/// An answer that is asked for from time to time.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ExternalApiCall {
    #[serde(flatten)]
    call: ApiCall,
    /// How long to wait between two questions.
    #[schemars(extend("default" = "10m", "format" = "duration"))]
    refresh_interval: Option<String>,
    /// How often a failed question is asked again.
    #[schemars(extend("default" = 3), range(min = 1))]
    retry_limit: Option<i32>,
}

/// A part of the data.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Projection {
    /// Its name, other than the entry's.
    name: String,
    /// An expression that gives it.
    jmes_path: String,
}

/// How fresh the data are.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Status {
    /// Whether there are data. Deprecated: use the condition `Ready`.
    ready: Option<bool>,
    /// Whether there are data, and why not.
    conditions: Option<Vec<Condition>>,
    /// When the data were fetched for the last time.
    #[schemars(extend("format" = "date-time"))]
    last_refresh_time: Option<String>,
}
