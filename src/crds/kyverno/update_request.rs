//! UpdateRequest: work that a request leaves for later.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use crate::crds::shared::Any;

/// Resources to be generated or changed because of a request.
#[derive(JsonSchema)]
pub(super) struct UpdateRequest {
    /// What is to be done.
    spec: Option<Spec>,
    /// What became of it.
    status: Option<Status>,
}

/// What is to be done.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Spec {
    /// The kind of work.
    request_type: Option<RequestType>,
    /// The policy, with its namespace and `/` before it where it has one.
    policy: String,
    /// The rules, each with its trigger.
    rule_context: Option<Vec<RuleContext>>,
    /// The rule. Deprecated: use `ruleContext`.
    rule: Option<String>,
    /// Whether what was generated is deleted. Deprecated: use `ruleContext`.
    delete_downstream: Option<bool>,
    /// Whether what is generated follows its source. Deprecated: use `ruleContext`.
    synchronize: Option<bool>,
    /// The trigger. Deprecated: use `ruleContext`.
    resource: Option<ResourceSpec>,
    /// The request that caused it.
    context: Context,
}

#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum RequestType {
    Mutate,
    Generate,
    CelGenerate,
    CelMutate,
}

/// A rule and its trigger.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RuleContext {
    /// The rule.
    rule: String,
    /// Whether what was generated is deleted.
    delete_downstream: bool,
    /// Whether what is generated follows its source.
    synchronize: Option<bool>,
    /// The resource that caused it.
    trigger: ResourceSpec,
    /// Whether only the memory of what was generated is restored.
    cache_restore: Option<bool>,
}

/// One resource.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ResourceSpec {
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
}

/// The request that caused the work.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Context {
    /// Who sent it.
    user_info: Option<RequestInfo>,
    /// What it was.
    admission_request_info: Option<AdmissionRequestInfo>,
}

/// Who sent a request.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RequestInfo {
    /// The user's roles, as `namespace:name`.
    roles: Option<Vec<String>>,
    /// The user's cluster roles.
    cluster_roles: Option<Vec<String>>,
    /// The user, as the API server knows it.
    user_info: Option<UserInfo>,
}

/// A user, as the API server knows it.
#[derive(JsonSchema)]
struct UserInfo {
    /// The name.
    username: Option<String>,
    /// The UID.
    uid: Option<String>,
    /// The groups.
    groups: Option<Vec<String>>,
    /// What the authenticator adds.
    extra: Option<BTreeMap<String, Vec<String>>>,
}

/// What a request was.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AdmissionRequestInfo {
    /// The request, as the API server sent it.
    admission_request: Option<Any>,
    /// What it does.
    operation: Option<String>,
}

/// What became of the work.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Status {
    /// Whether it is done.
    state: State,
    /// Why not.
    message: Option<String>,
    /// What was generated.
    generated_resources: Option<Vec<ResourceSpec>>,
    /// How often it was tried again.
    retry_count: Option<i32>,
}

#[derive(JsonSchema)]
enum State {
    Pending,
    Failed,
    Completed,
    Skip,
}
