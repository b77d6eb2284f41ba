//! `verifyImages`: images to verify, no change of what is only audited, and signers that are named
//! in one way each.

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
        let notary = entry.value().text("type") == "Notary";
        sets(entry, &path, notary, found);
        for (index, attestation) in elements(entry, "attestations").enumerate() {
            let path = format!("{path}.attestations[{index}]");
            if !says(attestation, "type") && !says(attestation, "predicateType") {
                let message = format!("{path}: a type of attestation is required");
                let at = attestation.span();
                found.push(Diagnostic::error("no-attestation-type", message, at));
            }
            sets(attestation, &path, notary, found);
        }
    }
}

/// The sets of attestors of an entry, or of one of its attestations.
fn sets(holder: Item<'_>, path: &str, notary: bool, found: &mut Vec<Diagnostic>) {
    for (index, set) in elements(holder, "attestors").enumerate() {
        self::set(set, &format!("{path}.attestors[{index}]"), notary, found);
    }
}

fn set(set: Item<'_>, path: &str, notary: bool, found: &mut Vec<Diagnostic>) {
    let entries = elements(set, "entries").count();
    if entries == 0 {
        let message = format!("{path}.entries: an attestor is required");
        found.push(Diagnostic::error("no-attestor", message, set.span()));
    }
    if let Some(count) = part(set, &["count"]) {
        let wanted = count.value().as_f64().unwrap_or_default();
        if wanted < 1.0 || wanted > entries as f64 {
            let message = format!("{path}.count: {wanted} of {entries} attestors are wanted");
            let finding = Diagnostic::error("attestor-count", message, count.span());
            found.push(finding.with_help("name at least one, and no more than there are entries"));
        }
    }
    for (index, attestor) in elements(set, "entries").enumerate() {
        let path = format!("{path}.entries[{index}]");
        self::attestor(attestor, &path, notary, found);
    }
}

/// Keys, certificates, an identity or a nested set: one of them.
fn attestor(attestor: Item<'_>, path: &str, notary: bool, found: &mut Vec<Diagnostic>) {
    let ways = ["keys", "certificates", "keyless", "attestor"];
    let stated: Vec<_> = ways
        .into_iter()
        .filter(|key| part(attestor, &[key]).is_some())
        .collect();
    if stated.len() != 1 {
        let message =
            format!("{path}: one of keys, certificates, keyless, or a nested attestor is required");
        found.push(Diagnostic::error("attestor-kind", message, attestor.span()));
    }
    for key in ["keys", "keyless"] {
        if let Some(item) = part(attestor, &[key]).filter(|_| notary) {
            let message = format!("{path}.{key}: Notary signatures are verified by certificates");
            found.push(Diagnostic::error("attestor-kind", message, item.span()));
        }
    }
    if let Some(keys) = part(attestor, &["keys"]) {
        let stated = ["publicKeys", "kms"].map(|key| says(keys, key));
        let stated = stated.iter().filter(|says| **says).count()
            + usize::from(part(keys, &["secret"]).is_some());
        if stated != 1 {
            let message = format!("{path}.keys: one of publicKeys, kms or secret is required");
            found.push(Diagnostic::error("no-key", message, keys.span()));
        }
    }
    if let Some(certificates) = part(attestor, &["certificates"])
        && !says(certificates, "cert")
        && !says(certificates, "certChain")
    {
        let message = format!("{path}.certificates: cert or certChain is required");
        found.push(Diagnostic::error("no-key", message, certificates.span()));
    }
    if let Some(nested) = part(attestor, &["attestor"]) {
        set(nested, &format!("{path}.attestor"), notary, found);
    }
}

fn elements<'p>(item: Item<'p>, key: &str) -> impl Iterator<Item = Item<'p>> {
    part(item, &[key]).into_iter().flat_map(Item::elements)
}

fn says(item: Item<'_>, key: &str) -> bool {
    !item.value().text(key).is_empty()
}
