//! `{{ }}` and `$( )`: everything that a rule asks for has to be something that there is.
//!
//! Kyverno fills a rule in with `null` for every answer and refuses what cannot be filled in. So
//! here: what is asked for is what substitution would ask for.

use portcullis_lang::diagnostic::{Diagnostic, nearest};
use portcullis_lang::jmespath;
use portcullis_lang::scalar::wildcard;
use portcullis_lang::template::{Expression, Options, broken_references, expressions};
use portcullis_lang::value::Item;

use super::{find, forbidden, part};
use crate::doc::{Policy, Rule};

/// Reports what the rules of a policy ask for in vain, autogen's rules included.
pub(super) fn check(policy: &Policy, found: &mut Vec<Diagnostic>) {
    let background = policy.settings().background;
    let mut faulty: Vec<&str> = Vec::new();
    for rule in policy.rules() {
        // What autogen makes of a faulty rule has the same faults.
        if faulty.iter().any(|name| made_from(&rule.name, name)) {
            continue;
        }
        let before = found.len();
        forbidden::check(rule, found);
        targets(rule, background, found);
        references(rule, found);
        let targets = part(rule.document.item(), &["mutate", "targets"]).is_some();
        let known = Known::of(rule, background, targets);
        let prefix = format!("variable substitution failed for rule {}", rule.name);
        unknown(rule.document.item(), &known, &prefix, found);
        if found.len() > before {
            faulty.push(rule.name.as_str());
        }
    }
}

fn made_from(name: &str, declared: &str) -> bool {
    ["autogen-", "autogen-cronjob-"]
        .iter()
        .any(|prefix| name.strip_prefix(prefix) == Some(declared))
}

/// `target` is known only once the targets are: not in what finds them.
fn targets(rule: &Rule, background: bool, found: &mut Vec<Diagnostic>) {
    let item = rule.document.item();
    let targets = part(item, &["mutate", "targets"]);
    let known = Known::of(rule, background, false);
    for (index, target) in targets.into_iter().flat_map(Item::elements).enumerate() {
        let prefix = format!("invalid variables defined at mutate.targets[{index}]");
        for key in ["apiVersion", "kind", "namespace", "name", "uid"] {
            let stated = part(target, &[key]).into_iter();
            stated.for_each(|stated| unknown(stated, &known, &prefix, found));
        }
        if index == 0 {
            let early = ["context", "preconditions"];
            let early = early.iter().filter_map(|key| part(item, &[key]));
            early.for_each(|early| unknown(early, &known, &prefix, found));
        }
    }
}

fn references(rule: &Rule, found: &mut Vec<Diagnostic>) {
    let item = rule.document.item();
    for error in broken_references(rule.document.root()) {
        let at = error.path().and_then(|path| find(item, path));
        let message = refusal(&format!(
            "variable substitution failed for rule {}: {error}",
            rule.name
        ));
        found.push(
            Diagnostic::error("broken-reference", message, at.unwrap_or(item).span())
                .about(error.reference().unwrap_or_default())
                .with_help("write the path from the rule, or from the text itself: `./../sibling`"),
        );
    }
}

/// Reports each expression below `item` that asks for nothing that there is.
fn unknown(item: Item<'_>, known: &Known, prefix: &str, found: &mut Vec<Diagnostic>) {
    for expression in expressions(item.value(), Options::default()) {
        if is_dynamic(&expression.path) {
            continue;
        }
        let Err((code, reason)) = known.judge(&expression) else {
            continue;
        };
        let at = find(item, &expression.path).unwrap_or(item).span();
        let message = refusal(&format!("{prefix}: {reason}"));
        let finding = Diagnostic::error(code, message, at).about(&expression.text);
        found.push(match known.nearest(&expression.text) {
            Some(name) if code == UNKNOWN => finding.with_help(format!("did you mean `{name}`?")),
            _ => finding,
        });
    }
}

/// Conditions of attestations ask for what the attestation says.
fn is_dynamic(path: &str) -> bool {
    path.starts_with("/verifyImages/")
        && path.contains("/attestations/")
        && path.contains("/conditions/")
}

fn refusal(reason: &str) -> String {
    format!("policy contains invalid variables: {reason}")
}

const UNKNOWN: &str = "unknown-variable";

/// What may be asked for.
struct Known {
    /// Any expression with one of these in it may be asked for.
    words: &'static [&'static str],
    /// Wildcards on what the rule defines itself.
    patterns: Vec<String>,
}

