//! `validate`: what a resource must look like.

use schemars::JsonSchema;

use super::conditions::AnyAllConditions;
use super::context::ContextEntry;
use super::verify_images::AttestorSet;
use crate::crds::shared::{Any, LabelSelector, Object};

/// Whether a resource that breaks a rule is refused.
#[derive(JsonSchema)]
pub(super) enum Action {
    #[serde(rename = "audit")]
    OldAudit,
    #[serde(rename = "enforce")]
    OldEnforce,
    Audit,
    Enforce,
}

/// Whether a resource that breaks this rule is refused.
#[derive(JsonSchema)]
pub(super) enum RuleAction {
    Audit,
    Enforce,
}

/// Another action for some namespaces.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ActionOverride {
    /// The action.
    action: Option<Action>,
    /// The namespaces, with wildcards.
    namespaces: Option<Vec<String>>,
    /// Labels that the namespace must have.
    namespace_selector: Option<LabelSelector>,
}

/// A CEL expression that must be true.
#[derive(JsonSchema)]
pub(super) struct MatchCondition {
    /// What errors call it.
    name: String,
    /// The expression, of type bool.
    expression: String,
}

/// What a resource must look like.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Validation {
    /// Whether a resource that breaks this rule is refused.
    failure_action: Option<RuleAction>,
    /// Other actions for some namespaces.
    failure_action_overrides: Option<Vec<ActionOverride>>,
    /// Whether a resource that broke the rule already may be changed.
    #[schemars(extend("default" = true))]
    allow_existing_violations: Option<bool>,
    /// What users are told when the rule is broken; it may hold variables.
    message: Option<String>,
    /// What the resource must look like: a part of it, with wildcards, operators and anchors as values.
    pattern: Option<Any>,
    /// Patterns of which one must fit.
    any_pattern: Option<Any>,
    /// What refuses the resource.
    deny: Option<Deny>,
    /// Checks of every element of lists.
    foreach: Option<Vec<ForEach>>,
    /// A level of the Pod Security Standards.
    pod_security: Option<PodSecurity>,
    /// CEL expressions.
    cel: Option<Cel>,
    /// A signature of the resource itself.
    manifests: Option<Manifests>,
    /// Without effect. Deprecated.
    assert: Option<Object>,
}

/// What refuses a resource.
#[derive(JsonSchema)]
pub(super) struct Deny {
    /// Conditions that refuse it when they hold: `any` and `all`, or a list.
    conditions: Option<Any>,
}

/// Checks of every element of a list.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ForEach {
    /// An expression that gives the list.
    list: Option<String>,
    /// Whether patterns look at the element, and not at the resource.
    element_scope: Option<bool>,
    /// Values that are looked up for each element.
    context: Option<Vec<ContextEntry>>,
    /// Conditions that an element must meet to be checked.
    preconditions: Option<AnyAllConditions>,
    /// What an element must look like.
    pattern: Option<Any>,
    /// Patterns of which one must fit.
    any_pattern: Option<Any>,
    /// What refuses the resource.
    deny: Option<Deny>,
    /// Checks of every element of lists inside the element.
    foreach: Option<Any>,
}

/// A level of the Pod Security Standards.
#[derive(JsonSchema)]
struct PodSecurity {
    /// The level.
    level: Option<PodSecurityLevel>,
    /// The version of Kubernetes whose standards are meant, or `latest`.
    version: Option<PodSecurityVersion>,
    /// Controls that are left out.
    exclude: Option<Vec<PodSecurityStandard>>,
}

#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
enum PodSecurityLevel {
    Privileged,
    Baseline,
    Restricted,
}

/// `v1.19` to `v1.32`, and `latest`.
struct PodSecurityVersion;

impl JsonSchema for PodSecurityVersion {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PodSecurityVersion".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let minors = (19..=32).map(|minor| format!("v1.{minor}"));
        let all: Vec<_> = minors.chain(["latest".to_owned()]).collect();
        schemars::json_schema!({ "type": "string", "enum": all })
    }
}

/// A control that is left out, as a whole or for some images or values.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PodSecurityStandard {
    /// The control, as the Pod Security Standards call it.
    control_name: Control,
    /// Images of the containers that are meant, with wildcards.
    images: Option<Vec<String>>,
    /// The field that is meant, with `*` for every element.
    restricted_field: Option<String>,
    /// Values of that field that are fine.
    values: Option<Vec<String>>,
}

