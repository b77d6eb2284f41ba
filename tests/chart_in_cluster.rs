//! The chart on a real API server: every object is taken, roles aggregate, and evictions leave a quorum.

#![allow(
    clippy::indexing_slicing,
    reason = "a test that panics has failed, as it should"
)]

mod support;

use std::collections::HashMap;

use anyhow::Context as _;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::api::{Api, DynamicObject, EvictParams, ListParams, Patch, PatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::GroupVersionKind;
use kube::discovery::{ApiResource, Scope, oneshot};
use kube::{Client, ResourceExt as _};
use serde_json::{Value, json};

use support::chart;
use support::cluster::{Cluster, Controllers, eventually};

/// Kinds of other people's operators, which the test cluster does not have.
const FOREIGN: [&str; 5] = [
    "ServiceMonitor",
    "PrometheusRule",
    "GrafanaDashboard",
    "Issuer",
    "Certificate",
];

/// Everything that can be switched on.
const EVERYTHING: &str = "admissionController.autoscaling.enabled=true,\
    admissionController.apiPriorityAndFairness=true,admissionController.networkPolicy.enabled=true,\
    admissionController.serviceMonitor.enabled=true,reportsController.apiPriorityAndFairness=true,\
    backgroundController.networkPolicy.enabled=true,backgroundController.replicas=2,\
    backgroundController.podDisruptionBudget.enabled=true,\
    admissionController.autoscaling.targetMemoryUtilizationPercentage=80,\
    admissionController.certManager.enabled=true,openreports.enabled=true,openreports.installCrds=true,\
    grafana.enabled=true,grafana.grafanaDashboard.create=true,prometheusRule.enabled=true";

#[tokio::test]
async fn the_api_server_takes_every_object() -> anyhow::Result<()> {
    let Some(cluster) = Cluster::shared()? else {
        return Ok(());
    };
    let server = Server::of(cluster).await?;
    server.apply(&namespace(), false).await?;
    for set in [
        "",
        EVERYTHING,
        "crds.install=false,controllers.enabled=true",
        "crds.install=false,fullnameOverride=gate,namespaceOverride=kyverno",
        "crds.install=false,config.webhooks=null,config.excludeGroups=null,global.nodeSelector=null",
        "crds.install=false,replicaCount=1,admissionController.podDisruptionBudget.minAvailable=1",
        "crds.install=false,admissionController.hostNetwork=true,admissionController.service.type=NodePort",
        "crds.install=false,admissionController.rbac.clusterRole.extraResources[0].apiGroups={apps},\
         admissionController.rbac.clusterRole.extraResources[0].resources={deployments},\
         admissionController.rbac.clusterRole.extraResources[0].verbs={list}",
    ] {
        let Some(objects) = chart::objects(&["--set", set])? else {
            return Ok(());
        };
        for object in &objects {
            let kind = object["kind"].as_str().unwrap_or_default();
            if !FOREIGN.contains(&kind) {
                let taken = server.apply(object, true).await;
                taken.with_context(|| format!("`{set}`: {kind} {}", object["metadata"]["name"]))?;
            }
        }
    }
    Ok(())
}

/// Users hand out further rights by labels, and by nothing else.
#[tokio::test]
async fn roles_take_in_those_of_users() -> anyhow::Result<()> {
    let Some(cluster) = Cluster::shared()? else {
        return Ok(());
    };
    let server = Server::of(cluster).await?;
    let Some(objects) = chart::objects(&["--set", "crds.install=false,fullnameOverride=roles"])?
    else {
        return Ok(());
    };
    server.apply(&namespace(), false).await?;
    let roles = [
        "ServiceAccount",
        "ClusterRole",
        "ClusterRoleBinding",
        "Role",
        "RoleBinding",
    ];
    for object in objects
        .iter()
        .filter(|object| roles.contains(&kind(object)))
    {
        server.apply(object, false).await?;
    }
    let account = "roles-background-controller";
    server
        .can(account, "create", "networking.k8s.io/networkpolicies", true)
        .await?;
    server.can(account, "list", "/secrets", false).await?;
    server
        .can(account, "create", "apps/deployments", false)
        .await?;
    server.can(account, "create", "batch/jobs", false).await?;

    let grant = |name: &str, labels: Value, group: &str, resource: &str| {
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": { "name": name, "labels": labels },
            "rules": [{ "apiGroups": [group], "resources": [resource], "verbs": ["create"] }],
        })
    };
    let label = json!({ "rbac.kyverno.io/aggregate-to-background-controller": "true" });
    server
        .apply(&grant("one", label, "apps", "deployments"), false)
        .await?;
    let labels = json!({
        "app.kubernetes.io/component": "background-controller",
        "app.kubernetes.io/instance": "kyverno",
        "app.kubernetes.io/part-of": "roles",
    });
    server
        .apply(&grant("other", labels, "batch", "jobs"), false)
        .await?;
    server
        .can(account, "create", "apps/deployments", true)
        .await?;
    server.can(account, "create", "batch/jobs", true).await?;
    // Of other controllers, nothing.
    server
        .can("roles-cleanup-controller", "create", "batch/jobs", false)
        .await
}

