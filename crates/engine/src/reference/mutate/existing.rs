//! Rules with `targets`: they change existing resources, and the request only triggers them.
//!
//! Comes in:  a rule and its trigger; the existing resources, as somebody listed them.
//! Goes out:  an outcome for each resource that the rule names, a [`TargetPatch`] for each that changes,
//!            and the selectors of which nobody has listed the resources yet.
//! Never here: listing and patching, which a controller does; `apply` and `test` show what it would do.

use bumpalo::Bump;
use portcullis_lang::value::{Document, Value};

use super::apply::{self, Change};
use super::{Mutation, Step};
use crate::actions::mutate::json_patch::{self, Operation};
use crate::context::Context;
use crate::doc::Target;
use crate::facts::Fault;
use crate::outcome::{RuleOutcome, Status};
use crate::reference::conditions;
use crate::reference::wanted::{Existent, Wanted};
use crate::review::ResourceKind;

/// The existing resources that rules with `targets` change.
#[derive(Clone, Copy, Debug)]
pub enum Existing<'v> {
    /// Such rules are silent: somebody carries them out later.
    Later,
    /// Those of these that a rule names.
    Among(&'v [Existent<'v>]),
    /// Those that were listed for what a rule names. What was not is put down in
    /// [`Mutation::unlisted`]: list it and evaluate again, first of all with an empty slice.
    Listed(&'v [Listing<'v>]),
}

/// What there is of what a rule names.
#[derive(Clone, Debug)]
pub struct Listing<'v> {
    /// What was looked for.
    pub wanted: Wanted,
    /// What was found. What does not fit is passed over, so it may be more than was wanted.
    pub found: Vec<Existent<'v>>,
}

/// What a rule makes of an existing resource.
#[derive(Clone, Copy, Debug)]
pub struct TargetPatch<'v> {
    /// The rule, by its computed name.
    pub rule: &'v str,
    /// The subresource that the rule names; empty for the resource itself.
    pub subresource: &'v str,
    /// The whole resource, or what is known of it. Of no subresource: as `before`.
    pub owner: Value<'v>,
    /// The resource, or its subresource, as it was listed.
    pub before: Value<'v>,
    /// The same as the rule leaves it.
    pub after: Value<'v>,
}

/// What tells one existing resource from another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TargetId<'v> {
    /// Group, version, kind, and the subresource that is to be patched.
    pub kind: ResourceKind<'v>,
    /// Empty for a resource of the cluster.
    pub namespace: &'v str,
    /// `metadata.name`.
    pub name: &'v str,
}

impl<'v> Existing<'v> {
    /// The resources that are wanted; `None` where nobody has listed them.
    fn of(self, wanted: &Wanted) -> Option<Vec<Existent<'v>>> {
        let all: &[Existent<'v>] = match self {
            Existing::Later => &[],
            Existing::Among(objects) => objects,
            Existing::Listed(listings) => {
                let mut listings = listings.iter();
                let listing = listings.find(|listing| listing.wanted == *wanted)?;
                &listing.found
            }
        };
        let fitting = all.iter().filter(|existent| wanted.wants(existent));
        Some(fitting.copied().collect())
    }
}

impl<'v> TargetPatch<'v> {
    /// Which resource is to be patched.
    pub fn target(&self) -> TargetId<'v> {
        let metadata = self.owner.get("metadata").unwrap_or_default();
        let kind = ResourceKind::of(self.owner);
        TargetId {
            kind: ResourceKind {
                subresource: self.subresource,
                ..kind
            },
            namespace: metadata.text("namespace"),
            name: metadata.text("name"),
        }
    }

    /// The operations to send: the smallest patch of RFC 6902 that makes `before` into `after`. Never
    /// empty. Costs as [`json_patch::diff`].
    pub fn operations(&self, bump: &'v Bump) -> Vec<Operation<'v>> {
        json_patch::diff(self.before, self.after, bump)
    }
}

