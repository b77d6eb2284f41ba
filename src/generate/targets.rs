//! Rules and policies that change existing objects.
//!
//! Comes in:  a rule and its trigger.
//! Goes out:  changed objects of the cluster.
//! Never here: what a rule makes of an object.
//!
//! An object is written with the version that it was read with: where somebody else was faster, it is
//! read and changed again.

use std::sync::Arc;

use kube::api::{DynamicObject, PostParams};
use portcullis_engine::actions::mutate::apply_configuration::Schemas;
use portcullis_engine::doc::{Constraints, MutatingPolicy, Policy, Rule};
use portcullis_engine::facts::Fault;
use portcullis_engine::outcome::{RuleOutcome, Status};
use portcullis_engine::program::Program;
use portcullis_engine::reference::mutate::{Listing, mutate_by};
use portcullis_engine::reference::{Existent, Wanted, evaluate_mutating};
use portcullis_engine::review::{Operation, ResourceKind};
use portcullis_lang::value::{Document, Value, to_json};

use super::downstream::Place;
use super::duty::{Duty, policy_key};
use super::evaluate::{View, evaluate};
use super::reported;
use super::request::Cause;
use super::shop::Shop;
use super::sources::Sources;
use super::told;
use super::trigger::{self, Found, stands_alone};
use super::trouble::{Trouble, is_code};
use crate::cluster::existing::Existing;
use crate::cluster::kinds::{Kinds, Served};
use crate::cluster::objects;

/// Others write too, but not for ever.
const ATTEMPTS: usize = 8;

/// The policy of a duty.
pub(super) fn mutating<'p>(program: &'p Program, duty: &Duty) -> Option<&'p Arc<MutatingPolicy>> {
    let mut policies = program.mutating_policies().iter();
    policies.find(|policy| policy_key(&policy.id) == duty.policy)
}

/// What is to be done to one object.
#[derive(Clone, Debug)]
struct Change {
    /// As it was read; none where an expression of the policy read it.
    before: Option<Document>,
    after: Document,
    /// Which object. Of a subresource: what it belongs to.
    place: Place,
    /// Of the object, that is to be written; empty for all of it.
    subresource: String,
}

impl Change {
    fn of(kind: ResourceKind<'_>, before: Option<Value<'_>>, after: Value<'_>) -> Change {
        let metadata = after.get("metadata").unwrap_or_default();
        Change {
            before: before.map(Document::from_value),
            after: Document::from_value(after),
            place: Place {
                api_version: match kind.group {
                    "" => kind.version.to_owned(),
                    group => format!("{group}/{}", kind.version),
                },
                kind: kind.kind.to_owned(),
                namespace: metadata.text("namespace").to_owned(),
                name: metadata.text("name").to_owned(),
            },
            subresource: kind.subresource.to_owned(),
        }
    }
}

/// What a rule makes of existing objects.
#[derive(Debug, Default)]
struct Plan {
    changes: Vec<Change>,
    /// What went wrong for one object is no reason to leave the others.
    errors: Vec<String>,
}

impl Plan {
    fn note(&mut self, outcomes: &[RuleOutcome]) {
        let wrong = outcomes
            .iter()
            .filter(|outcome| outcome.status == Status::Error);
        self.errors
            .extend(wrong.map(|outcome| outcome.message.clone()));
    }
}

/// Carries out one `mutate` rule with `targets` for one trigger.
///
/// # Errors
///
/// What keeps it from being done.
pub(super) async fn carry_out<'p>(
    shop: &Shop,
    program: &'p Program,
    policy: &'p Arc<Policy>,
    rule: &'p Rule,
    task: (&Duty, &Cause, u32),
) -> Result<(), Trouble> {
    let plan = |view: &View<'_, 'p>| {
        let listed = view.listed.iter().map(|(wanted, found)| Listing {
            wanted: wanted.clone(),
            found: found.iter().map(Existing::existent).collect(),
        });
        let listings = view.bump.alloc_slice_fill_iter(listed.collect::<Vec<_>>());
        let said = mutate_by(
            policy,
            rule,
            &view.review,
            &view.surroundings,
            listings,
            view.bump,
        );
        let said = said?;
        view.unlisted.borrow_mut().extend(said.unlisted);
        let mut plan = Plan::default();
        plan.note(&said.rules);
        let changes = said.targets.iter();
        let changes =
            changes.map(|patch| Change::of(patch.target().kind, Some(patch.before), patch.after));
        plan.changes.extend(changes);
        Ok(plan)
    };
    changed(shop, program, task, None, &plan).await
}

