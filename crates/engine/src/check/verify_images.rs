//! `verifyImages`: images to verify, and no change of what is only audited.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::Item;

use super::{Site, part};
use crate::doc::Action;

/// Reports entries that cannot be meant so.
pub(super) fn check(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    let entries = site.part(&["verifyImages"]).into_iter();
    for (index, entry) in entries.flat_map(Item::elements).enumerate() {
        let path = format!("{}.verifyImages[{index}]", site.path());
        let audits = match entry.value().text("failureAction") {
            "" => site.policy.settings().action == Action::Audit,
            action => action.eq_ignore_ascii_case("Audit"),
        };
        let mutates = part(entry, &["mutateDigest"]);
        let stated = mutates.map(|flag| flag.value().as_bool());
        if audits && stated.is_none_or(|flag| flag != Some(false)) {
            let message = format!(
                "{path}.mutateDigest: Invalid value: true: mutateDigest must be set to false for \
                 ‘Audit’ failure action"
            );
            let at = mutates.unwrap_or(entry).span();
            found.push(Diagnostic::error("audited-change", message, at).with_help(
                "set `mutateDigest: false`, which is true by default, or `failureAction: Enforce`",
            ));
        }
        // `image` is what `imageReferences` was called.
        let has = |key: &str| {
            part(entry, &[key]).is_some_and(|stated| {
                stated.elements().next().is_some() || stated.value().as_str().is_some()
            })
        };
        if !has("imageReferences") && !has("image") {
            let message = format!("{path}: An image reference is required");
            found.push(Diagnostic::error(
                "no-image-reference",
                message,
                entry.span(),
            ));
        }
    }
}
