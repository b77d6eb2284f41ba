//! The scenarios.
//!
//! Comes in:  the [`Ground`].
//! Goes out:  [`Run`]s.
//! Never here: counting, printing.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::ValueEnum;
use drive::{Arrivals, Balancer, Review, Server, rules};
use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::ground::{Cost, Ground, Run};
use crate::reports::reports;

/// Replicas behind the balancer.
const REPLICAS: usize = 3;

/// Policies in a reload storm, and reloads each second.
const STORM_POLICIES: usize = 200;
const STORM_RATE: f64 = 10.0;

/// What happens to the gate.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Scenario {
    /// A tenth of what it can do, and more and more up to all of it: what `portcullis size` reads
    Capacity,
    /// Half of what it can do
    Steady,
    /// Half, then three times what it can do, then half again
    Overload,
    /// A third, with half a second of five times what it can do
    Spike,
    /// A cluster that accepts connections and never answers, for some of the requests
    SlowFacts,
    /// A third, first quietly, then while policies change ten times a second
    ReloadStorm,
    /// A new connection for each request
    Churn,
    /// Twelve phases of seven tenths, with a reload each second: does anything grow?
    Soak,
    /// Three replicas behind a balancer are replaced one after the other
    RollingUpdate,
    /// One of three replicas behind a balancer is killed
    Kill,
    /// One of three replicas behind a balancer stands still for as long as the API server waits
    Pause,
    /// A gate that writes reports and one that does not, in turns; wants `--cluster`
    Reports,
}

impl Scenario {
    /// Those that were asked for, or all that need nothing besides a gate.
    pub(crate) fn chosen(asked: &[Scenario], has_cluster: bool) -> Vec<Scenario> {
        let all = Scenario::value_variants().iter();
        match asked {
            [] => all
                .filter(|one| has_cluster || **one != Scenario::Reports)
                .copied()
                .collect(),
            some => some.to_vec(),
        }
    }

    pub(crate) async fn run(self, ground: &Ground) -> anyhow::Result<Vec<Run>> {
        match self {
            Scenario::Capacity => capacity(ground).await,
            Scenario::Steady => steady(ground).await,
            Scenario::Overload => overload(ground).await,
            Scenario::Spike => spike(ground).await,
            Scenario::SlowFacts => slow_facts(ground).await,
            Scenario::ReloadStorm => reload_storm(ground).await,
            Scenario::Churn => churn(ground).await,
            Scenario::Soak => soak(ground).await,
            Scenario::RollingUpdate => rolling_update(ground).await,
            Scenario::Kill => disturbed(ground, "kill -9 of a replica", &["KILL"]).await,
            Scenario::Reports => {
                let cluster = ground.cluster.as_deref();
                reports(ground, cluster.context("`reports` wants `--cluster`")?).await
            }
            Scenario::Pause => disturbed(ground, "a replica stands still", &["STOP", "CONT"]).await,
        }
    }
}

/// The shares of the measured capacity at which a gate is asked for the curve.
const CURVE: [f64; 7] = [0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 1.0];

async fn capacity(ground: &Ground) -> anyhow::Result<Vec<Run>> {
    let gate = ground.start()?;
    let mut runs = Vec::new();
    for share in CURVE {
        let rate = share * ground.capacity;
        let arrivals = Arrivals::steady(ground.phase, rate);
        let before = gate.cpu()?;
        let mut run = ground.ask("capacity", gate.address, arrivals).await?;
        let cpu = gate.cpu()? - before;
        let answered = run.timeline.total()?.answered().max(1) as f64;
        let cost = Cost {
            rate,
            cpu_micros: cpu.as_secs_f64() * 1e6 / answered,
            memory: gate.memory()?,
        };
        run.remark = format!("{rate:.0} req/s, {:.1} µs of CPU each", cost.cpu_micros);
        run.cost = Some(cost);
        runs.push(run);
    }
    Ok(runs)
}

async fn steady(ground: &Ground) -> anyhow::Result<Vec<Run>> {
    let gate = ground.start()?;
    let arrivals = Arrivals::steady(ground.phase, ground.capacity / 2.0);
    let before = gate.memory()?;
    let mut run = ground.ask("steady", gate.address, arrivals).await?;
    let grown = gate.memory()?.saturating_sub(before) >> 20;
    run.remark = format!("memory grew by {grown} MiB");
    Ok(vec![run])
}

async fn overload(ground: &Ground) -> anyhow::Result<Vec<Run>> {
    let gate = ground.start()?;
    let (phase, capacity) = (ground.phase, ground.capacity);
    let arrivals = Arrivals::steady(phase, capacity / 2.0)
        .then(phase, capacity * 3.0)
        .then(phase, capacity / 2.0);
    let mut run = ground
        .ask("overload, 3 times", gate.address, arrivals)
        .await?;
    let over = run.timeline.between(phase, 2 * phase)?;
    let good = over.right as f64 / over.elapsed.as_secs_f64() / capacity * 100.0;
    run.remark = format!("while overloaded: right answers at {good:.0} % of capacity");
    Ok(vec![run])
}

