//! Patterns: anchors without effect, lists cut short, keys that are read otherwise.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::pattern::anchor::{Anchor, Key};
use portcullis_lang::scalar::wildcard::has_wildcard;
use portcullis_lang::value::{Entry, Item, Value};

use super::asked::{has_variables, places};
use crate::check::{Site, part};

/// Reports parts of patterns that do not do what they seem to.
pub(super) fn lint(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    for place in places(site) {
        if let Some(pattern) = part(place, &["pattern"]) {
            whole(pattern, found);
        }
        let patterns = part(place, &["anyPattern"]).into_iter();
        patterns
            .flat_map(Item::elements)
            .for_each(|pattern| whole(pattern, found));
    }
}

fn whole(pattern: Item<'_>, found: &mut Vec<Diagnostic>) {
    let mut lonely = Vec::new();
    walk(pattern, None, &mut lonely, found);
    alone(pattern, &lonely, found);
    if let Some(metadata) = part(pattern, &["metadata"])
        && pattern.entries().count() > 1
    {
        labels(metadata, found);
    }
}

/// Beside other fields the reference looks at labels by chance; alone they are refused.
fn labels(metadata: Item<'_>, found: &mut Vec<Diagnostic>) {
    let maps = ["labels", "annotations"];
    let maps = maps.iter().filter_map(|key| metadata.get(key));
    for entry in maps.flat_map(Item::entries) {
        if entry.item.value().as_str().is_none() {
            let message = "labels and annotations are texts: Kyverno may refuse this policy";
            found.push(
                Diagnostic::warning("label-not-text", message, entry.key_span)
                    .with_help("put the value between quotes"),
            );
        }
    }
}

/// Conditions that stand alone in their maps. Where something else in the pattern is asked for,
/// they are conditions of all of it.
fn alone(pattern: Item<'_>, lonely: &[Entry<'_>], found: &mut Vec<Diagnostic>) {
    let asks = asks_for_something(pattern);
    for entry in lonely {
        let Key { raw, name, .. } = Key::parse(entry.key);
        let code = "anchor-without-sibling";
        found.push(if asks {
            let message = format!("`{raw}` stands alone: it is a condition of the whole pattern");
            let help = format!("write `<({name})`, which says so");
            Diagnostic::hint(code, message, entry.key_span).with_help(help)
        } else {
            let message = format!("nothing depends on `{raw}`: this pattern never fails");
            let help = format!(
                "write beside it what has to be so where it matches, or `{name}` without ( )"
            );
            Diagnostic::warning(code, message, entry.key_span).with_help(help)
        });
    }
}

/// Is there a field that is not only a condition?
fn asks_for_something(pattern: Item<'_>) -> bool {
    is_leaf(pattern)
        || pattern.elements().any(asks_for_something)
        || pattern
            .entries()
            .any(|entry| !is_condition(entry.key) && asks_for_something(entry.item))
}

fn is_condition(key: &str) -> bool {
    let anchor = Key::parse(key).anchor;
    matches!(anchor, Some(Anchor::Conditional | Anchor::Global))
}

/// `under`: the key that the item stands under. `lonely` takes conditions without siblings.
fn walk<'p>(
    pattern: Item<'p>,
    under: Option<&str>,
    lonely: &mut Vec<Entry<'p>>,
    found: &mut Vec<Diagnostic>,
) {
    match pattern.value() {
        Value::Map(_) => map(pattern, under, lonely, found),
        Value::List(_) => list(pattern, under, lonely, found),
        _ => {}
    }
}

fn map<'p>(
    pattern: Item<'p>,
    under: Option<&str>,
    lonely: &mut Vec<Entry<'p>>,
    found: &mut Vec<Diagnostic>,
) {
    let conditional = |key| matches!(Key::parse(key).anchor, Some(Anchor::Conditional));
    if pattern.entries().all(|entry| conditional(entry.key)) {
        lonely.extend(pattern.entries().next());
    }
    let takes_wildcards = matches!(under, Some("labels" | "annotations"));
    for entry in pattern.entries() {
        let key = Key::parse(entry.key);
        let is_variable = has_variables(Value::Str(entry.key));
        let almost = key.anchor.is_none() && is_almost_anchor(entry.key);
        if almost && !is_variable {
            let message = format!("`{}` is no anchor, but the name of a field", entry.key);
            found.push(
                Diagnostic::warning("not-an-anchor", message, entry.key_span)
                    .with_help("anchors are `(k)`, `<(k)`, `=(k)`, `X(k)` and `^(k)`"),
            );
        }
        if has_wildcard(key.name) && !takes_wildcards && !almost && !is_variable {
            let message = "wildcards in keys mean something only in labels and annotations";
            found.push(Diagnostic::warning("wildcard-key", message, entry.key_span));
        }
        // Inside a condition everything is one.
        let mut inner = Vec::new();
        let lonely = match is_condition(entry.key) {
            true => &mut inner,
            false => &mut *lonely,
        };
        if key.anchor == Some(Anchor::Existence) {
            let elements = entry.item.elements();
            elements.for_each(|element| walk(element, None, lonely, found));
        } else {
            walk(entry.item, Some(key.name), lonely, found);
        }
    }
}

fn is_leaf(item: Item<'_>) -> bool {
    item.value().as_map().is_none() && item.value().as_list().is_none()
}

fn is_almost_anchor(key: &str) -> bool {
    let key = key.trim();
    let front = key.split('(').next().unwrap_or_default().trim();
    key.contains('(') && (front.is_empty() || front.chars().count() == 1)
}

fn list<'p>(
    pattern: Item<'p>,
    under: Option<&str>,
    lonely: &mut Vec<Entry<'p>>,
    found: &mut Vec<Diagnostic>,
) {
    let mut elements = pattern.elements();
    let Some(first) = elements.next() else {
        let message = "nothing fits an empty list";
        found.push(Diagnostic::warning("never-holds", message, pattern.span()));
        return;
    };
    let by_position = first.value().as_list().is_some();
    if let Some(second) = elements.next()
        && !by_position
    {
        let message = "only the first element of a list is looked at";
        found.push(
            Diagnostic::warning("ignored-element", message, second.span()).with_help(
                "put it into a pattern of its own, or use the anchor `^( )` on the list",
            ),
        );
    }
    walk(first, under, lonely, found);
    if by_position {
        pattern
            .elements()
            .skip(1)
            .for_each(|element| walk(element, under, lonely, found));
    }
}
