//! The plans of ValidatingPolicies as text for people.

use std::fmt::{self, Write};
use std::sync::Arc;

use super::listed;
use crate::doc::{Constraints, ResourceRule, ValidatingPolicy};
use crate::ir::{CelChecks, CelGroup, CelPart, CelPlans, Members};

/// The groups that may speak about a resource: what they check, what of it is evaluated once for all,
/// and what is opaque. Nothing where there are none.
pub(crate) fn show_cel(
    plans: &CelPlans,
    policies: &[Arc<ValidatingPolicy>],
    resource: &str,
) -> String {
    let mut out = String::new();
    // Writing to a text cannot fail.
    let _ = write(&mut out, plans, policies, resource);
    out
}

fn write(
    out: &mut String,
    plans: &CelPlans,
    policies: &[Arc<ValidatingPolicy>],
    resource: &str,
) -> fmt::Result {
    let groups: Vec<&CelGroup> = plans.of(resource).collect();
    if groups.is_empty() {
        return Ok(());
    }
    let parts = groups.iter().flat_map(|group| &group.parts);
    let classes: Vec<_> = parts.flat_map(|(part, _)| &part.classes).collect();
    let opaque = classes.iter();
    let opaque = opaque.filter(|class| matches!(class.check, CelChecks::Opaque(_)));
    let opaque = opaque.count();
    writeln!(
        out,
        "\n{resource}, in CEL: {} groups; {} classes, {} lowered and {opaque} opaque",
        groups.len(),
        classes.len(),
        classes.len() - opaque,
    )?;
    for (index, group) in groups.iter().enumerate() {
        let members = group
            .parts
            .iter()
            .map(|(_, members)| members.policies.len());
        let count: usize = members.sum();
        writeln!(out, "\ngroup {}: {count} policies", index + 1)?;
        if let Some(namespace) = &group.namespace {
            writeln!(out, "  namespace: {namespace}")?;
        }
        constraints(out, &group.constraints)?;
        for (part, members) in &group.parts {
            self::part(out, part, members, policies)?;
        }
    }
    Ok(())
}

fn constraints(out: &mut String, constraints: &Constraints) -> fmt::Result {
    let mut rules = |word: &str, rules: &[ResourceRule]| {
        rules.iter().try_for_each(|rule| {
            let (operations, resources) = (rule.operations.join(", "), rule.resources.join(", "));
            writeln!(out, "  {word}: {operations} of {resources}")
        })
    };
    rules("about", &constraints.rules)?;
    rules("not about", &constraints.excludes)?;
    if constraints.namespace_selector.is_some() {
        writeln!(out, "  selects namespaces by label")?;
    }
    if constraints.object_selector.is_some() {
        writeln!(out, "  selects objects by label")?;
    }
    Ok(())
}

fn part(
    out: &mut String,
    part: &CelPart,
    members: &Members,
    policies: &[Arc<ValidatingPolicy>],
) -> fmt::Result {
    for (index, class) in part.classes.iter().enumerate() {
        let what = match &class.check {
            CelChecks::Opaque(why) => format!("opaque: {why}"),
            CelChecks::Bundled {
                conditions,
                checks,
                annotations,
                ..
            } => format!("{conditions} conditions, {checks} checks, {annotations} annotations"),
        };
        let names = members.of(index).iter();
        let names = names.filter_map(|policy| policies.get(*policy as usize));
        let names: Vec<_> = names.map(|policy| policy.id.name.as_str()).collect();
        writeln!(out, "  class {}: {what}; {}", index + 1, listed(&names))?;
    }
    let (apart, together) = part.bundle.sizes();
    let (remembered, sweeps, quantifiers) = part.bundle.shared();
    writeln!(
        out,
        "  expressions: {apart} operations with all that they name, {together} together; \
         {remembered} results remembered; {sweeps} sweeps decide {quantifiers} quantifiers"
    )
}