#[derive(JsonSchema)]
enum Control {
    HostProcess,
    #[serde(rename = "Host Namespaces")]
    HostNamespaces,
    #[serde(rename = "Privileged Containers")]
    PrivilegedContainers,
    Capabilities,
    #[serde(rename = "HostPath Volumes")]
    HostPathVolumes,
    #[serde(rename = "Host Ports")]
    HostPorts,
    AppArmor,
    SELinux,
    #[serde(rename = "/proc Mount Type")]
    ProcMountType,
    Seccomp,
    Sysctls,
    #[serde(rename = "Volume Types")]
    VolumeTypes,
    #[serde(rename = "Privilege Escalation")]
    PrivilegeEscalation,
    #[serde(rename = "Running as Non-root")]
    RunningAsNonRoot,
    #[serde(rename = "Running as Non-root user")]
    RunningAsNonRootUser,
}

/// CEL expressions, as a ValidatingAdmissionPolicy has them.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Cel {
    /// Whether a ValidatingAdmissionPolicy may be made of the rule.
    generate: Option<bool>,
    /// Expressions that all must be true.
    expressions: Option<Vec<CelExpression>>,
    /// The kind of the parameters.
    param_kind: Option<ParamKind>,
    /// The parameters.
    param_ref: Option<ParamRef>,
    /// What is added to audit events.
    audit_annotations: Option<Vec<AuditAnnotation>>,
    /// Expressions that others name.
    variables: Option<Vec<CelVariable>>,
}

/// An expression that must be true.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CelExpression {
    /// The expression, of type bool.
    expression: String,
    /// What users are told when it is false.
    message: Option<String>,
    /// An expression, of type string, that gives that text.
    message_expression: Option<String>,
    /// Why a request is refused, in one word for programs.
    reason: Option<String>,
}

/// A kind of parameters.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
struct ParamKind {
    /// Its group and version.
    api_version: Option<String>,
    /// Its name.
    kind: Option<String>,
}

/// The parameters: one object, or all that a selector finds.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
struct ParamRef {
    /// Its name.
    name: Option<String>,
    /// Its namespace; that of the resource when not said.
    namespace: Option<String>,
    /// Labels that the objects must have.
    selector: Option<LabelSelector>,
    /// Whether requests are allowed when there are no parameters: `Allow` or `Deny`.
    parameter_not_found_action: Option<String>,
}

/// What is added to audit events.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AuditAnnotation {
    /// Its name.
    key: String,
    /// An expression that gives its value, or null for none.
    value_expression: String,
}

/// An expression that others name as `variables.NAME`.
#[derive(JsonSchema)]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
struct CelVariable {
    /// Its name.
    name: String,
    /// The expression.
    expression: String,
}

/// A signature of the resource itself.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Manifests {
    /// Who must have signed.
    attestors: Option<Vec<AttestorSet>>,
    /// What the names of the annotations that hold the signature begin with.
    annotation_domain: Option<String>,
    /// Fields that may differ from what was signed.
    ignore_fields: Option<Vec<IgnoredFields>>,
    /// Whether differences that the API server itself makes are found by a dry run.
    dry_run: Option<DryRun>,
    /// Where signatures are, if not in the annotations.
    repository: Option<String>,
}

/// Fields of some objects.
#[derive(JsonSchema)]
struct IgnoredFields {
    /// Their paths.
    fields: Option<Vec<String>>,
    /// The objects.
    objects: Option<Vec<SignedObject>>,
}

/// Objects by kind and name, with wildcards.
#[derive(JsonSchema)]
struct SignedObject {
    /// Their group.
    group: Option<String>,
    /// Their version.
    version: Option<String>,
    /// Their kind.
    kind: Option<String>,
    /// Their name.
    name: Option<String>,
    /// Their namespace.
    namespace: Option<String>,
}

/// A dry run before comparing.
#[derive(JsonSchema)]
struct DryRun {
    /// Whether it is made.
    enable: Option<bool>,
    /// The namespace in which it is made.
    namespace: Option<String>,
}
