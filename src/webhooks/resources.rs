//! The webhooks for resources: what the policies in force ask for, no more.
//!
//! Comes in:  policies, what the API server serves, settings.
//! Goes out:  the webhooks of both configurations, in a stable order.
//! Never here: talking to the API server.
//!
//! ```text
//! rules ─> by failure policy ─> /validate/fail, /mutate/ignore ...
//!      └─> own match conditions ─> /validate/fail/finegrained/<policy>
//! CEL   ─> by kind, failure policy and selectors ─> /vpol/<name>/<name> ...
//! ```

use std::collections::BTreeSet;

use k8s_openapi::api::admissionregistration::v1::MatchCondition;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};
use portcullis_engine::doc::{AnyPolicy, FailurePolicy, Policy};

use super::cel;
use super::classic::{Needs, needs};
use super::hook::{Hook, Side, word_of};
use super::options::{MAX_TIMEOUT, Options, Selected};
use super::rules::{Resource, Rules};
use crate::cluster::kinds::Kinds;

/// Longest name of a webhook that the API server takes.
const LONGEST_NAME: usize = 253;

/// What the webhooks are computed from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) policies: &'a [AnyPolicy],
    pub(super) kinds: &'a Kinds,
    pub(super) selected: &'a Selected,
    pub(super) options: &'a Options,
    /// The gate's own namespace.
    pub(super) namespace: &'a str,
}

/// The webhooks for resources.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Resources {
    pub(super) validating: Vec<Hook>,
    pub(super) mutating: Vec<Hook>,
}

impl Asked<'_> {
    /// Computes them.
    pub(super) fn resources(&self) -> Resources {
        let mut all = Resources::default();
        if self.options.follow_policies {
            self.classic(&mut all);
            cel::hooks(self, &mut all);
        } else {
            self.everything(&mut all);
        }
        for hook in all.validating.iter_mut().chain(&mut all.mutating) {
            self.finish(hook);
        }
        all
    }

    fn classic(&self, all: &mut Resources) {
        let mut alone = Resources::default();
        for mode in [FailurePolicy::Fail, FailurePolicy::Ignore] {
            let policies = self.policies.iter().filter_map(AnyPolicy::as_rules);
            let policies =
                policies.filter(|it| it.settings().admission && self.failure_policy(it) == mode);
            let mut shared = Needs::default();
            let mut timeout = 0;
            for policy in policies {
                let needs = needs(policy, self.kinds, self.options.protects);
                let own = policy.settings().timeout_seconds.unwrap_or_default();
                match conditions_of(policy) {
                    Some(conditions) => {
                        let key = Key::of(policy);
                        let hook = Hook {
                            conditions,
                            ..self.hook(mode, own)
                        };
                        push_classic(&mut alone, &hook, &needs, Some(&key));
                    }
                    None => {
                        shared.validating.extend(&needs.validating);
                        shared.mutating.extend(&needs.mutating);
                        timeout = timeout.max(own);
                    }
                }
            }
            push_classic(all, &self.hook(mode, timeout), &shared, None);
        }
        all.validating.append(&mut alone.validating);
        all.mutating.append(&mut alone.mutating);
    }

    /// Once and for all: whatever policies come, they are asked.
    fn everything(&self, all: &mut Resources) {
        let mut rules = Rules::default();
        let resource = Resource {
            group: "*".to_owned(),
            version: "*".to_owned(),
            name: "*/*".to_owned(),
            scope: "*".to_owned(),
        };
        rules.add(resource, ["*"]);
        let needs = Needs {
            validating: rules.clone(),
            mutating: rules,
        };
        for mode in [FailurePolicy::Fail, FailurePolicy::Ignore] {
            push_classic(all, &self.hook(mode, 0), &needs, None);
        }
    }

    /// What all webhooks of a failure policy have in common; `timeout`: what their policies want.
    pub(super) fn hook(&self, failure_policy: FailurePolicy, timeout: i64) -> Hook {
        let wanted = i32::try_from(timeout).unwrap_or(MAX_TIMEOUT);
        Hook {
            failure_policy,
            namespaces: self.selected.namespaces.clone(),
            objects: self.selected.objects.clone(),
            timeout: wanted.max(self.options.timeout).clamp(1, MAX_TIMEOUT),
            ..Hook::default()
        }
    }

    fn failure_policy(&self, policy: &Policy) -> FailurePolicy {
        let settings = policy.settings();
        match settings.states_failure_policy {
            true => settings.failure_policy,
            false => self.options.default_failure_policy,
        }
    }

    /// What holds for every webhook: it must not keep the cluster, or the gate, from starting.
    fn finish(&self, hook: &mut Hook) {
        spare(&mut hook.namespaces, self.namespace);
        let mut conditions = self.selected.conditions.clone();
        conditions.append(&mut hook.conditions);
        let fails = hook.failure_policy == FailurePolicy::Fail;
        if fails && (self.options.exclude_bootstrap || is_unbounded(hook)) {
            conditions.push(MatchCondition {
                name: BOOTSTRAP.to_owned(),
                expression: NEEDED.to_owned(),
            });
        }
        let mut names = BTreeSet::new();
        conditions.retain(|condition| names.insert(condition.name.clone()));
        hook.conditions = conditions;
        if hook.name.len() > LONGEST_NAME {
            let digest = cel::short_digest(&hook.name);
            hook.name.truncate(LONGEST_NAME - digest.len() - 1);
            hook.name.push('-');
            hook.name.push_str(&digest);
        }
    }
}