/// Carries out a MutatingPolicy for existing objects, for one trigger.
///
/// # Errors
///
/// What keeps it from being done.
pub(super) async fn carry_out_cel<'p>(
    shop: &Shop,
    program: &'p Program,
    policy: &'p Arc<MutatingPolicy>,
    task: (&Duty, &Cause, u32),
) -> Result<(), Trouble> {
    let schemas = Schemas::built_in();
    let of_policy = policy
        .variants
        .first()
        .and_then(|form| form.constraints.as_ref());
    let constraints = match &policy.targets {
        // An expression names them itself.
        Some(targets) if targets.constraints.rules.is_empty() => None,
        Some(targets) => Some(&targets.constraints),
        None => of_policy,
    };
    let wanted = match constraints {
        Some(constraints) => named(&shop.site.kinds.load(), constraints, &policy.id.namespace),
        None => Vec::new(),
    };
    let plan = |view: &View<'_, 'p>| {
        let found = view
            .listed
            .iter()
            .flat_map(|(_, found)| found.iter().map(Existing::existent));
        let existing: &[Existent<'_>] = view.bump.alloc_slice_fill_iter(found.collect::<Vec<_>>());
        match policy.targets {
            Some(_) => of_targets(policy, schemas, existing, view),
            None => of_themselves(policy, schemas, existing, view),
        }
    };
    changed(shop, program, task, Some(wanted), &plan).await
}

/// Existing objects that the policy names apart from what sets it off.
fn of_targets<'v>(
    policy: &'v MutatingPolicy,
    schemas: &Schemas,
    existing: &'v [Existent<'v>],
    view: &View<'v, '_>,
) -> Result<Plan, Fault> {
    let mut plan = Plan::default();
    let said = evaluate_mutating(
        policy,
        schemas,
        Some(existing),
        &view.review,
        &view.surroundings,
        view.bump,
    )?;
    for mutated in said {
        plan.note(&mutated.rules);
        let changes = mutated.targets.iter();
        let changes = changes.map(|target| Change::of(target.kind, None, target.after));
        plan.changes.extend(changes);
    }
    Ok(plan)
}

/// Existing objects like the one that set the policy off.
fn of_themselves<'v>(
    policy: &'v MutatingPolicy,
    schemas: &Schemas,
    existing: &'v [Existent<'v>],
    view: &View<'v, '_>,
) -> Result<Plan, Fault> {
    let mut plan = Plan::default();
    for one in existing {
        let (before, kind) = (one.object, one.kind());
        let mut review = view.review.with_object(before, view.bump);
        review.kind = kind;
        review.namespace = before
            .at(&["metadata", "namespace"])
            .and_then(Value::as_str)
            .unwrap_or_default();
        review.old_object = None;
        if review.operation == Operation::Delete {
            review.operation = Operation::Update;
        }
        let said = evaluate_mutating(
            policy,
            schemas,
            None,
            &review,
            &view.surroundings,
            view.bump,
        )?;
        for mutated in said {
            plan.note(&mutated.rules);
            if let Some(after) = mutated.object.filter(|after| *after != before) {
                plan.changes.push(Change::of(kind, Some(before), after));
            }
        }
    }
    Ok(plan)
}

/// The objects that a block of constraints speaks about, as they are listed.
fn named(kinds: &Kinds, constraints: &Constraints, namespace: &str) -> Vec<Wanted> {
    let mut all: Vec<Wanted> = Vec::new();
    for rule in &constraints.rules {
        let meant = |served: &&Served| is_readable(served) && served.is_named_by(rule);
        for served in kinds.iter().filter(meant) {
            let kind = match &served.subresource {
                None => served.parent_kind.clone(),
                Some(part) => format!("{}/{part}", served.parent_kind),
            };
            let names: &[String] = match rule.names.as_slice() {
                [] => &[String::new()],
                names => names,
            };
            for name in names {
                let wanted = Wanted {
                    api_version: served.resource().api_version,
                    kind: kind.clone(),
                    namespace: namespace.to_owned(),
                    name: name.clone(),
                    selector: None,
                };
                if !all.contains(&wanted) {
                    all.push(wanted);
                }
            }
        }
    }
    all
}

/// A subresource is read for each object, and replaced.
fn is_readable(served: &Served) -> bool {
    match served.subresource {
        None => served.can("list"),
        Some(_) => served.is_changed_apart(),
    }
}

