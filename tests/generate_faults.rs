//! Faults while rules are carried out. Nothing may be lost, doubled or left over, and everything comes
//! right soon after the fault is over.
//!
//! `cargo test` does it with few objects. The table for many, from a release build:
//! `cargo test --release --test generate_faults -- --ignored --nocapture`.
//!
//! ```text
//! controllers a, b ── road, can be cut ──> API server <── test: triggers, update requests, others' writes
//! ```

#![allow(clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

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
use kube::api::{
    Api, ApiResource, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tempfile::TempDir;

use support::cluster::{Cluster, Controllers};
use support::controllers::{Rooms, install};
use support::road::Road;

const DATA: &str = "data";
const COPY: &str = "copy";
const CHANGE: &str = "change";
const FLAGS: [&str; 3] = ["--only", "generate", "--policyReports=false"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn few_objects_survive_every_fault() -> anyhow::Result<()> {
    table(20, 20, Duration::from_secs(90)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a quarter of an hour"]
async fn many_objects_survive_every_fault() -> anyhow::Result<()> {
    table(2_500, 250, Duration::from_secs(900)).await
}

/// Every fault in turn, on a cluster that fills up: so many triggers pending at first, each an update
/// request for two rules, then so many more with each fault.
async fn table(pending: usize, count: usize, limit: Duration) -> anyhow::Result<()> {
    let Some(cluster) = Cluster::start(Controllers::None)? else {
        return Ok(());
    };
    let mut world = World::new(&cluster, pending, limit).await?;

    let begun = world.more().await?;
    let mut replicas = BTreeMap::new();
    for name in ["a", "b"] {
        replicas.insert(name, world.start(name)?);
    }
    world
        .converge("started with that many pending", begun)
        .await?;

    world.count = count;
    let begun = world.more().await?;
    world.some_are_made().await?;
    let leader = world.leader().await?;
    let (name, _) = replicas
        .remove_entry(leader.as_str())
        .with_context(|| format!("`{leader}` leads, which is nobody"))?;
    world
        .converge("leader killed in mid-generation", begun)
        .await?;
    replicas.insert(name, world.start(name)?);

    let begun = world.more().await?;
    for _ in 0..5 {
        world.disturb(count / 10).await?;
        world.road.cut();
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    world.converge("watches broken five times", begun).await?;

    world.more().await?;
    world.some_are_made().await?;
    world.road.close();
    world.disturb(count / 4).await?;
    world.leave(count / 4).await?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let begun = Instant::now();
    world.road.open();
    world
        .converge("API server away for five seconds", begun)
        .await?;

    world.more().await?;
    let begun = world.storm(Duration::from_secs(4)).await?;
    world.converge("storm of conflicts", begun).await?;

    world.right(false).await?;
    world.more().await?;
    tokio::time::sleep(Duration::from_secs(4)).await;
    world.nothing_new_is_made().await?;
    world.right(true).await?;
    world.some_are_made().await?;
    world.right(false).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let begun = Instant::now();
    world.right(true).await?;
    world.converge("rights taken away twice", begun).await
}

struct World {
    client: Client,
    road: Road,
    dir: TempDir,
    /// Triggers that come with each fault.
    count: usize,
    limit: Duration,
    /// UIDs of triggers by their names.
    triggers: BTreeMap<String, String>,
    /// How many there were before the last fault.
    before: usize,
    /// How many there ever were.
    ever: usize,
}

impl World {
    async fn new(cluster: &Cluster, count: usize, limit: Duration) -> anyhow::Result<World> {
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
    async fn right(&self, given: bool) -> anyhow::Result<()> {
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

    fn start(&self, name: &str) -> anyhow::Result<Rooms> {
        Rooms::start_as(name, &self.kubeconfig(), &FLAGS)
    }

    async fn leader(&self) -> anyhow::Result<String> {
        let leases = Api::<Lease>::namespaced(self.client.clone(), "kyverno");
        let lease = leases.get("kyverno-background-controller").await?;
        let holder = lease.spec.and_then(|spec| spec.holder_identity);
        let holder = holder.context("somebody leads")?;
        let name = holder.split(['_', '/']).next().unwrap_or_default();
        Ok(name.to_owned())
    }

    /// More triggers, and what a gate leaves behind for them: an update request for each rule. Says when
    /// the last was there.
    async fn more(&mut self) -> anyhow::Result<Instant> {
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
    async fn some_are_made(&self) -> anyhow::Result<()> {
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

    async fn nothing_new_is_made(&self) -> anyhow::Result<()> {
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
    async fn disturb(&self, count: usize) -> anyhow::Result<()> {
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
    async fn leave(&mut self, count: usize) -> anyhow::Result<()> {
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
    async fn storm(&self, time: Duration) -> anyhow::Result<Instant> {
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
    async fn converge(&self, fault: &str, begun: Instant) -> anyhow::Result<()> {
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

const ACCOUNT: &str = "kyverno-background-controller";

fn binding(role: &str) -> Value {
    json!({
        "metadata": { "name": role },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role },
        "subjects": [{ "kind": "ServiceAccount", "name": ACCOUNT, "namespace": "kyverno" }],
    })
}

/// What a gate leaves behind for a trigger that came, or went.
async fn ask(
    client: &Client,
    what: &str,
    policy: &str,
    name: &str,
    uid: &str,
    gone: bool,
) -> anyhow::Result<()> {
    let trigger = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "namespace": "triggers", "name": name, "uid": uid,
    });
    let request = json!({
        "apiVersion": "kyverno.io/v2", "kind": "UpdateRequest",
        "metadata": { "name": format!("ur-{policy}-{name}-{gone}") },
        "spec": {
            "requestType": what, "policy": policy, "rule": "rule", "resource": trigger,
            "deleteDownstream": gone, "synchronize": true,
            "ruleContext": [{
                "rule": "rule", "deleteDownstream": gone, "synchronize": true, "trigger": trigger,
            }],
            "context": {},
        },
    });
    create(&requests(client), request).await
}

fn policies() -> [Value; 3] {
    let name = "{{ request.object.metadata.name }}";
    let rule = |policy: &str, body: (&str, Value)| {
        let mut rule = json!({
            "name": "rule",
            "match": { "any": [{ "resources": { "kinds": ["ConfigMap"], "namespaces": ["triggers"] } }] },
        });
        rule[body.0] = body.1;
        json!({
            "apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy",
            "metadata": { "name": policy }, "spec": { "rules": [rule] },
        })
    };
    let make = |name: String| {
        json!({
            "synchronize": true, "apiVersion": "v1", "kind": "ConfigMap", "name": name, "namespace": "made",
        })
    };
    let mut data = make(name.to_owned());
    data["data"] = json!({ "data": { "a": "b" } });
    let mut copy = make(format!("copy-{name}"));
    copy["clone"] = json!({ "namespace": "default", "name": "source" });
    let change = json!({
        "targets": [{ "apiVersion": "v1", "kind": "ConfigMap", "namespace": "targets", "name": name }],
        "patchStrategicMerge": { "metadata": { "labels": { "changed": "yes" } } },
    });
    [
        rule(DATA, ("generate", data)),
        rule(COPY, ("generate", copy)),
        rule(CHANGE, ("mutate", change)),
    ]
}

fn configs(client: &Client, space: &str) -> Api<ConfigMap> {
    Api::namespaced(client.clone(), space)
}

fn requests(client: &Client) -> Api<DynamicObject> {
    let resource = resource("v2", "UpdateRequest");
    Api::namespaced_with(client.clone(), "kyverno", &resource)
}

fn dynamic(client: &Client, version: &str, kind: &str) -> Api<DynamicObject> {
    Api::all_with(client.clone(), &resource(version, kind))
}

fn resource(version: &str, kind: &str) -> ApiResource {
    ApiResource {
        group: "kyverno.io".to_owned(),
        version: version.to_owned(),
        api_version: format!("kyverno.io/{version}"),
        kind: kind.to_owned(),
        plural: match kind {
            "ClusterPolicy" => "clusterpolicies".to_owned(),
            other => format!("{}s", other.to_lowercase()),
        },
    }
}

async fn create<T>(api: &Api<T>, object: Value) -> anyhow::Result<()>
where
    T: Clone + std::fmt::Debug + DeserializeOwned + Serialize,
{
    let object: T = serde_json::from_value(object)?;
    api.create(&PostParams::default(), &object).await?;
    Ok(())
}
