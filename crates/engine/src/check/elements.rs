//! `element` and its kin exist only inside a loop.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::template::{Options, expressions};

use super::{Site, find};

/// Reports them outside of one. A rule's own message is outside, even if the rule is a loop.
pub(super) fn check(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    let item = site.item();
    for expression in expressions(item.value(), Options::default()) {
        let (text, path) = (&expression.text, &expression.path);
        if !text.starts_with("element") || path.contains("/foreach/") {
            continue;
        }
        let message = format!("variable '{text}' present outside of foreach at path {path}");
        let at = find(item, path).unwrap_or(item).span();
        found.push(Diagnostic::error("element-outside-foreach", message, at).about(text));
    }
}
