//! The values that a Helm release was installed with.
//!
//! Helm keeps each revision of a release in a Secret of type `helm.sh/release.v1`: JSON, gzipped, in
//! Base64.

use std::io::Read as _;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use k8s_openapi::api::core::v1::Secret;
use kube::Client;
use kube::api::{Api, ListParams};
use portcullis_lang::value::{Document, Numbers, yaml};
use serde_json::Value;

/// The revision that is installed.
const DEPLOYED: &str = "owner=helm,status=deployed";

/// Charts whose values mean the same to us.
const CHARTS: [&str; 2] = ["portcullis", "kyverno"];

/// The values of the release in `namespace`, YAML; `None` where there is no release of ours.
pub(super) async fn values(client: &Client, namespace: &str) -> Result<Option<String>> {
    let secrets = Api::<Secret>::namespaced(client.clone(), namespace);
    let params = ListParams::default().labels(DEPLOYED);
    let releases = secrets.list(&params).await;
    let releases = releases.context("cannot list the Secrets in which Helm keeps its releases")?;
    let data = |secret: Secret| secret.data?.remove("release");
    for release in releases.items.into_iter().filter_map(data) {
        let release = decode(&release.0).context("a release of Helm cannot be read")?;
        let chart = release
            .pointer("/chart/metadata/name")
            .and_then(Value::as_str);
        if chart.is_some_and(|chart| CHARTS.contains(&chart)) {
            let config = release.get("config").filter(|config| config.is_object());
            let json = config.map_or_else(|| "{}".to_owned(), Value::to_string);
            let config = Document::from_json(json.as_bytes(), Numbers::AsWritten)?;
            return Ok(Some(yaml::write(config.root())));
        }
    }
    Ok(None)
}

fn decode(release: &[u8]) -> Result<Value> {
    let zipped = STANDARD.decode(release)?;
    let mut json = String::new();
    GzDecoder::new(zipped.as_slice()).read_to_string(&mut json)?;
    Ok(serde_json::from_str(&json)?)
}
