//! Reports of what exists, by the scan, on a real API server.

#![allow(clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Client;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, Patch, PatchParams};
use serde_json::{Value, json};

use support::cluster::Cluster;
use support::controllers::{Rooms, install};

const GROUPS: [&str; 4] = [
    "kyverno.io",
    "policies.kyverno.io",
    "wgpolicyk8s.io",
    "openreports.io",
];

#[tokio::test]
async fn reports_follow_objects_policies_exceptions_and_namespaces() -> anyhow::Result<()> {
    let Some(cluster) = Cluster::shared()? else {
        return Ok(());
    };
    let client = cluster.client().await?;
    install(&client, &GROUPS).await?;
    let namespace = cluster.namespace("reports").await?;
    let mut world = World {
        client,
        namespace,
        reports: "policyreports",
    };

    // Debts of before: the object is there, then the policy, then the scan.
    world.config_map("debt", json!({})).await?;
    world.config_map("fine", json!({"team": "a"})).await?;
    world
        .policy("want-team", "ConfigMap", "team", json!({}))
        .await?;
    let flags = [
        "--only",
        "scan,reports",
        "--enablePolicyException=true",
        "--exceptionNamespace=*",
    ];
    let capped = [&flags[..], &["--max-report-results", "3"]].concat();
    let rooms = Rooms::start(cluster, &capped)?;
    world
        .expect(&rooms, "debt", "want-team/labels=fail")
        .await?;
    world
        .expect(&rooms, "fine", "want-team/labels=pass")
        .await?;

    // An object that changes, and one that is new.
    world.config_map("debt", json!({"team": "b"})).await?;
    world
        .expect(&rooms, "debt", "want-team/labels=pass")
        .await?;
    world.config_map("late", json!({})).await?;
    world
        .expect(&rooms, "late", "want-team/labels=fail")
        .await?;

    // A policy that changes is evaluated anew, and nothing else is written.
    let before = world.version("fine").await?;
    world
        .policy("want-owner", "ConfigMap", "owner", json!({}))
        .await?;
    world
        .expect(
            &rooms,
            "late",
            "want-owner/labels=fail want-team/labels=fail",
        )
        .await?;
    world.policy("want-pods", "Pod", "owner", json!({})).await?;
    world
        .policy("want-owner", "ConfigMap", "team", json!({}))
        .await?;
    world
        .expect(
            &rooms,
            "fine",
            "want-owner/labels=pass want-team/labels=pass",
        )
        .await?;
    let settled = world.version("fine").await?;
    assert_ne!(before, settled);
    world.policy("want-pods", "Pod", "team", json!({})).await?;

    // An exception, one that is over, and its end.
    world
        .exception("let-off", "want-team", Some("2020-01-01T00:00:00Z"))
        .await?;
    world.exception("let-owner-off", "want-owner", None).await?;
    world
        .expect(
            &rooms,
            "late",
            "want-owner/labels=skip want-team/labels=fail",
        )
        .await?;
    world.delete("policyexceptions", "let-owner-off").await?;
    world
        .expect(
            &rooms,
            "late",
            "want-owner/labels=fail want-team/labels=fail",
        )
        .await?;

    // The labels of the namespace.
    let selector = json!({"namespaceSelector": {"matchLabels": {"strict": "yes"}}});
    world
        .policy("want-strict", "ConfigMap", "strict", selector)
        .await?;
    world.label_namespace(json!({"strict": "yes"})).await?;
    let all = "want-owner/labels=fail want-strict/labels=fail want-team/labels=fail";
    world.expect(&rooms, "late", all).await?;
    world.label_namespace(json!({"strict": null})).await?;
    world
        .expect(
            &rooms,
            "late",
            "want-owner/labels=fail want-team/labels=fail",
        )
        .await?;

    // No room for more than three.
    for label in ["a", "b"] {
        world
            .policy(&format!("want-{label}"), "ConfigMap", label, json!({}))
            .await?;
    }
    world
        .expect(
            &rooms,
            "late",
            "want-a/labels=fail want-b/labels=fail want-owner/labels=fail +1",
        )
        .await?;
    for label in ["a", "b"] {
        world
            .delete("clusterpolicies", &format!("want-{label}"))
            .await?;
    }

    // A policy that goes takes its results with it; a report that somebody deleted comes back.
    world.delete("clusterpolicies", "want-owner").await?;
    world
        .expect(&rooms, "fine", "want-team/labels=pass")
        .await?;
    world.delete_report("fine").await?;
    world
        .expect(&rooms, "fine", "want-team/labels=pass")
        .await?;

    // Another replica takes over, and finds nothing to write.
    let settled = world.version("fine").await?;
    rooms.stop()?;
    let rooms = Rooms::start(cluster, &flags)?;
    world.config_map("last", json!({})).await?;
    world
        .expect(&rooms, "last", "want-team/labels=fail")
        .await?;
    assert_eq!(world.version("fine").await?, settled);

    // The object takes its report with it.
    world.delete("configmaps", "fine").await?;
    world.expect(&rooms, "fine", "").await?;
    rooms.stop()?;
    elsewhere(cluster, &mut world).await
}

