//! Reviews of Pods as API servers send them, in three sizes.

use serde_json::{Map, Value, json};

/// About how many bytes a review has.
#[derive(Clone, Copy, Debug)]
pub enum Size {
    /// 2 KB: one container.
    Small,
    /// 14 KB: two containers and an init container, volumes, probes, environment.
    Typical,
    /// 65 KB: ten containers, long lists.
    Large,
}

impl Size {
    pub const ALL: [Size; 3] = [Size::Small, Size::Typical, Size::Large];

    pub fn name(self) -> &'static str {
        match self {
            Size::Small => "small",
            Size::Typical => "typical",
            Size::Large => "large",
        }
    }

    fn bytes(self) -> usize {
        match self {
            Size::Small => 2_000,
            Size::Typical => 14_000,
            Size::Large => 65_000,
        }
    }

    /// Containers, init containers, volumes, variables of each container, annotations.
    fn shape(self) -> [usize; 5] {
        match self {
            Size::Small => [1, 0, 0, 0, 0],
            Size::Typical => [2, 1, 4, 3, 4],
            Size::Large => [10, 2, 20, 20, 20],
        }
    }
}

/// A review that creates a Pod which meets the Pod Security Standards.
pub fn create(size: Size) -> String {
    review(size, pod(size, true))
}

/// The same with a privileged container.
pub fn create_privileged(size: Size) -> String {
    let mut pod = pod(size, true);
    pod["spec"]["containers"][0]["securityContext"]["privileged"] = json!(true);
    review(size, pod)
}

fn review(size: Size, mut pod: Value) -> String {
    let text = |pod: &Value| of(pod, &Value::Null, "CREATE");
    let missing = size.bytes().saturating_sub(text(&pod).len());
    if missing > 400 {
        pod["metadata"]["managedFields"] = managed_fields(missing - 200);
    }
    text(&pod)
}

/// A review of any object; of a deletion, `object` is `null`.
pub fn of(object: &Value, old: &Value, operation: &str) -> String {
    let shown = if object.is_null() { old } else { object };
    let (group, version) = match shown["apiVersion"].as_str().unwrap_or("v1").split_once('/') {
        Some((group, version)) => (group, version),
        None => ("", shown["apiVersion"].as_str().unwrap_or("v1")),
    };
    let kind = json!({ "group": group, "version": version, "kind": shown["kind"] });
    let resource = format!(
        "{}s",
        shown["kind"].as_str().unwrap_or("thing").to_lowercase()
    );
    let review = json!({
        "kind": "AdmissionReview",
        "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": "0f7d9d1c-8f0b-4d5b-9d3a-1d2f3e4a5b6c",
            "kind": kind,
            "resource": { "group": group, "version": version, "resource": resource },
            "requestKind": kind,
            "name": shown["metadata"]["name"],
            "namespace": shown["metadata"]["namespace"].as_str().unwrap_or(""),
            "operation": operation,
            "userInfo": {
                "username": "system:serviceaccount:kube-system:replicaset-controller",
                "uid": "5e1e0b0e-3c1b-4f0e-9f1e-1a2b3c4d5e6f",
                "groups": ["system:serviceaccounts", "system:authenticated"],
            },
            "object": object,
            "oldObject": old,
            "dryRun": false,
            "options": { "kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1" },
        },
    });
    review.to_string()
}

fn pod(size: Size, safe: bool) -> Value {
    let [containers, inits, volumes, variables, annotations] = size.shape();
    let mut notes = Map::new();
    for index in 0..annotations {
        notes.insert(
            format!("notes.example.org/entry-{index}"),
            json!("f".repeat(40)),
        );
    }
    let each = |count: usize, name: &str| -> Vec<Value> {
        (0..count)
            .map(|index| container(&format!("{name}-{index}"), variables, safe))
            .collect()
    };
    let mounted = (0..volumes).map(|index| match index % 3 {
        0 => json!({ "name": format!("volume-{index}"), "configMap": { "name": "settings" } }),
        1 => json!({ "name": format!("volume-{index}"), "emptyDir": { "sizeLimit": "64Mi" } }),
        _ => json!({ "name": format!("volume-{index}"), "secret": { "secretName": "keys" } }),
    });
    let mut spec = json!({
        "serviceAccountName": "shop",
        "restartPolicy": "Always",
        "dnsPolicy": "ClusterFirst",
        "schedulerName": "default-scheduler",
        "terminationGracePeriodSeconds": 30,
        "priority": 0,
        "securityContext": {
            "runAsNonRoot": safe,
            "seccompProfile": { "type": "RuntimeDefault" },
        },
        "containers": each(containers, "main"),
        "volumes": mounted.collect::<Vec<_>>(),
    });
    if inits > 0 {
        spec["initContainers"] = json!(each(inits, "prepare"));
        spec["tolerations"] = json!([
            { "key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute" },
        ]);
    }
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "till-7c9d8b6f54-mq2zt",
            "generateName": "till-7c9d8b6f54-",
            "namespace": "shop",
            "labels": {
                "app.kubernetes.io/name": "till",
                "app.kubernetes.io/instance": "till-live",
                "pod-template-hash": "7c9d8b6f54",
            },
            "annotations": notes,
            "ownerReferences": [{
                "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "till-7c9d8b6f54",
                "uid": "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d", "controller": true,
            }],
        },
        "spec": spec,
    })
}

fn container(name: &str, variables: usize, safe: bool) -> Value {
    let environment = (0..variables)
        .map(|index| json!({ "name": format!("VARIABLE_{index}"), "value": "v".repeat(24) }));
    let probe = json!({ "httpGet": { "path": "/ready", "port": 8080 }, "periodSeconds": 10 });
    json!({
        "name": name,
        "image": format!("registry.example.org/shop/{name}:1.4.2"),
        "imagePullPolicy": "IfNotPresent",
        "args": ["--listen=:8080", "--log=json"],
        "env": environment.collect::<Vec<_>>(),
        "ports": [{ "name": "http", "containerPort": 8080, "protocol": "TCP" }],
        "resources": {
            "limits": { "cpu": "500m", "memory": "256Mi" },
            "requests": { "cpu": "50m", "memory": "128Mi" },
        },
        "livenessProbe": probe,
        "readinessProbe": probe,
        "volumeMounts": [{ "name": "volume-0", "mountPath": "/etc/settings", "readOnly": true }],
        "securityContext": {
            "allowPrivilegeEscalation": !safe,
            "privileged": false,
            "readOnlyRootFilesystem": true,
            "runAsNonRoot": safe,
            "runAsUser": 10_001,
            "capabilities": { "drop": ["ALL"] },
        },
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    })
}

/// `metadata.managedFields` of about so many bytes: nothing looks at them, all of them are parsed.
fn managed_fields(bytes: usize) -> Value {
    let mut fields = Map::new();
    let mut written = 0;
    while written < bytes {
        let index = fields.len();
        let entry = json!({ ".": {}, "f:value": {}, "f:valueFrom": { "f:fieldRef": {} } });
        let key = format!("k:{{\"name\":\"entry-{index}\"}}");
        written += key.len() + entry.to_string().len() + 8;
        fields.insert(key, entry);
    }
    json!([{
        "manager": "kube-controller-manager",
        "operation": "Update",
        "apiVersion": "v1",
        "time": "2026-01-01T10:00:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }])
}
