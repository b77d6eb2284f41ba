//! What policies written in CEL do to objects that are there already, and what that takes.

use portcullis_lang::value::{Document, Value};

use super::targets::Wanted;

/// What the background controller must be allowed: to find the objects that a MutatingPolicy changes, and
/// to change them; to find those that set a GeneratingPolicy off. What is made is known only when it is
/// made, because expressions say it.
pub(super) fn wanted(object: &Document) -> Vec<Wanted> {
    let root = object.root();
    let spec = root.get("spec").unwrap_or_default();
    let enabled = |part: &str| {
        let flag = spec.at(&["evaluation", part, "enabled"]);
        flag.and_then(Value::as_bool).unwrap_or(false)
    };
    let kind = root.text("kind");
    let (constraints, verbs) = if kind.ends_with("MutatingPolicy") && enabled("mutateExisting") {
        let targets = ["targetMatchConstraints", "matchConstraints"];
        let stated = targets.into_iter().find(|key| spec.get(key).is_some());
        let verbs = ["get", "list", "update"].as_slice();
        (stated.unwrap_or_default(), verbs)
    } else if kind.ends_with("GeneratingPolicy") && enabled("generateExisting") {
        ("matchConstraints", ["get", "list"].as_slice())
    } else {
        return Vec::new();
    };
    let rules = spec.at(&[constraints, "resourceRules"]);
    let rules = rules.and_then(Value::as_list).into_iter().flatten();
    let metadata = root.get("metadata").unwrap_or_default();
    // That of a policy of a namespace, which looks nowhere else.
    let namespace = metadata.text("namespace");
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
                // The whole is meant too. Which subresources there are only the API server knows.
                Some((whole, "*")) => want(whole, verbs),
                Some((whole, _)) if verbs.contains(&"update") => {
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

    use super::wanted;

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
        check("MutatingPolicy", &on("mutateExisting", parts), &["apps deployments get,list,update"]);
        check("MutatingPolicy", &format!("{{{both}}}"), &[]);
        check("GeneratingPolicy", &on("generateExisting", &matched), &[" pods get,list"]);
        check("GeneratingPolicy", &on("generateExisting", parts), &["apps deployments get,list"]);
        check("ValidatingPolicy", &on("generateExisting", &matched), &[]);
    }

    #[track_caller]
    fn check(kind: &str, spec: &str, expect: &[&str]) {
        let text = format!("{{kind: {kind}, metadata: {{name: p}}, spec: {spec}}}");
        let document = yaml::read_one(&text, Numbers::AsWritten).unwrap();
        let found = wanted(&document).into_iter();
        let found = found.map(|it| format!("{} {} {}", it.group, it.resource, it.verbs.join(",")));
        assert_eq!(found.collect::<Vec<_>>(), expect, "{kind} {spec}");
    }
}