async fn spike(ground: &Ground) -> anyhow::Result<Vec<Run>> {
    let gate = ground.start()?;
    let calm = ground.capacity / 3.0;
    let arrivals = Arrivals::steady(ground.phase / 2, calm)
        .then(Duration::from_millis(500), ground.capacity * 5.0)
        .then(ground.phase / 2, calm);
    Ok(vec![
        ground.ask("spike, 5 times", gate.address, arrivals).await?,
    ])
}

/// A policy for ConfigMaps that asks the cluster for something, and fails closed.
const ASKS: &str = r#"apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: asks-the-cluster
spec:
  failurePolicy: Fail
  rules:
  - name: asks
    match:
      any:
      - resources:
          kinds: [ConfigMap]
    context:
    - name: namespaces
      apiCall:
        urlPath: /api/v1/namespaces
        jmesPath: items[].metadata.name
    validate:
      failureAction: Enforce
      message: the namespace is not there
      deny:
        conditions:
          all:
          - key: "{{ request.namespace }}"
            operator: AnyNotIn
            value: "{{ namespaces }}"
"#;

/// A ConfigMap, which has nothing wrong with it.
const CONFIG_MAP: &str = r#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"9f3c1c62-6e39-4a63-9a3a-6f1a5a1a0c11","kind":{"group":"","version":"v1","kind":"ConfigMap"},"resource":{"group":"","version":"v1","resource":"configmaps"},"name":"settings","namespace":"default","operation":"CREATE","userInfo":{"username":"jane"},"object":{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings","namespace":"default"},"data":{"a":"b"}},"oldObject":null,"dryRun":false,"options":null}}"#;

async fn slow_facts(ground: &Ground) -> anyhow::Result<Vec<Run>> {
    let folder = ground.folder("slow-facts")?;
    rules::enforce(&ground.rules, &folder.join("rules"))?;
    fs::write(folder.join("rules/asks.yaml"), ASKS)?;
    // Connections wait in the queue of a listener that never looks at them.
    let silent = TcpListener::bind("127.0.0.1:0").await?;
    let kubeconfig = folder.join("kubeconfig");
    fs::write(
        &kubeconfig,
        kubeconfig_for(&silent.local_addr()?.to_string()),
    )?;
    let flags = ["--kubeconfig", &kubeconfig.to_string_lossy()];
    let gate = ground.start_with(&folder.join("rules"), &flags)?;

    let asking = [Review {
        name: "config-map".to_owned(),
        body: CONFIG_MAP.into(),
        allowed: true,
    }];
    let usual = Arrivals::steady(ground.phase, ground.capacity / 4.0);
    let (without, with) = tokio::join!(
        ground.ask("slow facts, rules without", gate.address, usual),
        ground.ask_for(
            "slow facts, a rule that needs one",
            gate.address,
            Arrivals::steady(ground.phase, 50.0),
            &asking,
        ),
    );
    Ok(vec![without?, with?])
}

fn kubeconfig_for(address: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: silent\n\
         clusters: [{{name: silent, cluster: {{server: 'http://{address}'}}}}]\n\
         contexts: [{{name: silent, context: {{cluster: silent, user: nobody}}}}]\n\
         users: [{{name: nobody, user: {{}}}}]\n"
    )
}

async fn reload_storm(ground: &Ground) -> anyhow::Result<Vec<Run>> {
    let folder = ground.folder("reload-storm")?;
    let policies = rules::enforce(&ground.rules, &folder)?;
    rules::multiply(&policies, &folder.join("copies"), STORM_POLICIES)?;
    let gate = ground.start_with(&folder, &[])?;
    let phase = ground.phase;
    let storm = tokio::spawn(async move {
        sleep(phase).await;
        edit(&policies, STORM_RATE, phase).await
    });
    let arrivals = Arrivals::steady(2 * phase, ground.capacity / 3.0);
    let mut run = ground.ask("reload storm", gate.address, arrivals).await?;
    storm.await??;
    let quiet = run
        .timeline
        .between(Duration::ZERO, phase)?
        .millis_at(0.999);
    let storm = run.timeline.between(phase, 2 * phase)?.millis_at(0.999);
    run.remark = format!("p99.9 {quiet:.1} ms before, {storm:.1} ms during the storm");
    Ok(vec![run])
}

