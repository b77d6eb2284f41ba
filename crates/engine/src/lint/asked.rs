//! Every JMESPath expression of a rule, and every place that may hold some part of one.

use portcullis_lang::jmespath::{self, Ast};
use portcullis_lang::template::{Options, expressions};
use portcullis_lang::value::{Item, Span, Value};

use crate::check::{Site, find, part};

/// An expression that is one.
pub(super) struct Asked {
    /// As written, but for variables inside it.
    pub(super) text: String,
    /// Its tree.
    pub(super) tree: Ast,
    /// Where the text that holds it stands.
    pub(super) at: Span,
}

/// Every expression of the rule: in `{{ }}`, as `jmesPath`, as the `list` of a loop.
pub(super) fn asked(site: Site<'_>) -> Vec<Asked> {
    let item = site.item();
    let mut all = Vec::new();
    for expression in expressions(item.value(), Options::default()) {
        let at = find(item, &expression.path).unwrap_or(item).span();
        add(expression.text, at, &mut all);
    }
    bare(item, &mut all);
    all
}

fn add(text: String, at: Span, all: &mut Vec<Asked>) {
    if let Ok(tree) = jmespath::parse_tree(&text) {
        all.push(Asked { text, tree, at });
    }
}

/// Expressions that stand without braces.
fn bare(item: Item<'_>, all: &mut Vec<Asked>) {
    let mut text = |item: Item<'_>| {
        let text = item.value().as_str().unwrap_or_default();
        if !text.is_empty() && expressions(Value::Str(text), Options::default()).is_empty() {
            add(text.to_owned(), item.span(), all);
        }
    };
    for entry in item.entries() {
        match entry.key {
            "context" => {
                let sources = entry.item.elements().flat_map(Item::entries);
                let paths = sources.filter_map(|source| part(source.item, &["jmesPath"]));
                paths.for_each(&mut text);
            }
            "foreach" => {
                let lists = entry.item.elements();
                lists
                    .filter_map(|each| part(each, &["list"]))
                    .for_each(&mut text);
            }
            _ => {}
        }
    }
    let parts = item.entries().map(|entry| entry.item);
    parts
        .chain(item.elements())
        .for_each(|part| bare(part, all));
}

/// Every part of a rule that is made like the rule itself: it, and each of its loops.
pub(super) fn places<'p>(site: Site<'p>) -> Vec<Item<'p>> {
    let mut found = vec![site.item()];
    for section in ["validate", "mutate", "generate"] {
        if let Some(body) = site.part(&[section]) {
            found.push(body);
            loops(body, &mut found);
        }
    }
    found
}

fn loops<'p>(body: Item<'p>, found: &mut Vec<Item<'p>>) {
    for each in part(body, &["foreach"])
        .into_iter()
        .flat_map(Item::elements)
    {
        found.push(each);
        loops(each, found);
    }
}

/// Has the text a `{{ }}`?
pub(super) fn has_variables(value: Value<'_>) -> bool {
    !expressions(value, Options::default()).is_empty()
}
