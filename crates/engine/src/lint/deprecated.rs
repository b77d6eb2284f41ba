//! Fields, operators and spellings that have a replacement.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::operator::Operator;
use portcullis_lang::value::{Item, Span};

use super::asked::places;
use crate::check::{part, sites};
use crate::doc::Policy;

const CODE: &str = "deprecated";

/// A deprecated field of `spec` and what to write.
const SPEC: [(&str, &str); 7] = [
    (
        "validationFailureAction",
        "`validate.failureAction` of each rule",
    ),
    (
        "validationFailureActionOverrides",
        "`validate.failureActionOverrides` of each rule",
    ),
    ("failurePolicy", "`webhookConfiguration.failurePolicy`"),
    (
        "webhookTimeoutSeconds",
        "`webhookConfiguration.timeoutSeconds`",
    ),
    (
        "mutateExistingOnPolicyUpdate",
        "`mutate.mutateExistingOnPolicyUpdate` of each rule",
    ),
    (
        "generateExisting",
        "`generate.generateExisting` of each rule",
    ),
    ("schemaValidation", "nothing: it has no effect"),
];

/// A deprecated field of an entry of `verifyImages`.
const IMAGES: [(&str, &str); 6] = [
    ("image", "`imageReferences`"),
    ("key", "`attestors[].entries[].keys`"),
    ("issuer", "`attestors[].entries[].keyless.issuer`"),
    ("subject", "`attestors[].entries[].keyless.subject`"),
    ("roots", "`attestors[].entries[].keyless.roots`"),
    ("annotations", "`attestors[].entries[].annotations`"),
];

/// Reports what has a replacement.
pub(super) fn lint(policy: &Policy, found: &mut Vec<Diagnostic>) {
    let spec = part(policy.document().item(), &["spec"]);
    spec.into_iter().for_each(|spec| {
        keys(spec, &SPEC, found);
        actions(spec, found);
    });
    for site in sites(policy) {
        for section in ["match", "exclude"] {
            for key in ["resources", "roles", "clusterRoles", "subjects"] {
                let block = site.part(&[section]);
                let instead = format!("an entry of `{section}.any`");
                keys_of(block, &[(key, instead.as_str())], found);
            }
        }
        let images = site.part(&["verifyImages"]).into_iter();
        for entry in images.flat_map(Item::elements) {
            keys(entry, &IMAGES, found);
            let attestations = part(entry, &["attestations"]).into_iter();
            for attestation in attestations.flat_map(Item::elements) {
                keys(attestation, &[("predicateType", "`type`")], found);
            }
        }
        let validate = site.part(&["validate"]);
        keys_of(validate, &[("assert", "nothing: it has no effect")], found);
        for place in places(site) {
            for block in ["preconditions", "conditions"] {
                conditions(part(place, &[block]), found);
            }
            conditions(part(place, &["deny", "conditions"]), found);
        }
    }
}

fn keys(item: Item<'_>, table: &[(&str, &str)], found: &mut Vec<Diagnostic>) {
    for entry in item.entries().filter(|entry| !entry.item.value().is_null()) {
        if let Some((key, instead)) = table.iter().find(|(key, _)| *key == entry.key) {
            found.push(warning(key, instead, entry.key_span));
        }
    }
}

fn keys_of(item: Option<Item<'_>>, table: &[(&str, &str)], found: &mut Vec<Diagnostic>) {
    item.into_iter().for_each(|item| keys(item, table, found));
}

/// `audit` and `enforce` in small letters.
fn actions(item: Item<'_>, found: &mut Vec<Diagnostic>) {
    for entry in item.entries() {
        let is_action = matches!(
            entry.key,
            "validationFailureAction" | "failureAction" | "action"
        );
        match entry.item.value().as_str() {
            Some("audit") if is_action => {
                found.push(warning("audit", "`Audit`", entry.item.span()))
            }
            Some("enforce") if is_action => {
                found.push(warning("enforce", "`Enforce`", entry.item.span()));
            }
            _ => {}
        }
        // Patterns and patches may hold a key of that name.
        if !matches!(entry.key, "pattern" | "anyPattern" | "mutate" | "generate") {
            actions(entry.item, found);
        }
    }
    item.elements().for_each(|element| actions(element, found));
}

fn conditions(block: Option<Item<'_>>, found: &mut Vec<Diagnostic>) {
    let Some(block) = block else { return };
    if block.value().as_list().is_some() {
        found.push(warning(
            "a list of conditions",
            "`all:` in front of it",
            block.span(),
        ));
    }
    for (_, condition) in crate::check::conditions("", block) {
        let Some(stated) = part(condition, &["operator"]) else {
            continue;
        };
        let name = stated.value().as_str().unwrap_or_default();
        let instead = match (name, Operator::parse(name)) {
            ("Equal", _) => "`Equals`",
            ("NotEqual", _) => "`NotEquals`",
            ("In", _) => "`AnyIn` or `AllIn`",
            ("NotIn", _) => "`AnyNotIn` or `AllNotIn`",
            (_, Some(operator)) if operator.is_deprecated() => {
                "the operator without `Duration`, which reads durations as well"
            }
            _ => continue,
        };
        found.push(warning(name, instead, stated.span()));
    }
}

fn warning(what: &str, instead: &str, at: Span) -> Diagnostic {
    let what = match what.contains(' ') {
        true => what.to_owned(),
        false => format!("`{what}`"),
    };
    Diagnostic::warning(CODE, format!("{what} is deprecated"), at)
        .with_help(format!("write {instead}"))
}
