//! What a policy says about itself.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::scalar::wildcard;
use portcullis_lang::value::{Item, Span};

use super::{part, sites};
use crate::doc::{Action, Policy, PolicyKind};

/// Names are values of labels, which are no longer.
const MAX_NAME: usize = 63;

/// Reports what cannot stand in `metadata` or directly in `spec`.
pub(super) fn check(policy: &Policy, found: &mut Vec<Diagnostic>) {
    let document = policy.document().item();
    let place = |keys: &[&str]| part(document, keys).unwrap_or(document).span();
    let mut refuse = |code, message: String, at: Span| {
        found.push(Diagnostic::error(code, message, at));
    };
    let controllers = "pod-policies.kyverno.io/autogen-controllers";
    if policy.annotation(controllers) == Some("all") {
        let message = "metadata.annotations: Forbidden: Autogen annotation does not support 'all' \
                       anymore, remove the annotation or set it to a valid value";
        refuse(
            "autogen-all",
            message.to_owned(),
            place(&["metadata", "annotations", controllers]),
        );
    }
    if policy.name().len() > MAX_NAME {
        let message = format!("name: Too long: may not be more than {MAX_NAME} bytes");
        refuse("name-too-long", message, place(&["metadata", "name"]));
    }
    if let Some(stated) = part(document, &["spec", "generateExistingOnPolicyUpdate"]) {
        let message = "spec.generateExistingOnPolicyUpdate: Forbidden: deprecated field, define \
                       generateExisting instead";
        refuse("removed-field", message.to_owned(), stated.span());
    }
    if policy.settings().mutate_existing_on_policy_update {
        for site in sites(policy).filter(|site| site.part(&["mutate"]).is_some()) {
            if site.part(&["mutate", "targets"]).is_none() {
                let message = format!(
                    "spec.mutateExistingOnPolicyUpdate: Forbidden: rules[{}].mutate.targets has to \
                     be specified when mutateExistingOnPolicyUpdate is set",
                    site.index
                );
                let at = place(&["spec", "mutateExistingOnPolicyUpdate"]);
                refuse("no-targets", message, at);
            }
        }
    }
    let overrides = ["spec", "validationFailureActionOverrides"];
    match part(document, &overrides) {
        Some(stated) if policy.id().kind == PolicyKind::Policy => {
            let message = "spec.validationFailureActionOverrides: Forbidden: Use of \
                           validationFailureActionOverrides is supported only with ClusterPolicy";
            refuse("overrides-in-policy", message.to_owned(), stated.span());
        }
        Some(stated) => found.extend(conflicting_override(policy, stated)),
        None => {}
    }
    let mut names: Vec<&str> = Vec::new();
    for site in sites(policy) {
        let name = site.rule.name.as_str();
        if name.len() > MAX_NAME {
            let path = site.path();
            let message = format!("{path}.name: Too long: may not be more than {MAX_NAME} bytes");
            found.push(Diagnostic::error(
                "name-too-long",
                message,
                site.name_span(),
            ));
        }
        if names.contains(&name) {
            let message = format!("{}.name: Duplicate rule name: '{name}'", site.path());
            found.push(Diagnostic::error(
                "duplicate-rule-name",
                message,
                site.name_span(),
            ));
        }
        names.push(name);
    }
}

/// A namespace for which one override says Audit and another Enforce.
fn conflicting_override(policy: &Policy, stated: Item<'_>) -> Option<Diagnostic> {
    let overrides = policy.settings().overrides.iter().zip(stated.elements());
    let mut before: Vec<(Action, &String)> = Vec::new();
    for (index, (entry, item)) in overrides.enumerate() {
        let Some(action) = entry.action else {
            continue;
        };
        for namespace in &entry.namespaces {
            let clash = before.iter().find(|(other, known)| {
                *other != action
                    && (wildcard::matches(known, namespace) || wildcard::matches(namespace, known))
            });
            if clash.is_some() {
                let path = format!("spec.validationFailureActionOverrides[{index}].namespaces");
                let message = format!("conflicting namespaces found in path: {path}: {namespace}");
                let at = part(item, &["namespaces"]).unwrap_or(item).span();
                return Some(
                    Diagnostic::error("conflicting-overrides", message, at).about(namespace),
                );
            }
        }
        before.extend(entry.namespaces.iter().map(|namespace| (action, namespace)));
    }
    None
}

/// Reports a policy that runs nowhere, and one that could only run in background scans.
pub(super) fn modes(policy: &Policy, found: &mut Vec<Diagnostic>) {
    let settings = policy.settings();
    if settings.admission {
        return;
    }
    let document = policy.document().item();
    let admission = part(document, &["spec", "admission"]);
    let at = admission.unwrap_or(document).span();
    if !settings.background {
        let message = "disabling both admission and background processing is not allowed";
        found.push(Diagnostic::error("never-runs", message, at));
    }
    let acts = |site: &super::Site<'_>| {
        ["mutate", "generate", "verifyImages"]
            .iter()
            .any(|key| site.part(&[key]).is_some())
    };
    if sites(policy).any(|site| acts(&site)) {
        let message = "disabling admission processing is only allowed with validation policies";
        found.push(Diagnostic::error("needs-admission", message, at));
    }
}
