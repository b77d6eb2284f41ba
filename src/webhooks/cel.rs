//! The webhooks of policies written in CEL.
//!
//! Comes in:  policies, settings.
//! Goes out:  webhooks, by kind of policy: one for each policy that asks for its own, and one for each
//!            pair of failure policy and selectors for the others.
//! Never here: what the conditions say (see `portcullis_engine::doc::OwnWebhook`).

use std::collections::BTreeMap;

use k8s_openapi::api::admissionregistration::v1::{MatchCondition, RuleWithOperations};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};
use portcullis_engine::doc::{self, AnyPolicy, FailurePolicy, OwnWebhook, PolicyKind};
use sha2::{Digest as _, Sha256};

use super::hook::{Hook, Side, word_of};
use super::resources::{Asked, Resources};
use super::rules::ALL;

/// Where a kind of policy is asked.
struct Place {
    side: Side,
    /// Of paths.
    prefix: &'static str,
    /// Of names.
    base: &'static str,
}

const fn place(side: Side, prefix: &'static str, base: &'static str) -> Place {
    Place { side, prefix, base }
}

fn places(kind: PolicyKind) -> &'static [Place] {
    use PolicyKind::{
        GeneratingPolicy, ImageValidatingPolicy, MutatingPolicy, NamespacedGeneratingPolicy,
        NamespacedImageValidatingPolicy, NamespacedMutatingPolicy, NamespacedValidatingPolicy,
        ValidatingPolicy,
    };
    use Side::{Mutating, Validating};
    match kind {
        ValidatingPolicy => const { &[place(Validating, "/vpol", "vpol.validate.kyverno.svc")] },
        NamespacedValidatingPolicy => {
            const { &[place(Validating, "/nvpol", "nvpol.validate.kyverno.svc")] }
        }
        GeneratingPolicy => const { &[place(Validating, "/gpol", "gpol.validate.kyverno.svc")] },
        NamespacedGeneratingPolicy => {
            const { &[place(Validating, "/ngpol", "ngpol.validate.kyverno.svc")] }
        }
        // The name really says so.
        MutatingPolicy => const { &[place(Mutating, "/mpol", "mpol.validate.kyverno.svc")] },
        NamespacedMutatingPolicy => {
            const { &[place(Mutating, "/nmpol", "nmpol.validate.kyverno.svc")] }
        }
        ImageValidatingPolicy => {
            const {
                &[
                    place(Validating, "/ivpol/validate", "ivpol.validate.kyverno.svc"),
                    place(Mutating, "/ivpol/mutate", "ivpol.mutate.kyverno.svc"),
                ]
            }
        }
        NamespacedImageValidatingPolicy => {
            const {
                &[
                    place(
                        Validating,
                        "/nivpol/validate",
                        "nivpol.validate.kyverno.svc",
                    ),
                    place(Mutating, "/nivpol/mutate", "nivpol.mutate.kyverno.svc"),
                ]
            }
        }
        _ => &[],
    }
}

const KINDS: [PolicyKind; 8] = [
    PolicyKind::ValidatingPolicy,
    PolicyKind::NamespacedValidatingPolicy,
    PolicyKind::GeneratingPolicy,
    PolicyKind::NamespacedGeneratingPolicy,
    PolicyKind::MutatingPolicy,
    PolicyKind::NamespacedMutatingPolicy,
    PolicyKind::ImageValidatingPolicy,
    PolicyKind::NamespacedImageValidatingPolicy,
];

/// Adds the webhooks of all CEL policies.
pub(super) fn hooks(asked: &Asked<'_>, all: &mut Resources) {
    for kind in KINDS {
        let policies = asked.policies.iter().filter(|it| it.id().kind == kind);
        let policies = policies.filter_map(|it| Some((it, OwnWebhook::of(it)?)));
        let policies: Vec<_> = policies.collect();
        for place in places(kind) {
            let hooks = of_place(asked, place, &policies);
            match place.side {
                Side::Validating => all.validating.extend(hooks),
                Side::Mutating => all.mutating.extend(hooks),
            }
        }
    }
}

/// Policies that share a path.
#[derive(Default)]
struct Shared {
    names: Vec<String>,
    fail: Vec<RuleWithOperations>,
    ignore: Vec<RuleWithOperations>,
}

