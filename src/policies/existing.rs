//! What policies written in CEL do to objects that are there already, and what that takes.

use std::collections::BTreeSet;

use portcullis_lang::value::{Document, Value};

use super::targets::Wanted;
use crate::cluster::kinds::{Kinds, Served};

/// Does it do anything to them?
pub(super) fn is_about_them(object: &Document) -> bool {
    stated(object.root()).is_some()
}

/// Which block says what they are, and what has to be done to them.
fn stated(root: Value<'_>) -> Option<(&'static str, &'static [&'static str])> {
    let spec = root.get("spec").unwrap_or_default();
    let enabled = |part: &str| {
        let flag = spec.at(&["evaluation", part, "enabled"]);
        flag.and_then(Value::as_bool).unwrap_or(false)
    };
    let kind = root.text("kind");
    if kind.ends_with("MutatingPolicy") && enabled("mutateExisting") {
        let targets = ["targetMatchConstraints", "matchConstraints"];
        let stated = targets.into_iter().find(|key| spec.get(key).is_some());
        Some((stated.unwrap_or_default(), &["get", "list", "update"]))
    } else if kind.ends_with("GeneratingPolicy") && enabled("generateExisting") {
        Some(("matchConstraints", &["get", "list"]))
    } else {
        None
    }
}

/// What the background controller must be allowed: to find the objects that a MutatingPolicy changes, and
/// to change them; to find those that set a GeneratingPolicy off. What is made is known only when it is
/// made, because expressions say it. `kinds`: tells what subresources `deployments/*` names.
pub(super) fn wanted(object: &Document, kinds: &Kinds) -> Vec<Wanted> {
    let root = object.root();
    let Some((constraints, verbs)) = stated(root) else {
        return Vec::new();
    };
    let spec = root.get("spec").unwrap_or_default();
    let rules = spec.at(&[constraints, "resourceRules"]);
    let rules = rules.and_then(Value::as_list).into_iter().flatten();
    let metadata = root.get("metadata").unwrap_or_default();
    // That of a policy of a namespace, which looks nowhere else.
    let namespace = metadata.text("namespace");
    let changes = verbs.contains(&"update");
    let mut wanted = Vec::new();
    for (index, rule) in rules.enumerate() {
        let (groups, resources) = (texts(rule, "apiGroups"), texts(rule, "resources"));
        for (group, resource) in product(&groups, &resources) {
            let mut want = |resource: &str, verbs: &[&'static str]| {
                wanted.push(Wanted {
                    path: format!("spec.{constraints}.resourceRules[{index}]"),
                    group: group.to_owned(),
                    resource: resource.to_owned(),
                    namespace: namespace.to_owned(),
                    name: String::new(),
                    verbs: verbs.to_vec(),
                });
            };
            // A subresource is listed by what it belongs to.
            match resource.split_once('/') {
                Some((whole, "*")) => {
                    want(whole, verbs);
                    for part in parts(kinds, group, whole).filter(|_| changes) {
                        want(&format!("{whole}/{part}"), &["get", "update"]);
                    }
                }
                Some((whole, _)) if changes => {
                    want(resource, &["get", "update"]);
                    want(whole, &["list"]);
                }
                Some((whole, _)) => want(whole, verbs),
                None => want(resource, verbs),
            }
        }
    }
    wanted
}

/// The subresources that can be changed, each once, whatever the versions.
fn parts<'k>(kinds: &'k Kinds, group: &str, whole: &str) -> impl Iterator<Item = &'k str> {
    let of_it = |served: &&Served| served.group == group && served.plural == whole;
    let changed = kinds
        .iter()
        .filter(of_it)
        .filter(|served| served.is_changed_apart());
    let names: BTreeSet<_> = changed
        .filter_map(|served| served.subresource.as_deref())
        .collect();
    names.into_iter()
}

