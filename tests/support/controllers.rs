//! The controllers as a process of their own.
//!
//! Comes in: the cluster to work for, flags.
//! Goes out: [`Rooms`] that work until they are dropped.
//! Never here: what should come of it.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use k8s_openapi::api::core::v1::Namespace;
use kube::Client;
use kube::api::{Api, DynamicObject, Patch, PatchParams, PostParams};
use portcullis_lang::value::{Numbers, to_json, yaml};
use serde_json::Value;
use tempfile::TempDir;

use super::cluster::{Cluster, eventually};
use super::figures::{Figures, Usage, free_address};

/// Running controllers. Killed on drop.
pub(crate) struct Rooms {
    process: Child,
    metrics: SocketAddr,
    dir: TempDir,
}

impl Rooms {
    /// Starts the binary for a cluster.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub(crate) fn start(cluster: &Cluster, flags: &[&str]) -> anyhow::Result<Rooms> {
        Rooms::start_as("controllers", cluster.kubeconfig(), flags)
    }

    /// Starts the binary as the replica of this name, with credentials of its own.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub(crate) fn start_as(name: &str, kubeconfig: &Path, flags: &[&str]) -> anyhow::Result<Rooms> {
        let dir = tempfile::Builder::new().prefix("controllers-").tempdir()?;
        let metrics = free_address()?;
        let process = Command::new(super::program())
            .args(["controllers", "--metrics-listen", &metrics.to_string()])
            .arg("--kubeconfig")
            .arg(kubeconfig)
            .args(flags)
            .env("KYVERNO_POD_NAME", name)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(dir.path().join("log"))?)
            .spawn()?;
        Ok(Rooms {
            process,
            metrics,
            dir,
        })
    }

    /// What they logged so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// What they count.
    ///
    /// # Errors
    ///
    /// They do not answer.
    pub(crate) async fn figures(&self) -> anyhow::Result<Figures> {
        Figures::of(self.metrics).await
    }

    /// What they use.
    ///
    /// # Errors
    ///
    /// They have ended.
    pub(crate) fn usage(&self) -> anyhow::Result<Usage> {
        Usage::of(self.process.id())
    }

    /// Sends SIGTERM and waits for the end.
    ///
    /// # Errors
    ///
    /// It cannot be told to stop.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        let id = self.process.id().to_string();
        let status = Command::new("kill").args(["-TERM", &id]).status()?;
        anyhow::ensure!(status.success(), "kill: {status}");
        let ended = self.process.wait()?;
        anyhow::ensure!(ended.success(), "the controllers ended with {ended}");
        Ok(())
    }
}

impl Drop for Rooms {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Makes the namespace of an installation, and defines the kinds of these groups.
///
/// # Errors
///
/// The API server refuses something.
pub(crate) async fn install(client: &Client, groups: &[&str]) -> anyhow::Result<()> {
    let namespaces = Api::<Namespace>::all(client.clone());
    let own = serde_json::from_value(serde_json::json!({"metadata": {"name": "kyverno"}}))?;
    match namespaces.create(&PostParams::default(), &own).await {
        Err(kube::Error::Api(status)) if status.code == 409 => {}
        made => _ = made?,
    }
    let mut command = Command::new(super::program());
    command.arg("crds");
    for group in groups {
        command.args(["--group", group]);
    }
    let output = command.output()?;
    anyhow::ensure!(output.status.success(), "crds: {}", output.status);
    let resource = kube::api::ApiResource {
        group: "apiextensions.k8s.io".to_owned(),
        version: "v1".to_owned(),
        api_version: "apiextensions.k8s.io/v1".to_owned(),
        kind: "CustomResourceDefinition".to_owned(),
        plural: "customresourcedefinitions".to_owned(),
    };
    let definitions = Api::<DynamicObject>::all_with(client.clone(), &resource);
    let is =
        |one: &Value, key: &str, text: &str| one.get(key).and_then(Value::as_str) == Some(text);
    for definition in documents(&String::from_utf8(output.stdout)?)? {
        let name = definition.pointer("/metadata/name").and_then(Value::as_str);
        let name = name.context("a definition has a name")?.to_owned();
        let params = PatchParams::apply("test").force();
        definitions
            .patch(&name, &params, &Patch::Apply(definition))
            .await?;
        eventually("a definition", async || {
            let definition = definitions.get(&name).await?;
            let conditions = definition.data.pointer("/status/conditions");
            let conditions = conditions.and_then(Value::as_array);
            let mut conditions = conditions.into_iter().flatten();
            let served =
                conditions.any(|one| is(one, "type", "Established") && is(one, "status", "True"));
            Ok(served.then_some(()))
        })
        .await?;
    }
    Ok(())
}

/// The documents of a YAML text.
///
/// # Errors
///
/// It is none.
pub(crate) fn documents(text: &str) -> anyhow::Result<Vec<Value>> {
    let read = yaml::read(text, Numbers::AsWritten).into_iter();
    let values = read.map(|document| {
        let document = document.map_err(|error| anyhow::anyhow!("{}", error.message))?;
        Ok(serde_json::from_str(&to_json(document.root()))?)
    });
    values.collect()
}