fn of_place(asked: &Asked<'_>, place: &Place, policies: &[(&AnyPolicy, OwnWebhook)]) -> Vec<Hook> {
    let mut groups: BTreeMap<String, (Shared, LabelSelector, LabelSelector)> = BTreeMap::new();
    let mut alone = Vec::new();
    for (policy, own) in policies {
        let rules = rules_of(policy, own);
        if rules.is_empty() {
            continue;
        }
        let mode = match own.states_failure_policy {
            true => own.failure_policy,
            false => asked.options.default_failure_policy,
        };
        let (namespaces, objects) = selectors(asked, policy, own);
        if own.conditions.is_some() || own.exact || own.timeout_seconds.is_some() {
            let mut hook = hook(asked, place, mode, rules);
            let id = policy.id();
            let name = match id.namespace.as_str() {
                "" => id.name.clone(),
                namespace => format!("{namespace}-{}", id.name),
            };
            hook.name = format!("{}-finegrained-{name}", hook.name);
            hook.path = format!("{}/{}", place.prefix, id.name);
            (hook.namespaces, hook.objects) = (namespaces, objects);
            hook.exact = own.exact;
            if let Some(seconds) = own.timeout_seconds {
                hook.timeout = i32::try_from(seconds).unwrap_or(hook.timeout);
            }
            let conditions = own.conditions.iter().flatten();
            let conditions = conditions.map(|(name, expression)| MatchCondition {
                name: name.clone(),
                expression: expression.clone(),
            });
            hook.conditions = conditions.collect();
            alone.push(hook);
            continue;
        }
        let key = serde_json::to_string(&[&namespaces, &objects]).unwrap_or_default();
        let (shared, ..) = groups
            .entry(key)
            .or_insert_with(|| (Shared::default(), namespaces, objects));
        shared.names.push(policy.id().name.clone());
        match mode {
            FailurePolicy::Fail => shared.fail.extend(rules),
            FailurePolicy::Ignore => shared.ignore.extend(rules),
        }
    }
    let several = groups.len() > 1;
    let mut hooks = Vec::new();
    for (key, (mut shared, namespaces, objects)) in groups {
        shared.names.sort();
        shared.names.dedup();
        let path = format!("{}/{}", place.prefix, shared.names.join("/"));
        let modes = [
            (FailurePolicy::Fail, shared.fail),
            (FailurePolicy::Ignore, shared.ignore),
        ];
        for (mode, rules) in modes.into_iter().filter(|(_, rules)| !rules.is_empty()) {
            let mut hook = hook(asked, place, mode, rules);
            if several {
                hook.name = format!("{}-{}", hook.name, short_digest(&key));
            }
            hook.path.clone_from(&path);
            (hook.namespaces, hook.objects) = (namespaces.clone(), objects.clone());
            hooks.push(hook);
        }
    }
    hooks.append(&mut alone);
    hooks
}

fn hook(
    asked: &Asked<'_>,
    place: &Place,
    mode: FailurePolicy,
    rules: Vec<RuleWithOperations>,
) -> Hook {
    Hook {
        name: format!("{}-{}", place.base, word_of(mode)),
        rules: sorted(rules),
        ..asked.hook(mode, 0)
    }
}

/// The rules of every form of a policy, as they are written.
fn rules_of(policy: &AnyPolicy, own: &OwnWebhook) -> Vec<RuleWithOperations> {
    let generates = matches!(policy, AnyPolicy::Generating(_));
    let rules = own.constraints.iter().flat_map(|it| &it.rules);
    let rules = rules.map(|rule| RuleWithOperations {
        api_groups: Some(rule.groups.clone()),
        api_versions: Some(rule.versions.clone()),
        operations: Some(match generates {
            // What was made follows whatever happens to the trigger.
            true => ALL.map(str::to_owned).to_vec(),
            false => rule.operations.clone(),
        }),
        resources: Some(rule.resources.clone()),
        scope: Some(match rule.scope.as_str() {
            "" => "*".to_owned(),
            scope => scope.to_owned(),
        }),
    });
    rules.collect()
}

/// In one order, each once.
fn sorted(mut rules: Vec<RuleWithOperations>) -> Vec<RuleWithOperations> {
    let key = |rule: &RuleWithOperations| {
        let RuleWithOperations {
            api_groups,
            api_versions,
            operations,
            resources,
            scope,
        } = rule.clone();
        (api_groups, api_versions, resources, scope, operations)
    };
    rules.sort_by_key(key);
    rules.dedup();
    rules
}

/// The selectors of a policy, and those of all webhooks.
fn selectors(
    asked: &Asked<'_>,
    policy: &AnyPolicy,
    own: &OwnWebhook,
) -> (LabelSelector, LabelSelector) {
    let stated = own.constraints.first();
    let mut namespaces = asked.selected.namespaces.clone();
    let mut objects = asked.selected.objects.clone();
    match policy.id().namespace.as_str() {
        "" => merge(
            &mut namespaces,
            stated.and_then(|it| it.namespace_selector.as_ref()),
        ),
        namespace => {
            let only = LabelSelectorRequirement {
                key: "kubernetes.io/metadata.name".to_owned(),
                operator: "In".to_owned(),
                values: Some(vec![namespace.to_owned()]),
            };
            let list = namespaces.match_expressions.get_or_insert_default();
            list.insert(0, only);
        }
    }
    merge(
        &mut objects,
        stated.and_then(|it| it.object_selector.as_ref()),
    );
    (namespaces, objects)
}

/// Both must fit.
fn merge(into: &mut LabelSelector, stated: Option<&doc::LabelSelector>) {
    let Some(stated) = stated else { return };
    for (key, value) in &stated.match_labels {
        let labels = into.match_labels.get_or_insert_default();
        match labels.get(key) {
            Some(other) if other != value => {
                let both = LabelSelectorRequirement {
                    key: key.clone(),
                    operator: "In".to_owned(),
                    values: Some(vec![value.clone()]),
                };
                into.match_expressions.get_or_insert_default().push(both);
            }
            _ => {
                labels.insert(key.clone(), value.clone());
            }
        }
    }
    let requirements = stated.match_expressions.iter();
    let requirements = requirements.map(|it| LabelSelectorRequirement {
        key: it.key.clone(),
        operator: it.operator.clone(),
        values: (!it.values.is_empty()).then(|| it.values.clone()),
    });
    let mut requirements: Vec<_> = requirements.collect();
    if !requirements.is_empty() {
        // The policy's own stand in front.
        let list = into.match_expressions.get_or_insert_default();
        requirements.append(list);
        *list = requirements;
    }
}

/// Eight digits that tell texts apart.
pub(super) fn short_digest(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
