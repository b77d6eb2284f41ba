//! The webhooks that are there whatever policies there are.
//!
//! Comes in:  the gate's own names.
//! Goes out:  configurations: for what the gate itself is configured by, and for the watchdog.
//! Never here: what their paths answer.

use std::collections::BTreeMap;

use k8s_openapi::api::admissionregistration::v1::RuleWithOperations;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};
use portcullis_engine::doc::FailurePolicy;

use super::health;
use super::hook::{Hook, Side};
use crate::cluster::home::Home;

/// One configuration object.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Configuration {
    pub(super) name: &'static str,
    pub(super) side: Side,
    pub(super) hooks: Vec<Hook>,
}

/// Those for resources.
pub(super) const RESOURCES_VALIDATING: &str = "kyverno-resource-validating-webhook-cfg";
pub(super) const RESOURCES_MUTATING: &str = "kyverno-resource-mutating-webhook-cfg";

const KYVERNO: &str = "kyverno.io";
const CEL: &str = "policies.kyverno.io";
const CEL_VERSIONS: [&str; 3] = ["v1", "v1alpha1", "v1beta1"];
const WRITES: [&str; 2] = ["CREATE", "UPDATE"];

/// Every kind of policy that is written in CEL, by its plural.
const CEL_POLICIES: [&str; 10] = [
    "deletingpolicies",
    "generatingpolicies",
    "imagevalidatingpolicies",
    "mutatingpolicies",
    "namespaceddeletingpolicies",
    "namespacedgeneratingpolicies",
    "namespacedimagevalidatingpolicies",
    "namespacedmutatingpolicies",
    "namespacedvalidatingpolicies",
    "validatingpolicies",
];

/// Those that are always there. The Service and its namespace name some of them.
pub(super) fn configurations(home: &Home) -> Vec<Configuration> {
    let name = format!("{}.{}.svc", home.service, home.namespace);
    let validating = |configuration, name: &str, path: &str, rules| Configuration {
        name: configuration,
        side: Side::Validating,
        hooks: vec![Hook {
            name: name.to_owned(),
            path: path.to_owned(),
            rules,
            side_effects: "None",
            ..Hook::default()
        }],
    };
    let mut ttl = validating(
        "kyverno-ttl-validating-webhook-cfg",
        &name,
        "/verifyttl",
        vec![rule("*", &["*"], &["*/*"], &WRITES)],
    );
    for hook in &mut ttl.hooks {
        hook.failure_policy = FailurePolicy::Ignore;
        hook.objects.match_expressions = Some(vec![LabelSelectorRequirement {
            key: "cleanup.kyverno.io/ttl".to_owned(),
            operator: "Exists".to_owned(),
            values: None,
        }]);
    }
    vec![
        verify(),
        validating(
            "kyverno-policy-validating-webhook-cfg",
            "validate-policy.kyverno.svc",
            "/policyvalidate",
            policies(),
        ),
        Configuration {
            name: "kyverno-policy-mutating-webhook-cfg",
            side: Side::Mutating,
            hooks: vec![Hook {
                name: "mutate-policy.kyverno.svc".to_owned(),
                path: "/policymutate".to_owned(),
                rules: policies(),
                reinvoke: true,
                ..Hook::default()
            }],
        },
        validating(
            "kyverno-exception-validating-webhook-cfg",
            &name,
            "/exceptionvalidate",
            vec![rule(
                KYVERNO,
                &["v2", "v2beta1"],
                &["policyexceptions"],
                &WRITES,
            )],
        ),
        validating(
            "kyverno-cel-exception-validating-webhook-cfg",
            &name,
            "/celexception/validate",
            vec![rule(CEL, &CEL_VERSIONS, &["policyexceptions"], &WRITES)],
        ),
        validating(
            "kyverno-global-context-validating-webhook-cfg",
            &name,
            "/globalcontextvalidate",
            vec![rule(
                KYVERNO,
                &["v2", "v2alpha1", "v2beta1"],
                &["globalcontextentries"],
                &WRITES,
            )],
        ),
        validating(
            "kyverno-cleanup-validating-webhook-cfg",
            &name,
            "/cleanup/validate",
            vec![rule(
                KYVERNO,
                &["v2", "v2beta1"],
                &["cleanuppolicies", "clustercleanuppolicies"],
                &WRITES,
            )],
        ),
        ttl,
    ]
}

fn policies() -> Vec<RuleWithOperations> {
    let classic = ["clusterpolicies", "policies"];
    vec![
        rule(KYVERNO, &["v1", "v2beta1"], &classic, &WRITES),
        rule(CEL, &CEL_VERSIONS, &CEL_POLICIES, &WRITES),
    ]
}

/// The API server's way to the gate, tried again and again.
fn verify() -> Configuration {
    let (key, value) = health::LABEL;
    Configuration {
        name: "kyverno-verify-mutating-webhook-cfg",
        side: Side::Mutating,
        hooks: vec![Hook {
            name: "monitor-webhooks.kyverno.svc".to_owned(),
            path: health::PATH.to_owned(),
            failure_policy: FailurePolicy::Ignore,
            rules: vec![rule(
                "coordination.k8s.io",
                &["v1"],
                &["leases"],
                &["UPDATE"],
            )],
            objects: LabelSelector {
                match_labels: Some(BTreeMap::from([(key.to_owned(), value.to_owned())])),
                ..LabelSelector::default()
            },
            reinvoke: true,
            // A replica that hangs shall not keep the leader from trying another.
            timeout: 2,
            ..Hook::default()
        }],
    }
}

fn rule(
    group: &str,
    versions: &[&str],
    resources: &[&str],
    operations: &[&str],
) -> RuleWithOperations {
    let list = |texts: &[&str]| Some(texts.iter().map(|text| (*text).to_owned()).collect());
    RuleWithOperations {
        api_groups: list(&[group]),
        api_versions: list(versions),
        operations: list(operations),
        resources: list(resources),
        scope: Some("*".to_owned()),
    }
}
