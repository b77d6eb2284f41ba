//! A real Kubernetes API server on loopback, for tests.
//!
//! Comes in: a wish for a server of one's own, or for one to share.
//! Goes out: a [`Cluster`]: its address and credentials, and clients for it.
//! Never here: how the program is built (see [`super::go`]), what it is made of
//! (see `tests/cluster/main.go`).
//!
//! ```text
//! let Some(cluster) = Cluster::shared()? else { return Ok(()) };
//! let client = cluster.client().await?;
//! let namespace = cluster.namespace("pods").await?;
//! ```
//!
//! No kubelet and no scheduler run: Pods stay Pending.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};
use k8s_openapi::api::core::v1::{Namespace, ServiceAccount};
use kube::api::{Api, ObjectMeta, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde::Deserialize;
use tempfile::TempDir;

use super::go::{self, Program};

/// A running API server with etcd and controllers, all in one process, which is
/// killed on drop. It also ends by itself when this process does.
///
/// Starting takes 3 to 4 s and 330 MB; any number may run side by side.
pub(crate) struct Cluster {
    process: Child,
    ready: Ready,
    /// Whether each namespace gets a `default` service account, which Pods need.
    service_accounts: bool,
    dir: TempDir,
}

/// What the program prints once it serves.
#[derive(Deserialize)]
struct Ready {
    url: String,
    kubeconfig: PathBuf,
    ca: PathBuf,
    token: String,
}

/// Which controllers of kube-controller-manager a [`Cluster`] runs.
pub(crate) enum Controllers<'a> {
    /// Those that `tests/cluster/main.go` lists.
    Default,
    /// No process but the API server's writes objects.
    None,
    /// kube-controller-manager's own syntax: names, `*`, `-name`. It must leave
    /// `serviceaccount-controller` on.
    These(&'a str),
}

impl Cluster {
    /// Starts a server for the caller alone; see [`go::binary`] about `None`.
    ///
    /// # Errors
    ///
    /// It cannot be built, or it ends before it is ready.
    pub(crate) fn start(controllers: Controllers<'_>) -> anyhow::Result<Option<Cluster>> {
        let Some(program) = go::binary(Program::Cluster)? else {
            return Ok(None);
        };
        let dir = tempfile::Builder::new().prefix("cluster-").tempdir()?;
        let log = dir.path().join("log");

        let mut command = Command::new(program);
        command.arg("--remove").arg("--dir").arg(dir.path());
        match controllers {
            Controllers::Default => {}
            Controllers::None => _ = command.args(["--controllers", ""]),
            Controllers::These(list) => _ = command.args(["--controllers", list]),
        }
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()?;

        // The program limits its own start: an end of the pipe is sure to come.
        let mut line = String::new();
        let stdout = process.stdout.take().context("stdout is piped")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let Ok(ready) = serde_json::from_str(&line) else {
            let log = fs::read_to_string(log).unwrap_or_default();
            let _ = process.kill();
            bail!(
                "the test cluster did not start: {}\n{}",
                process.wait()?,
                tail(&log, 20)
            );
        };
        let service_accounts = !matches!(controllers, Controllers::None);
        Ok(Some(Cluster {
            process,
            ready,
            service_accounts,
            dir,
        }))
    }

    /// The server that all tests of this binary share, with the default
    /// controllers. It ends a second after this process.
    ///
    /// # Errors
    ///
    /// As [`Cluster::start`], each time.
    pub(crate) fn shared() -> anyhow::Result<Option<&'static Cluster>> {
        static SHARED: LazyLock<anyhow::Result<Option<Cluster>>> =
            LazyLock::new(|| Cluster::start(Controllers::Default));
        match &*SHARED {
            Ok(cluster) => Ok(cluster.as_ref()),
            Err(error) => Err(anyhow!("{error:#}")),
        }
    }

    /// `https://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> &str {
        &self.ready.url
    }

    /// A kubeconfig file that needs no other file.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.ready.kubeconfig
    }

    /// A PEM file with the certificate that signed the server's.
    pub(crate) fn ca(&self) -> &Path {
        &self.ready.ca
    }

    /// A bearer token of a member of `system:masters`.
    pub(crate) fn token(&self) -> &str {
        &self.ready.token
    }

    /// A new client. It belongs to the current runtime, so each test makes its own.
    ///
    /// # Errors
    ///
    /// The kubeconfig cannot be used: a fault of `tests/cluster`.
    pub(crate) async fn client(&self) -> anyhow::Result<kube::Client> {
        let file = Kubeconfig::read_from(self.kubeconfig())?;
        let options = KubeConfigOptions::default();
        let mut config = kube::Config::from_custom_kubeconfig(file, &options).await?;
        config.proxy_url = None; // The environment's proxy does not reach our loopback.
        Ok(kube::Client::try_from(config)?)
    }

    /// Makes a namespace that is ready for Pods and returns its name: `prefix-`
    /// and a random suffix, so that tests may share a server.
    ///
    /// # Errors
    ///
    /// The API server refuses, or the service account does not appear.
    pub(crate) async fn namespace(&self, prefix: &str) -> anyhow::Result<String> {
        let client = self.client().await?;
        let namespace = Namespace {
            metadata: ObjectMeta {
                generate_name: Some(format!("{prefix}-")),
                ..ObjectMeta::default()
            },
            ..Namespace::default()
        };
        let spaces = Api::<Namespace>::all(client.clone());
        let made = spaces.create(&PostParams::default(), &namespace).await?;
        let name = made.metadata.name.context("a created object has a name")?;
        if self.service_accounts {
            let accounts = Api::<ServiceAccount>::namespaced(client, &name);
            eventually("a service account", async || {
                accounts.get_opt("default").await
            })
            .await?;
        }
        Ok(name)
    }

    /// Ends the server as the end of this process would, and waits for it.
    ///
    /// # Errors
    ///
    /// The process cannot be waited for.
    pub(crate) fn hang_up(&mut self) -> anyhow::Result<ExitStatus> {
        drop(self.process.stdin.take());
        Ok(self.process.wait()?)
    }

    /// Where its state and its log are; gone when it has ended.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Its state goes with it, so there is nothing to end gracefully.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Asks until there is an answer, for at most 30 s: controllers take their time.
///
/// # Errors
///
/// The first error of `ask`, or no answer in time.
pub(crate) async fn eventually<T>(
    what: &str,
    mut ask: impl AsyncFnMut() -> kube::Result<Option<T>>,
) -> anyhow::Result<T> {
    let limit = Duration::from_secs(30);
    let start = Instant::now();
    while start.elapsed() < limit {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("waited {limit:?} for {what}")
}

/// The last `count` lines.
fn tail(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines
        .iter()
        .skip(lines.len().saturating_sub(count))
        .copied()
        .collect::<Vec<_>>()
        .join("\n")
}
