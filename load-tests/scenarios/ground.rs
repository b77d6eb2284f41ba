//! What all scenarios stand on: gates, rules, reviews, rates.
//!
//! Comes in:  the options.
//! Goes out:  running gates, and [`Run`]s against them.
//! Never here: what happens in a scenario.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use drive::{
    Arrivals, Closed, GO_KEEPS_IDLE, Http, Keys, Open, Review, Server, Target, Timeline, rules,
};

/// The ground.
pub(crate) struct Ground {
    folder: PathBuf,
    gate: PathBuf,
    pub(crate) keys: Keys,
    pub(crate) rules: PathBuf,
    pub(crate) reviews: Vec<Review>,
    pub(crate) http: Http,
    /// How long the API server waits.
    pub(crate) budget: Duration,
    /// How long a phase lasts.
    pub(crate) phase: Duration,
    /// The kubeconfig of a cluster that defines the kinds of the gate, for scenarios that want one.
    pub(crate) cluster: Option<PathBuf>,
    /// Requests per second that one gate answers at most.
    pub(crate) capacity: f64,
}

/// What came of one load.
pub(crate) struct Run {
    /// The scenario, and which load of it.
    pub(crate) name: String,
    pub(crate) timeline: Timeline,
    pub(crate) budget: Duration,
    /// What is to be said of it beyond the counts, such as a ratio.
    pub(crate) remark: String,
    /// What it took, where the whole run was at one rate.
    pub(crate) cost: Option<Cost>,
}

/// What a gate used under a steady load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// Requests per second.
    pub(crate) rate: f64,
    /// CPU time of a request, in microseconds.
    pub(crate) cpu_micros: f64,
    /// Resident memory afterwards, in bytes.
    pub(crate) memory: u64,
}

impl Ground {
    pub(crate) fn new(
        folder: &Path,
        gate: PathBuf,
        policies: &Path,
        reviews: Vec<Review>,
    ) -> anyhow::Result<Ground> {
        let rules = folder.join("rules");
        rules::enforce(policies, &rules)?;
        Ok(Ground {
            keys: Keys::make(folder)?,
            folder: folder.to_owned(),
            gate,
            rules,
            reviews,
            http: Http::One,
            budget: Duration::from_secs(1),
            phase: Duration::from_secs(5),
            cluster: None,
            capacity: 0.0,
        })
    }

    /// A folder of its own for a scenario's files.
    pub(crate) fn folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.folder.join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// Starts a gate with the usual rules.
    pub(crate) fn start(&self) -> anyhow::Result<Server> {
        self.start_with(&self.rules, &[])
    }

    /// Starts a gate.
    pub(crate) fn start_with(&self, rules: &Path, flags: &[&str]) -> anyhow::Result<Server> {
        let mut serve = Command::new(&self.gate);
        serve
            .args(["serve", "--listen", "127.0.0.1:0", "--log-level", "error"])
            .args(["--drain", "2s"])
            .arg("--rules")
            .arg(rules)
            .arg("--state-dir")
            .arg(self.folder.join("state"))
            .arg("--tls-cert")
            .arg(&self.keys.certificate)
            .arg("--tls-key")
            .arg(&self.keys.key)
            .args(flags);
        Server::start(serve)
    }

    /// The validating endpoint there.
    pub(crate) fn target(&self, address: SocketAddr) -> anyhow::Result<Target> {
        let path = format!("/validate?timeout={}s", self.budget.as_secs());
        Target::new(address, self.http, &path, &self.keys, true)
    }

    /// A load of the usual reviews.
    pub(crate) async fn ask(
        &self,
        name: &str,
        address: SocketAddr,
        arrivals: Arrivals,
    ) -> anyhow::Result<Run> {
        self.ask_for(name, address, arrivals, &self.reviews).await
    }

    /// A load of these reviews.
    pub(crate) async fn ask_for(
        &self,
        name: &str,
        address: SocketAddr,
        arrivals: Arrivals,
        reviews: &[Review],
    ) -> anyhow::Result<Run> {
        self.load(name, address, arrivals, reviews, GO_KEEPS_IDLE)
            .await
    }

    /// A load that keeps so many idle connections.
    pub(crate) async fn load(
        &self,
        name: &str,
        address: SocketAddr,
        arrivals: Arrivals,
        reviews: &[Review],
        keep_idle: usize,
    ) -> anyhow::Result<Run> {
        let open = Open {
            arrivals,
            patience: self.budget,
            keep_idle,
            opened: keep_idle.min(GO_KEEPS_IDLE),
        };
        Ok(Run {
            name: name.to_owned(),
            timeline: open.run(&self.target(address)?, reviews).await?,
            budget: self.budget,
            remark: String::new(),
            cost: None,
        })
    }

    /// How many requests one gate answers each second, when as many are on their way as an API
    /// server keeps connections.
    pub(crate) async fn measure_capacity(&self) -> anyhow::Result<f64> {
        let gate = self.start()?;
        let target = self.target(gate.address)?;
        let mut answered = 0.0;
        let share = Closed {
            in_flight: GO_KEEPS_IDLE,
            lasts: self.phase.div_f64(self.reviews.len() as f64),
        };
        let mut elapsed = Duration::ZERO;
        for review in &self.reviews {
            let tally = share.run(&target, review).await?;
            answered += tally.answered() as f64;
            elapsed += tally.elapsed;
        }
        Ok(answered / elapsed.as_secs_f64())
    }
}
