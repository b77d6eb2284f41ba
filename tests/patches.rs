//! The patch that the gate returns makes of an object what `apply` prints.
//!
//! On policies made at random, `PROPTEST_CASES` of them (a few where that is not set); and on the
//! mutate policies and the objects of every folder below `PORTCULLIS_SUITES`, where that is set.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what fails here fails the test"
)]

use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_engine::admit::{Outside, Pending, Phase, Scratch, answer};
use portcullis_engine::doc::{self, Body, Policy};
use portcullis_engine::facts::NoFacts;
use portcullis_engine::failure::{FailureModes, Time};
use portcullis_engine::program::Program;
use portcullis_lang::functions::Inputs;
use portcullis_lang::value::{Numbers, to_json, yaml};
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Is about nothing: `apply` writes the object as it came.
const NOTHING: &str = r#"{"apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy", "metadata": {"name": "nothing"},
    "spec": {"rules": [{"name": "r", "match": {"any": [{"resources": {"kinds": ["example.com/v1/Nothing"]}}]},
    "mutate": {"patchStrategicMerge": {"a": "b"}}}]}}"#;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 20))]

    #[test]
    fn on_random_policies(rules in prop::collection::vec(mutate(), 1..4), object in pod()) {
        let policies = rules.iter().enumerate().map(|(index, mutate)| json!({
            "apiVersion": "kyverno.io/v1",
            "kind": "ClusterPolicy",
            "metadata": { "name": format!("p{index}") },
            "spec": { "failurePolicy": "Ignore", "rules": [{
                "name": "r",
                "match": { "any": [{ "resources": { "kinds": ["v1/Pod"] } }] },
                "mutate": mutate,
            }] },
        }));
        let policies: Vec<_> =
            policies.map(|policy| doc::read(&policy.to_string()).remove(0).unwrap()).collect();
        let folder = TempDir::new().unwrap();
        compare(&policies, &object, folder.path());
    }
}

/// What a rule changes: by merging, by operations, by loops.
fn mutate() -> impl Strategy<Value = Value> {
    let word = || "[a-c]{1,2}";
    let labels = prop::collection::btree_map(word(), "[a-z]{0,3}", 0..3);
    let containers = prop::collection::vec(("[a-d]", word()), 0..3);
    let merge = (labels, containers).prop_map(|(labels, containers)| {
        let containers: Vec<_> = containers
            .iter()
            .map(|(name, image)| json!({ "name": name, "image": image }))
            .collect();
        json!({ "patchStrategicMerge": {
            "metadata": { "labels": labels },
            "spec": { "containers": containers },
        } })
    });
    let anchored = (word(), any::<bool>()).prop_map(|(value, adds)| {
        let key = if adds { "+(workingDir)" } else { "workingDir" };
        json!({ "patchStrategicMerge": { "spec": { "containers": [{ "(name)": "*", key: value }] } } })
    });
    let path = prop::sample::select(vec![
        "/spec/containers/0",
        "/spec/containers/0/image",
        "/spec/containers/-",
        "/metadata/labels/a~1b",
        "/metadata/annotations/x",
        "/spec/volumes",
    ]);
    let operation = (
        prop::sample::select(vec!["add", "replace", "remove"]),
        path,
        word(),
    );
    let operations = prop::collection::vec(operation, 1..4).prop_map(|operations| {
        let operations = operations
            .iter()
            .map(|(op, path, value)| json!({ "op": op, "path": path, "value": value }));
        json!({ "patchesJson6902": Value::Array(operations.collect()).to_string() })
    });
    let each = word().prop_map(|value| {
        json!({ "foreach": [{ "list": "request.object.spec.containers", "patchStrategicMerge": {
            "spec": { "containers": [{ "(name)": "{{ element.name }}", "image": format!("{{{{ element.image }}}}-{value}") }] },
        } }] })
    });
    prop_oneof![merge, anchored, operations, each]
}

