//! The cluster that faults happen in: triggers, what rules make of them, and others who meddle.
//!
//! Comes in:  a cluster, how many triggers, how long anything may take.
//! Goes out:  [`World`]: makes and deletes triggers, gives and takes rights, says what is wrong.
//! Never here: which fault comes when (see the table in `main.rs`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use futures::StreamExt as _;
use k8s_openapi::api::authentication::v1::TokenRequest;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, ServiceAccount};
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding};
use kube::Client;
use kube::api::{Api, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::objects::{
    ACCOUNT, CHANGE, COPY, DATA, ask, binding, configs, create, dynamic, policies, requests,
};
use crate::support::cluster::Cluster;
use crate::support::controllers::{Rooms, install};
use crate::support::road::Road;

const FLAGS: [&str; 3] = ["--only", "generate", "--policyReports=false"];

pub(crate) struct World {
    client: Client,
    pub(crate) road: Road,
    dir: TempDir,
    /// Triggers that come with each fault.
    pub(crate) count: usize,
    limit: Duration,
    /// UIDs of triggers by their names.
    triggers: BTreeMap<String, String>,
    /// How many there were before the last fault.
    before: usize,
    /// How many there ever were.
    ever: usize,
}

impl World {
    pub(crate) async fn new(
        cluster: &Cluster,
        count: usize,
        limit: Duration,
    ) -> anyhow::Result<World> {
        let client = cluster.client().await?;
        install(&client, &["kyverno.io", "policies.kyverno.io"]).await?;
        let server = cluster.url().trim_start_matches("https://").parse()?;
        let road = Road::to(server).await?;
        for name in ["triggers", "made", "targets"] {
            let space = json!({ "metadata": { "name": name } });
            create(&Api::<Namespace>::all(client.clone()), space).await?;
        }
        let source = json!({ "metadata": { "name": "source" }, "data": { "a": "b" } });
        create(&configs(&client, "default"), source).await?;
        for policy in policies() {
            create(&dynamic(&client, "v1", "ClusterPolicy"), policy).await?;
        }
        let dir = tempfile::Builder::new().prefix("faults-").tempdir()?;
        let world = World {
            client,
            road,
            dir,
            count,
            limit,
            triggers: BTreeMap::new(),
            before: 0,
            ever: 0,
        };
        world.grant().await?;
        world.write_kubeconfig(cluster).await?;
        Ok(world)
    }

    /// The rights of the controller, those that may be taken away in a role of their own.
    async fn grant(&self) -> anyhow::Result<()> {
        let rule = |groups: &[&str], resources: &[&str], verbs: &[&str]| json!({ "apiGroups": groups, "resources": resources, "verbs": verbs });
        let base = json!({ "metadata": { "name": "base" }, "rules": [
            rule(&["*"], &["*"], &["get", "list", "watch"]),
            rule(&["kyverno.io"], &["*"], &["*"]),
            rule(&["coordination.k8s.io"], &["leases"], &["*"]),
            rule(&["events.k8s.io", ""], &["events"], &["create", "patch"]),
        ] });
        let write = json!({ "metadata": { "name": "write" }, "rules": [
            rule(&[""], &["configmaps"], &["create", "update", "patch", "delete"]),
        ] });
        let roles = Api::<ClusterRole>::all(self.client.clone());
        for role in [base, write] {
            create(&roles, role).await?;
        }
        create(&self.bindings(), binding("base")).await?;
        self.right(true).await
    }

    fn bindings(&self) -> Api<ClusterRoleBinding> {
        Api::all(self.client.clone())
    }

    /// Gives or takes the right to write what rules make.
    pub(crate) async fn right(&self, given: bool) -> anyhow::Result<()> {
        if given {
            return create(&self.bindings(), binding("write")).await;
        }
        self.bindings()
            .delete("write", &DeleteParams::default())
            .await?;
        Ok(())
    }

    async fn write_kubeconfig(&self, cluster: &Cluster) -> anyhow::Result<()> {
        let accounts = Api::<ServiceAccount>::namespaced(self.client.clone(), "kyverno");
        create(&accounts, json!({ "metadata": { "name": ACCOUNT } })).await?;
        let hours = json!({ "spec": { "expirationSeconds": 7_200, "audiences": [] } });
        let request: TokenRequest = serde_json::from_value(hours)?;
        let token = accounts
            .create_token_request(ACCOUNT, &PostParams::default(), &request)
            .await?;
        let token = token.status.context("a token is issued")?.token;
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{ "name": "c", "cluster": {
                "server": format!("https://{}", self.road.address()),
                "certificate-authority": cluster.ca(),
            } }],
            "users": [{ "name": "u", "user": { "token": token } }],
            "contexts": [{ "name": "c", "context": { "cluster": "c", "user": "u" } }],
        });
        std::fs::write(self.kubeconfig(), config.to_string())?;
        Ok(())
    }

    fn kubeconfig(&self) -> PathBuf {
        self.dir.path().join("kubeconfig")
    }

    pub(crate) fn start(&self, name: &str) -> anyhow::Result<Rooms> {
        Rooms::start_as(name, &self.kubeconfig(), &FLAGS)
    }

    async fn lease(&self) -> anyhow::Result<Lease> {
        let leases = Api::<Lease>::namespaced(self.client.clone(), "kyverno");
        Ok(leases.get("kyverno-background-controller").await?)
    }

    /// Waits until the leader says in its Lease how far it has come.
    pub(crate) async fn is_noted(&self) -> anyhow::Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < self.limit {
            let annotations = self.lease().await?.metadata.annotations;
            if annotations.is_some_and(|all| all.contains_key("generate.kyverno.io/seen")) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("the leader does not say how far it has come")
    }

    pub(crate) async fn leader(&self) -> anyhow::Result<String> {
        let lease = self.lease().await?;
        let holder = lease.spec.and_then(|spec| spec.holder_identity);
        let holder = holder.context("somebody leads")?;
        let name = holder.split(['_', '/']).next().unwrap_or_default();
        Ok(name.to_owned())
    }

    /// More triggers, and what a gate leaves behind for them: an update request for each rule. Says when
    /// the last was there.
    pub(crate) async fn more(&mut self) -> anyhow::Result<Instant> {
        self.before = self.triggers.len();
        let numbers = self.ever..self.ever + self.count;
        self.ever = numbers.end;
        let names = numbers.map(|number| format!("t{number}"));
        let mut made = futures::stream::iter(names)
            .map(|name| {
                let client = self.client.clone();
                async move {
                    let object = json!({ "metadata": { "name": name } });
                    let object: ConfigMap = serde_json::from_value(object)?;
                    let triggers = configs(&client, "triggers");
                    let made = triggers.create(&PostParams::default(), &object).await?;
                    let uid = made.metadata.uid.context("a created object has a UID")?;
                    for rule in [DATA, COPY] {
                        ask(&client, "generate", rule, &name, &uid, false).await?;
                    }
                    anyhow::Ok((name, uid))
                }
            })
            .buffer_unordered(8);
        let mut all = BTreeMap::new();
        while let Some(one) = made.next().await {
            let (name, uid) = one?;
            all.insert(name, uid);
        }
        drop(made);
        self.triggers.extend(all);
        Ok(Instant::now())
    }

    /// Waits until a quarter of what is new is made.
    pub(crate) async fn some_are_made(&self) -> anyhow::Result<()> {
        let enough = 2 * self.before + self.count / 2;
        let begun = Instant::now();
        while self.made().await?.len() < enough {
            if begun.elapsed() > self.limit {
                bail!("nothing was made");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    pub(crate) async fn nothing_new_is_made(&self) -> anyhow::Result<()> {
        let made = self.made().await?.len();
        anyhow::ensure!(made == 2 * self.before, "{made} objects, without the right");
        let left = self.requests().list(&ListParams::default()).await?.items;
        let says = |request: &DynamicObject| {
            let message = request.data.pointer("/status/message");
            let message = message.and_then(Value::as_str).unwrap_or_default();
            message.contains("forbidden")
        };
        anyhow::ensure!(
            left.iter().any(says),
            "no update request says what is missing"
        );
        Ok(())
    }

    /// Others delete some of what was made, and change some.
    pub(crate) async fn disturb(&self, count: usize) -> anyhow::Result<()> {
        let made = self.made().await?;
        let spaces = configs(&self.client, "made");
        let spread = (made.len() / count.max(1)).max(1);
        for (index, one) in made.iter().step_by(spread).take(count).enumerate() {
            let name = one.metadata.name.as_deref().unwrap_or_default();
            if index % 2 == 0 {
                let _ = spaces.delete(name, &DeleteParams::default()).await;
            } else {
                let patch = Patch::Merge(json!({ "data": { "a": "spoilt" } }));
                let _ = spaces.patch(name, &PatchParams::default(), &patch).await;
            }
        }
        Ok(())
    }

    /// Some triggers go, and a gate leaves that behind.
    pub(crate) async fn leave(&mut self, count: usize) -> anyhow::Result<()> {
        let gone: Vec<_> = self.triggers.clone().into_iter().take(count).collect();
        let triggers = configs(&self.client, "triggers");
        for (name, uid) in gone {
            triggers.delete(&name, &DeleteParams::default()).await?;
            for rule in [DATA, COPY] {
                ask(&self.client, "generate", rule, &name, &uid, true).await?;
            }
            self.triggers.remove(&name);
        }
        Ok(())
    }

    /// Others write all the time, what was made and what is to be changed. Says when it is over; nothing
    /// of theirs may be lost.
    pub(crate) async fn storm(&self, time: Duration) -> anyhow::Result<Instant> {
        let targets: Vec<_> = self.triggers.iter().take(self.count / 4).collect();
        for (name, uid) in &targets {
            let object = json!({ "metadata": { "name": name } });
            create(&configs(&self.client, "targets"), object).await?;
            ask(&self.client, "mutate", CHANGE, name, uid, false).await?;
        }
        let begun = Instant::now();
        let mut round = 0;
        while begun.elapsed() < time {
            round += 1;
            let patch = Patch::Merge(json!({ "data": { "round": round.to_string() } }));
            let writes = targets.iter().take(40).flat_map(|(name, _)| {
                ["targets", "made"].map(|space| {
                    let (api, patch) = (configs(&self.client, space), patch.clone());
                    async move { api.patch(name, &PatchParams::default(), &patch).await.err() }
                })
            });
            let all: Vec<_> = futures::stream::iter(writes.collect::<Vec<_>>())
                .buffer_unordered(16)
                .collect()
                .await;
            anyhow::ensure!(all.iter().flatten().count() <= targets.len(), "{all:?}");
        }
        let ended = Instant::now();
        let expect = round.to_string();
        loop {
            let api = configs(&self.client, "targets");
            let found = api.list(&ListParams::default()).await?.items;
            let is_right = |one: &ConfigMap| {
                let labels = one.metadata.labels.as_ref();
                labels.is_some_and(|labels| labels.contains_key("changed"))
            };
            let written = |one: &&ConfigMap| one.data.is_some();
            let kept = |one: &ConfigMap| {
                one.data.as_ref().and_then(|data| data.get("round")) == Some(&expect)
            };
            anyhow::ensure!(
                found.iter().filter(written).all(kept),
                "a write of others is lost"
            );
            if found.len() == targets.len() && found.iter().all(is_right) {
                return Ok(ended);
            }
            anyhow::ensure!(ended.elapsed() < self.limit, "targets are not changed");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Everything that rules made.
    async fn made(&self) -> anyhow::Result<Vec<ConfigMap>> {
        let ours = ListParams::default().labels("generate.kyverno.io/policy-name");
        Ok(configs(&self.client, "made").list(&ours).await?.items)
    }

    /// Waits until everything is there once and as it should be, nothing else is, and no update request
    /// is left. Prints how long that took.
    pub(crate) async fn converge(&self, fault: &str, begun: Instant) -> anyhow::Result<()> {
        let mut wrong = String::new();
        while begun.elapsed() < self.limit {
            wrong = self.wrong().await?;
            if wrong.is_empty() {
                let seconds = begun.elapsed().as_secs_f64();
                let count = self.triggers.len();
                println!("{fault:<36} | {count:>6} triggers | {seconds:>6.1} s");
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("{fault}: {wrong} after {:?}", self.limit)
    }

    async fn wrong(&self) -> anyhow::Result<String> {
        let made = self.made().await?;
        let wanted: BTreeSet<&str> = self.triggers.values().map(String::as_str).collect();
        let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut spoilt = 0;
        for one in &made {
            let label = |key: &str| {
                let labels = one.metadata.labels.as_ref();
                let value =
                    labels.and_then(|labels| labels.get(&format!("generate.kyverno.io/{key}")));
                value.map(String::as_str).unwrap_or_default()
            };
            found
                .entry(label("policy-name"))
                .or_default()
                .push(label("trigger-uid"));
            let data = one.data.as_ref();
            let right = |data: &BTreeMap<String, String>| {
                data.len() == 1 && data.get("a").is_some_and(|a| a == "b")
            };
            spoilt += usize::from(!data.is_some_and(right));
        }
        for policy in [DATA, COPY] {
            let all = found.get(policy).map(Vec::as_slice).unwrap_or_default();
            let once: BTreeSet<&str> = all.iter().copied().collect();
            let (lost, orphans) = (
                wanted.difference(&once).count(),
                once.difference(&wanted).count(),
            );
            let doubled = all.len() - once.len();
            if lost + orphans + doubled > 0 {
                return Ok(format!(
                    "{policy}: {lost} lost, {doubled} doubled, {orphans} orphans"
                ));
            }
        }
        if spoilt > 0 {
            return Ok(format!("{spoilt} spoilt"));
        }
        let left = self
            .requests()
            .list(&ListParams::default())
            .await?
            .items
            .len();
        Ok(match left {
            0 => String::new(),
            left => format!("{left} update requests"),
        })
    }

    fn requests(&self) -> Api<DynamicObject> {
        requests(&self.client)
    }
}