/// The resources that a target names. `namespace`: of the policy; empty for a cluster-wide one.
fn wanted<'v>(
    target: &'v Target,
    namespace: &str,
    context: &mut Context<'v>,
) -> Result<Wanted, Fault> {
    let mut field = |name: &str, key: &str| -> Result<String, Fault> {
        let written = target.document.root().text(key);
        match context.substitute(Value::Str(written)) {
            Ok(value) => Ok(value.as_str().unwrap_or_default().to_owned()),
            Err(Fault::Error(text)) => Err(Fault::Error(format!(
                "failed to substitute variables in target.{name} {written}: {text}"
            ))),
            Err(fault) => Err(fault),
        }
    };
    let api_version = field("APIVersion", "apiVersion")?;
    let kind = field("Kind", "kind")?;
    let stated = field("Namespace", "namespace")?;
    let name = field("Name", "name")?;
    Ok(Wanted {
        api_version,
        kind,
        // A policy of one namespace reaches no further.
        namespace: if namespace.is_empty() {
            stated
        } else {
            namespace.to_owned()
        },
        name,
        selector: target.selector.clone(),
    })
}

/// Plans the change of every existing resource that the rule names: an outcome for each.
pub(super) fn run<'v>(
    step: &Step<'_, 'v>,
    mutation: &mut Mutation<'v>,
    context: &mut Context<'v>,
) -> Result<Vec<RuleOutcome>, Fault> {
    let id = step.policy.id();
    let namespace = match id.kind.is_namespaced() {
        true => id.namespace.as_str(),
        false => "",
    };
    let mut outcomes = Vec::new();
    for target in &step.body.targets {
        let wanted = match wanted(target, namespace, context) {
            Ok(wanted) => wanted,
            Err(Fault::Error(text)) => {
                outcomes.push(step.outcome(Status::Error, text));
                continue;
            }
            Err(fault) => return Err(fault),
        };
        let Some(found) = step.existing.of(&wanted) else {
            if !mutation.unlisted.contains(&wanted) {
                mutation.unlisted.push(wanted);
            }
            continue;
        };
        let subresource = wanted.kind.split_once('/').map_or("", |(_, part)| part);
        let subresource = &*context.bump().alloc_str(subresource);
        for existent in found {
            let before = existent.object;
            let start = context.checkpoint();
            let looked_at = one(step, target, before, context);
            context.restore(start);
            let (outcome, after) = looked_at?;
            outcomes.push(outcome);
            mutation.targets.extend(after.map(|after| TargetPatch {
                rule: &step.rule.name,
                subresource: existent.part.map_or(subresource, |part| part.subresource),
                owner: existent.owner(),
                before,
                after,
            }));
        }
    }
    Ok(outcomes)
}

/// One target: its context, its preconditions, the rule's patch. The resource as it becomes, where it
/// changes.
fn one<'v>(
    step: &Step<'_, 'v>,
    target: &'v Target,
    object: Value<'v>,
    context: &mut Context<'v>,
) -> Result<(RuleOutcome, Option<Value<'v>>), Fault> {
    let untouched = |status, message| Ok((step.outcome(status, message), None));
    context.set_target(object);
    match context.register(&target.context) {
        Ok(()) => {}
        Err(Fault::Error(text)) => {
            return untouched(Status::Error, format!("failed to load context: {text}"));
        }
        Err(fault) => return Err(fault),
    }
    if let Some(preconditions) = &target.preconditions {
        match conditions::noted("preconditions", preconditions.item(), context) {
            Ok(held) if held.holds => {}
            Ok(held) => {
                let message = match held.messages.as_str() {
                    "" => "preconditions not met".to_owned(),
                    messages => format!("preconditions not met; {messages}"),
                };
                return untouched(Status::Skip, message);
            }
            Err(Fault::Error(text)) => {
                let message = format!("failed to evaluate preconditions: {text}");
                return untouched(Status::Error, message);
            }
            Err(fault) => return Err(fault),
        }
    }
    let said = apply::rule(step.rule, step.body, object, context)?;
    let mut outcome = step.outcome(said.status, said.message);
    let (left, after) = match said.change {
        Change::Object(after) => (Some(after), Some(after)),
        Change::None => (Some(object), None),
        Change::Void => (None, None),
    };
    outcome.patched_target = left.map(Document::from_value);
    Ok((outcome, after))
}

#[cfg(test)]
mod tests;
