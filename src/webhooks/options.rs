//! What the webhooks are made with: flags, and what the ConfigMap says about them.
//!
//! Comes in:  the `data` of the ConfigMap.
//! Goes out:  [`Options`], [`Selected`].
//! Never here: watching.

use std::collections::BTreeMap;

use k8s_openapi::api::admissionregistration::v1::MatchCondition;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use portcullis_engine::doc::FailurePolicy;
use serde::Deserialize;
use serde_json::Value;

use crate::keys;

/// How long an API server waits for an answer at least, by default.
pub(crate) const DEFAULT_TIMEOUT: i32 = 10;

/// How long it waits at most.
pub(super) const MAX_TIMEOUT: i32 = 30;

/// What flags say.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// `servicePort`: the port of the Service.
    pub(crate) service_port: i32,
    /// `serverIP`: where the gate is reached instead, with or without port.
    pub(crate) server_ip: Option<String>,
    /// `webhookTimeout`, in seconds.
    pub(crate) timeout: i32,
    /// `autoUpdateWebhooks`: do webhooks follow policies? Otherwise everything is sent.
    pub(crate) follow_policies: bool,
    /// `excludeBootstrapResources`: may nodes join without the gate?
    pub(crate) exclude_bootstrap: bool,
    /// `protectManagedResources`: is what policies make sent as well?
    pub(crate) protects: bool,
    /// What policies do that do not say it.
    pub(crate) default_failure_policy: FailurePolicy,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            service_port: 443,
            server_ip: None,
            timeout: DEFAULT_TIMEOUT,
            follow_policies: true,
            exclude_bootstrap: false,
            protects: false,
            default_failure_policy: FailurePolicy::Fail,
        }
    }
}

/// What the ConfigMap says about webhooks.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Selected {
    /// Which namespaces are looked at.
    pub(crate) namespaces: LabelSelector,
    /// Which objects are looked at.
    pub(crate) objects: LabelSelector,
    /// Labels of the configurations.
    pub(crate) labels: BTreeMap<String, String>,
    /// Annotations of the configurations.
    pub(crate) annotations: BTreeMap<String, String>,
    /// Conditions of every resource webhook.
    pub(crate) conditions: Vec<MatchCondition>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Selectors {
    namespace_selector: LabelSelector,
    object_selector: LabelSelector,
}

/// `webhooks` is an object; once it was a list, of which the first counts.
#[derive(Default, Deserialize)]
#[serde(try_from = "Value")]
struct OneOrFirst(Selectors);

impl TryFrom<Value> for OneOrFirst {
    type Error = serde_json::Error;

    fn try_from(value: Value) -> serde_json::Result<OneOrFirst> {
        let value = match value {
            Value::Array(list) => list.into_iter().next(),
            value => Some(value),
        };
        let selectors = value.map(serde_json::from_value).transpose()?;
        Ok(OneOrFirst(selectors.unwrap_or_default()))
    }
}

impl Selected {
    /// From the `data` of the ConfigMap. `last` has the values for keys that cannot be read, which are
    /// returned with what is wrong.
    pub(crate) fn read(
        data: &BTreeMap<String, String>,
        last: &Selected,
    ) -> (Selected, Vec<String>) {
        let mut problems = Vec::new();
        let selectors = Selectors {
            namespace_selector: last.namespaces.clone(),
            object_selector: last.objects.clone(),
        };
        let OneOrFirst(selectors) =
            keys::json(data, "webhooks", OneOrFirst(selectors), &mut problems);
        let selected = Selected {
            namespaces: selectors.namespace_selector,
            objects: selectors.object_selector,
            labels: keys::json(data, "webhookLabels", last.labels.clone(), &mut problems),
            annotations: keys::json(
                data,
                "webhookAnnotations",
                last.annotations.clone(),
                &mut problems,
            ),
            conditions: keys::json(
                data,
                "matchConditions",
                last.conditions.clone(),
                &mut problems,
            ),
        };
        (selected, problems)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{LabelSelector, Selected};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn the_keys_of_the_config_map() {
        let namespaces = r#"{"namespaceSelector":{"matchLabels":{"a":"b"}}}"#;
        check("webhooks",           namespaces,                       "namespaces a=b");
        check("webhooks",           &format!("[{namespaces}]"),       "namespaces a=b");
        check("webhooks",           r#"{"objectSelector":{"matchLabels":{"a":"b"}}}"#, "objects a=b");
        check("webhooks",           "[]",                             "");
        check("webhooks",           "null",                           "");
        check("webhooks",           "",                               "");
        check("webhookLabels",      r#"{"x":"y"}"#,                   "label x=y");
        check("webhookAnnotations", r#"{"x":"y"}"#,                   "annotation x=y");
        check("matchConditions",    r#"[{"name":"n","expression":"true"}]"#, "condition n: true");
        check("webhookLabels",      r#"["x"]"#,                       "label last=good, problem `webhookLabels`");
        check("webhooks",           "7",                              "objects last=good, problem `webhooks`");
        check("matchConditions",    "[{",                             "problem `matchConditions`");
    }

    #[track_caller]
    fn check(key: &str, text: &str, expect: &str) {
        let data = BTreeMap::from([(key.to_owned(), text.to_owned())]);
        let good = BTreeMap::from([("last".to_owned(), "good".to_owned())]);
        let last = Selected {
            objects: LabelSelector {
                match_labels: Some(good.clone()),
                ..LabelSelector::default()
            },
            labels: good,
            ..Selected::default()
        };
        let (found, problems) = Selected::read(&data, &last);
        let pairs = |what: &str, map: &BTreeMap<String, String>| {
            let pairs = map
                .iter()
                .map(|(key, value)| format!("{what} {key}={value}"));
            pairs.collect::<Vec<_>>()
        };
        let mut all = pairs(
            "namespaces",
            &found.namespaces.match_labels.unwrap_or_default(),
        );
        all.extend(pairs(
            "objects",
            &found.objects.match_labels.unwrap_or_default(),
        ));
        all.extend(pairs("label", &found.labels));
        all.extend(pairs("annotation", &found.annotations));
        let conditions = found.conditions.iter();
        all.extend(conditions.map(|it| format!("condition {}: {}", it.name, it.expression)));
        all.extend(problems.iter().map(|it| {
            let (key, _) = it.split_once(':').unwrap();
            format!("problem {key}")
        }));
        assert_eq!(all.join(", "), expect, "{key}: {text}");
    }
}
