//! What something earlier leaves no room for.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::scalar::wildcard;
use portcullis_lang::value::{Item, Span};

use super::asked::places;
use super::cover::covers;
use crate::check::{Site, part, sites};
use crate::doc::{ActionOverride, ApplyRules, Body, Filters, Policy, Validation};

const CODE: &str = "shadowed";

/// Reports it.
pub(super) fn lint(policy: &Policy, found: &mut Vec<Diagnostic>) {
    let spec = part(policy.document().item(), &["spec"]);
    let stated = |key| spec.and_then(|spec| part(spec, &[key]));
    let overrides = stated("validationFailureActionOverrides");
    overrides_in(&policy.settings().overrides, overrides, found);
    replaced_by_autogen(policy, stated("rules"), found);
    let rules: Vec<_> = sites(policy).collect();
    for (index, site) in rules.iter().enumerate() {
        let earlier = rules.get(..index).unwrap_or_default();
        if let Some(same) = earlier.iter().find(|other| same_but_name(**other, *site)) {
            let message = format!("this rule says the same as the rule `{}`", same.rule.name);
            found.push(Diagnostic::warning(
                "duplicate-rule",
                message,
                site.name_span(),
            ));
        } else if let Some(other) = earlier.iter().find(|other| settles_before(**other, *site)) {
            let name = &other.rule.name;
            let message = format!("the rule `{name}` decides before this one gets its turn");
            found.push(
                Diagnostic::warning(CODE, message, site.name_span())
                    .with_help("use `applyRules: All`, or put this rule first"),
            );
        }
        inside(*site, found);
    }
}

/// Repetitions within one rule.
fn inside(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    let mut warn = |at: Span, message: &str| found.push(Diagnostic::warning(CODE, message, at));
    let any = site.part(&["match", "any"]).into_iter();
    let any: Vec<_> = any.flat_map(Item::elements).collect();
    for (index, (filter, item)) in site.rule.matches.any.iter().zip(any).enumerate() {
        let mut earlier = site.rule.matches.any.iter().take(index);
        if earlier.any(|other| !other.is_empty() && covers(other, filter)) {
            warn(item.span(), "an earlier filter selects all of this already");
        }
    }
    for place in places(site) {
        let patterns = part(place, &["anyPattern"]).into_iter();
        repeated(patterns.flat_map(Item::elements), |at| {
            warn(at, "an earlier pattern is the same");
        });
        let blocks = [&["preconditions"][..], &["deny", "conditions"]];
        for block in blocks.iter().filter_map(|keys| part(place, keys)) {
            for list in ["any", "all"] {
                let list = part(block, &[list]).into_iter().flat_map(Item::elements);
                repeated(list, |at| warn(at, "an earlier condition is the same"));
            }
        }
        let mut names: Vec<&str> = Vec::new();
        let context = part(place, &["context"]).into_iter();
        for entry in context.flat_map(Item::elements) {
            let name = entry.value().text("name");
            if names.contains(&name) {
                let message = format!("an earlier context entry is called `{name}` as well");
                warn(part(entry, &["name"]).unwrap_or(entry).span(), &message);
            }
            names.push(name);
        }
    }
    if let Body::Validate(validate) = &site.rule.body {
        let stated = site.part(&["validate", "failureActionOverrides"]);
        overrides_in(&validate.overrides, stated, found);
    }
}

fn repeated<'p>(items: impl Iterator<Item = Item<'p>>, mut warn: impl FnMut(Span)) {
    let mut seen: Vec<Item<'p>> = Vec::new();
    for item in items {
        if seen.iter().any(|other| other.value() == item.value()) {
            warn(item.span());
        }
        seen.push(item);
    }
}

/// The first override that fits a namespace counts.
fn overrides_in(
    overrides: &[ActionOverride],
    stated: Option<Item<'_>>,
    found: &mut Vec<Diagnostic>,
) {
    let items = stated.into_iter().flat_map(Item::elements);
    for (index, (entry, item)) in overrides.iter().zip(items).enumerate() {
        let mut earlier = overrides.iter().take(index);
        let is_covered = |other: &ActionOverride| {
            let mut namespaces = entry.namespaces.iter();
            let fits = |own: &String| other.namespaces.iter().any(|o| wildcard::matches(o, own));
            let selects = other.namespace_selector.is_none()
                || other.namespace_selector == entry.namespace_selector;
            other.action.is_some()
                && selects
                && (other.namespaces.is_empty()
                    || !entry.namespaces.is_empty() && namespaces.all(fits))
        };
        if earlier.any(is_covered) {
            let message = "an earlier entry takes every namespace that this one is about";
            found.push(Diagnostic::warning(CODE, message, item.span()));
        }
    }
}

/// A declared rule gives way to those that autogen makes, by its name alone.
fn replaced_by_autogen(policy: &Policy, rules: Option<Item<'_>>, found: &mut Vec<Diagnostic>) {
    let kept = |name: &str| policy.declared().iter().any(|rule| rule.name == name);
    for rule in rules.into_iter().flat_map(Item::elements) {
        let name = rule.value().text("name");
        if name.starts_with("autogen-") && !kept(name) {
            let at = part(rule, &["name"]).unwrap_or(rule).span();
            let message = "autogen takes the place of rules whose names start with `autogen-`";
            found.push(Diagnostic::warning(CODE, message, at).with_help("give it another name"));
        }
    }
}

fn same_but_name(a: Site<'_>, b: Site<'_>) -> bool {
    let parts = |site: Site<'_>| {
        site.item()
            .entries()
            .filter(|entry| entry.key != "name")
            .count()
    };
    parts(a) == parts(b)
        && a.item()
            .entries()
            .filter(|entry| entry.key != "name")
            .all(|entry| {
                let other = b.item().get(entry.key);
                other.is_some_and(|other| other.value() == entry.item.value())
            })
}

/// With `applyRules: One`: does the earlier rule pass or fail whatever the later one is about?
fn settles_before(earlier: Site<'_>, later: Site<'_>) -> bool {
    let policy = earlier.policy;
    let always_decides = match &earlier.rule.body {
        Body::Validate(validate) => matches!(
            validate.validation,
            Validation::Deny(_) | Validation::PodSecurity(_)
        ),
        _ => false,
    };
    policy.settings().apply_rules == ApplyRules::One
        && always_decides
        && earlier.rule.preconditions.is_none()
        && earlier.rule.excludes == Filters::default()
        && later.rule.matches.filters().all(|filter| {
            let one_fits = earlier.rule.matches.all.len() <= 1;
            one_fits
                && earlier
                    .rule
                    .matches
                    .filters()
                    .any(|wide| covers(wide, filter))
        })
}
