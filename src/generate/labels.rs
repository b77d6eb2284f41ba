//! Labels: by them one tells which rule made an object, set off by what.
//!
//! Comes in:  duties; labels of objects.
//! Goes out:  labels; the duty that labels speak of.
//! Never here: requests to the cluster.

use std::collections::BTreeMap;

use super::duty::{Duty, Trigger, What};

/// Of everything that is made.
pub(super) const MANAGED: (&str, &str) = ("app.kubernetes.io/managed-by", "kyverno");
pub(super) const POLICY: &str = "generate.kyverno.io/policy-name";
pub(super) const POLICY_NAMESPACE: &str = "generate.kyverno.io/policy-namespace";
/// Not of what policies written in CEL make.
pub(super) const RULE: &str = "generate.kyverno.io/rule-name";
pub(super) const TRIGGER_GROUP: &str = "generate.kyverno.io/trigger-group";
pub(super) const TRIGGER_VERSION: &str = "generate.kyverno.io/trigger-version";
pub(super) const TRIGGER_KIND: &str = "generate.kyverno.io/trigger-kind";
pub(super) const TRIGGER_NAMESPACE: &str = "generate.kyverno.io/trigger-namespace";
pub(super) const TRIGGER_NAME: &str = "generate.kyverno.io/trigger-name";
pub(super) const TRIGGER_UID: &str = "generate.kyverno.io/trigger-uid";
/// Of copies.
pub(super) const SOURCE_UID: &str = "generate.kyverno.io/source-uid";
pub(super) const SOURCE_NAMESPACE: &str = "generate.kyverno.io/source-namespace";
/// Of what is copied.
pub(super) const CLONE_SOURCE: &str = "generate.kyverno.io/clone-source";

/// Finds everything that was made, by the labels of the API server.
pub(super) const MADE: &str =
    "app.kubernetes.io/managed-by=kyverno,generate.kyverno.io/policy-name";

/// The longest value of a label.
const LONGEST: usize = 63;

/// Labels of an object.
pub(super) type Labels = BTreeMap<String, String>;

/// Cut to what a label takes.
fn cut(value: &str) -> String {
    let mut end = value.len().min(LONGEST);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    let value = value.get(..end).unwrap_or_default();
    value.trim_end_matches(['-', '_', '.']).to_owned()
}

/// The labels of the update request for a duty.
pub(super) fn of_request(duty: &Duty) -> Labels {
    let prefix = match duty.what.generates() {
        true => "generate.kyverno.io/",
        false => "mutate.updaterequest.kyverno.io/",
    };
    let Trigger {
        api_version,
        kind,
        namespace,
        name,
        uid,
    } = &duty.trigger;
    let (namespaced, policy) = split(&duty.policy);
    let mut labels = vec![
        ("policy-name", policy),
        ("policy-namespace", namespaced),
        ("rule-name", &duty.rule),
        ("trigger-kind", kind),
        ("trigger-namespace", namespace),
        ("trigger-name", name),
        ("trigger-uid", uid),
    ];
    // A label takes no slash.
    let api_version = api_version.replace('/', "-");
    labels.push(("trigger-apiversion", &api_version));
    let labels = labels.into_iter().filter(|(_, value)| !value.is_empty());
    let labels = labels.filter_map(|(key, value)| {
        let value = cut(value);
        is_value(&value).then(|| (format!("{prefix}{key}"), value))
    });
    let managed = (MANAGED.0.to_owned(), MANAGED.1.to_owned());
    labels.chain([managed]).collect()
}

/// Names of rules may hold what labels may not.
fn is_value(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric();
    let inner = |byte: u8| plain(byte) || matches!(byte, b'-' | b'_' | b'.');
    let bytes = text.as_bytes();
    bytes.iter().all(|byte| inner(*byte))
        && bytes.first().is_none_or(|byte| plain(*byte))
        && bytes.last().is_none_or(|byte| plain(*byte))
}

/// Namespace and name of a policy's key.
pub(super) fn split(policy: &str) -> (&str, &str) {
    policy.split_once('/').unwrap_or(("", policy))
}

