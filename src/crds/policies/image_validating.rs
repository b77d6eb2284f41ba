//! ImageValidatingPolicy and NamespacedImageValidatingPolicy.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::json;

use super::shared::{
    AuditAnnotation, AutogenStatus, ConditionStatus, FailurePolicy, MatchCondition, MatchResources,
    Mode, OnByDefault, PodControllers, Validation, ValidationAction, Variable,
    WebhookConfiguration,
};

/// Images that resources of every namespace may use.
#[derive(JsonSchema)]
pub(super) struct ImageValidatingPolicy {
    /// The images, and who must have signed them.
    spec: Spec,
    /// What the gate knows about the policy.
    status: Option<Status>,
}

/// Images that resources of the policy's own namespace may use.
#[derive(JsonSchema)]
pub(super) struct NamespacedImageValidatingPolicy {
    /// The images, and who must have signed them.
    spec: Spec,
    /// What the gate knows about the policy.
    status: Option<Status>,
}

/// Images, and who must have signed them.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Spec {
    /// The requests that the policy speaks about.
    match_constraints: Option<MatchResources>,
    /// Expressions that all must be true for the policy to be applied.
    match_conditions: Option<Vec<MatchCondition>>,
    /// Expressions that others name, in order.
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    variables: Option<Vec<Variable>>,
    /// What is asked of every image.
    #[schemars(extend("default" = json!({})))]
    validation_configurations: Option<ValidationConfiguration>,
    /// The images that the policy speaks about; every one when not said.
    match_image_references: Option<Vec<MatchImageReference>>,
    /// How to log in to registries.
    credentials: Option<Credentials>,
    /// Where kinds hold images.
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    images: Option<Vec<ImageExtractor>>,
    /// Who signs.
    attestors: Option<Vec<Attestor>>,
    /// Signed statements about images.
    attestations: Option<Vec<Attestation>>,
    /// Expressions that all must be true for a resource to pass.
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    validations: Vec<Validation>,
    /// What happens to a resource that does not pass; `Deny` when not said.
    #[schemars(extend("x-kubernetes-list-type" = "set"))]
    validation_actions: Option<Vec<ValidationAction>>,
    /// What is added to results.
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    audit_annotations: Option<Vec<AuditAnnotation>>,
    /// What happens to a request when the policy cannot be evaluated; `Fail` when not said.
    failure_policy: Option<FailurePolicy>,
    /// How the API server calls the gate about this policy.
    webhook_configuration: Option<WebhookConfiguration>,
    /// Where the policy is applied.
    evaluation: Option<Evaluation>,
    /// What is derived from the policy.
    autogen: Option<Autogen>,
}

/// What is asked of every image.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ValidationConfiguration {
    /// Whether tags are replaced by digests.
    #[schemars(extend("default" = true))]
    mutate_digest: Option<bool>,
    /// Whether an image must have a digest.
    #[schemars(extend("default" = true))]
    verify_digest: Option<bool>,
    /// Whether an image must have been verified.
    #[schemars(extend("default" = true))]
    required: Option<bool>,
}

/// Images: by a pattern, or by an expression.
#[derive(JsonSchema)]
struct MatchImageReference {
    /// A pattern with wildcards.
    glob: Option<String>,
    /// An expression over `ref`, of type bool.
    expression: Option<String>,
}

/// How to log in to registries.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Credentials {
    /// Whether plain HTTP and unknown certificates are fine.
    allow_insecure_registry: Option<bool>,
    /// Clouds whose own credentials may be used.
    providers: Option<Vec<CredentialProvider>>,
    /// Names of Secrets that hold credentials.
    secrets: Option<Vec<String>>,
}

#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
enum CredentialProvider {
    Default,
    Amazon,
    Azure,
    Google,
    Github,
}

/// Where a kind holds images.
#[derive(JsonSchema)]
struct ImageExtractor {
    /// What expressions call the group of images.
    name: String,
    /// An expression that gives a list of images.
    expression: String,
}

/// Someone who signs.
#[derive(JsonSchema)]
struct Attestor {
    /// What expressions call them.
    name: String,
    /// By Cosign.
    cosign: Option<Cosign>,
    /// By Notary.
    notary: Option<Notary>,
}

/// A text, or an expression that gives it.
#[derive(JsonSchema)]
struct ValueOrExpression {
    /// The text.
    value: Option<String>,
    /// The expression, of type string.
    expression: Option<String>,
}

