//! `validate`: one form of check at each place, and patterns that the matcher understands.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::pattern::anchor::{Anchor, Key};
use portcullis_lang::value::Item;

use super::{Site, part};
use crate::doc::{Body, Validation};

/// Reports pod security excuses that cannot be meant so.
pub(super) fn pod_security(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    if let Body::Validate(validate) = &site.rule.body
        && let Validation::PodSecurity(pod_security) = &validate.validation
    {
        pod_security.check(&format!("{}.podSecurity", site.path()), found);
    }
}

/// Reports forms that exclude each other, and patterns that mean nothing.
pub(super) fn check(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    if let Some(conditions) = site.part(&["celPreconditions"])
        && site.part(&["validate", "cel"]).is_none()
    {
        let message = format!(
            "path: {}.celPreconditions: celPrecondition can only be used with validate.cel",
            site.path()
        );
        found.push(Diagnostic::error(
            "cel-preconditions",
            message,
            conditions.span(),
        ));
    }
    let Some(validate) = site.part(&["validate"]) else {
        return;
    };
    let mut refuse = |code, place: &str, at: Item<'_>, reason: &str| {
        let message = format!("path: {}.validate.{place}.: {reason}", site.path());
        found.push(Diagnostic::error(code, message, at.span()));
    };
    let forms = [
        "pattern",
        "anyPattern",
        "deny",
        "foreach",
        "cel",
        "podSecurity",
        "manifests",
    ];
    let stated = forms.iter().filter_map(|key| part(validate, &[key]));
    match stated.collect::<Vec<_>>()[..] {
        [] => {
            let reason = "one of pattern, anyPattern, deny, foreach, cel must be specified";
            refuse("no-check", "", validate, reason);
        }
        [_] => {}
        [_, second, ..] => {
            let reason = "only one of pattern, anyPattern, deny, foreach, cel can be specified";
            refuse("several-checks", "", second, reason);
        }
    }
    let mut wrong = |place: String, at: Item<'_>, reason: &str| {
        refuse("invalid-pattern", &place, at, reason);
    };
    if let Some(pattern) = part(validate, &["pattern"]) {
        anchors(pattern, "pattern./", &mut wrong);
    }
    let patterns = part(validate, &["anyPattern"]).into_iter();
    for (index, pattern) in patterns.flat_map(Item::elements).enumerate() {
        anchors(pattern, &format!("anyPattern[{index}]./"), &mut wrong);
    }
    let loops = part(validate, &["foreach"]).into_iter();
    for each in loops.flat_map(Item::elements) {
        looped(each, &mut refuse);
    }
}

fn looped(each: Item<'_>, refuse: &mut impl FnMut(&'static str, &str, Item<'_>, &str)) {
    let forms = ["pattern", "anyPattern", "deny", "foreach"];
    let stated = forms.iter().filter_map(|key| part(each, &[key]));
    match stated.collect::<Vec<_>>()[..] {
        [] => {
            let reason = "one of pattern, anyPattern, deny, or a nested foreach must be specified";
            refuse("no-check", "", each, reason);
        }
        [_] => {}
        [_, second, ..] => {
            let reason =
                "only one of pattern, anyPattern, deny, or a nested foreach can be specified";
            refuse("several-checks", "", second, reason);
        }
    }
}

/// Looks at the anchors of a pattern.
fn anchors(pattern: Item<'_>, path: &str, wrong: &mut impl FnMut(String, Item<'_>, &str)) {
    for entry in pattern.entries() {
        let path = format!("{path}/{}", entry.key);
        let empty = entry.item.elements().next().is_none();
        match Key::parse(entry.key).anchor {
            Some(Anchor::AddIfAbsent) => {
                let reason = format!("unsupported anchor {}", entry.key);
                wrong(path.clone(), entry.item, &reason);
            }
            Some(Anchor::Existence) if entry.item.value().as_list().is_none() => {
                let reason = "existence anchor should have value of type list";
                wrong(path.clone(), entry.item, reason);
            }
            Some(Anchor::Existence) if empty => {
                let reason = "existence anchor: should have atleast one value";
                wrong(path.clone(), entry.item, reason);
            }
            _ => {}
        }
        anchors(entry.item, &path, wrong);
    }
    for (index, element) in pattern.elements().enumerate() {
        anchors(element, &format!("{path}{index}/"), wrong);
    }
}
