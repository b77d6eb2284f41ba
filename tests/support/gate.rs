//! The gate as a process of its own.
//!
//! Comes in: policy files, flags.
//! Goes out: a [`Gate`] that serves.
//! Never here: what the answers should be.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::Value;
use tempfile::TempDir;

use super::figures::Figures;
use super::https::{Connection, Http};

/// A serving gate with a folder for its rules. Killed on drop.
pub(crate) struct Gate {
    process: Child,
    address: SocketAddr,
    dir: Arc<TempDir>,
}

impl Gate {
    /// Starts the binary on a free port with these files in its rules folder, and waits until its
    /// first program is in force.
    ///
    /// # Errors
    ///
    /// It ends before it serves.
    pub(crate) fn start<T: AsRef<str>>(rules: &[(T, T)], flags: &[&str]) -> anyhow::Result<Gate> {
        Gate::start_with(rules, flags, &[])
    }

    /// The same with variables in its environment.
    ///
    /// # Errors
    ///
    /// It ends before it serves.
    pub(crate) fn start_with<T: AsRef<str>>(
        rules: &[(T, T)],
        flags: &[&str],
        vars: &[(&str, &str)],
    ) -> anyhow::Result<Gate> {
        let dir = tempfile::Builder::new().prefix("gate-").tempdir()?;
        fs::create_dir(dir.path().join("rules"))?;
        for (name, text) in rules {
            fs::write(dir.path().join("rules").join(name.as_ref()), text.as_ref())?;
        }
        Gate::start_in(Arc::new(dir), flags, vars)
    }

    /// Another process with the same rules and the same state, as after a restart.
    ///
    /// # Errors
    ///
    /// It ends before it serves.
    pub(crate) fn again(&self, flags: &[&str]) -> anyhow::Result<Gate> {
        Gate::start_in(self.dir.clone(), flags, &[])
    }

    fn start_in(dir: Arc<TempDir>, flags: &[&str], vars: &[(&str, &str)]) -> anyhow::Result<Gate> {
        let mut process = Command::new(super::program())
            .args(["serve", "--listen", "127.0.0.1:0"])
            .arg("--rules")
            .arg(dir.path().join("rules"))
            .arg("--state-dir")
            .arg(dir.path().join("state"))
            .args(flags)
            .envs(vars.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(dir.path().join("log"))?)
            .spawn()?;
        let mut line = String::new();
        let stdout = process.stdout.take().context("stdout is piped")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim().strip_prefix("serving on https://");
        let Some(address) = address else {
            let _ = process.kill();
            let status = process.wait()?;
            let log = fs::read_to_string(dir.path().join("log"))?;
            bail!("the gate did not start: {status}\n{log}");
        };
        Ok(Gate {
            process,
            address: address.parse()?,
            dir,
        })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate to trust.
    pub(crate) fn ca(&self) -> PathBuf {
        self.dir.path().join("state/ca.crt")
    }

    /// A file in its rules folder.
    pub(crate) fn rule(&self, name: &str) -> PathBuf {
        self.dir.path().join("rules").join(name)
    }

    /// What it logged so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) -> anyhow::Result<()> {
        let id = self.process.id().to_string();
        let status = Command::new("kill").args(["-TERM", &id]).status()?;
        anyhow::ensure!(status.success(), "kill: {status}");
        Ok(())
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self, patience: Duration) -> anyhow::Result<ExitStatus> {
        let start = Instant::now();
        while start.elapsed() < patience {
            if let Some(status) = self.process.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        bail!("the gate still runs after {patience:?}")
    }

    /// What it counts.
    pub(crate) async fn figures(&self) -> anyhow::Result<Figures> {
        let reply = self.connect(Http::One).await?.get("/metrics").await?;
        Ok(Figures::read(&String::from_utf8_lossy(&reply.body)))
    }

    /// A new connection.
    pub(crate) async fn connect(&self, http: Http) -> anyhow::Result<Connection> {
        Connection::open(self.address, &self.ca(), http).await
    }

    /// `/status`, parsed.
    pub(crate) async fn status(&self) -> anyhow::Result<Value> {
        let reply = self.connect(Http::One).await?.get("/status").await?;
        Ok(serde_json::from_slice(&reply.body)?)
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