/// The duty by which an object with these labels was made; `None` where none made it.
pub(super) fn duty(labels: &Labels) -> Option<Duty> {
    let text = |key: &str| labels.get(key).map(String::as_str).unwrap_or_default();
    let (name, namespace) = (text(POLICY), text(POLICY_NAMESPACE));
    if name.is_empty() || text(TRIGGER_KIND).is_empty() {
        return None;
    }
    let rule = labels.get(RULE).cloned();
    Some(Duty {
        what: match rule {
            Some(_) => What::Generate,
            None => What::CelGenerate,
        },
        policy: match namespace {
            "" => name.to_owned(),
            namespace => format!("{namespace}/{name}"),
        },
        rule: rule.unwrap_or_default(),
        trigger: Trigger {
            api_version: match text(TRIGGER_GROUP) {
                "" => text(TRIGGER_VERSION).to_owned(),
                group => format!("{group}/{}", text(TRIGGER_VERSION)),
            },
            kind: text(TRIGGER_KIND).to_owned(),
            namespace: text(TRIGGER_NAMESPACE).to_owned(),
            name: String::new(),
            uid: text(TRIGGER_UID).to_owned(),
        },
    })
}

/// The labels of an object that a policy written in CEL makes.
pub(super) fn of_made(duty: &Duty) -> Labels {
    let Trigger {
        api_version,
        kind,
        namespace,
        name,
        uid,
    } = &duty.trigger;
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let (of, policy) = split(&duty.policy);
    let name = cut(name);
    let all = [
        MANAGED,
        (POLICY, policy),
        (TRIGGER_GROUP, group),
        (TRIGGER_VERSION, version),
        (TRIGGER_KIND, kind),
        (TRIGGER_NAMESPACE, namespace),
        (TRIGGER_NAME, &name),
        (TRIGGER_UID, uid),
    ];
    let namespace = (!of.is_empty()).then_some((POLICY_NAMESPACE, of));
    let all = all.into_iter().chain(namespace);
    all.map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// What the objects have in common that a duty made, as `kubectl --selector` writes it.
pub(super) fn selector(duty: &Duty) -> String {
    let (namespace, policy) = split(&duty.policy);
    let uid = &duty.trigger.uid;
    let mut selector = format!("{POLICY}={policy},{TRIGGER_UID}={uid}");
    match duty.what {
        What::CelGenerate => selector.push_str(&format!(",!{RULE}")),
        _ => selector.push_str(&format!(",{RULE}={}", duty.rule)),
    }
    if !namespace.is_empty() {
        selector.push_str(&format!(",{POLICY_NAMESPACE}={namespace}"));
    }
    selector
}

#[cfg(test)]
mod tests {
    use super::{Labels, cut, duty, of_made, of_request, selector};
    use crate::generate::duty::{Duty, Trigger, What};

    fn made() -> Duty {
        Duty {
            what: What::CelGenerate,
            policy: "team/p".to_owned(),
            rule: String::new(),
            trigger: Trigger {
                api_version: "apps/v1".to_owned(),
                kind: "Deployment".to_owned(),
                namespace: "team".to_owned(),
                name: "d".repeat(70),
                uid: "u".to_owned(),
            },
        }
    }

    #[test]
    fn labels_lead_back_to_the_duty_but_for_the_name() {
        let mut expect = made();
        let labels = of_made(&expect);
        expect.trigger.name.clear();
        assert_eq!(duty(&labels), Some(expect));
        let rule = ("generate.kyverno.io/rule-name".to_owned(), "r".to_owned());
        let labels: Labels = labels.into_iter().chain([rule]).collect();
        let found = duty(&labels).unwrap();
        assert_eq!((found.what, found.rule.as_str()), (What::Generate, "r"));
        assert_eq!(duty(&Labels::new()), None);
    }

    #[test]
    fn values_fit() {
        assert_eq!(cut(&"a".repeat(70)).len(), 63);
        assert_eq!(cut(&format!("{}-b", "a".repeat(62))), "a".repeat(62));
        let rule = Duty {
            what: What::Mutate,
            rule: "propagate the org label".to_owned(),
            ..made()
        };
        let labels = of_request(&rule);
        assert!(!labels.contains_key("mutate.updaterequest.kyverno.io/rule-name"));
        assert_eq!(
            labels["mutate.updaterequest.kyverno.io/trigger-apiversion"],
            "apps-v1"
        );
    }

    #[test]
    fn selectors_find_what_one_duty_made() {
        let prefix = "generate.kyverno.io";
        assert_eq!(
            selector(&made()),
            format!(
                "{prefix}/policy-name=p,{prefix}/trigger-uid=u,!{prefix}/rule-name,{prefix}/policy-namespace=team"
            )
        );
    }
}