/// What `kubectl get pdb,hpa,deploy` shows, and what it is good for: one Pod after the other may go, and
/// two of three stay ready at every moment.
#[tokio::test]
async fn evictions_leave_a_quorum() -> anyhow::Result<()> {
    let controllers = "namespace-controller,serviceaccount-controller,deployment-controller,\
        replicaset-controller,garbage-collector-controller,disruption-controller,\
        horizontal-pod-autoscaler-controller";
    let Some(cluster) = Cluster::start(Controllers::These(controllers))? else {
        return Ok(());
    };
    let server = Server::of(&cluster).await?;
    let set = "crds.install=false,admissionController.autoscaling.enabled=true,\
        backgroundController.enabled=false,cleanupController.enabled=false,reportsController.enabled=false";
    let Some(objects) = chart::objects(&["--set", set])? else {
        return Ok(());
    };
    server.apply(&namespace(), false).await?;
    for object in &objects {
        server.apply(object, false).await?;
    }
    let name = "kyverno-admission-controller";
    let client = &server.client;
    let deployments = Api::<Deployment>::namespaced(client.clone(), "kyverno");
    let budgets = Api::<PodDisruptionBudget>::namespaced(client.clone(), "kyverno");
    let scalers = Api::<HorizontalPodAutoscaler>::namespaced(client.clone(), "kyverno");
    let pods = Gates(Api::namespaced(impatient(&cluster).await?, "kyverno"));

    // The Deployment says nothing about replicas; the autoscaler brings them to its minimum.
    pods.make_ready(3).await?;
    let ready = async || -> kube::Result<Option<i32>> {
        let deployment = deployments.get(name).await?;
        Ok(deployment.status.and_then(|status| status.ready_replicas))
    };
    eventually("three ready replicas", async || {
        Ok(ready().await?.filter(|ready| *ready == 3))
    })
    .await?;
    let scaler = scalers.get(name).await?.spec;
    assert_eq!((scaler.min_replicas, scaler.max_replicas), (Some(3), 10));
    let allowed = async |expect: i32| -> kube::Result<Option<i32>> {
        let budget = budgets.get(name).await?;
        let allowed = budget.status.and_then(|status| status.disruptions_allowed);
        Ok(allowed.filter(|allowed| *allowed == expect))
    };
    eventually("a budget of one", async || allowed(1).await).await?;

    // A node after the other is drained, the way `kubectl drain` does it.
    for round in 0..3 {
        let names = pods.names_ready().await?;
        let [first, second, ..] = names.as_slice() else {
            anyhow::bail!("round {round}: only {names:?} are ready");
        };
        pods.0.evict(first, &EvictParams::default()).await?;
        eventually("a used budget", async || allowed(0).await).await?;
        let refused = pods.0.evict(second, &EvictParams::default()).await;
        let Err(kube::Error::Api(status)) = refused else {
            anyhow::bail!("round {round}: a second Pod may go: {refused:?}");
        };
        assert_eq!(status.code, 429, "{status:?}");
        assert_eq!(pods.names_ready().await?.len(), 2, "round {round}");
        pods.make_ready(3).await?;
        eventually("a budget of one again", async || allowed(1).await).await?;
    }
    Ok(())
}

/// A client that takes `429` for an answer.
async fn impatient(cluster: &Cluster) -> anyhow::Result<Client> {
    let file = Kubeconfig::read_from(cluster.kubeconfig())?;
    let options = KubeConfigOptions::default();
    let mut config = kube::Config::from_custom_kubeconfig(file, &options).await?;
    config.proxy_url = None; // The environment's proxy does not reach our loopback.
    config.default_retry = false;
    Ok(Client::try_from(config)?)
}

/// The Pods of the admission controller. Nobody runs them, so the test says that they are ready.
struct Gates(Api<Pod>);

