//! Certificates that vouch for somebody else, from a Secret of ours.
//!
//! Comes in:  the name of a Secret, as flags have it.
//! Goes out:  its certificates, PEM.
//! Never here: our own certificates (see `webhooks::certificates`).

use k8s_openapi::api::core::v1::Secret;
use kube::{Api, Client};

/// Where a Secret has them; the first that is there counts.
const KEYS: [&str; 3] = ["ca.pem", "ca.crt", "tls.crt"];

/// Reads them.
///
/// # Errors
///
/// In words, where there is no such Secret, or nothing of the kind in it.
pub(crate) async fn certificates(
    client: Client,
    namespace: &str,
    name: &str,
) -> Result<Vec<u8>, String> {
    let secrets = Api::<Secret>::namespaced(client, namespace);
    let secret = secrets.get(name).await;
    let secret = secret.map_err(|error| format!("secret `{namespace}/{name}`: {error}"))?;
    let mut data = secret.data.unwrap_or_default();
    let found = KEYS.iter().find_map(|key| data.remove(*key));
    let none = || {
        format!(
            "secret `{namespace}/{name}` has none of {}",
            KEYS.join(", ")
        )
    };
    found.map(|found| found.0).ok_or_else(none)
}