/// Edits one policy after the other at a rate, for so long.
async fn edit(policies: &[PathBuf], rate: f64, lasts: Duration) -> anyhow::Result<()> {
    let begin = Instant::now();
    for (n, policy) in policies.iter().cycle().enumerate() {
        if begin.elapsed() >= lasts {
            break;
        }
        let text = fs::read_to_string(policy)?;
        anyhow::ensure!(!text.is_empty(), "{} is empty", policy.display());
        let changed = format!("  annotations:\n    storm: \"{n}\"\n");
        let text = match text.contains("    storm: ") {
            true => text.replacen(&storm_line(&text), &format!("    storm: \"{n}\"\n"), 1),
            false => text.replacen("  annotations:\n", &changed, 1),
        };
        fs::write(policy, text)?;
        sleep(Duration::from_secs_f64(1.0 / rate)).await;
    }
    Ok(())
}

fn storm_line(text: &str) -> String {
    let line = text.lines().find(|line| line.starts_with("    storm: "));
    format!("{}\n", line.unwrap_or_default())
}

/// Phases of a soak, and looks at the gate in each.
const SOAK_PHASES: u32 = 12;
const LOOKS: u32 = 4;

async fn soak(ground: &Ground) -> anyhow::Result<Vec<Run>> {
    let folder = ground.folder("soak")?;
    let policies = rules::enforce(&ground.rules, &folder)?;
    let gate = ground.start_with(&folder, &[])?;
    let lasts = SOAK_PHASES * ground.phase;
    let look = async {
        let mut seen = Vec::new();
        for _ in 0..SOAK_PHASES * LOOKS {
            sleep(ground.phase / LOOKS).await;
            seen.push((gate.memory()? >> 20, gate.open_things()?));
        }
        anyhow::Ok(seen)
    };
    let arrivals = Arrivals::steady(lasts, ground.capacity * 0.7);
    let (run, seen, edited) = tokio::join!(
        ground.ask("soak", gate.address, arrivals),
        look,
        edit(&policies, 1.0, lasts),
    );
    edited?;
    let (mut run, seen) = (run?, seen?);
    // The first phase warms up.
    let settled = seen.get(LOOKS as usize).copied().unwrap_or_default();
    let last = seen.last().copied().unwrap_or_default();
    run.remark = format!(
        "memory {} MiB, then {} MiB; descriptors {}, then {}; threads {}, then {}",
        settled.0, last.0, settled.1.0, last.1.0, settled.1.1, last.1.1,
    );
    Ok(vec![run])
}

async fn churn(ground: &Ground) -> anyhow::Result<Vec<Run>> {
    let gate = ground.start()?;
    let arrivals = Arrivals::steady(ground.phase, ground.capacity / 10.0);
    let reviews = &ground.reviews;
    let run = ground.load("connection churn", gate.address, arrivals, reviews, 0);
    Ok(vec![run.await?])
}

async fn rolling_update(ground: &Ground) -> anyhow::Result<Vec<Run>> {
    let (balancer, mut replicas) = replicas(ground).await?;
    let arrivals = Arrivals::steady(3 * ground.phase, ground.capacity / 3.0);
    let update = async {
        for replica in &mut replicas {
            sleep(ground.phase / 4).await;
            let new = ground.start()?;
            balancer.watch(new.address, &ground.keys)?;
            ready(&balancer, REPLICAS + 1).await?;
            replica.signal("TERM")?;
            // It drains for two seconds, and ends by itself.
            sleep(Duration::from_secs(4)).await;
            *replica = new;
        }
        anyhow::Ok(())
    };
    let load = ground.ask("rolling update", balancer.address, arrivals);
    let (run, updated) = tokio::join!(load, update);
    updated?;
    Ok(vec![run?])
}

/// One replica gets signals, as long apart as the API server waits.
async fn disturbed(ground: &Ground, name: &str, signals: &[&str]) -> anyhow::Result<Vec<Run>> {
    let (balancer, replicas) = replicas(ground).await?;
    let arrivals = Arrivals::steady(ground.phase, ground.capacity / 3.0);
    let disturb = async {
        sleep(ground.phase / 3).await;
        for signal in signals {
            if let Some(replica) = replicas.first() {
                replica.signal(signal)?;
            }
            sleep(ground.budget).await;
        }
        anyhow::Ok(())
    };
    let (run, disturbed) = tokio::join!(ground.ask(name, balancer.address, arrivals), disturb);
    disturbed?;
    Ok(vec![run?])
}

async fn replicas(ground: &Ground) -> anyhow::Result<(Balancer, Vec<Server>)> {
    let balancer = Balancer::start().await?;
    let mut replicas = Vec::with_capacity(REPLICAS);
    for _ in 0..REPLICAS {
        let replica = ground.start()?;
        balancer.watch(replica.address, &ground.keys)?;
        replicas.push(replica);
    }
    ready(&balancer, REPLICAS).await?;
    Ok((balancer, replicas))
}

async fn ready(balancer: &Balancer, count: usize) -> anyhow::Result<()> {
    let begin = Instant::now();
    while balancer.ready() < count {
        let patience = Duration::from_secs(20);
        anyhow::ensure!(begin.elapsed() < patience, "replicas do not become ready");
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