impl Gates {
    async fn all(&self) -> kube::Result<Vec<Pod>> {
        let ours = ListParams::default().labels("app.kubernetes.io/component=admission-controller");
        Ok(self.0.list(&ours).await?.items)
    }

    async fn names_ready(&self) -> kube::Result<Vec<String>> {
        let pods = self.all().await?;
        let ready = pods.iter().filter(|pod| is_ready(pod));
        Ok(ready.map(|pod| pod.name_any()).collect())
    }

    /// Waits for `count` Pods, and makes all of them ready.
    async fn make_ready(&self, count: usize) -> anyhow::Result<()> {
        let pods = eventually("Pods", async || {
            let pods = self.all().await?;
            Ok((pods.len() == count).then_some(pods))
        })
        .await?;
        for pod in pods.iter().filter(|pod| !is_ready(pod)) {
            let status = json!({ "status": {
                "phase": "Running",
                "conditions": [{ "type": "Ready", "status": "True" }],
            } });
            let params = PatchParams::default();
            self.0
                .patch_status(&pod.name_any(), &params, &Patch::Merge(status))
                .await?;
        }
        Ok(())
    }
}

fn is_ready(pod: &Pod) -> bool {
    let conditions = pod
        .status
        .iter()
        .flat_map(|status| status.conditions.iter().flatten());
    let mut ready = conditions.filter(|condition| condition.type_ == "Ready");
    pod.metadata.deletion_timestamp.is_none() && ready.any(|condition| condition.status == "True")
}

fn kind(object: &Value) -> &str {
    object["kind"].as_str().unwrap_or_default()
}

fn namespace() -> Value {
    json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "kyverno" } })
}

/// An API server that objects of any kind are applied to.
struct Server {
    client: Client,
    kinds: tokio::sync::Mutex<HashMap<GroupVersionKind, (ApiResource, bool)>>,
}

impl Server {
    async fn of(cluster: &Cluster) -> anyhow::Result<Server> {
        Ok(Server {
            client: cluster.client().await?,
            kinds: tokio::sync::Mutex::default(),
        })
    }

    /// Server-side apply, in which an unknown field is an error.
    async fn apply(&self, object: &Value, dry: bool) -> anyhow::Result<()> {
        let object: DynamicObject = serde_json::from_value(object.clone())?;
        let types = object.types.as_ref().context("a kind")?;
        let gvk = GroupVersionKind::try_from(types)?;
        let mut kinds = self.kinds.lock().await;
        if !kinds.contains_key(&gvk) {
            let (resource, capabilities) = oneshot::pinned_kind(&self.client, &gvk).await?;
            let namespaced = capabilities.scope == Scope::Namespaced;
            kinds.insert(gvk.clone(), (resource, namespaced));
        }
        let (resource, namespaced) = kinds[&gvk].clone();
        drop(kinds);
        let api: Api<DynamicObject> = match object.namespace() {
            Some(namespace) if namespaced => {
                Api::namespaced_with(self.client.clone(), &namespace, &resource)
            }
            None if !namespaced => Api::all_with(self.client.clone(), &resource),
            namespace => anyhow::bail!("namespace {namespace:?}, but namespaced is {namespaced}"),
        };
        let mut params = PatchParams::apply("chart").force().validation_strict();
        params.dry_run = dry;
        api.patch(&object.name_any(), &params, &Patch::Apply(&object))
            .await?;
        Ok(())
    }

    /// Waits until a ServiceAccount may do what it should, or looks once when it should not.
    async fn can(
        &self,
        account: &str,
        verb: &str,
        resource: &str,
        expect: bool,
    ) -> anyhow::Result<()> {
        use k8s_openapi::api::authorization::v1::SubjectAccessReview;
        let (group, plural) = resource.split_once('/').context("group/resource")?;
        let review: SubjectAccessReview = serde_json::from_value(json!({ "spec": {
            "user": format!("system:serviceaccount:kyverno:{account}"),
            "resourceAttributes": { "verb": verb, "group": group, "resource": plural, "namespace": "shop" },
        } }))?;
        let api: Api<SubjectAccessReview> = Api::all(self.client.clone());
        let asked = async || {
            let answer = api.create(&Default::default(), &review).await?;
            Ok(answer.status.map(|status| status.allowed) == Some(true))
        };
        if expect {
            let what = format!("{account} to be allowed to {verb} {resource}");
            return eventually(&what, async || Ok(asked().await?.then_some(()))).await;
        }
        anyhow::ensure!(
            !asked().await.map_err(|error: kube::Error| error)?,
            "{account} may {verb} {resource}"
        );
        Ok(())
    }
}
