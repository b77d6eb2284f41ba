//! What a policy makes and changes: whether it has the right scope, and what that takes.

use portcullis_engine::doc::{Body, Generate, Pattern, Policy, Targets};

use super::Answer;
use crate::cluster::kinds::{Kinds, Served};

/// What a controller has to be allowed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Wanted {
    /// Which rule needs it, and for what.
    pub(super) path: String,
    pub(super) group: String,
    /// `deployments`, or `deployments/scale`.
    pub(super) resource: String,
    /// Empty for every namespace, and for what lives in none.
    pub(super) namespace: String,
    /// Of this object only; empty for all.
    pub(super) name: String,
    pub(super) verbs: Vec<&'static str>,
}

fn is_variable(text: &str) -> bool {
    text.contains("{{")
}

/// The patterns of a `generate` block and their places.
fn patterns(generate: &Generate) -> Vec<(String, &Pattern)> {
    match &generate.targets {
        Targets::One(pattern) => vec![(String::new(), pattern)],
        Targets::Foreach(all) => {
            let all = all.iter().enumerate();
            all.map(|(index, each)| (format!(".foreach[{index}]"), &each.pattern))
                .collect()
        }
    }
}

/// Every generate rule's patterns, with the path of the rule.
fn generated(policy: &Policy) -> impl Iterator<Item = (String, &Generate, String, &Pattern)> {
    let rules = policy.declared().iter().enumerate();
    rules.flat_map(|(index, rule)| {
        let generate = match &rule.body {
            Body::Generate(generate) => Some(&**generate),
            _ => None,
        };
        generate.into_iter().flat_map(move |generate| {
            let patterns = patterns(generate).into_iter();
            patterns.map(move |(place, pattern)| {
                (
                    format!("spec.rules[{index}].generate"),
                    generate,
                    place,
                    pattern,
                )
            })
        })
    })
}

/// What a pattern makes: `apiVersion`, `kind`. What variables name is not known.
fn made(pattern: &Pattern) -> Vec<(&str, &str)> {
    let known = pattern.made().into_iter();
    known
        .filter(|(version, kind)| !is_variable(version) && !is_variable(kind) && !kind.is_empty())
        .collect()
}

/// Makes the policy something of a kind that is not in the table?
pub(super) fn unknown(policy: &Policy, kinds: &Kinds) -> bool {
    let mut patterns = generated(policy).flat_map(|(_, _, _, pattern)| made(pattern));
    patterns.any(|(version, kind)| kinds.of(version, kind).is_none())
}

/// Refuses targets that state a namespace where they live in none, or none where they live in one, and
/// what a policy of a namespace makes outside of it.
pub(super) fn judge(policy: &Policy, kinds: &Kinds) -> Answer {
    let mut answer = Answer::default();
    let confined = policy.id().kind.is_namespaced();
    for (path, _, place, pattern) in generated(policy) {
        let root = pattern.document.root();
        let mut refuse = |key: &str, why: &str| {
            let path = path.trim_end_matches(".generate");
            let text = format!("{path}.generate{place}.{key}: Forbidden: {why}");
            answer.refusals.push(text);
        };
        let found = made(pattern).into_iter();
        let found: Vec<_> = found.filter_map(|(v, k)| kinds.of(v, k)).collect();
        let (inside, outside): (Vec<_>, Vec<&Served>) =
            found.into_iter().partition(|served| served.namespaced);
        let lists = !pattern.cloned().is_empty();
        let (key, source) = match lists {
            true => (
                "cloneList.namespace",
                root.get("cloneList").unwrap_or_default(),
            ),
            false => ("namespace", root),
        };
        let stated = source.text("namespace");
        if !inside.is_empty() && !outside.is_empty() {
            refuse(
                "cloneList.kinds",
                "target resources are of mixed scopes: either all or none live in namespaces",
            );
        } else if !outside.is_empty() && confined {
            let why = "a namespaced policy cannot generate cluster-wide resources";
            refuse(if lists { "cloneList.kinds" } else { "kind" }, why);
        } else if !outside.is_empty() && !stated.is_empty() {
            refuse(
                key,
                "target namespace must not be set for a cluster-wide resource",
            );
        } else if !inside.is_empty() && stated.is_empty() {
            let why = match lists {
                true => "namespace is required for namespaced target resources",
                false => "target namespace must be set for a namespaced resource",
            };
            refuse(key, why);
        }
    }
    answer
}

/// What the background controller must be allowed for the policy's generate rules and for its changes
/// of existing resources.
pub(super) fn wanted(policy: &Policy, kinds: &Kinds) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    for (path, generate, _, pattern) in generated(policy) {
        let root = pattern.document.root();
        let (namespace, name) = (root.text("namespace"), root.text("name"));
        let mut verbs = vec!["get", "create"];
        if generate.synchronize {
            verbs.extend(["update", "delete"]);
        }
        let found = made(pattern).into_iter();
        for served in found.filter_map(|(version, kind)| kinds.of(version, kind)) {
            wanted.push(of(&path, served, None, (namespace, name), &verbs));
        }
    }
    for (index, rule) in policy.declared().iter().enumerate() {
        let Body::Mutate(mutate) = &rule.body else {
            continue;
        };
        let path = format!("spec.rules[{index}].mutate.targets");
        for target in &mutate.targets {
            let root = target.document.root();
            let (version, kind) = (root.text("apiVersion"), root.text("kind"));
            let (kind, part) = match kind.split_once('/') {
                Some((kind, part)) => (kind, Some(part)),
                None => (kind, None),
            };
            if is_variable(version) || is_variable(kind) {
                continue;
            }
            let Some(served) = kinds.of(version, kind) else {
                continue;
            };
            let name = root.text("name");
            let several = name.is_empty() || name.contains(['*', '?']) || target.selector.is_some();
            let namespace = root.text("namespace");
            let name = if several { "" } else { name };
            // A subresource is listed by what it belongs to.
            let verbs: &[_] = match several && part.is_none() {
                true => &["get", "list", "update"],
                false => &["get", "update"],
            };
            wanted.push(of(&path, served, part, (namespace, name), verbs));
            if several && part.is_some() {
                wanted.push(of(&path, served, None, (namespace, name), &["get", "list"]));
            }
        }
    }
    wanted
}

fn of(
    path: &str,
    served: &Served,
    part: Option<&str>,
    (namespace, name): (&str, &str),
    verbs: &[&'static str],
) -> Wanted {
    let open = is_variable(namespace) || namespace.contains(['*', '?']) || !served.namespaced;
    Wanted {
        path: path.to_owned(),
        group: served.group.clone(),
        resource: match part {
            Some(part) => format!("{}/{part}", served.plural),
            None => served.plural.clone(),
        },
        namespace: if open { "" } else { namespace }.to_owned(),
        name: if is_variable(name) { "" } else { name }.to_owned(),
        verbs: verbs.to_vec(),
    }
}
