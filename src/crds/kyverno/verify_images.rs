//! `verifyImages`: who must have signed images.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::conditions::AnyAllConditions;
use super::context::ImageRegistryCredentials;
use super::validate::{Deny, RuleAction};
use crate::crds::shared::Any;

/// Images, and who must have signed them.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ImageVerification {
    /// Whether a resource with an image that is not verified is refused.
    failure_action: Option<RuleAction>,
    /// What kind of signature is meant.
    #[schemars(extend("default" = "Cosign"))]
    r#type: Option<SignatureType>,
    /// Images, with wildcards.
    image_references: Option<Vec<String>>,
    /// Images among them that are passed by.
    skip_image_references: Option<Vec<String>>,
    /// Who must have signed: every set must find a signature.
    attestors: Option<Vec<AttestorSet>>,
    /// Signed statements about the image that there must be.
    attestations: Option<Vec<Attestation>>,
    /// What the resource must be besides.
    validate: Option<ImageValidation>,
    /// Where signatures are, if not beside the image.
    repository: Option<String>,
    /// Whether signatures are looked for as OCI 1.1 referrers.
    #[serde(rename = "cosignOCI11")]
    cosign_oci11: Option<bool>,
    /// Whether tags are replaced by digests.
    #[schemars(extend("default" = true))]
    mutate_digest: Option<bool>,
    /// Whether an image must have a digest.
    #[schemars(extend("default" = true))]
    verify_digest: Option<bool>,
    /// Whether an image must have been verified.
    #[schemars(extend("default" = true))]
    required: Option<bool>,
    /// Whether a verified image stays verified for a while.
    #[schemars(extend("default" = true))]
    use_cache: Option<bool>,
    /// How to log in to the registry.
    image_registry_credentials: Option<ImageRegistryCredentials>,
    /// Deprecated: use `imageReferences`.
    image: Option<String>,
    /// Deprecated: use `attestors`.
    key: Option<String>,
    /// Deprecated: use `attestors`.
    roots: Option<String>,
    /// Deprecated: use `attestors`.
    subject: Option<String>,
    /// Deprecated: use `attestors`.
    issuer: Option<String>,
    /// Deprecated: use `annotations` of each attestor.
    annotations: Option<BTreeMap<String, String>>,
    /// Deprecated: use `attestors`.
    additional_extensions: Option<BTreeMap<String, String>>,
}

#[derive(JsonSchema)]
enum SignatureType {
    Cosign,
    SigstoreBundle,
    Notary,
}

/// Attestors of whom enough must have signed.
#[derive(JsonSchema)]
pub(super) struct AttestorSet {
    /// How many must have signed; all when not said.
    #[schemars(range(min = 1))]
    count: Option<i32>,
    /// The attestors.
    entries: Option<Vec<Attestor>>,
}

/// Someone who signs: by a key, a certificate or an identity; or a set of such.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Attestor {
    /// Public keys.
    keys: Option<Keys>,
    /// A certificate.
    certificates: Option<Certificates>,
    /// An identity that a certificate authority vouched for.
    keyless: Option<Keyless>,
    /// A set of attestors, as in the outer list.
    attestor: Option<Any>,
    /// Pairs that the signature must carry.
    annotations: Option<BTreeMap<String, String>>,
    /// Where signatures are, if not beside the image.
    repository: Option<String>,
}

/// Public keys.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Keys {
    /// Keys in PEM, or the address of a Secret or of a key service.
    public_keys: Option<String>,
    /// The hash that was signed.
    #[schemars(extend("default" = "sha256"))]
    signature_algorithm: Option<String>,
    /// The address of a key service.
    kms: Option<String>,
    /// A Secret that holds the key.
    secret: Option<SecretReference>,
    /// The log of signatures.
    rekor: Option<Rekor>,
    /// The log of certificates.
    ctlog: Option<CtLog>,
}

/// A Secret.
#[derive(JsonSchema)]
struct SecretReference {
    /// Its name.
    name: String,
    /// Its namespace.
    namespace: String,
}

/// The log of signatures.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Rekor {
    /// Its address; the public one when not said.
    url: Option<String>,
    /// Its public key, in PEM.
    pubkey: Option<String>,
    /// Whether a signature is fine that is in no log.
    ignore_tlog: Option<bool>,
}

/// The log of certificates.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CtLog {
    /// Whether a certificate is fine that is in no log.
    #[serde(rename = "ignoreSCT")]
    ignore_sct: Option<bool>,
    /// Its public key, in PEM.
    pubkey: Option<String>,
    /// Certificates, in PEM, of a time-stamping authority.
    tsa_cert_chain: Option<String>,
}

/// A certificate.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Certificates {
    /// The certificate, in PEM.
    cert: Option<String>,
    /// Those that signed it, in PEM.
    cert_chain: Option<String>,
    /// The log of signatures.
    rekor: Option<Rekor>,
    /// The log of certificates.
    ctlog: Option<CtLog>,
}

/// An identity that a certificate authority vouched for.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Keyless {
    /// Who vouched for it.
    issuer: Option<String>,
    /// The same as a regular expression.
    issuer_reg_exp: Option<String>,
    /// The identity, with wildcards.
    subject: Option<String>,
    /// The same as a regular expression.
    subject_reg_exp: Option<String>,
    /// Certificates, in PEM, of authorities; the public one's when not said.
    roots: Option<String>,
    /// Further fields that the certificate must have.
    additional_extensions: Option<BTreeMap<String, String>>,
    /// The log of signatures.
    rekor: Option<Rekor>,
    /// The log of certificates.
    ctlog: Option<CtLog>,
}

/// A signed statement about an image.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Attestation {
    /// What `validate` calls its content.
    name: Option<String>,
    /// The type of the statement.
    r#type: Option<String>,
    /// Deprecated: use `type`.
    predicate_type: Option<String>,
    /// Who must have signed.
    attestors: Option<Vec<AttestorSet>>,
    /// Conditions over its content.
    conditions: Option<Vec<AnyAllConditions>>,
}

/// What a resource must be besides.
#[derive(JsonSchema)]
struct ImageValidation {
    /// What users are told.
    message: Option<String>,
    /// What refuses the resource.
    deny: Option<Deny>,
}
