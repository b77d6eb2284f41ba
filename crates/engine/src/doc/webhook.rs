//! What a CEL policy asks of the webhook that brings it its requests.
//!
//! Comes in:  a policy, read.
//! Goes out:  [`OwnWebhook`]: its rules, and the conditions that an API server can check by itself.
//! Never here: objects of webhook configurations.

use portcullis_lang::value::Value;

use super::any::AnyPolicy;
use super::cel::{Unusable, compiles_for_webhook};
use super::constraints::Constraints;
use super::controllers;
use super::settings::FailurePolicy;
use super::validating::moved;

/// What a policy asks of its webhook.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnWebhook {
    /// Which requests it is about, then those that autogen adds.
    pub constraints: Vec<Constraints>,
    /// What it does to requests when it cannot be asked.
    pub failure_policy: FailurePolicy,
    /// Does it say that itself?
    pub states_failure_policy: bool,
    /// `webhookConfiguration.timeoutSeconds`
    pub timeout_seconds: Option<i64>,
    /// `matchPolicy: Exact`: is it about one version of its resources only?
    pub exact: bool,
    /// Name and expression of its match conditions, as an API server checks them. `None` where it has
    /// none, or one that an API server cannot check.
    pub conditions: Option<Vec<(String, String)>>,
}

impl OwnWebhook {
    /// Of a policy; `None` for one that needs no webhook for resources, or has rules.
    pub fn of(policy: &AnyPolicy) -> Option<OwnWebhook> {
        let mut own = OwnWebhook::default();
        match policy {
            AnyPolicy::Validating(policy) if policy.admission => {
                own.failure_policy = policy.failure_policy;
                own.states_failure_policy = policy.states_failure_policy;
                own.timeout_seconds = policy.timeout_seconds;
                let forms = policy.variants.iter();
                own.constraints = forms.filter_map(|it| it.constraints.clone()).collect();
            }
            AnyPolicy::Mutating(policy) if policy.admission => {
                own.failure_policy = policy.failure_policy;
                own.states_failure_policy = policy.states_failure_policy;
                own.timeout_seconds = policy.timeout_seconds;
                let forms = policy.variants.iter();
                own.constraints = forms.filter_map(|it| it.constraints.clone()).collect();
            }
            AnyPolicy::Generating(policy) if policy.evaluation.admission => {
                own.failure_policy = FailurePolicy::Ignore;
                own.states_failure_policy = true;
                own.constraints = policy.constraints.iter().cloned().collect();
            }
            AnyPolicy::Images(_) => {}
            _ => return None,
        }
        let document = policy.document().root();
        let spec = document.get("spec").unwrap_or_default();
        let stated = |path: &[&str]| spec.at(path);
        if let AnyPolicy::Images(policy) = policy {
            if stated(&["evaluation", "admission", "enabled"]) == Some(Value::Bool(false)) {
                return None;
            }
            let mode = spec.text("failurePolicy");
            own.states_failure_policy = !mode.is_empty();
            if mode == "Ignore" {
                own.failure_policy = FailurePolicy::Ignore;
            }
            let named = stated(&["autogen", "podControllers", "controllers"]);
            let named = named.and_then(|list| list.as_list()).map(|list| {
                let names = list.iter().filter_map(|name| name.as_str());
                names.map(str::to_owned).collect::<Vec<_>>()
            });
            let made = controllers::groups(policy.constraints.as_ref(), named.as_deref());
            own.constraints.extend(policy.constraints.clone());
            let made = made.into_iter().map(|group| group.constraints);
            own.constraints.extend(made);
        }
        own.exact = stated(&["matchConstraints", "matchPolicy"]).and_then(|it| it.as_str())
            == Some("Exact");
        own.timeout_seconds = own.timeout_seconds.or_else(|| {
            match stated(&["webhookConfiguration", "timeoutSeconds"])? {
                Value::Int(seconds) => Some(seconds),
                _ => None,
            }
        });
        own.conditions = own.conditions_of(spec);
        if let AnyPolicy::Generating(policy) = policy
            && policy.evaluation.synchronize
        {
            // What it made follows whatever happens to the trigger later.
            for (_, expression) in own.conditions.iter_mut().flatten() {
                *expression = format!("request.operation != 'CREATE' || ({expression})");
            }
        }
        Some(own)
    }

    /// Every request about `pods` needs the conditions in the words of Pods, and every one about a
    /// controller of Pods in its own.
    fn conditions_of(&self, spec: Value<'_>) -> Option<Vec<(String, String)>> {
        let stated = spec.get("matchConditions").and_then(|list| list.as_list());
        let stated = stated.into_iter().flat_map(|list| list.iter());
        let stated: Vec<_> = stated
            .map(|entry| {
                let text = |key| entry.text(key).to_owned();
                (text("name"), text("expression"))
            })
            .collect();
        if stated.is_empty() {
            return None;
        }
        let checked: Result<Vec<()>, Unusable> = stated
            .iter()
            .map(|(_, expression)| compiles_for_webhook(expression))
            .collect();
        checked.ok()?;
        // The API server does not know it here; all conditions are checked again in any case.
        let stated = stated
            .into_iter()
            .filter(|(_, expression)| !expression.contains("namespaceObject"));
        let [_, made @ ..] = self.constraints.as_slice() else {
            return Some(stated.collect());
        };
        if made.is_empty() {
            return Some(stated.collect());
        }
        let mut groups: Vec<_> = made.iter().map(test_of).collect();
        groups.sort();
        let conditions = stated.flat_map(|(name, expression)| {
            let pods = "(object.apiVersion == 'v1' && object.kind =='Pod')";
            let own = (
                format!("autogen-{name}"),
                format!("!({pods}) || ({expression})"),
            );
            let of_controllers = groups.iter().map(|(group, path, kinds)| {
                let expression = moved(&expression, path);
                (
                    format!("autogen-{group}-{name}"),
                    format!("!({kinds}) || ({expression})"),
                )
            });
            std::iter::once(own).chain(of_controllers.collect::<Vec<_>>())
        });
        Some(conditions.collect())
    }
}

