//! Cleanup policies: a time to run, objects to look at, and nothing that only a request has.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::jmespath;
use portcullis_lang::scalar::cron::Schedule;
use portcullis_lang::template::{Options, expressions};
use portcullis_lang::value::{Item, Span};

use super::{conditions, context, part};
use crate::context::mentions;
use crate::doc::CleanupPolicy;

/// Variables that only requests and loops have.
const ABSENT: [&str; 5] = [
    "request",
    "serviceAccountName",
    "serviceAccountNamespace",
    "element",
    "elementIndex",
];

/// Everything for which Kyverno's webhook would refuse the policy; empty where it accepts it.
pub fn check_cleanup(policy: &CleanupPolicy) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let Some(spec) = part(policy.source.document().item(), &["spec"]) else {
        return found;
    };
    schedule(spec, &mut found);
    filters(spec, &mut found);
    for entry in part(spec, &["context"])
        .into_iter()
        .flat_map(Item::elements)
    {
        if let Some(source) = part(entry, &["imageRegistry"]) {
            let message = "spec.context: imageRegistry is not allowed in a cleanup policy";
            found.push(Diagnostic::error("context-source", message, source.span()));
        }
    }
    context::entries("spec", spec, &mut found);
    if let Some(block) = part(spec, &["conditions"]) {
        conditions::block("spec.conditions", block, &mut found);
    }
    variables(spec, &mut found);
    found
}

fn schedule(spec: Item<'_>, found: &mut Vec<Diagnostic>) {
    let Some(stated) = part(spec, &["schedule"]) else {
        return;
    };
    let text = stated.value().as_str().unwrap_or_default();
    if let Err(error) = Schedule::parse(text) {
        let message = format!("spec.schedule: Invalid value: \"{text}\": no cron line: {error}");
        let finding = Diagnostic::error("invalid-schedule", message, stated.span());
        found
            .push(finding.with_help("minute, hour, day of month, month, day of week: `0 4 * * *`"));
    }
}

/// `any` or `all`, with kinds, and nobody who could have sent a request.
fn filters(spec: Item<'_>, found: &mut Vec<Diagnostic>) {
    let mut refuse = |code, message: String, at: Span| {
        found.push(Diagnostic::error(code, message, at));
    };
    for section in ["match", "exclude"] {
        let Some(block) = part(spec, &[section]) else {
            if section == "match" {
                let message = "spec.match: a cleanup policy has to match something".to_owned();
                refuse("no-kinds", message, spec.span());
            }
            continue;
        };
        let list = |key: &str| part(block, &[key]).into_iter().flat_map(Item::elements);
        let (any, all) = (list("any").count(), list("all").count());
        if any > 0 && all > 0 {
            let message = format!("spec.{section}: Can't specify any and all together");
            refuse("any-and-all", message, block.span());
        }
        if any + all == 0 && (section == "match" || block.entries().next().is_some()) {
            let message = format!("spec.{section}: filters stand under any or all");
            refuse("no-kinds", message, block.span());
        }
        for (key, filter) in list("any")
            .map(|filter| ("any", filter))
            .chain(list("all").map(|filter| ("all", filter)))
        {
            for user in ["roles", "clusterRoles", "subjects"] {
                if let Some(stated) = part(filter, &[user]) {
                    let message = format!(
                        "spec.{section}.{key}: {user} cannot be matched, because nobody sends a request"
                    );
                    refuse("user-in-cleanup", message, stated.span());
                }
            }
            let kinds = part(filter, &["resources", "kinds"]);
            let named = kinds.is_some_and(|kinds| kinds.elements().next().is_some());
            if section == "match" && !named {
                let message = format!("spec.match.{key}: kinds have to be named");
                refuse("no-kinds", message, filter.span());
            }
        }
    }
}

fn variables(spec: Item<'_>, found: &mut Vec<Diagnostic>) {
    let options = Options {
        target: true,
        ..Options::default()
    };
    for part in ["match", "exclude"] {
        if let Some(block) = super::part(spec, &[part])
            && !expressions(block.value(), options).is_empty()
        {
            let message = format!("spec.{part}: variables are not allowed here");
            found.push(Diagnostic::error(
                "variable-not-allowed",
                message,
                block.span(),
            ));
        }
    }
    for section in ["context", "conditions"] {
        let Some(block) = part(spec, &[section]) else {
            continue;
        };
        for asked in expressions(block.value(), options) {
            let at = super::find(block, &asked.path).unwrap_or(block).span();
            if let Err(error) = jmespath::parse_tree(&asked.text) {
                let message = format!(
                    "spec.{section}: invalid JMESPath query {}: {error}",
                    asked.text
                );
                found.push(Diagnostic::error("invalid-expression", message, at).about(&asked.text));
                continue;
            }
            let names = without_literals(&asked.text);
            let absent = ABSENT.iter().find(|name| mentions(&names, name));
            if let Some(name) = absent {
                let message =
                    format!("spec.{section}: variable {name} is not available in a cleanup policy");
                let finding = Diagnostic::error("unknown-variable", message, at).about(&asked.text);
                found.push(finding.with_help("ask for `target`, `images` or a context entry"));
            }
        }
    }
}

/// The expression without texts between quotes and backticks: what is left are names.
fn without_literals(expression: &str) -> String {
    let mut out = String::new();
    let mut until = None;
    let mut escaped = false;
    for character in expression.chars() {
        match until {
            Some(_) if escaped => escaped = false,
            Some(_) if character == '\\' => escaped = true,
            Some(end) => {
                if character == end {
                    until = None;
                    out.push(character);
                }
            }
            None => {
                out.push(character);
                until = matches!(character, '\'' | '`').then_some(character);
            }
        }
    }
    out
}
