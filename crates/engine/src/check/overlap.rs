//! A rule whose `exclude` takes away all that its `match` gives.

use portcullis_lang::diagnostic::Diagnostic;

use super::Site;
use crate::doc::{Filter, LabelSelector};

/// Reports such a rule.
pub(super) fn check(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    let (matches, excludes) = (&site.rule.matches, &site.rule.excludes);
    if !matches.all.is_empty() || !excludes.all.is_empty() {
        return;
    }
    let is_empty = if !matches.any.is_empty() && !excludes.any.is_empty() {
        let mut filters = matches.any.iter();
        filters.any(|filter| excludes.any.contains(filter))
    } else {
        matches.any.is_empty()
            && excludes.any.is_empty()
            && !excludes.direct.is_empty()
            && covers(&excludes.direct, &matches.direct)
    };
    if is_empty {
        let at = site.part(&["exclude"]).unwrap_or(site.item()).span();
        let message = format!("{}: Rule is matching an empty set", site.path());
        found.push(
            Diagnostic::error("empty-set", message, at)
                .with_help("the same filter stands in `match` and in `exclude`"),
        );
    }
}

/// Is each criterion that the exclusion states met by all that the match lets through?
fn covers(exclude: &Filter, matches: &Filter) -> bool {
    let name = exclude.name.is_empty() || exclude.name == matches.name;
    name && contains(&exclude.kinds, &matches.kinds)
        && contains(&exclude.names, &matches.names)
        && contains(&exclude.namespaces, &matches.namespaces)
        && contains(&exclude.operations, &matches.operations)
        && contains(&exclude.roles, &matches.roles)
        && contains(&exclude.cluster_roles, &matches.cluster_roles)
        && contains(&exclude.subjects, &matches.subjects)
        && exclude.annotations == matches.annotations
        && selects(&exclude.selector, &matches.selector)
        && selects(&exclude.namespace_selector, &matches.namespace_selector)
}

fn contains<T: PartialEq>(excluded: &[T], matched: &[T]) -> bool {
    excluded.is_empty()
        || (!matched.is_empty() && matched.iter().all(|entry| excluded.contains(entry)))
}

fn selects(excluded: &Option<LabelSelector>, matched: &Option<LabelSelector>) -> bool {
    excluded.is_none() || excluded == matched
}
