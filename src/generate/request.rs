//! UpdateRequests: what an admitted request has set off, until it is carried out.
//!
//! Comes in:  a duty, and the request that caused it.
//! Goes out:  an object of the cluster, named after the duty: asking twice for one thing makes one entry.
//! Never here: carrying it out.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Client;
use kube::api::{Api, ApiResource, Object, TypeMeta};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::duty::{Duty, Trigger, What};
use super::labels;

/// One entry of the queue that the cluster keeps.
pub(crate) type Request = Object<Spec, Status>;

/// `spec`, as Kyverno has it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Spec {
    /// `generate`, `mutate`, `cel-generate`, `cel-mutate`.
    pub(crate) request_type: String,
    /// `name` or `namespace/name`.
    pub(crate) policy: String,
    /// Which rule of it; empty for a policy written in CEL.
    pub(crate) rule: String,
    /// What set it off.
    pub(crate) resource: Resource,
    /// Is what the rule made to go?
    pub(crate) delete_downstream: bool,
    /// Does the rule keep in step what it made?
    pub(crate) synchronize: bool,
    /// The same, as newer readers expect it.
    pub(crate) rule_context: Vec<RuleContext>,
    /// The request that caused it.
    pub(crate) context: Context,
}

/// One rule and what set it off.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RuleContext {
    rule: String,
    delete_downstream: bool,
    synchronize: bool,
    trigger: Resource,
}

/// An object, by its name.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Resource {
    api_version: String,
    kind: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    namespace: String,
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    uid: String,
}

/// Who caused it, by which request.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Context {
    user_info: UserInfo,
    admission_request_info: AdmissionRequestInfo,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
struct UserInfo {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roles: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cluster_roles: Vec<String>,
    #[serde(skip_serializing_if = "Value::is_null")]
    user_info: Value,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
struct AdmissionRequestInfo {
    #[serde(skip_serializing_if = "Option::is_none")]
    admission_request: Option<Value>,
    #[serde(skip_serializing_if = "String::is_empty")]
    operation: String,
}

/// `status`
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Status {
    /// `Pending`, `Failed`.
    pub(crate) state: String,
    /// Why it is not done.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) message: String,
    /// How often it was tried in vain.
    pub(crate) retry_count: u32,
}

/// What a request leaves behind for a duty.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cause {
    /// The admission request, without what is read anew anyway.
    pub(crate) request: Option<Value>,
    /// The user's roles.
    pub(crate) roles: Vec<String>,
    /// The user's cluster roles.
    pub(crate) cluster_roles: Vec<String>,
    /// Did the request take away what set the rule off?
    pub(crate) delete: bool,
    /// Does the rule keep in step what it made?
    pub(crate) synchronize: bool,
}

impl Cause {
    /// `CREATE`, `UPDATE`, `DELETE`, `CONNECT`; empty where no request is the cause.
    pub(crate) fn operation(&self) -> &str {
        let request = self.request.as_ref();
        let operation = request.and_then(|request| request.get("operation"));
        operation.and_then(Value::as_str).unwrap_or_default()
    }
}

/// `updaterequests.kyverno.io`
pub(crate) fn resource() -> ApiResource {
    ApiResource {
        group: "kyverno.io".to_owned(),
        version: "v2".to_owned(),
        api_version: "kyverno.io/v2".to_owned(),
        kind: "UpdateRequest".to_owned(),
        plural: "updaterequests".to_owned(),
    }
}

/// The update requests of an engine that is at home in `namespace`.
pub(crate) fn api(client: &Client, namespace: &str) -> Api<Request> {
    Api::namespaced_with(client.clone(), namespace, &resource())
}

/// The object for a duty.
pub(crate) fn object(duty: &Duty, cause: &Cause) -> Request {
    let Trigger {
        api_version,
        kind,
        namespace,
        name,
        uid,
    } = duty.trigger.clone();
    let trigger = Resource {
        api_version,
        kind,
        namespace,
        name,
        uid,
    };
    let user = cause
        .request
        .as_ref()
        .and_then(|request| request.get("userInfo"));
    Request {
        types: Some(TypeMeta {
            api_version: "kyverno.io/v2".to_owned(),
            kind: "UpdateRequest".to_owned(),
        }),
        metadata: ObjectMeta {
            name: Some(duty.name()),
            labels: Some(labels::of_request(duty)),
            ..ObjectMeta::default()
        },
        spec: Spec {
            request_type: duty.what.as_str().to_owned(),
            policy: duty.policy.clone(),
            rule: duty.rule.clone(),
            resource: trigger.clone(),
            delete_downstream: cause.delete,
            synchronize: cause.synchronize,
            rule_context: vec![RuleContext {
                rule: duty.rule.clone(),
                delete_downstream: cause.delete,
                synchronize: cause.synchronize,
                trigger,
            }],
            context: Context {
                user_info: UserInfo {
                    roles: cause.roles.clone(),
                    cluster_roles: cause.cluster_roles.clone(),
                    user_info: user.cloned().unwrap_or_default(),
                },
                admission_request_info: AdmissionRequestInfo {
                    admission_request: cause.request.clone(),
                    operation: cause.operation().to_owned(),
                },
            },
        },
        status: None,
    }
}

