//! Sections of a rule that are read before any variable has a value.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::template::{Options, expressions};
use portcullis_lang::value::{Item, Value};

use super::{find, json_patch, part};
use crate::doc::Rule;

/// Reports variables where there must be none.
pub(super) fn check(rule: &Rule, found: &mut Vec<Diagnostic>) {
    let item = rule.document.item();
    let mut refuse = |section: &str, at: Item<'_>, words: &str| {
        let message = format!(
            "policy contains invalid variables: rule \"{}\" should not have variables in {section} \
             section",
            rule.name
        );
        found.push(Diagnostic::error("variable-not-allowed", message, at.span()).about(words));
    };
    if let Some(patch) = part(item, &["mutate", "patchesJson6902"]) {
        for path in json_patch::paths(patch.value().as_str().unwrap_or_default()) {
            if let Some(words) = first_variable(Value::Str(&path)) {
                refuse("patchesJSON6902 path", patch, &words);
            }
        }
    }
    for section in ["exclude", "match"] {
        let Some(block) = part(item, &[section]) else {
            continue;
        };
        for variable in expressions(block.value(), Options::default()) {
            let at = find(block, &variable.path).unwrap_or(block);
            refuse(section, at, &variable.text);
        }
    }
    let entries = part(item, &["verifyImages"]).into_iter();
    for entry in entries.flat_map(Item::elements) {
        for key in ["image", "imageReferences"] {
            let Some(references) = part(entry, &[key]) else {
                continue;
            };
            if let Some(words) = first_variable(references.value()) {
                refuse("image reference", references, &words);
            }
        }
    }
}

fn first_variable(value: Value<'_>) -> Option<String> {
    let found = expressions(value, Options::default()).into_iter().next()?;
    Some(found.text)
}