/// A signature by Cosign: by a key, a certificate or an identity.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Cosign {
    /// A public key.
    key: Option<Key>,
    /// An identity that a certificate authority vouched for.
    keyless: Option<Keyless>,
    /// A certificate.
    certificate: Option<Certificate>,
    /// Where signatures are, if not beside the image.
    source: Option<Source>,
    /// The logs of signatures and certificates.
    ctlog: Option<CtLog>,
    /// Where trusted keys and certificates come from.
    tuf: Option<Tuf>,
    /// Pairs that the signature must carry.
    annotations: Option<BTreeMap<String, String>>,
    /// Trusted keys and certificates, as Sigstore writes them.
    trusted_root: Option<ValueOrExpression>,
}

/// A public key.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Key {
    /// The key, in PEM.
    data: Option<String>,
    /// The address of a key service.
    kms: Option<String>,
    /// The hash that was signed.
    hash_algorithm: Option<String>,
    /// An expression that gives the key.
    expression: Option<String>,
}

/// An identity that a certificate authority vouched for.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Keyless {
    /// Identities of which one must have signed.
    identities: Option<Vec<Identity>>,
    /// Certificates, in PEM, of authorities; the public one's when not said.
    roots: Option<String>,
    /// Further fields that the certificate must have.
    additional_extensions: Option<BTreeMap<String, String>>,
}

/// An identity.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Identity {
    /// Who vouched for it.
    issuer: Option<String>,
    /// The same as a regular expression.
    issuer_reg_exp: Option<String>,
    /// The identity.
    subject: Option<String>,
    /// The same as a regular expression.
    subject_reg_exp: Option<String>,
    /// The same as an expression.
    subject_expression: Option<String>,
}

/// A certificate.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Certificate {
    /// The certificate, in PEM.
    cert: Option<ValueOrExpression>,
    /// Those that signed it, in PEM.
    cert_chain: Option<ValueOrExpression>,
}

/// Where signatures are.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Source {
    /// The repository.
    repository: Option<String>,
    /// Secrets that hold credentials for it.
    #[serde(rename = "PullSecrets")]
    pull_secrets: Option<Vec<LocalObjectReference>>,
    /// What tags of signatures begin with.
    tag_prefix: Option<String>,
}

/// An object of the same namespace.
#[derive(JsonSchema)]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
struct LocalObjectReference {
    /// Its name.
    name: Option<String>,
}

/// The logs of signatures and certificates.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CtLog {
    /// The address of the log of signatures.
    url: Option<String>,
    /// Its public key, in PEM.
    rekor_pub_key: Option<String>,
    /// The public key, in PEM, of the log of certificates.
    ct_log_pub_key: Option<String>,
    /// Certificates, in PEM, of a time-stamping authority.
    tsa_cert_chain: Option<String>,
    /// Whether a signature is fine that is in no log.
    insecure_ignore_tlog: Option<bool>,
    /// Whether a certificate is fine that is in no log.
    #[serde(rename = "insecureIgnoreSCT")]
    insecure_ignore_sct: Option<bool>,
}

/// Where trusted keys and certificates come from.
#[derive(JsonSchema)]
struct Tuf {
    /// The first description of them.
    root: Option<TufRoot>,
    /// The address of the mirror that has newer ones.
    mirror: Option<String>,
}

/// The first description of trusted keys.
#[derive(JsonSchema)]
struct TufRoot {
    /// Its address.
    path: Option<String>,
    /// Its content, in base64.
    data: Option<String>,
}

/// A signature by Notary.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Notary {
    /// Certificates of which one must have signed, in PEM.
    certs: Option<ValueOrExpression>,
    /// Certificates of time-stamping authorities, in PEM.
    tsa_certs: Option<ValueOrExpression>,
}

/// A signed statement about an image.
#[derive(JsonSchema)]
struct Attestation {
    /// What expressions call it.
    name: String,
    /// A statement in in-toto's format.
    intoto: Option<TypedStatement>,
    /// An artifact that refers to the image.
    referrer: Option<TypedStatement>,
}

/// A kind of statements.
#[derive(JsonSchema)]
struct TypedStatement {
    /// Its type.
    r#type: String,
}

/// Where a policy is applied.
#[derive(JsonSchema)]
struct Evaluation {
    /// What the policy is applied to; `Kubernetes` when not said.
    mode: Option<Mode>,
    /// Whether it is applied to requests.
    admission: Option<OnByDefault>,
    /// Whether it is applied to resources that exist.
    background: Option<OnByDefault>,
}

/// What is derived from a policy.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Autogen {
    /// The same for controllers of Pods.
    pod_controllers: Option<PodControllers>,
}

/// What the gate knows about a policy.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Status {
    /// Whether it is in force.
    condition_status: Option<ConditionStatus>,
    /// Policies that are derived from it.
    autogen: Option<AutogenStatus>,
}
