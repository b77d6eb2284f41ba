//! What autogen makes of the constraints of a CEL policy on Pods: those of the Pod controllers.

use super::constraints::{Constraints, ResourceRule};
use super::fields::Fields;

/// Group, version and resource of the Pod controllers, as `autogen` names them.
const CONTROLLERS: [(&str, &str, &str); 6] = [
    ("apps", "v1", "daemonsets"),
    ("apps", "v1", "deployments"),
    ("apps", "v1", "replicasets"),
    ("apps", "v1", "statefulsets"),
    ("batch", "v1", "jobs"),
    ("batch", "v1", "cronjobs"),
];

/// Controllers that hold their Pod at the same place.
#[derive(Debug)]
pub(super) struct Group {
    /// Where below `spec` the Pod is: `["template"]`, `["jobTemplate", "spec", "template"]`.
    pub(super) place: &'static [&'static str],
    /// The requests about them.
    pub(super) constraints: Constraints,
}

/// `autogen.podControllers.controllers`: the controllers that are named; `None` for all.
pub(super) fn read(autogen: &mut Fields<'_, '_>) -> Option<Vec<String>> {
    let named = autogen.map("podControllers", |pods| {
        pods.item("controllers").map(|item| {
            let names = item.elements().filter_map(|name| name.value().as_str());
            names.map(str::to_owned).collect()
        })
    });
    named.flatten()
}

/// The controllers of a policy with these constraints; none where it is not about Pods alone.
/// `named`: those that it names, or all.
pub(super) fn groups(constraints: Option<&Constraints>, named: Option<&[String]>) -> Vec<Group> {
    let Some(constraints) = constraints.filter(|block| on_pods(block)) else {
        return Vec::new();
    };
    let wanted = |name: &str| named.is_none_or(|names| names.iter().any(|wanted| wanted == name));
    let groups = [
        (&["template"][..], &["apps", "batch"][..], false),
        (&["jobTemplate", "spec", "template"], &["batch"], true),
    ];
    let made = groups.into_iter().filter_map(|(place, api_groups, cron)| {
        let rules = api_groups.iter().map(|group| ResourceRule {
            groups: vec![(*group).to_owned()],
            versions: vec!["v1".to_owned()],
            operations: constraints
                .rules
                .iter()
                .flat_map(|rule| rule.operations.clone())
                .collect(),
            resources: CONTROLLERS
                .iter()
                .filter(|(own, _, name)| {
                    own == group && wanted(name) && (*name == "cronjobs") == cron
                })
                .map(|(_, _, name)| (*name).to_owned())
                .collect(),
            ..ResourceRule::default()
        });
        let rules: Vec<_> = rules.filter(|rule| !rule.resources.is_empty()).collect();
        if rules.is_empty() {
            return None;
        }
        let constraints = Constraints {
            rules,
            namespace_selector: constraints.namespace_selector.clone(),
            ..Constraints::default()
        };
        Some(Group { place, constraints })
    });
    made.collect()
}

/// Is it about Pods and nothing else, whatever their names and labels?
fn on_pods(constraints: &Constraints) -> bool {
    let [rule] = constraints.rules.as_slice() else {
        return false;
    };
    let is = |texts: &[String], only: &str| matches!(texts, [text] if text == only);
    constraints.object_selector.is_none()
        && constraints.excludes.is_empty()
        && rule.names.is_empty()
        && is(&rule.groups, "")
        && is(&rule.versions, "v1")
        && is(&rule.resources, "pods")
}
