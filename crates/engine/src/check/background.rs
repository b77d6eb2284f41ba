//! What background scans cannot know: who sent a request.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::template::{Expression, Options, expressions};
use portcullis_lang::value::Item;

use super::{find, part, sites};
use crate::doc::Policy;

/// Names that stand for the sender, where no dot stands in front of them.
const SENDER: [&str; 5] = [
    "serviceAccountName",
    "serviceAccountNamespace",
    "request.userInfo",
    "request.roles",
    "request.clusterRoles",
];

const HELP: &str = "set `spec.background: false`, or leave the sender out";

/// Reports user information in policies that also run in background scans.
pub(super) fn check(policy: &Policy, found: &mut Vec<Diagnostic>) {
    if !policy.settings().background {
        return;
    }
    for site in sites(policy) {
        for section in ["match", "exclude"] {
            let Some(block) = site.part(&[section]) else {
                continue;
            };
            let path = format!("spec/rules[{}]/{section}", site.index);
            filter(block, &path, found);
            for list in ["any", "all"] {
                let filters = part(block, &[list]).into_iter().flat_map(Item::elements);
                for (index, item) in filters.enumerate() {
                    filter(item, &format!("{path}/{list}[{index}]"), found);
                }
            }
        }
    }
    if policy.declared().iter().any(has_targets) {
        return;
    }
    // A status, and annotations of clients, repeat what the policy was before.
    let Some(spec) = part(policy.document().item(), &["spec"]) else {
        return;
    };
    for expression in expressions(spec.value(), Options::default()) {
        if SENDER.iter().any(|name| mentions(&expression.text, name)) {
            found.push(variable(spec, &expression));
        }
    }
}

/// Refuses who sends a request in the match of an exception that counts in background scans.
pub(crate) fn exception_senders(document: Item<'_>, found: &mut Vec<Diagnostic>) {
    for list in ["any", "all"] {
        let filters = part(document, &["spec", "match", list]);
        for (index, item) in filters.into_iter().flat_map(Item::elements).enumerate() {
            for key in ["roles", "clusterRoles", "subjects"] {
                let stated = part(item, &[key]).filter(|it| it.elements().next().is_some());
                if let Some(stated) = stated {
                    let message = format!(
                        "spec.match.{list}[{index}].{key}: Forbidden: nobody sends a request in a \
                         background scan"
                    );
                    let finding = Diagnostic::error("sender-in-background", message, stated.span());
                    found.push(finding.with_help(HELP));
                }
            }
        }
    }
}

fn has_targets(rule: &crate::doc::Rule) -> bool {
    part(rule.document.item(), &["mutate", "targets"]).is_some()
}

fn filter(item: Item<'_>, path: &str, found: &mut Vec<Diagnostic>) {
    for key in ["roles", "clusterRoles", "subjects"] {
        let stated = part(item, &[key]).filter(|stated| stated.elements().next().is_some());
        if let Some(stated) = stated {
            let reason = format!("invalid variable used at path: {path}/{key}");
            let message = refusal(&reason);
            found.push(
                Diagnostic::error("sender-in-background", message, stated.span()).with_help(HELP),
            );
        }
    }
}

fn variable(spec: Item<'_>, expression: &Expression) -> Diagnostic {
    let at = find(spec, &expression.path).unwrap_or(spec).span();
    let reason = format!("variable {{{{{}}}}} is not allowed", expression.text);
    Diagnostic::error("sender-in-background", refusal(&reason), at)
        .about(&expression.text)
        .with_help(HELP)
}

fn refusal(reason: &str) -> String {
    format!(
        "only select variables are allowed in background mode. Set spec.background=false to \
         disable background mode for this policy rule: {reason} "
    )
}

/// Does `name` stand in the expression, whole and not as a field of something?
fn mentions(expression: &str, name: &str) -> bool {
    expression.match_indices(name).any(|(at, _)| {
        let before = expression.get(..at).unwrap_or_default();
        let after = expression.get(at + name.len()..).unwrap_or_default();
        let goes_on = after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        !before.ends_with('.') && !goes_on
    })
}
