//! What the two Secrets hold.
//!
//! Comes in:  Secrets.
//! Goes out:  [`Held`]: what is served, and what API servers must trust.
//! Never here: what is to be done about it (see `plan`).

use k8s_openapi::api::core::v1::Secret;
use rustls::sign::CertifiedKey;

use crate::serve::tls::Pair;

/// The label of Secrets that are ours to renew.
pub(super) const MANAGED: (&str, &str) = ("cert.kyverno.io/managed-by", "kyverno");

/// What the Secrets hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Held {
    pub(super) authority: Content,
    pub(super) pair: Content,
}

/// One Secret.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Content {
    /// Nobody has looked yet.
    #[default]
    Unknown,
    /// It is not there.
    Absent,
    There(Box<Kept>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kept {
    pub(super) pair: Pair,
    /// `ca.crt`, where somebody else puts the authority beside the certificate.
    pub(super) vouched: String,
    /// Ours to renew?
    pub(super) managed: bool,
    pub(super) version: Option<String>,
}

impl Held {
    /// The authorities that API servers must trust, PEM.
    pub(crate) fn bundle(&self) -> Option<&str> {
        let bundle = match (&self.authority, &self.pair) {
            (Content::There(kept), _) => kept.pair.certificate.as_str(),
            // Nobody keeps it apart.
            (Content::Absent, Content::There(kept)) => kept.vouched.as_str(),
            _ => "",
        };
        (!bundle.is_empty()).then_some(bundle)
    }

    /// What is served; `None` where there is nothing yet.
    pub(super) fn served(&self) -> Option<Result<CertifiedKey, String>> {
        match &self.pair {
            Content::There(kept) => Some(kept.pair.certified()),
            _ => None,
        }
    }

    /// Does somebody else's serving certificate come with its authority?
    pub(super) fn vouches_elsewhere(&self) -> bool {
        matches!(&self.pair, Content::There(kept) if !kept.managed && !kept.vouched.is_empty())
            || self.pair == Content::Unknown
    }
}

impl Kept {
    pub(super) fn read(secret: &Secret) -> Kept {
        let text = |key: &str| {
            let data = secret.data.as_ref().and_then(|data| data.get(key));
            data.map(|bytes| String::from_utf8_lossy(&bytes.0).into_owned())
                .unwrap_or_default()
        };
        let labels = secret.metadata.labels.as_ref();
        let label = labels.and_then(|labels| labels.get(MANAGED.0));
        Kept {
            pair: Pair {
                certificate: text("tls.crt"),
                key: text("tls.key"),
            },
            vouched: text("ca.crt"),
            managed: label.is_some_and(|value| value == MANAGED.1),
            version: secret.metadata.resource_version.clone(),
        }
    }
}