fn pod() -> impl Strategy<Value = Value> {
    let container = ("[a-d]", "[a-z]{1,4}", prop::option::of("[a-c]"));
    let containers = prop::collection::btree_map("[a-d]", container, 0..4);
    let labels = prop::collection::btree_map("[a-c]{1,2}", "[a-z]{0,3}", 0..3);
    (containers, labels).prop_map(|(containers, labels)| {
        let containers = containers.iter().map(|(name, (_, image, folder))| {
            let mut container = json!({ "name": name, "image": image });
            if let Some(folder) = folder {
                container["workingDir"] = json!(folder);
            }
            container
        });
        json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": { "name": "p", "namespace": "n", "labels": labels },
            "spec": { "containers": containers.collect::<Vec<_>>() },
        })
    })
}

#[test]
fn on_suites() {
    let Ok(suites) = std::env::var("PORTCULLIS_SUITES") else {
        return;
    };
    let mut folders = BTreeMap::new();
    gather(Path::new(&suites), &mut folders);
    let folder = TempDir::new().unwrap();
    let mut counts = BTreeMap::new();
    for (near, documents) in &folders {
        let around = folders.iter().filter(|(other, _)| near.starts_with(other));
        let mut policies: Vec<_> = around.flat_map(|(_, it)| it.policies.clone()).collect();
        policies.sort_by(|a, b| a.id().cmp(b.id()));
        policies.dedup_by(|a, b| a.id() == b.id());
        if policies.is_empty() {
            continue;
        }
        println!("{}", near.display());
        for object in &documents.objects {
            *counts
                .entry(compare(&policies, object, folder.path()))
                .or_insert(0) += 1;
        }
    }
    println!("{counts:?}");
    assert!(
        counts.contains_key(&Compared::Changed),
        "no mutate policies below `{suites}`"
    );
}

/// How a comparison went; a difference is a panic.
#[derive(Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Compared {
    /// Both changed it, and equally.
    Changed,
    /// Both left it as it is.
    Unchanged,
    /// The gate denied the request, and `apply` failed: there is nothing to compare.
    Denied,
    /// The gate lacks a fact, or `apply` does.
    Unknown,
}

/// The object by the gate's patch against the object that `apply` writes.
#[track_caller]
fn compare(policies: &[Arc<Policy>], object: &Value, folder: &Path) -> Compared {
    let (written, succeeded) = applied(policies, object, folder);
    // Behind them stands what generate rules make.
    let (Some(before), Some(after)) = (written.first(), written.get(policies.len())) else {
        return Compared::Unknown;
    };
    let mut scratch = Scratch::default();
    let outside = Outside {
        facts: &NoFacts,
        inputs: &Still,
        time: Time::ENDLESS,
        modes: &FailureModes::default(),
        stages: None,
    };
    let program = Program::new(policies.iter().cloned());
    let review = review(before);
    let answered = match answer(
        &program,
        Phase::Mutate,
        review.as_bytes(),
        outside,
        &mut scratch,
    ) {
        Ok(answered) => answered,
        Err(Pending::Facts(_)) => return Compared::Unknown,
        Err(Pending::Refused(refusal)) => panic!("{refusal}: {review}"),
    };
    let answered: Value = serde_json::from_slice(answered.body).unwrap();
    let response = &answered["response"];
    if response["allowed"] == json!(false) {
        assert!(!succeeded, "denied, but `apply` succeeds: {response}");
        return Compared::Denied;
    }
    let mut patched = before.clone();
    if let Some(patch) = response["patch"].as_str() {
        let patch = STANDARD.decode(patch).unwrap();
        let patch: Vec<Value> = serde_json::from_slice(&patch).unwrap();
        assert!(!patch.is_empty(), "an empty patch is none");
        patch
            .iter()
            .for_each(|operation| carry_out(&mut patched, operation));
    }
    // After a patch that failed `apply` has nothing left to print; the gate goes on.
    if !succeeded && after == &json!({}) {
        return Compared::Denied;
    }
    assert_eq!(patched, *after, "{review}");
    match patched == *before {
        true => Compared::Unchanged,
        false => Compared::Changed,
    }
}