/// Evaluates, writes what changed, and does both again where others were faster.
async fn changed<'p>(
    shop: &Shop,
    program: &'p Program,
    (duty, cause, early): (&Duty, &Cause, u32),
    wanted: Option<Vec<Wanted>>,
    plan: &(impl Fn(&View<'_, 'p>) -> Result<Plan, Fault> + Sync),
) -> Result<(), Trouble> {
    let trigger = match stands_alone(cause) {
        true => None,
        false => match trigger::find(&shop.site, &shop.names, &duty.trigger, cause, early).await? {
            Found::There(document) => Some(document),
            Found::Gone if cause.operation() == "DELETE" => None,
            Found::Gone => return Ok(()),
        },
    };
    let mut last = None;
    for _ in 0..ATTEMPTS {
        let mut sources = Sources::default();
        for wanted in wanted.iter().flatten() {
            sources.list(&shop.site, wanted.clone()).await?;
        }
        let trigger = trigger.as_ref();
        let plan = evaluate(
            &shop.site,
            program,
            duty.what,
            cause,
            trigger,
            &mut sources,
            plan,
        )
        .await?;
        let mut conflict = None;
        for change in &plan.changes {
            match write(shop, change).await {
                Ok(true) => {
                    told::mutated(shop, program, duty, &change.place);
                    reported::mutated(shop, program, duty, &change.place);
                }
                Ok(false) => {}
                Err(Trouble::Early(_)) => conflict = Some(change.place.clone()),
                Err(trouble) => return Err(trouble),
            }
        }
        if conflict.is_none() {
            return match plan.errors.first() {
                Some(error) => Err(Trouble::Again(error.clone())),
                None => Ok(()),
            };
        }
        last = conflict;
    }
    let text = last.map(|place| format!("{} {} is written all the time", place.kind, place.name));
    Err(Trouble::Again(text.unwrap_or_default()))
}

/// Writes one change. Was it one? [`Trouble::Early`]: somebody else was faster.
async fn write(shop: &Shop, change: &Change) -> Result<bool, Trouble> {
    let after = change.after.root();
    if change
        .before
        .as_ref()
        .is_some_and(|before| before.root() == after)
    {
        return Ok(false);
    }
    let place = &change.place;
    let kinds = shop.site.kinds.load();
    let Some(served) = kinds.of(&place.api_version, &place.kind) else {
        return Ok(false);
    };
    let namespace = served.namespaced.then_some(place.namespace.as_str());
    let api = objects::api(&shop.site.client, &served.resource(), namespace);
    let object: DynamicObject =
        serde_json::from_str(&to_json(after)).map_err(|error| Trouble::Never(error.to_string()))?;
    let params = PostParams::default();
    let written = match change.subresource.as_str() {
        "" => api.replace(&place.name, &params, &object).await,
        part => {
            api.replace_subresource(part, &place.name, &params, &object)
                .await
        }
    };
    match written {
        Ok(_) => Ok(true),
        Err(error) if is_code(&error, 404) => Ok(false),
        Err(error) if is_code(&error, 409) => Err(Trouble::Early(Default::default())),
        Err(error) => {
            let what = match change.subresource.as_str() {
                "" => place.kind.clone(),
                part => format!("{}/{part}", place.kind),
            };
            let doing = format!("failed to update {what} {}", place.name);
            Err(Trouble::of(&doing, &error))
        }
    }
}

#[cfg(test)]
mod tests {
    use portcullis_engine::doc::{Constraints, ResourceRule};

    use super::named;
    use crate::cluster::kinds::{Kinds, Served};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn what_is_named_is_listed_whole_and_in_parts() {
        check("pods",        &["Pod"]);
        check("*",           &["Node", "Pod"]);
        check("pods/status", &["Pod/status"]);
        check("pods/*",      &["Pod", "Pod/status"]);
        check("*/status",    &["Node/status", "Pod/status"]);
        check("*/*",         &["Node", "Node/status", "Pod", "Pod/status"]);
        check("*/proxy",     &[]);
    }

    #[track_caller]
    fn check(resource: &str, expect: &[&str]) {
        let all = [
            "nodes",
            "nodes/status",
            "nodes/proxy",
            "pods",
            "pods/status",
            "pods/exec",
            "pods/log",
        ];
        let served = all.map(|name| {
            let (plural, part) = match name.split_once('/') {
                Some((plural, part)) => (plural, Some(part.to_owned())),
                None => (name, None),
            };
            let verbs: &[&str] = match part.as_deref() {
                None => &["create", "delete", "get", "list", "patch", "update"],
                Some("status") => &["get", "patch", "update"],
                Some("log") => &["get"],
                Some("exec") => &["create", "get"],
                Some(_) => &["create", "delete", "get", "patch", "update"],
            };
            let kind = if plural == "pods" { "Pod" } else { "Node" };
            Served {
                group: String::new(),
                version: "v1".to_owned(),
                plural: plural.to_owned(),
                subresource: part,
                kind: kind.to_owned(),
                parent_kind: kind.to_owned(),
                kind_group: String::new(),
                kind_version: "v1".to_owned(),
                namespaced: plural == "pods",
                preferred: true,
                verbs: verbs.iter().map(|&verb| verb.to_owned()).collect(),
            }
        });
        let any = || vec!["*".to_owned()];
        let rule = ResourceRule {
            groups: any(),
            versions: any(),
            resources: vec![resource.to_owned()],
            ..ResourceRule::default()
        };
        let constraints = Constraints {
            rules: vec![rule],
            ..Constraints::default()
        };
        let found = named(&Kinds::new(served.into()), &constraints, "");
        let found: Vec<_> = found.iter().map(|wanted| wanted.kind.as_str()).collect();
        assert_eq!(found, expect, "{resource}");
    }
}
