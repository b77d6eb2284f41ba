//! `verifyImages`: the part of a rule that wants images signed, attested or pinned to a digest.

use portcullis_lang::value::Item;

use super::fields::Fields;
use super::settings::{self, Action};

/// The signatures that can be asked for.
const TYPES: [&str; 3] = ["Cosign", "SigstoreBundle", "Notary"];
/// Who may lend credentials for a registry.
const PROVIDERS: [&str; 5] = ["default", "google", "azure", "amazon", "github"];

/// A `verifyImages` list.
#[derive(Debug)]
pub struct VerifyImages {
    /// Its entries, in order.
    pub entries: Vec<ImageEntry>,
}

/// One entry: which images, and what is wanted of them.
#[derive(Debug)]
pub struct ImageEntry {
    /// Wildcards for the references that it is about; the deprecated `image` counts among them.
    pub image_references: Vec<String>,
    /// Wildcards for references of those that are let off.
    pub skip_image_references: Vec<String>,
    /// Does it name keys, certificates, identities or attestations that a registry must be asked
    /// for?
    pub asks_registry: bool,
    /// `mutateDigest`: write the digest into references that have none?
    pub mutate_digest: bool,
    /// `verifyDigest`: must references have a digest?
    pub verify_digest: bool,
    /// `required`: must images have been verified?
    pub required: bool,
    /// `failureAction`, where the entry says it.
    pub action: Option<Action>,
}

impl VerifyImages {
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Option<VerifyImages> {
        fields.item("verifyImages")?;
        let entries = fields.each("verifyImages", ImageEntry::read);
        Some(VerifyImages { entries })
    }

    /// What a failure does: Enforce where any entry says so, else what the first says that says
    /// anything.
    pub fn action(&self) -> Option<Action> {
        let mut stated = self.entries.iter().filter_map(|entry| entry.action);
        let first = stated.next()?;
        Some(match stated.any(|action| action == Action::Enforce) {
            true => Action::Enforce,
            false => first,
        })
    }
}

impl ImageEntry {
    fn read(fields: &mut Fields<'_, '_>) -> ImageEntry {
        fields.one_of("type", &TYPES);
        let mut image_references = fields.texts("imageReferences");
        image_references.extend(fields.text("image").map(str::to_owned));
        let skip_image_references = fields.texts("skipImageReferences");
        // What the entry was spelled like before there were attestors.
        let named = ["key", "roots", "subject", "issuer"].map(|key| fields.text(key).is_some());
        fields.text_map("additionalExtensions");
        fields.text_map("annotations");
        fields.text("repository");
        let attestors = fields.each("attestors", set);
        let attestations = fields.each("attestations", attestation);
        fields.map("imageRegistryCredentials", |credentials| {
            credentials.flag("allowInsecureRegistry");
            credentials.all_of("providers", &PROVIDERS);
            credentials.texts("secrets");
        });
        fields.map("validate", |validate| {
            validate.text("message");
            validate.map("deny", |deny| deny.ignore(&["conditions"]));
        });
        fields.flag("cosignOCI11");
        fields.flag("useCache");
        ImageEntry {
            image_references,
            skip_image_references,
            asks_registry: !attestors.is_empty()
                || !attestations.is_empty()
                || named.contains(&true),
            mutate_digest: fields.flag("mutateDigest").unwrap_or(true),
            verify_digest: fields.flag("verifyDigest").unwrap_or(true),
            required: fields.flag("required").unwrap_or(true),
            action: settings::action(fields, "failureAction"),
        }
    }
}

fn attestation(fields: &mut Fields<'_, '_>) {
    for key in ["name", "type", "predicateType"] {
        fields.text(key);
    }
    fields.each("attestors", set);
    fields.list("conditions");
}

fn set(fields: &mut Fields<'_, '_>) {
    fields.int("count");
    fields.each("entries", attestor);
}

fn attestor(fields: &mut Fields<'_, '_>) {
    fields.map("keys", |keys| {
        for key in ["publicKeys", "signatureAlgorithm", "kms"] {
            keys.text(key);
        }
        keys.map("secret", |secret| {
            secret.text("name");
            secret.text("namespace");
        });
        logs(keys);
    });
    fields.map("certificates", |certificates| {
        certificates.text("cert");
        certificates.text("certChain");
        logs(certificates);
    });
    fields.map("keyless", |keyless| {
        for key in [
            "issuer",
            "issuerRegExp",
            "subject",
            "subjectRegExp",
            "roots",
        ] {
            keyless.text(key);
        }
        keyless.text_map("additionalExtensions");
        logs(keyless);
    });
    fields.map("attestor", set);
    fields.text_map("annotations");
    fields.text("repository");
    fields.text("signatureAlgorithm");
}

/// Where signatures and certificates are published.
fn logs(fields: &mut Fields<'_, '_>) {
    fields.map("rekor", |rekor| {
        rekor.text("url");
        rekor.text("pubkey");
        rekor.flag("ignoreTlog");
    });
    fields.map("ctlog", |log| {
        log.flag("ignoreSCT");
        log.text("pubkey");
        log.text("tsaCertChain");
    });
}

/// Reads `imageExtractors`: for each kind, where its images stand. The item as written, which the
/// context understands.
pub(super) fn extractors<'a>(fields: &mut Fields<'a, '_>) -> Option<Item<'a>> {
    let item = fields.item("imageExtractors")?;
    for kind in item.entries() {
        for extractor in kind.item.elements() {
            let mut extractor = Fields::open(extractor, "imageExtractors", fields.diagnostics());
            for key in ["path", "value", "name", "key", "jmesPath"] {
                extractor.text(key);
            }
            extractor.close();
        }
    }
    Some(item)
}