/// What autogen calls a group of controllers, where their Pod is, and the test for their kinds.
fn test_of(constraints: &Constraints) -> (&'static str, &'static str, String) {
    let mut kinds = Vec::new();
    for rule in &constraints.rules {
        let api = match (rule.groups.first(), rule.versions.first()) {
            (Some(group), Some(version)) => format!("{group}/{version}"),
            _ => continue,
        };
        kinds.extend(rule.resources.iter().filter_map(|resource| {
            let kind = match resource.as_str() {
                "daemonsets" => "DaemonSet",
                "deployments" => "Deployment",
                "replicasets" => "ReplicaSet",
                "statefulsets" => "StatefulSet",
                "jobs" => "Job",
                "cronjobs" => "CronJob",
                _ => return None,
            };
            Some(format!(
                "(object.apiVersion == '{api}' && object.kind =='{kind}')"
            ))
        }));
    }
    kinds.sort();
    let cron = kinds.iter().any(|kind| kind.contains("'CronJob'"));
    let (group, path) = match cron {
        true => ("cronjobs", "jobTemplate.spec.template."),
        false => ("defaults", "template."),
    };
    (group, path, kinds.join(" || "))
}

#[cfg(test)]
mod tests {
    use super::OwnWebhook;
    use crate::doc::{FailurePolicy, read_any};

    const PODS: &str = "resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], \
                        resources: [pods]}]";
    const NODES: &str = "resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], \
                         resources: [nodes]}]";

    #[test]
    fn conditions_are_said_for_each_controller() {
        let own = of(
            "ValidatingPolicy",
            PODS,
            "matchConditions: [{name: c, expression: has(object.metadata.labels)}]",
        );
        let conditions = own.conditions.unwrap();
        let names: Vec<_> = conditions.iter().map(|(name, _)| name.as_str()).collect();
        let expect = ["autogen-c", "autogen-cronjobs-c", "autogen-defaults-c"];
        assert_eq!(names, expect);
        assert_eq!(
            conditions[1].1,
            "!((object.apiVersion == 'batch/v1' && object.kind =='CronJob')) || \
             (has(object.spec.jobTemplate.spec.template.metadata.labels))"
        );
        assert_eq!(own.constraints.len(), 3);
    }

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn what_an_api_server_can_check() {
        check("",                                                        None);
        check("[{name: c, expression: 'object.a == 1'}]",                Some(&["object.a == 1"]));
        check("[{name: c, expression: 'variables.x'}]",                  None);
        check("[{name: c, expression: 'namespaceObject.metadata.name == \"x\"'}, {name: d, expression: 'true'}]",
                                                                         Some(&["true"]));
    }

    #[test]
    fn a_generating_policy_that_synchronizes_is_asked_about_later_changes() {
        let own = of(
            "GeneratingPolicy",
            NODES,
            "evaluation: {synchronize: {enabled: true}}\n  \
             matchConditions: [{name: c, expression: 'true'}]",
        );
        let expect = "request.operation != 'CREATE' || (true)";
        assert_eq!(own.conditions.unwrap()[0].1, expect);
        assert_eq!(own.failure_policy, FailurePolicy::Ignore);
    }

    #[track_caller]
    fn check(conditions: &str, expect: Option<&[&str]>) {
        let conditions = match conditions {
            "" => String::new(),
            list => format!("matchConditions: {list}"),
        };
        let own = of("ValidatingPolicy", NODES, &conditions);
        let found = own.conditions.map(|list| {
            let texts = list.into_iter().map(|(_, expression)| expression);
            texts.collect::<Vec<_>>()
        });
        let found = found.as_ref().map(|list| {
            let texts = list.iter().map(String::as_str);
            texts.collect::<Vec<_>>()
        });
        assert_eq!(found.as_deref(), expect, "{conditions}");
    }

    fn of(kind: &str, constraints: &str, spec: &str) -> OwnWebhook {
        let body = match kind {
            "GeneratingPolicy" => "generate: [{expression: \"generator.apply('a', [])\"}]",
            _ => "validations: [{expression: 'true'}]",
        };
        let text = format!(
            "apiVersion: policies.kyverno.io/v1\nkind: {kind}\nmetadata: {{name: p}}\nspec:\n  \
             matchConstraints: {{{constraints}}}\n  {spec}\n  {body}\n"
        );
        OwnWebhook::of(&read_any(&text).remove(0).unwrap()).unwrap()
    }
}
