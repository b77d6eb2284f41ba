//! The `rules` of a webhook: which requests the API server sends.
//!
//! Comes in:  resources and operations, as they are found in policies, in any order and repeated.
//! Goes out:  `RuleWithOperations`, merged and sorted: equal needs give equal objects.
//! Never here: policies, discovery.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::admissionregistration::v1::RuleWithOperations;

/// Every operation that there is.
pub(super) const ALL: [&str; 4] = ["CONNECT", "CREATE", "DELETE", "UPDATE"];

/// One resource: group, version, resource with subresource, scope. Each may be `*`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Resource {
    pub(super) group: String,
    pub(super) version: String,
    /// `pods`, `pods/exec`, `*`, `*/*`, `*/scale`.
    pub(super) name: String,
    /// `Namespaced`, `Cluster` or `*`.
    pub(super) scope: String,
}

/// What is to be sent so far.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Rules(BTreeMap<Resource, BTreeSet<String>>);

impl Rules {
    /// Adds operations on a resource.
    pub(super) fn add<'o>(
        &mut self,
        resource: Resource,
        operations: impl IntoIterator<Item = &'o str>,
    ) {
        let known = self.0.entry(resource).or_default();
        for operation in operations {
            match operation {
                "*" => known.extend(ALL.map(str::to_owned)),
                one => {
                    known.insert(one.to_owned());
                }
            }
        }
    }

    /// Adds all of another set.
    pub(super) fn extend(&mut self, other: &Rules) {
        for (resource, operations) in &other.0 {
            self.add(resource.clone(), operations.iter().map(String::as_str));
        }
    }

    /// Is nothing to be sent?
    pub(super) fn is_empty(&self) -> bool {
        self.0.values().all(BTreeSet::is_empty)
    }

    /// As a webhook states them: what others cover is left out, and resources that have all else in
    /// common share an entry.
    pub(super) fn to_rules(&self) -> Vec<RuleWithOperations> {
        let needed = self.0.iter().filter(|(resource, operations)| {
            let covered = self.0.iter().any(|(other, more)| {
                other != *resource && covers(other, resource) && operations.is_subset(more)
            });
            !operations.is_empty() && !covered
        });
        let mut merged: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
        for (resource, operations) in needed {
            let Resource {
                group,
                version,
                name,
                scope,
            } = resource;
            let key = (group, version, scope, operations);
            merged.entry(key).or_default().insert(name);
        }
        let rules = merged.into_iter();
        let rules = rules.map(
            |((group, version, scope, operations), names)| RuleWithOperations {
                api_groups: Some(vec![group.clone()]),
                api_versions: Some(vec![version.clone()]),
                operations: Some(operations.iter().cloned().collect()),
                resources: Some(names.into_iter().map(str::to_owned).collect()),
                scope: Some(scope.clone()),
            },
        );
        rules.collect()
    }
}

/// Does one resource include another?
fn covers(wide: &Resource, narrow: &Resource) -> bool {
    let covers = |wide: &str, narrow: &str| wide == "*" || wide == narrow;
    covers(&wide.group, &narrow.group)
        && covers(&wide.version, &narrow.version)
        && covers(&wide.scope, &narrow.scope)
        && covers_name(&wide.name, &narrow.name)
}

fn covers_name(wide: &str, narrow: &str) -> bool {
    let (narrow_name, narrow_part) = halves(narrow);
    let (name, part) = halves(wide);
    // In the API server's words `/*` includes the resource itself.
    (name == "*" || name == narrow_name) && (part == Some("*") || part == narrow_part)
}

fn halves(name: &str) -> (&str, Option<&str>) {
    match name.split_once('/') {
        Some((name, part)) => (name, Some(part)),
        None => (name, None),
    }
}

#[cfg(test)]
mod tests {
    use super::{Resource, Rules};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn rules_are_merged_and_sorted() {
        check("nothing", &[], &[]);
        check("one resource, twice",
              &[" v1 pods * CREATE", " v1 pods * UPDATE"],
              &["[] [v1] [pods] * [CREATE,UPDATE]"]);
        check("resources with equal needs share an entry",
              &["apps v1 deployments * CREATE", "apps v1 daemonsets * CREATE"],
              &["[apps] [v1] [daemonsets,deployments] * [CREATE]"]);
        check("others do not",
              &["apps v1 deployments * CREATE", " v1 pods * CREATE", " v1 secrets * DELETE"],
              &["[] [v1] [pods] * [CREATE]", "[] [v1] [secrets] * [DELETE]",
                "[apps] [v1] [deployments] * [CREATE]"]);
        check("what a wildcard covers is left out",
              &["* * * * CREATE", " v1 pods Namespaced CREATE", " v1 pods/exec * CREATE"],
              &["[] [v1] [pods/exec] * [CREATE]", "[*] [*] [*] * [CREATE]"]);
        check("but only where it covers every operation",
              &["* * * * CREATE", " v1 pods * DELETE"],
              &["[] [v1] [pods] * [DELETE]", "[*] [*] [*] * [CREATE]"]);
        check("all subresources",
              &["* * */* * CREATE", " v1 pods * CREATE", "* * */scale * CREATE"],
              &["[*] [*] [*/*] * [CREATE]"]);
        check("one subresource of all",
              &["* * */scale * CREATE", "apps v1 deployments/scale Namespaced CREATE"],
              &["[*] [*] [*/scale] * [CREATE]"]);
        check("any operation",
              &[" v1 pods * *"],
              &["[] [v1] [pods] * [CONNECT,CREATE,DELETE,UPDATE]"]);
    }

    #[track_caller]
    fn check(case: &str, added: &[&str], expect: &[&str]) {
        let mut rules = Rules::default();
        for line in added {
            let parts: Vec<&str> = line.split(' ').collect();
            let [group, version, name, scope, operation] = parts[..] else {
                panic!("{line}");
            };
            let [group, version, name, scope] = [group, version, name, scope].map(str::to_owned);
            let resource = Resource {
                group,
                version,
                name,
                scope,
            };
            rules.add(resource, [operation]);
        }
        let list = |list: &Option<Vec<String>>| format!("[{}]", list.as_ref().unwrap().join(","));
        let found: Vec<_> = rules
            .to_rules()
            .iter()
            .map(|rule| {
                let scope = rule.scope.as_deref().unwrap();
                let (groups, versions) = (list(&rule.api_groups), list(&rule.api_versions));
                let (resources, operations) = (list(&rule.resources), list(&rule.operations));
                format!("{groups} {versions} {resources} {scope} {operations}")
            })
            .collect();
        assert_eq!(found, expect, "{case}");
        assert_eq!(rules.is_empty(), expect.is_empty(), "{case}");
    }
}