/// Reports of the other group, without what the ConfigMap filters; and results in a file.
async fn elsewhere(cluster: &Cluster, world: &mut World) -> anyhow::Result<()> {
    let filters = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kyverno"},
        "data": {"resourceFilters": format!("[ConfigMap,{},late]", world.namespace)},
    });
    let own = Api::<ConfigMap>::namespaced(world.client.clone(), "kyverno");
    let params = PatchParams::apply("test").force();
    own.patch("kyverno", &params, &Patch::Apply(&filters))
        .await?;
    world.reports = "reports";
    let flags = [
        "--only",
        "scan,reports",
        "--openreports-enabled=true",
        "--skipResourceFilters=false",
    ];
    let rooms = Rooms::start(cluster, &flags)?;
    world
        .expect(&rooms, "debt", "want-team/labels=pass")
        .await?;
    world
        .expect(&rooms, "last", "want-team/labels=fail")
        .await?;
    world.expect(&rooms, "late", "").await?;
    rooms.stop()?;

    let dir = tempfile::tempdir()?;
    let file = dir.path().join("results");
    let file = file.to_str().context("a plain path")?;
    let flags = ["--only", "scan,reports", "--reports-file", file];
    let rooms = Rooms::start(cluster, &flags)?;
    let start = Instant::now();
    loop {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let lines = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut lines = lines.filter(|line| line["scope"]["name"] == "debt");
        if let Some(line) = lines.next() {
            assert_eq!(line["results"][0]["policy"], "want-team");
            assert_eq!(line["results"][0]["result"], "pass");
            return rooms.stop();
        }
        if start.elapsed() > PATIENCE {
            bail!("no line: `{text}`\n{}", rooms.log());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The garbage collector looks for new kinds every 30 s, and takes reports along from then on only.
const PATIENCE: Duration = Duration::from_secs(60);

struct World {
    client: Client,
    namespace: String,
    /// Reports of which group: their plural.
    reports: &'static str,
}

impl World {
    fn api(&self, plural: &str) -> Api<DynamicObject> {
        let (group, version, kind, namespaced) = match plural {
            "configmaps" => ("", "v1", "ConfigMap", true),
            "clusterpolicies" => ("kyverno.io", "v1", "ClusterPolicy", false),
            "policyexceptions" => ("kyverno.io", "v2", "PolicyException", true),
            "policyreports" => ("wgpolicyk8s.io", "v1alpha2", "PolicyReport", true),
            "reports" => ("openreports.io", "v1alpha1", "Report", true),
            _ => ("", "v1", "Namespace", false),
        };
        let resource = ApiResource {
            group: group.to_owned(),
            version: version.to_owned(),
            api_version: match group {
                "" => version.to_owned(),
                group => format!("{group}/{version}"),
            },
            kind: kind.to_owned(),
            plural: plural.to_owned(),
        };
        match namespaced {
            true => Api::namespaced_with(self.client.clone(), &self.namespace, &resource),
            false => Api::all_with(self.client.clone(), &resource),
        }
    }

    async fn apply(&self, plural: &str, object: Value) -> anyhow::Result<()> {
        let name = object["metadata"]["name"].as_str().context("a name")?;
        let params = PatchParams::apply("test").force();
        let api = self.api(plural);
        api.patch(name, &params, &Patch::Apply(&object)).await?;
        Ok(())
    }

    async fn config_map(&self, name: &str, labels: Value) -> anyhow::Result<()> {
        self.apply(
            "configmaps",
            json!({
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {"name": name, "labels": labels},
            }),
        )
        .await
    }

    /// Wants a label on every object of a kind, of this namespace.
    async fn policy(
        &self,
        name: &str,
        kind: &str,
        label: &str,
        resources: Value,
    ) -> anyhow::Result<()> {
        let mut matches = json!({"kinds": [kind], "namespaces": [self.namespace]});
        for (key, value) in resources.as_object().into_iter().flatten() {
            matches[key] = value.clone();
        }
        self.apply("clusterpolicies", json!({
            "apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy",
            "metadata": {"name": name, "annotations": {"pod-policies.kyverno.io/autogen-controllers": "none"}},
            "spec": {"background": true, "rules": [{
                "name": "labels",
                "match": {"any": [{"resources": matches}]},
                "validate": {
                    "failureAction": "Audit",
                    "message": "a label is missing",
                    "pattern": {"metadata": {"labels": {label: "?*"}}},
                },
            }]},
        }))
        .await
    }

    async fn exception(&self, name: &str, policy: &str, end: Option<&str>) -> anyhow::Result<()> {
        let mut exception = json!({
            "apiVersion": "kyverno.io/v2", "kind": "PolicyException",
            "metadata": {"name": name},
            "spec": {
                "exceptions": [{"policyName": policy, "ruleNames": ["labels"]}],
                "match": {"any": [{"resources": {"kinds": ["ConfigMap"], "names": ["late"]}}]},
            },
        });
        if let Some(end) = end {
            exception["metadata"]["annotations"] = json!({"polex.kyverno.io/expires-at": end});
        }
        self.apply("policyexceptions", exception).await
    }

    async fn label_namespace(&self, labels: Value) -> anyhow::Result<()> {
        let patch = json!({"metadata": {"labels": labels}});
        let api = self.api("namespaces");
        api.patch(
            &self.namespace,
            &PatchParams::default(),
            &Patch::Merge(&patch),
        )
        .await?;
        Ok(())
    }

    async fn delete(&self, plural: &str, name: &str) -> anyhow::Result<()> {
        self.api(plural)
            .delete(name, &DeleteParams::default())
            .await?;
        Ok(())
    }

    /// The report of a ConfigMap.
    async fn report(&self, name: &str) -> anyhow::Result<Option<DynamicObject>> {
        let reports = self.api(self.reports).list(&Default::default()).await?;
        let mut reports = reports.into_iter();
        Ok(reports.find(|report| {
            report.data["scope"]["name"] == name && report.data["scope"]["kind"] == "ConfigMap"
        }))
    }

    async fn version(&self, name: &str) -> anyhow::Result<String> {
        let report = self.report(name).await?.context("a report")?;
        report.metadata.resource_version.context("a version")
    }

    async fn delete_report(&self, name: &str) -> anyhow::Result<()> {
        let report = self.report(name).await?.context("a report")?;
        let name = report.metadata.name.context("a name")?;
        self.delete(self.reports, &name).await
    }

    /// `policy/rule=result` of each result, and how many there was no room for; empty without report.
    async fn expect(&self, rooms: &Rooms, name: &str, expect: &str) -> anyhow::Result<()> {
        let start = Instant::now();
        let mut found = String::new();
        while start.elapsed() < PATIENCE {
            found = self
                .report(name)
                .await?
                .map(|report| shown(&report))
                .unwrap_or_default();
            if found == expect {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("`{name}`: `{found}`, not `{expect}`\n{}", rooms.log())
    }
}

fn shown(report: &DynamicObject) -> String {
    let results = report.data["results"].as_array().into_iter().flatten();
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    let shown = results.map(|entry| {
        format!(
            "{}/{}={}",
            text(entry, "policy"),
            text(entry, "rule"),
            text(entry, "result")
        )
    });
    let mut shown: Vec<_> = shown.collect();
    let annotations = report.metadata.annotations.iter().flatten();
    let omitted = annotations.filter(|(key, _)| key.ends_with("omitted-results"));
    shown.extend(omitted.map(|(_, count)| format!("+{count}")));
    shown.join(" ")
}
