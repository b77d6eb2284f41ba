//! GeneratingPolicies: what one makes of its trigger is made, kept, or taken away.
//!
//! Comes in:  a policy and its trigger.
//! Goes out:  objects of the cluster.
//! Never here: evaluation.

use std::collections::HashSet;
use std::sync::Arc;

use portcullis_engine::doc::GeneratingPolicy;
use portcullis_engine::outcome::Status;
use portcullis_engine::program::Program;
use portcullis_engine::reference::evaluate_generating;
use portcullis_lang::value::to_json;
use serde_json::{Value, json};

use super::downstream::{self, Existing, How, Place, Put};
use super::duty::{Duty, policy_key};
use super::evaluate::evaluate;
use super::labels::{self, POLICY, TRIGGER_UID};
use super::reported;
use super::request::Cause;
use super::shop::Shop;
use super::sources::Sources;
use super::told;
use super::trigger;
use super::trouble::Trouble;

/// The policy of a duty.
pub(super) fn generating<'p>(
    program: &'p Program,
    duty: &Duty,
) -> Option<&'p Arc<GeneratingPolicy>> {
    let mut policies = program.generating().iter();
    policies.find(|policy| policy_key(&policy.id) == duty.policy)
}

/// Carries out a GeneratingPolicy for one trigger.
///
/// # Errors
///
/// What keeps it from being done.
pub(super) async fn generate<'p>(
    shop: &Shop,
    program: &'p Program,
    policy: &'p Arc<GeneratingPolicy>,
    (duty, cause, early): (&Duty, &Cause, u32),
) -> Result<(), Trouble> {
    let sight = trigger::sight(shop, &duty.trigger, cause, early).await?;
    let Some((trigger, cause)) = sight else {
        return take_away(shop, policy, duty, &HashSet::new()).await;
    };
    // Labels know no name of the trigger, and what is made shall bear it.
    let mut named = duty.clone();
    if let Some(document) = &trigger {
        let name = document
            .root()
            .at(&["metadata", "name"])
            .unwrap_or_default();
        named.trigger.name = name.as_str().unwrap_or_default().to_owned();
    }
    let duty = &named;
    let mut sources = Sources::default();
    let said = evaluate(
        &shop.site,
        program,
        duty.what,
        &cause,
        trigger.as_ref(),
        &mut sources,
        |view| evaluate_generating(policy, &view.review, &view.surroundings, view.bump),
    )
    .await?;
    let Some(outcome) = said else {
        return take_away(shop, policy, duty, &HashSet::new()).await;
    };
    match outcome.status {
        _ if !outcome.exceptions.is_empty() => return Ok(()),
        Status::Pass => {}
        _ => return Err(Trouble::Again(outcome.message)),
    }
    let own = labels::of_made(duty);
    let (_, policy_name) = labels::split(&duty.policy);
    let belongs = [
        (POLICY, policy_name),
        (TRIGGER_UID, duty.trigger.uid.as_str()),
    ];
    let how = How {
        existing: Existing::WrittenIf(&belongs),
        server_side: policy.use_server_side_apply,
    };
    let mut made = HashSet::new();
    for document in &outcome.generated {
        let mut object: Value = serde_json::from_str(&to_json(document.root()))
            .map_err(|error| Trouble::Never(error.to_string()))?;
        allowed(shop, policy, &object)?;
        label(&mut object, &own);
        if policy.evaluation.synchronize
            && let Ok(copy) = serde_json::from_value(object.clone())
        {
            shop.mark_source_of(&copy).await;
        }
        let (place, put) = downstream::put(&shop.site, &shop.written, object, how).await?;
        if policy.evaluation.synchronize {
            shop.watches.follow_made(&place.api_version, &place.kind);
        }
        if put == Put::Created {
            told::generated(shop, program, duty, &place);
        }
        made.insert(place);
    }
    reported::generated(shop, program, duty, made.iter());
    if policy.evaluation.synchronize {
        take_away(shop, policy, duty, &made).await?;
    }
    Ok(())
}

fn label(object: &mut Value, own: &labels::Labels) {
    let Some(object) = object.as_object_mut() else {
        return;
    };
    let metadata = object.entry("metadata").or_insert_with(|| json!({}));
    let Some(metadata) = metadata.as_object_mut() else {
        return;
    };
    let labels = metadata.entry("labels").or_insert_with(|| json!({}));
    if !labels.is_object() {
        *labels = json!({});
    }
    if let Some(labels) = labels.as_object_mut() {
        let own = own.iter();
        labels.extend(own.map(|(key, value)| (key.clone(), Value::String(value.clone()))));
    }
}

/// A policy of one namespace makes nothing that belongs to the whole cluster.
fn allowed(shop: &Shop, policy: &GeneratingPolicy, object: &Value) -> Result<(), Trouble> {
    if !policy.id.kind.is_namespaced() {
        return Ok(());
    }
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    match shop.site.kinds.load().of(api_version, kind) {
        Some(served) if !served.namespaced => Err(Trouble::Never(format!(
            "cross-scope generation denied: a policy scoped to namespace \"{}\" cannot generate cluster-scoped resource {api_version}/{kind}",
            policy.id.namespace
        ))),
        _ => Ok(()),
    }
}

/// With `synchronize`, what was made for a trigger goes, but for what is still made.
async fn take_away(
    shop: &Shop,
    policy: &GeneratingPolicy,
    duty: &Duty,
    made: &HashSet<Place>,
) -> Result<(), Trouble> {
    if !policy.evaluation.synchronize || duty.trigger.uid.is_empty() {
        return Ok(());
    }
    let selector = labels::selector(duty);
    for (api_version, kind) in shop.watches.kinds_made() {
        downstream::delete(&shop.site, &api_version, &kind, &selector, |object| {
            let place = Place {
                api_version: api_version.clone(),
                kind: kind.clone(),
                namespace: object.metadata.namespace.clone().unwrap_or_default(),
                name: object.metadata.name.clone().unwrap_or_default(),
            };
            !made.contains(&place)
        })
        .await?;
    }
    Ok(())
}