/// What an object asks for; `None` where it asks for nothing that is known. Those that Kyverno left
/// behind are read as well: their rules stand in `ruleContext` only, one duty for each.
pub(crate) fn read(request: &Request) -> Vec<(Duty, Cause)> {
    let spec = &request.spec;
    let Some(what) = What::parse(&spec.request_type) else {
        return Vec::new();
    };
    let info = &spec.context.admission_request_info;
    let user = &spec.context.user_info;
    let read = |rule: &str, trigger: &Resource, delete, synchronize| {
        let duty = Duty {
            what,
            policy: spec.policy.clone(),
            rule: rule.to_owned(),
            trigger: Trigger {
                api_version: trigger.api_version.clone(),
                kind: trigger.kind.clone(),
                namespace: trigger.namespace.clone(),
                name: trigger.name.clone(),
                uid: trigger.uid.clone(),
            },
        };
        let cause = Cause {
            request: info.admission_request.clone(),
            roles: user.roles.clone(),
            cluster_roles: user.cluster_roles.clone(),
            delete,
            synchronize,
        };
        (duty, cause)
    };
    if spec.rule_context.is_empty() {
        let Spec {
            rule,
            resource,
            delete_downstream,
            synchronize,
            ..
        } = spec;
        return vec![read(rule, resource, *delete_downstream, *synchronize)];
    }
    let rules = spec.rule_context.iter();
    let read = rules.map(|one| {
        read(
            &one.rule,
            &one.trigger,
            one.delete_downstream,
            one.synchronize,
        )
    });
    read.collect()
}

#[cfg(test)]
mod tests {
    use super::{Cause, object, read};
    use crate::generate::duty::{Duty, Trigger, What};
    use serde_json::json;

    #[test]
    fn what_is_written_is_read_again() {
        let duty = Duty {
            what: What::Generate,
            policy: "team/p".to_owned(),
            rule: "r".to_owned(),
            trigger: Trigger {
                api_version: "v1".to_owned(),
                kind: "Namespace".to_owned(),
                namespace: String::new(),
                name: "n".to_owned(),
                uid: "u".to_owned(),
            },
        };
        let cause = Cause {
            request: Some(json!({"operation": "UPDATE", "userInfo": {"username": "ada"}})),
            roles: vec!["n:r".to_owned()],
            cluster_roles: vec!["admin".to_owned()],
            delete: true,
            synchronize: true,
        };
        let written = serde_json::to_value(object(&duty, &cause)).unwrap();
        assert_eq!(written["spec"]["requestType"], "generate");
        assert_eq!(written["spec"]["ruleContext"][0]["trigger"]["uid"], "u");
        let context = &written["spec"]["context"];
        assert_eq!(context["userInfo"]["userInfo"]["username"], "ada");
        assert_eq!(context["admissionRequestInfo"]["operation"], "UPDATE");
        let request = serde_json::from_value(written).unwrap();
        assert_eq!(read(&request), [(duty, cause)]);
    }

    #[test]
    fn requests_of_kyverno_may_hold_several_rules() {
        let written = json!({
            "apiVersion": "kyverno.io/v2", "kind": "UpdateRequest", "metadata": {"name": "ur-x"},
            "spec": {"requestType": "generate", "policy": "p", "context": {}, "resource": {},
                "ruleContext": [
                    {"rule": "a", "deleteDownstream": false, "trigger": {"kind": "Pod"}},
                    {"rule": "b", "deleteDownstream": true, "trigger": {"kind": "Pod"}}]}
        });
        let request = serde_json::from_value(written).unwrap();
        let rules: Vec<_> = read(&request)
            .into_iter()
            .map(|(duty, cause)| (duty.rule, cause.delete))
            .collect();
        assert_eq!(rules, [("a".to_owned(), false), ("b".to_owned(), true)]);
    }
}