/// The condition that lets pass what the cluster needs to start.
pub(super) const BOOTSTRAP: &str = "kyverno-exclude-bootstrap-resources";

/// What nodes need to come up, and the control plane to elect its leaders, when nobody is there yet
/// who could answer.
const NEEDED: &str = "!(request.resource.group == '' && request.resource.resource == 'nodes') && \
    !(request.resource.group == 'certificates.k8s.io' && request.resource.resource == \
    'certificatesigningrequests') && !(request.resource.group == 'coordination.k8s.io' && \
    request.resource.resource == 'leases' && request.namespace in ['kube-system', 'kube-node-lease'])";

/// Is it sent every kind of object? Nobody who writes `*` means that no node may join.
fn is_unbounded(hook: &Hook) -> bool {
    let names = hook
        .rules
        .iter()
        .flat_map(|rule| rule.resources.iter().flatten());
    names.into_iter().any(|name| name == "*" || name == "*/*")
}

/// Lets the gate's own namespace pass, where the selector does not do so already.
fn spare(selector: &mut LabelSelector, namespace: &str) {
    const NAME: &str = "kubernetes.io/metadata.name";
    let list = selector.match_expressions.get_or_insert_default();
    let spared = list.iter().any(|it| {
        let values = it.values.iter().flatten();
        it.key == NAME && it.operator == "NotIn" && values.into_iter().any(|it| it == namespace)
    });
    if !spared && !selects_others(selector, namespace) {
        let list = selector.match_expressions.get_or_insert_default();
        list.push(LabelSelectorRequirement {
            key: NAME.to_owned(),
            operator: "NotIn".to_owned(),
            values: Some(vec![namespace.to_owned()]),
        });
    }
    if selector
        .match_expressions
        .as_ref()
        .is_some_and(Vec::is_empty)
    {
        selector.match_expressions = None;
    }
}

/// Does it name the namespaces that it wants, and the gate's own is none of them?
fn selects_others(selector: &LabelSelector, namespace: &str) -> bool {
    let list = selector.match_expressions.iter().flatten();
    list.into_iter().any(|it| {
        let mut values = it.values.iter().flatten();
        it.key == "kubernetes.io/metadata.name"
            && it.operator == "In"
            && values.all(|value| value != namespace)
    })
}

fn push_classic(all: &mut Resources, common: &Hook, needs: &Needs, alone: Option<&Key>) {
    let word = word_of(common.failure_policy);
    let sides = [
        (Side::Validating, "validate", &needs.validating),
        (Side::Mutating, "mutate", &needs.mutating),
    ];
    for (side, verb, rules) in sides.into_iter().filter(|(.., rules)| !rules.is_empty()) {
        let (name, path) = match alone {
            None => (String::new(), String::new()),
            Some(key) => (
                format!("-finegrained-{}", key.name),
                format!("/finegrained/{}", key.path),
            ),
        };
        let hook = Hook {
            name: format!("{verb}.kyverno.svc-{word}{name}"),
            path: format!("/{verb}/{word}{path}"),
            rules: rules.to_rules(),
            reinvoke: side == Side::Mutating,
            ..common.clone()
        };
        match side {
            Side::Validating => all.validating.push(hook),
            Side::Mutating => all.mutating.push(hook),
        }
    }
}

/// How names and paths of webhooks spell a policy that has its own.
struct Key {
    name: String,
    path: String,
}

impl Key {
    fn of(policy: &Policy) -> Key {
        let id = policy.id();
        match id.namespace.as_str() {
            "" => Key {
                name: id.name.clone(),
                path: id.name.clone(),
            },
            namespace => Key {
                name: format!("{namespace}-{}", id.name),
                path: format!("{namespace}/{}", id.name),
            },
        }
    }
}

/// The match conditions of a policy that has a webhook of its own for them.
fn conditions_of(policy: &Policy) -> Option<Vec<MatchCondition>> {
    policy.has_own_webhook().then(|| {
        let conditions = policy.settings().match_conditions.iter();
        let conditions = conditions.map(|it| MatchCondition {
            name: it.name.clone(),
            expression: it.expression.text.clone(),
        });
        conditions.collect()
    })
}