const ANY_TIME: [&str; 8] = [
    "request",
    "serviceAccountName",
    "serviceAccountNamespace",
    "element",
    "elementIndex",
    "@",
    "images",
    "image",
];
const ANY_TIME_WITH_TARGET: [&str; 9] = [
    "request",
    "serviceAccountName",
    "serviceAccountNamespace",
    "element",
    "elementIndex",
    "@",
    "images",
    "image",
    "target",
];
const BACKGROUND: [&str; 7] = [
    "request\\.",
    "element",
    "elementIndex",
    "@",
    "images",
    "images\\.",
    "image\\.",
];
const BACKGROUND_WITH_TARGET: [&str; 8] = [
    "request\\.",
    "element",
    "elementIndex",
    "@",
    "images",
    "images\\.",
    "image\\.",
    "target\\.",
];

impl Known {
    fn of(rule: &Rule, background: bool, target: bool) -> Known {
        let words: &[&str] = match (background, target) {
            (false, false) => &ANY_TIME,
            (false, true) => &ANY_TIME_WITH_TARGET,
            (true, false) => &BACKGROUND,
            (true, true) => &BACKGROUND_WITH_TARGET,
        };
        let mut patterns = Vec::new();
        let item = rule.document.item();
        entries(item, &mut patterns);
        let loops = [
            (["validate", "foreach"], true),
            (["mutate", "foreach"], true),
            (["mutate", "targets"], false),
            (["generate", "foreach"], false),
        ];
        for (keys, nests) in loops {
            let each = part(item, &keys).into_iter().flat_map(Item::elements);
            each.for_each(|each| in_loop(each, nests, &mut patterns));
        }
        let images = part(item, &["verifyImages"]).into_iter();
        let attestations = images
            .flat_map(Item::elements)
            .filter_map(|image| part(image, &["attestations"]))
            .flat_map(Item::elements);
        for attestation in attestations {
            match attestation.value().text("name") {
                "" => {}
                name => patterns.push(format!("{name}*")),
            }
        }
        Known { words, patterns }
    }

    /// The code and the reason, where the expression asks for nothing that there is.
    fn judge(&self, asked: &Expression) -> Result<(), (&'static str, String)> {
        let Expression { text, path, .. } = asked;
        let failed = |reason: String| format!("failed to resolve {text} at path {path}: {reason}");
        if text.is_empty() {
            return Err(("empty-variable", failed("invalid query (nil)".to_owned())));
        }
        if let Err(error) = jmespath::parse_tree(text) {
            let reason = failed(format!("invalid JMESPath query {text}: {error}"));
            return Err(("invalid-expression", reason));
        }
        let plain = text.replace('"', "");
        let is_known = self
            .words
            .iter()
            .any(|word| text.contains(&word.replace('\\', "")))
            || calls_a_function(text)
            || self.patterns.iter().any(|pattern| {
                wildcard::matches(pattern, text) || wildcard::matches(pattern, &plain)
            });
        if is_known {
            return Ok(());
        }
        let reason = format!(
            "variable {text} must match regex \"{}|([a-z_0-9]+\\()[^{{}}]\" or patterns [{}]",
            self.words.join("|"),
            self.patterns.join(" ")
        );
        Err((UNKNOWN, reason))
    }

    /// What the first name of the expression was most likely meant to be.
    fn nearest(&self, expression: &str) -> Option<String> {
        let end = expression.find(|c: char| !c.is_alphanumeric() && c != '_');
        let (first, rest) = expression.split_at(end.unwrap_or(expression.len()));
        let patterns = self.patterns.iter();
        let defined = patterns.map(|pattern| pattern.trim_end_matches('*'));
        let built_in = self.words.iter().map(|word| word.trim_end_matches("\\."));
        let names = built_in.chain(defined).filter(|name| *name != "@");
        Some(format!("{}{rest}", nearest(first, names)?))
    }
}

/// The context entries of one level.
fn entries(item: Item<'_>, patterns: &mut Vec<String>) {
    let context = part(item, &["context"]);
    for entry in context.into_iter().flat_map(Item::elements) {
        patterns.push(format!("{}*", entry.value().text("name")));
    }
}

fn in_loop(each: Item<'_>, nests: bool, patterns: &mut Vec<String>) {
    entries(each, patterns);
    if nests {
        let inner = part(each, &["foreach"])
            .into_iter()
            .flat_map(Item::elements);
        inner.for_each(|inner| in_loop(inner, true, patterns));
    }
}

/// `[a-z_0-9]+\([^{}]`
fn calls_a_function(expression: &str) -> bool {
    expression.match_indices('(').any(|(at, _)| {
        let name = expression
            .get(..at)
            .and_then(|text| text.chars().next_back());
        let inside = expression
            .get(at + 1..)
            .and_then(|text| text.chars().next());
        name.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && inside.is_some_and(|c| c != '{' && c != '}')
    })
}
