//! The chart says what it should, and refuses what it does not understand.
//!
//! Two files are written from others: `PORTCULLIS_BLESS=1` writes them anew.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that panics has failed, as it should"
)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use serde_json::{Map, Value, json};
use support::chart;

/// The values that a template can refuse are those that the schema lists.
#[test]
fn the_templates_know_the_keys_of_the_schema() -> anyhow::Result<()> {
    let schema: Value = serde_json::from_str(&fs::read_to_string(
        chart::folder().join("values.schema.json"),
    )?)?;
    let keys = format!("{:#}\n", keys(&schema, &schema));
    is_written("deploy/chart/files/known-values.json", &keys)
}

/// Every key of a schema, with those below it; a reference stands for what it refers to.
fn keys(root: &Value, schema: &Value) -> Value {
    let mut found = Map::new();
    if let Some(path) = schema["$ref"].as_str() {
        let meant = root.pointer(path.trim_start_matches('#'));
        return keys(root, meant.unwrap_or_else(|| panic!("nothing at `{path}`")));
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let Value::Object(part) = keys(root, part) else {
            continue;
        };
        found.extend(part);
    }
    for (key, below) in schema["properties"].as_object().into_iter().flatten() {
        found.insert(key.clone(), keys(root, below));
    }
    found.sort_keys();
    Value::Object(found)
}

/// Who installs with kubectl gets what Helm would have made.
#[test]
fn the_manifest_is_what_the_chart_makes_of_its_defaults() -> anyhow::Result<()> {
    let flags = ["--set", "crds.install=false,config.preserve=false"];
    let Some(rendered) = chart::template(&flags)? else {
        return Ok(());
    };
    let mut text = "# What the chart makes of its defaults, for those who install with kubectl. Written by\n\
                    # `PORTCULLIS_BLESS=1 cargo test --test chart`; change the chart, not this file.\n\
                    apiVersion: v1\nkind: Namespace\nmetadata:\n  name: kyverno\n"
        .to_owned();
    // Not Helm's, so not labelled as if they were.
    let helms = ["helm.sh/", "app.kubernetes.io/managed-by:", "# Source:"];
    for line in rendered.lines() {
        if !helms
            .iter()
            .any(|helms| line.trim_start().starts_with(helms))
        {
            text += line;
            text.push('\n');
        }
    }
    is_written("deploy/manifests/install.yaml", &text)
}

#[track_caller]
fn is_written(path: &str, text: &str) -> anyhow::Result<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("PORTCULLIS_BLESS").is_some() {
        fs::write(&file, text)?;
    }
    assert!(
        fs::read_to_string(&file)? == text,
        "`{path}` is not up to date; PORTCULLIS_BLESS=1 writes it"
    );
    Ok(())
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn what_is_not_understood_is_refused() {
    // A slip of the keyboard, at any depth.
    refuses("replicaCounts=3",                  "`replicaCounts` is no value of this chart; did you mean `replicaCount`?");
    refuses("admissionController.replcas=2",    "did you mean `admissionController.replicas`?");
    refuses("backgroundController.container.extraArg.v=2", "did you mean `backgroundController.container.extraArgs`?");
    refuses("features.loging.format=json",      "did you mean `features.logging`?");
    refuses("reportsController.featuresOverride.backgroundScan.workers=2", "did you mean `reportsController.featuresOverride.backgroundScan.backgroundScanWorkers`?");
    refuses("config.resourceFiltersExcludeResources={a}", "did you mean `config.resourceFiltersExclude`?");
    // The right key at the wrong place.
    refuses("autoscaling.enabled=true",         "did you mean `admissionController.autoscaling`?");
    refuses("image.tag=1",                      "did you mean `global.image` or `admissionController.container.image`?");
    refuses("resourceFilters={a}",              "did you mean `config.resourceFilters`?");
    // Nothing like it.
    refuses("prometheusRule.foo=1",             "known here: `additionalLabels`, `enabled`, `namespace`, `spec`");
    // Kyverno's, but not supported here.
    refuses("reportsServer.enabled=true",       "`reportsServer.enabled` cannot be used: reports are written to the API server");
    refuses("admissionController.tracing.enabled=true", "`admissionController.tracing.address` has to say");
    refuses("reportsController.metering.config=grpc", "`reportsController.metering.collector` has to say");
    // Of the wrong type: the schema says so.
    refuses("admissionController.replicas=many", "at '/admissionController/replicas': got string");
    refuses("features.logging.format=xml",      "value must be one of 'text', 'json'");
    // Nonsense.
    refuses("admissionController.replicas=0",   "must be at least 1");
    refuses("admissionController.podDisruptionBudget.minAvailable=3", "no Pod could ever be evicted");
    refuses("namespaceOverride=kube-system",    "the namespace is `kube-system`");
    refuses("crds.groups.kyverno.cleanuppolicies=false", "`crds.groups.kyverno.cleanuppolicies` cannot be false: cleanupController works with them");
}

