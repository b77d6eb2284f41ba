//! Fields of a request: it has these and no others.

use portcullis_lang::diagnostic::{Diagnostic, nearest};
use portcullis_lang::jmespath::{Ast, AstKind, AstValue};

use super::asked::asked;
use crate::check::Site;

/// What `request` holds.
const REQUEST: [&str; 17] = [
    "uid",
    "kind",
    "resource",
    "subResource",
    "requestKind",
    "requestResource",
    "requestSubResource",
    "name",
    "namespace",
    "operation",
    "userInfo",
    "object",
    "oldObject",
    "dryRun",
    "options",
    "roles",
    "clusterRoles",
];

/// What `metadata` of an object holds.
const METADATA: [&str; 15] = [
    "name",
    "generateName",
    "namespace",
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
    "managedFields",
];

/// Reports fields that are not there, and never are.
pub(super) fn lint(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    for asked in asked(site) {
        asked.tree.walk(&mut |node| {
            let Some((path, last)) = chain(node) else {
                return;
            };
            let (known, owner): (&[&str], _) = match path[..] {
                ["request"] => (&REQUEST, "request"),
                ["request", "object" | "oldObject", "metadata"] => (&METADATA, "metadata"),
                _ => return,
            };
            let AstValue::Name(name) = &last.value else {
                return;
            };
            let known = known.iter().copied();
            if known.clone().any(|field| field == &**name) {
                return;
            }
            let message = format!("`{owner}` has no field `{name}`");
            let finding = Diagnostic::warning("unknown-request-field", message, asked.at)
                .about_part(&asked.text, last.span);
            found.push(match nearest(name, known) {
                Some(name) => finding.with_help(format!("did you mean `{name}`?")),
                None => finding,
            });
        });
    }
}

/// `a.b.c` as `[a, b]` and the node of `c`.
fn chain(node: &Ast) -> Option<(Vec<&str>, &Ast)> {
    let [left, last] = &node.children[..] else {
        return None;
    };
    if node.kind != AstKind::Subexpression || last.kind != AstKind::Field {
        return None;
    }
    let mut path = match (left.kind, &left.value) {
        (AstKind::Field, AstValue::Name(name)) => return Some((vec![name], last)),
        _ => chain(left)?,
    };
    match &path.1.value {
        AstValue::Name(name) => path.0.push(name),
        _ => return None,
    }
    Some((path.0, last))
}
