//! Does one filter select all that another one selects?

use portcullis_lang::scalar::wildcard;

use crate::doc::{Filter, KindSelector, LabelSelector};

/// Does `wide` select whatever `narrow` selects? Where that is not plain to see: no.
pub(super) fn covers(wide: &Filter, narrow: &Filter) -> bool {
    let narrow_names = || {
        narrow
            .names
            .iter()
            .chain(Some(&narrow.name).filter(|n| !n.is_empty()))
    };
    let one_name = [wide.name.clone()];
    let wide_name: &[String] = if wide.name.is_empty() { &[] } else { &one_name };
    kinds(&wide.kinds, &narrow.kinds)
        && texts(wide_name, narrow_names())
        && texts(&wide.names, narrow_names())
        && texts(&wide.namespaces, narrow.namespaces.iter())
        && listed(&wide.operations, &narrow.operations)
        && listed(&wide.roles, &narrow.roles)
        && listed(&wide.cluster_roles, &narrow.cluster_roles)
        && listed(&wide.subjects, &narrow.subjects)
        && wide
            .annotations
            .iter()
            .all(|pair| narrow.annotations.contains(pair))
        && selects(&wide.selector, &narrow.selector)
        && selects(&wide.namespace_selector, &narrow.namespace_selector)
}

fn kinds(wide: &[KindSelector], narrow: &[KindSelector]) -> bool {
    let fits = |narrow: &KindSelector| {
        wide.iter().any(|wide| {
            wildcard::matches(&wide.group, &narrow.group)
                && wildcard::matches(&wide.version, &narrow.version)
                && wildcard::matches(&wide.kind, &narrow.kind)
                && wildcard::matches(&wide.subresource, &narrow.subresource)
        })
    };
    wide.is_empty() || (!narrow.is_empty() && narrow.iter().all(fits))
}

fn texts<'f>(wide: &[String], narrow: impl Iterator<Item = &'f String>) -> bool {
    let mut narrow = narrow.peekable();
    wide.is_empty()
        || narrow.peek().is_some()
            && narrow.all(|text| wide.iter().any(|wide| wildcard::matches(wide, text)))
}

fn listed<T: PartialEq>(wide: &[T], narrow: &[T]) -> bool {
    wide.is_empty() || (!narrow.is_empty() && narrow.iter().all(|entry| wide.contains(entry)))
}

fn selects(wide: &Option<LabelSelector>, narrow: &Option<LabelSelector>) -> bool {
    wide.is_none() || wide == narrow
}
