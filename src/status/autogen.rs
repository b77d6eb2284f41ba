//! What autogen makes of a CEL policy, as its status shows it.

use portcullis_engine::doc::{Constraints, Derived, derived};
use portcullis_lang::value::Document;
use serde_json::{Map, Value as Json, json};

/// Group, version, resource and kind of the controllers of Pods.
const CONTROLLERS: [(&str, &str, &str, &str); 6] = [
    ("apps", "v1", "daemonsets", "DaemonSet"),
    ("apps", "v1", "deployments", "Deployment"),
    ("apps", "v1", "replicasets", "ReplicaSet"),
    ("apps", "v1", "statefulsets", "StatefulSet"),
    ("batch", "v1", "cronjobs", "CronJob"),
    ("batch", "v1", "jobs", "Job"),
];

/// By the name of the group of controllers: which resources, and the spec for them.
pub(super) fn configs(
    document: &Document,
    spec: &Map<String, Json>,
    mutates: bool,
) -> Map<String, Json> {
    let Some(item) = document.item().get("spec") else {
        return Map::new();
    };
    let groups = derived(item).into_iter().filter_map(|group| {
        let mut moved = match mutates {
            true => mutating(&group, spec),
            false => {
                let text = Json::Object(spec.clone()).to_string();
                serde_json::from_str(&group.validating(&text)).ok()?
            }
        };
        let selector = spec.get("matchConstraints")?.get("namespaceSelector");
        moved.insert(
            "matchConstraints".to_owned(),
            constraints(&group.constraints, selector),
        );
        let config = json!({"targets": targets(&group.constraints), "spec": moved});
        Some((group.name().to_owned(), config))
    });
    groups.collect()
}

fn mutating(group: &Derived, spec: &Map<String, Json>) -> Map<String, Json> {
    let mut spec = spec.clone();
    for_each(&mut spec, "matchConditions", |condition| {
        rewrite(condition, |text| group.condition(text));
    });
    for_each(&mut spec, "mutations", |mutation| {
        if let Some(apply) = mutation.get_mut("applyConfiguration") {
            rewrite(apply, |text| group.apply_configuration(text));
        }
    });
    spec
}

fn for_each(spec: &mut Map<String, Json>, key: &str, change: impl FnMut(&mut Json)) {
    let list = spec.get_mut(key).and_then(Json::as_array_mut);
    list.into_iter().flatten().for_each(change);
}

fn rewrite(holder: &mut Json, change: impl Fn(&str) -> String) {
    if let Some(Json::String(text)) = holder.get_mut("expression") {
        *text = change(text);
    }
}

fn constraints(constraints: &Constraints, namespace_selector: Option<&Json>) -> Json {
    let rules = constraints.rules.iter().map(|rule| {
        json!({
            "apiGroups": rule.groups,
            "apiVersions": rule.versions,
            "operations": rule.operations,
            "resources": rule.resources,
        })
    });
    let mut constraints = json!({ "resourceRules": rules.collect::<Vec<_>>() });
    if let (Some(selector), Some(map)) = (namespace_selector, constraints.as_object_mut()) {
        map.insert("namespaceSelector".to_owned(), selector.clone());
    }
    constraints
}

fn targets(constraints: &Constraints) -> Vec<Json> {
    let wanted = |resource: &str| {
        let mut rules = constraints.rules.iter();
        rules.any(|rule| rule.resources.iter().any(|own| own == resource))
    };
    let targets = CONTROLLERS
        .iter()
        .filter(|(_, _, resource, _)| wanted(resource));
    let target = |(group, version, resource, kind): &(&str, &str, &str, &str)| json!({"group": group, "version": version, "resource": resource, "kind": kind});
    targets.map(target).collect()
}