/// What `apply` writes: the object as it came, and as each policy left it. Did it succeed?
fn applied(policies: &[Arc<Policy>], object: &Value, folder: &Path) -> (Vec<Value>, bool) {
    let documents = policies
        .iter()
        .map(|policy| to_json(policy.document().root()));
    let policies: Vec<_> = [NOTHING.to_owned()].into_iter().chain(documents).collect();
    let [file, resource, output] =
        ["policies.yaml", "resource.yaml", "output.yaml"].map(|name| folder.join(name));
    fs::write(&file, policies.join("\n---\n")).unwrap();
    fs::write(&resource, object.to_string()).unwrap();
    let _ = fs::remove_file(&output);
    let run = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .arg("apply")
        .arg(&file)
        .arg("--resource")
        .arg(&resource)
        .arg("-o")
        .arg(&output)
        .output()
        .unwrap();
    let written = fs::read_to_string(&output).unwrap_or_default();
    let written = yaml::read(&written, Numbers::Doubles).into_iter().flatten();
    let written = written.map(|document| read(&to_json(document.root())));
    (written.collect(), run.status.success())
}

/// Every number as a double, as policies see them.
fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn review(object: &Value) -> String {
    let api_version = object["apiVersion"].as_str().unwrap();
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let metadata = &object["metadata"];
    json!({
        "kind": "AdmissionReview",
        "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": "u",
            "kind": { "group": group, "version": version, "kind": object["kind"] },
            "namespace": metadata["namespace"].as_str().unwrap_or_default(),
            "name": metadata["name"].as_str().unwrap_or_default(),
            "operation": "CREATE",
            "object": object,
        },
    })
    .to_string()
}

/// One operation of RFC 6902, of those that the gate uses.
fn carry_out(object: &mut Value, operation: &Value) {
    let path = operation["path"].as_str().unwrap();
    let (holder, last) = path.rsplit_once('/').unwrap();
    let key = last.replace("~1", "/").replace("~0", "~");
    let holder = object
        .pointer_mut(holder)
        .unwrap_or_else(|| panic!("nothing at {path}"));
    let value = operation["value"].clone();
    match (holder, operation["op"].as_str().unwrap()) {
        (Value::Object(map), "add") => _ = map.insert(key, value),
        (Value::Object(map), "replace") => *map.get_mut(&key).unwrap() = value,
        (Value::Object(map), "remove") => _ = map.remove(&key).unwrap(),
        (Value::Array(list), "add") if key == "-" => list.push(value),
        (Value::Array(list), "add") => list.insert(key.parse().unwrap(), value),
        (Value::Array(list), "replace") => list[key.parse::<usize>().unwrap()] = value,
        (Value::Array(list), "remove") => _ = list.remove(key.parse().unwrap()),
        (_, other) => panic!("`{other}` at {path}"),
    }
}

#[derive(Default)]
struct Documents {
    /// Those that change the object of the request, and nothing else by chance or by time.
    policies: Vec<Arc<Policy>>,
    objects: Vec<Value>,
}

fn gather(folder: &Path, folders: &mut BTreeMap<PathBuf, Documents>) {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            gather(&path, folders);
        } else if path
            .extension()
            .is_some_and(|it| it == "yaml" || it == "yml")
        {
            let Ok(text) = fs::read_to_string(&path) else {
                continue;
            };
            folders.entry(folder.to_owned()).or_default().read(&text);
        }
    }
}

impl Documents {
    fn read(&mut self, text: &str) {
        let changes = |policy: &Arc<Policy>| {
            let rules = policy.rules().iter();
            let text = to_json(policy.document().root());
            let is_certain = !text.contains("random(") && !text.contains("time_now");
            let mut own = rules.filter_map(|rule| match &rule.body {
                Body::Mutate(body) => Some(body),
                _ => None,
            });
            is_certain && own.clone().count() > 0 && own.all(|body| !body.is_existing())
        };
        let policies = doc::read(text).into_iter().filter_map(Result::ok);
        self.policies.extend(policies.filter(changes));
        for document in yaml::read(text, Numbers::AsWritten).into_iter().flatten() {
            let object: Value = read(&to_json(document.root()));
            if object["apiVersion"].is_string()
                && object["kind"].is_string()
                && object["metadata"]["name"].is_string()
            {
                self.objects.push(object);
            }
        }
    }
}

struct Still;

impl Inputs for Still {
    fn now(&self) -> i128 {
        0
    }
    fn random(&self) -> u64 {
        0
    }
    fn resolve_host(&self, _: &str) -> Option<Result<Vec<IpAddr>, String>> {
        None
    }
}
