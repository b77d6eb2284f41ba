//! The custom resource definitions, in a cluster.
//!
//! Comes in:  a client.
//! Goes out:  every kind of the gate, served.
//! Never here: objects of those kinds.

#![allow(
    clippy::indexing_slicing,
    reason = "a test that panics has failed, as it should"
)]

use std::process::Command;

use anyhow::{Context as _, ensure};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::Client;
use kube::api::{Api, Patch, PatchParams};
use portcullis_lang::value::{Numbers, to_json, yaml};
use serde_json::Value as Json;

use super::cluster::eventually;

/// Applies what `portcullis crds` prints, and waits until all of it is served.
///
/// # Errors
///
/// The API server's.
pub(crate) async fn install(client: &Client) -> anyhow::Result<()> {
    let printed = Command::new(super::program()).arg("crds").output()?;
    ensure!(printed.status.success(), "`portcullis crds` failed");
    let api = Api::<CustomResourceDefinition>::all(client.clone());
    let parameters = PatchParams::apply("test").force();
    let mut names = Vec::new();
    for document in yaml::read(&String::from_utf8(printed.stdout)?, Numbers::AsWritten) {
        let document = document.map_err(|error| anyhow::anyhow!("{error}"))?;
        let definition: Json = serde_json::from_str(&to_json(document.root()))?;
        let name = definition["metadata"]["name"]
            .as_str()
            .context("a name")?
            .to_owned();
        api.patch(&name, &parameters, &Patch::Apply(&definition))
            .await?;
        names.push(name);
    }
    ensure!(names.len() == 24, "{} definitions", names.len());
    for name in names {
        eventually(&format!("`{name}`"), async || {
            let conditions = api
                .get(&name)
                .await?
                .status
                .and_then(|status| status.conditions);
            let established = conditions.unwrap_or_default().into_iter();
            let mut established = established.filter(|one| one.type_ == "Established");
            Ok(established.any(|one| one.status == "True").then_some(()))
        })
        .await?;
    }
    Ok(())
}