#[track_caller]
fn refuses(set: &str, why: &str) {
    let Some(output) = chart::helm("template", &["--set", set]).unwrap() else {
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "`{set}` is taken");
    assert!(said.contains(why), "`{set}`: {said}");
}

const GATE: (&str, &str) = ("Deployment", "kyverno-admission-controller");
const CONFIG: (&str, &str) = ("ConfigMap", "kyverno");

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn values_end_up_where_they_belong() {
    let container = "/spec/template/spec/containers/0";
    // What an installation without values has.
    makes("", GATE, "/spec/replicas", json!(3));
    makes("", GATE, "/spec/strategy/rollingUpdate/maxUnavailable", json!(0));
    makes("", GATE, "/spec/template/spec/priorityClassName", json!("kyverno-admission-controller"));
    makes("", GATE, "/spec/template/spec/topologySpreadConstraints/0/labelSelector/matchLabels/app.kubernetes.io~1component", json!("admission-controller"));
    makes("", ("PodDisruptionBudget", "kyverno-admission-controller"), "/spec/maxUnavailable", json!(1));
    makes("", ("Service", "kyverno-svc"), "/spec/ports/0/targetPort", json!("https"));
    makes("", ("ClusterRole", "kyverno:admission-controller"), "/aggregationRule/clusterRoleSelectors/0/matchLabels/rbac.kyverno.io~1aggregate-to-admission-controller", json!("true"));
    // The old names of replicas and resources.
    makes("replicaCount=5", GATE, "/spec/replicas", json!(5));
    makes("replicaCount=5,admissionController.replicas=2", GATE, "/spec/replicas", json!(5));
    makes("resources.limits.memory=1Gi", GATE, &format!("{container}/resources/limits/memory"), json!("1Gi"));
    // The autoscaler decides alone.
    makes("admissionController.autoscaling.enabled=true", GATE, "/spec/replicas", Value::Null);
    makes("admissionController.autoscaling.enabled=true", ("HorizontalPodAutoscaler", "kyverno-admission-controller"), "/spec/minReplicas", json!(3));
    // A part of the values that is taken away as a whole.
    for nothing in ["podDisruptionBudget", "networkPolicy", "antiAffinity", "serviceMonitor", "priorityClass", "certManager", "autoscaling", "tolerations", "lifecycle"] {
        makes(&format!("admissionController.{nothing}=null"), GATE, "/spec/replicas", json!(3));
    }
    makes("openreports=null,webhooksCleanup=null,grafana=null,prometheusRule=null,features.policyExceptions=null", GATE, "/spec/replicas", json!(3));
    // Images.
    makes("global.image.registry=r.example", GATE, &format!("{container}/image"), json!("r.example/portcullis:0.1.0"));
    makes("admissionController.container.image.tag=1.20", GATE, &format!("{container}/image"), json!("portcullis:1.20"));
    let digest = format!("sha256:{}", "a".repeat(64));
    makes(&format!("admissionController.container.image.digest={digest}"), GATE, &format!("{container}/image"), json!(format!("portcullis@{digest}")));
    // Which webhooks leave what alone.
    let left_out = |namespace: &str| format!(r#"{{"key":"kubernetes.io/metadata.name","operator":"NotIn","values":["{namespace}"]}}"#);
    let own = |namespaces: &[&str]| {
        let expressions: Vec<_> = namespaces.iter().map(|namespace| left_out(namespace)).collect();
        json!(format!(r#"{{"namespaceSelector":{{"matchExpressions":[{}]}}}}"#, expressions.join(",")))
    };
    makes("", CONFIG, "/data/webhooks", own(&["kube-system", "kyverno"]));
    makes("config.webhooks=null", CONFIG, "/data/webhooks", own(&["kyverno"]));
    makes("config.webhooks=null,config.excludeKyvernoNamespace=false", CONFIG, "/data/webhooks", Value::Null);
    makes(r#"config.webhooks=[{"objectSelector":{"matchLabels":{"a":"b"}}}],config.excludeKyvernoNamespace=false"#, CONFIG, "/data/webhooks", json!(r#"{"objectSelector":{"matchLabels":{"a":"b"}}}"#));
    // The gate knows whose permissions it is to look at.
    let args = format!("{container}/args/5");
    makes("controllers.enabled=true", GATE, &args, json!("--backgroundServiceAccountName=system:serviceaccount:kyverno:kyverno-controllers"));
    makes("backgroundController.rbac.serviceAccount.name=b", GATE, &args, json!("--backgroundServiceAccountName=system:serviceaccount:kyverno:b"));
    makes("admissionController.certManager.enabled=true", ("Certificate", "kyverno-svc-pair"), "/spec/secretName", json!("kyverno-svc.kyverno.svc.kyverno-tls-pair"));
    // Lists and maps of the ConfigMap.
    makes("config.excludeUsernames={a,b}", CONFIG, "/data/excludeUsernames", json!("a,b"));
    makes("config.excludeGroups=null", CONFIG, "/data/excludeGroups", Value::Null);
    makes("config.create=true,config.name=other", ("ConfigMap", "other"), "/data/maxContextSize", json!("2Mi"));
}

#[track_caller]
fn makes(set: &str, (kind, name): (&str, &str), pointer: &str, expect: Value) {
    let how = if set.contains("=[") {
        "--set-json"
    } else {
        "--set"
    };
    let flags = ["--set", "crds.install=false", how, set];
    let Some(objects) = chart::objects(&flags).unwrap() else {
        return;
    };
    let found = chart::find(&objects, kind, name).pointer(pointer).cloned();
    assert_eq!(
        found.unwrap_or_default(),
        expect,
        "`{set}`: {kind} {name} {pointer}"
    );
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn resource_filters_are_adjusted() {
    filters("",                                                      &["[*/*,kyverno,*]", "[*/*,kube-system,*]", "[Node/?*,*,*]"], &[]);
    filters("config.excludeKyvernoNamespace=false",                  &["[*/*,kube-system,*]"], &["[*/*,kyverno,*]"]);
    filters("config.resourceFiltersExcludeNamespaces={kube-system}", &["[*/*,kyverno,*]", "[*/*,kube-public,*]"], &["[*/*,kube-system,*]"]);
    filters("config.resourceFiltersExclude={[Node\\,*\\,*]}",        &["[Node/?*,*,*]"], &["[Node,*,*]"]);
    filters("config.resourceFiltersIncludeNamespaces={shop}",        &["[*/*,shop,*]", "[*/*,kube-system,*]"], &[]);
    filters("config.resourceFiltersInclude={[Secret\\,*\\,*]}",      &["[Secret,*,*]", "[*/*,kube-system,*]"], &[]);
    filters("config.resourceFilters=null",                           &["[*/*,kyverno,*]"], &["[Event,*,*]"]);
}

#[track_caller]
fn filters(set: &str, with: &[&str], without: &[&str]) {
    let flags = ["--set", "crds.install=false", "--set", set];
    let Some(objects) = chart::objects(&flags).unwrap() else {
        return;
    };
    let config = chart::find(&objects, CONFIG.0, CONFIG.1);
    let all: Vec<_> = config["data"]["resourceFilters"]
        .as_str()
        .unwrap_or_default()
        .lines()
        .collect();
    for filter in with {
        assert!(all.contains(filter), "`{set}`: no `{filter}` in {all:?}");
    }
    for filter in without {
        assert!(!all.contains(filter), "`{set}`: `{filter}` in {all:?}");
    }
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn notes_say_what_surprises() {
    notes("replicaCount=4", "`replicaCount` is taken to mean `admissionController.replicas`");
    notes("resources.limits.cpu=1", "`resources` is taken to mean `admissionController.container.resources`");
    notes("config.resourceFiltersExcludeNamespaces={kube-system}", "REMOVES the default resource filters of these\nnamespaces: requests in kube-system are subject to policies.\nTo hide a namespace from policies, use `config.resourceFiltersIncludeNamespaces`");
    notes("admissionController.initContainer.resources.limits.cpu=1", "`admissionController.initContainer` has no effect");
    notes("features.aggregateReports.enabled=false", "`features.aggregateReports.enabled` has no effect: results go to PolicyReports at once");
    notes("features.registryClient.credentialHelpers={amazon}", "`features.registryClient.credentialHelpers` has no effect");
    notes("reportsController.tracing.enabled=true", "`reportsController.tracing` has no effect");
    notes("admissionController.replicas=1", "WARNING: with one replica");
    notes("config.excludeKyvernoNamespace=false", "policies judge the gate's own Pods");
}

#[track_caller]
fn notes(set: &str, expect: &str) {
    let Some(output) = chart::helm("install", &["--dry-run=client", "--set", set]).unwrap() else {
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    let notes = said
        .split_once("NOTES:")
        .unwrap_or_else(|| panic!("no notes: {output:?}"))
        .1;
    assert!(notes.contains(expect), "`{set}`: {notes}");
    // Every other notice is for other values.
    assert!(notes.matches("has no effect").count() <= 1, "{notes}");
}

/// Whatever the values ask for, the program understands the command line that comes of it.
#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn the_program_knows_every_flag() {
    flags("", 4);
    flags("controllers.enabled=true", 2);
    flags("controllers.enabled=true,cleanupController.enabled=false", 2);
    flags("reportsController.enabled=false", 3);
    flags("admissionController.metering.disabled=true", 4);
    flags("admissionController.drain=30s,admissionController.metering.port=9000", 4);
    flags("features.logging.format=json,features.logging.verbosity=6", 4);
    flags("features.policyExceptions.enabled=true,features.policyExceptions.namespace=*", 4);
    flags("backgroundController.featuresOverride.policyExceptions.enabled=true", 4);
    flags("features.omitEvents.eventTypes={PolicyError}", 4);
    flags("features.admissionReports.backPressureThreshold=100", 4);
    flags("features.backgroundScan.backgroundScanWorkers=4", 4);
    flags("features.backgroundScan.backgroundScanInterval=2h", 4);
    flags("features.backgroundScan.skipResourceFilters=false", 4);
    flags("features.reporting.mutate=false", 4);
    flags("features.allowedResults={fail}", 4);
    flags("features.ttlController.reconciliationInterval=2m", 4);
    flags("features.globalContext.maxApiCallResponseLength=100000", 4);
    flags("features.globalContext.apiCallTimeout=5s", 4);
    flags("features.globalContext.maxGlobalContextEntries=10", 4);
    flags("apiCallToken.audience=services", 4);
    flags("global.caCertificates.data=PEM", 4);
    flags("admissionController.caCertificates.volume.secret.secretName=authorities", 4);
    flags("admissionController.tracing.enabled=true,admissionController.tracing.address=otel,admissionController.tracing.creds=otel-ca", 4);
    flags("admissionController.metering.config=grpc,admissionController.metering.collector=otel,admissionController.metering.port=4317", 4);
    flags("cleanupController.metering.config=grpc,cleanupController.metering.collector=otel,cleanupController.metering.creds=otel-ca", 4);
    flags("features.registryClient.allowInsecure=true", 4);
    flags("features.registryClient.credentialHelpers={default}", 4);
    flags("openreports.enabled=true", 4);
    flags("controllers.enabled=true,admissionController.service.port=8443", 2);
    flags("admissionController.certManager.enabled=true", 4);
    flags("admissionController.tlsKeyAlgorithm=RSA", 4);
    for on in ["forceFailurePolicyIgnore", "excludeBootstrapResources", "protectManagedResources",
        "generateMutatingAdmissionPolicy", "mutatingAdmissionPolicyReports", "dumpPayload", "dumpPatches", "tuf"] {
        flags(&format!("features.{on}.enabled=true"), 4);
    }
    for off in ["autoUpdateWebhooks", "generateValidatingAdmissionPolicy", "admissionReports", "aggregateReports",
        "policyReports", "validatingAdmissionPolicyReports", "backgroundScan", "configMapCaching", "deferredLoading"] {
        flags(&format!("features.{off}.enabled=false"), 4);
    }
}

/// Most values change the command line of one Deployment; the others need not be tried again.
static CHECKED: Mutex<BTreeSet<Vec<String>>> = Mutex::new(BTreeSet::new());

#[track_caller]
fn flags(set: &str, deployments: usize) {
    let Some(output) =
        chart::helm("template", &["--set", "crds.install=false", "--set", set]).unwrap()
    else {
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`{set}`: {said}");
    let objects = chart::parse(&String::from_utf8_lossy(&output.stdout)).unwrap();
    let mut seen = 0;
    for object in objects
        .iter()
        .filter(|object| object["kind"] == "Deployment")
    {
        let args = &object["spec"]["template"]["spec"]["containers"][0]["args"];
        let args = args
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        seen += 1;
        let args: Vec<_> = args.map(str::to_owned).collect();
        if !CHECKED.lock().unwrap().insert(args.clone()) {
            continue;
        }
        // Arguments are read from left to right: help is given only when all before it are good.
        let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
            .args(args)
            .arg("--help")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "`{set}`: {said}");
    }
    assert_eq!(seen, deployments, "`{set}`");
}

/// Nobody gets more than is written down: no wildcards, and Secrets in the own namespace only.
#[test]
fn roles_are_narrow() -> anyhow::Result<()> {
    let Some(objects) = chart::objects(&["--set", "crds.install=false"])? else {
        return Ok(());
    };
    for object in &objects {
        let name = &object["metadata"]["name"];
        for rule in object["rules"].as_array().into_iter().flatten() {
            let text = rule.to_string();
            assert!(!text.contains('*'), "{name}: {text}");
            let secrets = text.contains("\"secrets\"");
            assert!(!secrets || object["kind"] == "Role", "{name}: {text}");
            for verb in ["escalate", "bind\"", "impersonate"] {
                assert!(!text.contains(verb), "{name}: {text}");
            }
        }
    }
    Ok(())
}

/// What the Pod security standard `restricted` asks for, and a root file system that cannot be written.
#[test]
fn pods_are_restricted() -> anyhow::Result<()> {
    let Some(objects) = chart::objects(&["--set", "crds.install=false"])? else {
        return Ok(());
    };
    let deployments = objects
        .iter()
        .filter(|object| object["kind"] == "Deployment");
    for deployment in deployments {
        let security = &deployment["spec"]["template"]["spec"]["containers"][0]["securityContext"];
        assert_eq!(
            *security,
            json!({
                "runAsNonRoot": true, "runAsUser": 65534, "runAsGroup": 65534,
                "privileged": false, "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
                "capabilities": { "drop": ["ALL"] },
                "seccompProfile": { "type": "RuntimeDefault" },
            })
        );
    }
    Ok(())
}
