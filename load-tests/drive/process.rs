//! A server as a process of its own, and what it uses.
//!
//! Comes in:  a command whose first line of output is `serving on https://ADDRESS`.
//! Goes out:  its address, CPU time and memory.
//! Never here: requests.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};

/// A running server; killed on drop.
pub struct Server {
    process: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Starts `command` and waits until it serves.
    ///
    /// # Errors
    ///
    /// It cannot be started, or ends or says something else first.
    pub fn start(mut command: Command) -> anyhow::Result<Server> {
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {command:?}"))?;
        let stdout = process.stdout.take().context("its output is piped")?;
        let mut line = String::new();
        let mut lines = BufReader::new(stdout);
        lines.read_line(&mut line)?;
        let Some(address) = line.trim().strip_prefix("serving on https://") else {
            let _ = process.kill();
            bail!("{command:?} said {line:?} and does not serve");
        };
        let address = address.parse()?;
        // Whatever else it says must not fill the pipe and stop it.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Ok(Server { process, address })
    }

    /// Sends it a signal by name, such as `TERM`, `KILL`, `STOP` or `CONT`.
    ///
    /// # Errors
    ///
    /// It has ended.
    pub fn signal(&self, name: &str) -> anyhow::Result<()> {
        let id = self.process.id().to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status()?;
        anyhow::ensure!(status.success(), "kill -s {name}: {status}");
        Ok(())
    }

    /// CPU time of all its threads, user and system, to the nanosecond (Linux).
    ///
    /// # Errors
    ///
    /// It has ended.
    pub fn cpu(&self) -> anyhow::Result<Duration> {
        let mut nanoseconds = 0;
        let tasks = format!("/proc/{}/task", self.process.id());
        for task in fs::read_dir(&tasks).with_context(|| format!("cannot read {tasks}"))? {
            let path = task?.path().join("schedstat");
            // A thread may end between the two reads.
            let text = fs::read_to_string(&path).unwrap_or_default();
            let spent = text.split_whitespace().next().unwrap_or("0");
            nanoseconds += spent.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// Memory that is resident now, in bytes (Linux).
    ///
    /// # Errors
    ///
    /// It has ended.
    pub fn memory(&self) -> anyhow::Result<u64> {
        let path = format!("/proc/{}/status", self.process.id());
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        Ok(kilobytes.context("no VmRSS")?.parse::<u64>()? * 1024)
    }

    /// Files and sockets that are open, and threads that run (Linux).
    ///
    /// # Errors
    ///
    /// It has ended.
    pub fn open_things(&self) -> anyhow::Result<(usize, usize)> {
        let count = |what: &str| -> anyhow::Result<usize> {
            let folder = format!("/proc/{}/{what}", self.process.id());
            let entries = fs::read_dir(&folder);
            Ok(entries
                .with_context(|| format!("cannot read {folder}"))?
                .count())
        };
        Ok((count("fd")?, count("task")?))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