/// Every group with every resource; nobody is asked about wildcards, but about resources that are named with
/// all their subresources.
fn product<'v>(
    groups: &'v [&'v str],
    resources: &'v [&'v str],
) -> impl Iterator<Item = (&'v str, &'v str)> {
    let pairs = groups
        .iter()
        .flat_map(move |group| resources.iter().map(move |resource| (*group, *resource)));
    pairs.filter(|(group, resource)| {
        let resource = resource.strip_suffix("/*").unwrap_or(resource);
        !group.contains('*') && !resource.contains('*')
    })
}

fn texts<'v>(rule: Value<'v>, key: &str) -> Vec<&'v str> {
    let list = rule.get(key).and_then(Value::as_list);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

#[cfg(test)]
mod tests {
    use portcullis_lang::value::{Numbers, yaml};

    use super::{is_about_them, wanted};
    use crate::cluster::kinds::{Kinds, Served};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn what_objects_that_are_there_take() {
        let on = |what: &str, rules: &str| format!("{{evaluation: {{{what}: {{enabled: true}}}}, {rules}}}");
        let pods = "{resourceRules: [{apiGroups: [''], resources: [pods]}]}";
        let scales = "{resourceRules: [{apiGroups: [apps], resources: [deployments/scale, '*']}]}";
        let matched = format!("matchConstraints: {pods}");
        let both = format!("matchConstraints: {pods}, targetMatchConstraints: {scales}");
        let parts = "matchConstraints: {resourceRules: [{apiGroups: [apps], resources: [deployments/*, '*/scale', '*/*']}]}";
        check("MutatingPolicy", &on("mutateExisting", &both), &["apps deployments/scale get,update", "apps deployments list"]);
        check("NamespacedMutatingPolicy", &on("mutateExisting", &matched), &[" pods get,list,update"]);
        check("MutatingPolicy", &on("mutateExisting", parts), &["apps deployments get,list,update", "apps deployments/scale get,update", "apps deployments/status get,update"]);
        check("MutatingPolicy", &format!("{{{both}}}"), &[]);
        check("GeneratingPolicy", &on("generateExisting", &matched), &[" pods get,list"]);
        check("GeneratingPolicy", &on("generateExisting", parts), &["apps deployments get,list"]);
        check("ValidatingPolicy", &on("generateExisting", &matched), &[]);
    }

    #[track_caller]
    fn check(kind: &str, spec: &str, expect: &[&str]) {
        let text = format!("{{kind: {kind}, metadata: {{name: p}}, spec: {spec}}}");
        let document = yaml::read_one(&text, Numbers::AsWritten).unwrap();
        let found = wanted(&document, &kinds()).into_iter();
        let found = found.map(|it| format!("{} {} {}", it.group, it.resource, it.verbs.join(",")));
        assert_eq!(found.collect::<Vec<_>>(), expect, "{kind} {spec}");
        assert_eq!(
            is_about_them(&document),
            !expect.is_empty(),
            "{kind} {spec}"
        );
    }

    /// Deployments in two versions, with what is changed apart from them, and what is not.
    fn kinds() -> Kinds {
        let versions = ["v1", "v2"].map(|version| {
            let served = |part: Option<&str>, can: &[&str]| Served {
                group: "apps".to_owned(),
                version: version.to_owned(),
                plural: "deployments".to_owned(),
                subresource: part.map(str::to_owned),
                kind: "Deployment".to_owned(),
                parent_kind: "Deployment".to_owned(),
                kind_group: "apps".to_owned(),
                kind_version: version.to_owned(),
                namespaced: true,
                preferred: version == "v1",
                verbs: can.iter().map(|&verb| verb.to_owned()).collect(),
            };
            [
                served(None, &["create", "get", "list", "update"]),
                served(Some("status"), &["get", "patch", "update"]),
                served(Some("scale"), &["get", "patch", "update"]),
                served(Some("proxy"), &["create", "get", "update"]),
                served(Some("log"), &["get"]),
            ]
        });
        Kinds::new(versions.into_iter().flatten().collect())
    }
}
