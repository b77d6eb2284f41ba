//! What a process says of itself, and what the system says of it.
//!
//! Comes in: the text of `/metrics`, the number of a process (Linux).
//! Goes out: [`Figures`], [`Usage`]; differences of both.
//! Never here: what good figures are.

use std::collections::BTreeMap;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Series by name and labels, as `/metrics` writes them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures(BTreeMap<String, f64>);

impl Figures {
    /// Reads the text of `/metrics`.
    pub(crate) fn read(text: &str) -> Figures {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let series = lines.filter_map(|line| {
            let (name, value) = line.rsplit_once(' ')?;
            Some((name.to_owned(), value.parse().ok()?))
        });
        Figures(series.collect())
    }

    /// The page of a process, over plain HTTP.
    ///
    /// # Errors
    ///
    /// It does not answer.
    pub(crate) async fn of(address: SocketAddr) -> anyhow::Result<Figures> {
        let mut stream = TcpStream::connect(address).await?;
        let ask = "GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(ask.as_bytes()).await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        Ok(Figures::read(&text))
    }

    /// The sum of all series of this name, whose labels contain all of these texts.
    pub(crate) fn sum(&self, name: &str, labels: &[&str]) -> u64 {
        let of = |series: &str| {
            let (own, given) = series.split_once('{').unwrap_or((series, ""));
            own == name && labels.iter().all(|label| given.contains(label))
        };
        let all = self.0.iter().filter(|(series, _)| of(series));
        all.map(|(_, value)| *value as u64).sum()
    }

    /// Requests to the API server: of this verb, about this resource.
    pub(crate) fn calls(&self, verb: &str, resource: &str) -> u64 {
        let labels = [
            format!("verb=\"{verb}\""),
            format!("resource=\"{resource}\""),
        ];
        self.sum(
            "portcullis_api_calls_total",
            &labels.each_ref().map(String::as_str),
        )
    }

    /// What was added since then.
    pub(crate) fn since(&self, before: &Figures) -> Figures {
        let added = self.0.iter().map(|(series, value)| {
            let known = before.0.get(series).copied().unwrap_or_default();
            (series.clone(), value - known)
        });
        Figures(added.filter(|(_, value)| *value != 0.0).collect())
    }

    /// Requests to the API server by verb and resource, without those that keep up connections, Leases
    /// and policies.
    pub(crate) fn all_calls(&self) -> String {
        let calls = self.0.iter().filter_map(|(series, value)| {
            let labels = series.strip_prefix("portcullis_api_calls_total{")?;
            let labels = labels.trim_end_matches('}').replace(['"'], "");
            let labels = labels.replace("verb=", "").replace("resource=", "");
            let others = ["watch", "leases", "kyverno.io", ",-"];
            let kept = !others.iter().any(|other| labels.contains(other));
            kept.then(|| format!("{} {value}", labels.replace(',', " ")))
        });
        calls.collect::<Vec<_>>().join(", ")
    }
}

/// What a process used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// CPU time, user and system.
    pub(crate) cpu: Duration,
    /// Resident memory now, in MiB.
    pub(crate) memory: u64,
    /// The most there ever was.
    pub(crate) peak: u64,
}

impl Usage {
    /// Of the process of this number (Linux).
    ///
    /// # Errors
    ///
    /// It has ended.
    pub(crate) fn of(process: u32) -> anyhow::Result<Usage> {
        let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
        // The name, in brackets, may hold blanks.
        let (_, fields) = stat.rsplit_once(')').context("a stat line")?;
        let ticks = fields.split_whitespace().skip(11).take(2);
        let ticks: u64 = ticks.filter_map(|field| field.parse::<u64>().ok()).sum();
        let status = fs::read_to_string(format!("/proc/{process}/status"))?;
        let mebibytes = |key: &str| {
            let mut lines = status.lines();
            let line = lines.find_map(|line| line.strip_prefix(key));
            let text = line.and_then(|line| line.split_whitespace().next());
            text.and_then(|text| text.parse::<u64>().ok()).unwrap_or(0) / 1_024
        };
        Ok(Usage {
            // A hundred ticks are a second wherever Linux runs today.
            cpu: Duration::from_millis(ticks * 10),
            memory: mebibytes("VmRSS:"),
            peak: mebibytes("VmHWM:"),
        })
    }
}

/// An address that nobody uses at this moment.
///
/// # Errors
///
/// There is none.
pub(crate) fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
