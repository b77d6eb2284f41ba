//! A cluster in which the gate is installed as the manifests say, for tests.
//!
//! Comes in: how many replicas, and further flags.
//! Goes out: an [`Installed`]: a kubeconfig and clients for it, the logs of the gate's processes.
//! Never here: how it comes about (see `tests/cluster/installed/main.go`).
//!
//! ```text
//! let Some(cluster) = Installed::start(&["--replicas=3"])? else { return Ok(()) };
//! let client = cluster.client().await?;
//! ```

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use kube::config::{KubeConfigOptions, Kubeconfig};
use tempfile::TempDir;

use super::go::{self, Program};

/// A control plane with the definitions and manifests applied, and a process for each of the gate's
/// Pods. All of it ends on drop, and with this process.
pub(crate) struct Installed {
    process: Child,
    kubeconfig: PathBuf,
    dir: TempDir,
}

impl Installed {
    /// Starts one for the caller alone, with further flags of `tests/cluster/up`; it is there when the
    /// Pods are ready or took too long. `None` as for [`go::binary`], or when this user may not
    /// listen on port 443.
    ///
    /// # Errors
    ///
    /// A program cannot be built, or the cluster does not start.
    pub(crate) fn start(flags: &[&str]) -> anyhow::Result<Option<Installed>> {
        let Some(plane) = go::binary(Program::Cluster)? else {
            return Ok(None);
        };
        let Some(program) = go::binary(Program::Installed)? else {
            return Ok(None);
        };
        let Some(number) = free_number()? else {
            return Ok(None);
        };
        let dir = tempfile::Builder::new().prefix("installed-").tempdir()?;
        let log = dir.path().join("log");
        let mut process = Command::new(program)
            .arg("--cluster")
            .arg(plane)
            .arg("--bin")
            .arg(super::program())
            .arg("--deploy")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy"))
            .arg("--dir")
            .arg(dir.path())
            .args(["--number", &number.to_string()])
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()?;
        let mut line = String::new();
        let stdout = process.stdout.take().context("stdout is piped")?;
        BufReader::new(stdout).read_line(&mut line)?;
        if line.is_empty() {
            let _ = process.kill();
            bail!(
                "no cluster with the gate: {}\n{}",
                process.wait()?,
                fs::read_to_string(log).unwrap_or_default()
            );
        }
        let kubeconfig = PathBuf::from(line.trim_end());
        Ok(Some(Installed {
            process,
            kubeconfig,
            dir,
        }))
    }

    /// A kubeconfig file of the administrator, as kubeadm's clusters have it.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The socket on which processes can be stopped and connections broken.
    pub(crate) fn control(&self) -> PathBuf {
        self.dir.path().join("control")
    }

    /// A new client. It belongs to the current runtime, so each test makes its own.
    ///
    /// # Errors
    ///
    /// The kubeconfig cannot be used.
    pub(crate) async fn client(&self) -> anyhow::Result<kube::Client> {
        let file = Kubeconfig::read_from(&self.kubeconfig)?;
        let options = KubeConfigOptions::default();
        let mut config = kube::Config::from_custom_kubeconfig(file, &options).await?;
        config.proxy_url = None; // The environment's proxy does not reach our loopback.
        Ok(kube::Client::try_from(config)?)
    }

    /// What the process of a Pod wrote; its command line comes first.
    ///
    /// # Errors
    ///
    /// There is no such Pod.
    pub(crate) fn log(&self, pod: &str) -> anyhow::Result<String> {
        Ok(fs::read_to_string(self.dir.path().join(pod).join("log"))?)
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        // The end of its stdin ends it, and it ends what it started.
        drop(self.process.stdin.take());
        for _ in 0..100 {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A network of loopback addresses that nobody uses; `None` when port 443 is out of reach.
fn free_number() -> anyhow::Result<Option<u8>> {
    let start = u8::try_from(std::process::id() % 100)?;
    for step in 0..100 {
        let number = 20 + (start + step) % 100;
        match TcpListener::bind((format!("127.0.{number}.1").as_str(), 443)) {
            Ok(_) => return Ok(Some(number)),
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            Err(error) => return go::skip(&format!("port 443 of 127.0.{number}.1: {error}")),
        }
    }
    bail!("every network of loopback addresses is in use")
}
