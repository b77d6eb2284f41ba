//! The gate's certificates, kept in Secrets: one with the authorities, one with what is served.
//!
//! Comes in:  two Secrets, names, the clock.
//! Goes out:  [`Held`], followed by every replica; new content of the Secrets, by the one that leads.
//! Never here: X.509 (see `serve::tls`), webhook configurations.
//!
//! ```text
//! Secrets ─follow─> held ─> plan: what is to be done next ─> keep ─> Secrets
//!                    └─> what is served, what webhooks trust
//! ```
//!
//! A Secret without the label of ours is somebody else's: it is used as it is and never changed.
//!
//! No client is ever shown a certificate that it does not trust yet: a new authority stands beside the
//! old one in the Secret, and signs nothing until every webhook configuration has both.

mod follow;
mod held;
mod keep;
mod plan;

use std::time::Duration;

use crate::serve::tls::Algorithm;

pub(crate) use follow::follow;
pub(super) use follow::serve;
pub(crate) use held::Held;
pub(super) use keep::keep;

/// How certificates are made and kept.
#[derive(Clone, Debug)]
pub(crate) struct CertificateOptions {
    /// `caSecretName`: by default `<service>.<namespace>.svc.kyverno-tls-ca`.
    pub(crate) authority_secret: Option<String>,
    /// `tlsSecretName`: by default `<service>.<namespace>.svc.kyverno-tls-pair`.
    pub(crate) pair_secret: Option<String>,
    /// Are they made and renewed here? `disableCertManagerController` says no.
    pub(crate) managed: bool,
    /// `renewBefore`: what has less than this left is renewed.
    pub(crate) renew_before: Duration,
    /// `tlsKeyAlgorithm`: of the keys that are made here.
    pub(crate) algorithm: Algorithm,
    /// How long an authority is good.
    pub(crate) authority_life: Duration,
    /// How long a serving certificate is good.
    pub(crate) pair_life: Duration,
    /// `serverIP`: served under this name as well.
    pub(crate) server_ip: Option<String>,
}

impl Default for CertificateOptions {
    fn default() -> CertificateOptions {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        CertificateOptions {
            authority_secret: None,
            pair_secret: None,
            managed: true,
            algorithm: Algorithm::default(),
            renew_before: DAY.saturating_mul(15),
            authority_life: DAY.saturating_mul(365),
            pair_life: DAY.saturating_mul(150),
            server_ip: None,
        }
    }
}
