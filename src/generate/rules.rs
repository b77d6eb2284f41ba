//! `generate` rules: what one makes of its trigger is made, kept, or taken away.
//!
//! Comes in:  a rule and its trigger.
//! Goes out:  objects of the cluster.
//! Never here: what a rule makes of a trigger (see the engine), when it is to be looked at again.
//!
//! ```text
//! trigger gone ───────────────> with `synchronize`, what the rule made for it goes
//! no longer matches ──────────> the same
//! matches ─> evaluate ─> plan ─> each object: made; with `synchronize`, brought back
//! ```

use std::sync::Arc;

use portcullis_engine::doc::{Body, Generate, Policy, Rule, Targets};
use portcullis_engine::outcome::Status;
use portcullis_engine::program::Program;
use portcullis_engine::reference::generate::{self, PlanError};
use portcullis_lang::value::{Value, to_json};

use super::downstream::{self, Existing, How, Put};
use super::duty::{Duty, policy_key};
use super::evaluate::evaluate;
use super::labels;
use super::reported;
use super::request::Cause;
use super::shop::Shop;
use super::sources::Sources;
use super::told;
use super::trigger;
use super::trouble::Trouble;

/// A rule, found by its duty.
pub(super) fn find<'p>(program: &'p Program, duty: &Duty) -> Option<(&'p Arc<Policy>, &'p Rule)> {
    let policies = program.policies().iter();
    let mut named = policies.filter(|policy| policy_key(policy.id()) == duty.policy);
    named.find_map(|policy| {
        let mut rules = policy.rules().iter();
        Some((policy, rules.find(|rule| rule.name == duty.rule)?))
    })
}

/// What a rule said of its trigger.
enum Said {
    /// It was let off.
    Nothing,
    /// It does not match, or its preconditions do not hold.
    NotForIt,
    /// These objects are to be there.
    Make(Vec<String>),
    Wrong(String),
}

/// Carries out one `generate` rule for one trigger.
///
/// # Errors
///
/// What keeps it from being done.
pub(super) async fn carry_out<'p>(
    shop: &Shop,
    program: &'p Program,
    policy: &'p Arc<Policy>,
    rule: &'p Rule,
    (duty, cause, early): (&Duty, &Cause, u32),
) -> Result<(), Trouble> {
    let Body::Generate(body) = &rule.body else {
        return Ok(());
    };
    let sight = trigger::sight(shop, &duty.trigger, cause, early).await?;
    let Some((trigger, cause)) = sight else {
        return take_away(shop, rule, body, duty).await;
    };
    let mut sources = Sources::default();
    let said = evaluate(
        &shop.site,
        program,
        duty.what,
        &cause,
        trigger.as_ref(),
        &mut sources,
        |view| {
            let sources = view.sources();
            let generation = generate::generate_by(
                policy,
                rule,
                &view.review,
                &view.surroundings,
                &sources,
                view.bump,
            )?;
            Ok(generation.map_or(Said::NotForIt, said))
        },
    )
    .await?;
    let objects = match said {
        Said::Nothing => return Ok(()),
        Said::NotForIt => return take_away(shop, rule, body, duty).await,
        Said::Wrong(text) => return Err(Trouble::Again(text)),
        Said::Make(objects) => objects,
    };
    let how = How {
        existing: match body.synchronize {
            true => Existing::Written,
            false => Existing::Kept,
        },
        server_side: policy.settings().use_server_side_apply,
    };
    // Before anybody sees a copy: whoever takes the source away then is heard.
    shop.mark(&sources).await;
    let mut made = Vec::with_capacity(objects.len());
    for object in objects {
        let object = serde_json::from_str(&object);
        let object = object.map_err(|error| Trouble::Never(error.to_string()))?;
        let (place, put) = downstream::put(&shop.site, &shop.written, object, how).await?;
        if body.synchronize {
            shop.watches.follow_made(&place.api_version, &place.kind);
        }
        if put == Put::Created {
            told::generated(shop, program, duty, &place);
        }
        made.push(place);
    }
    reported::generated(shop, program, duty, made.iter());
    Ok(())
}

fn said(generation: generate::Generation<'_>) -> Said {
    let outcome = generation.outcome;
    match outcome.status {
        _ if !outcome.exceptions.is_empty() => Said::Nothing,
        Status::Pass => match generation.downstream {
            Ok(objects) => Said::Make(objects.into_iter().map(to_json).collect()),
            Err(PlanError::NoSource {
                kind,
                namespace,
                name,
            }) => Said::Wrong(format!(
                "source resource {kind} {namespace}/{name} not found"
            )),
            Err(PlanError::Fault(fault)) => Said::Wrong(fault.to_string()),
        },
        Status::Fail | Status::Skip => Said::NotForIt,
        Status::Warn | Status::Error => Said::Wrong(outcome.message),
    }
}

/// The trigger is gone, or no longer one: with `synchronize`, what was made for it goes.
async fn take_away(shop: &Shop, rule: &Rule, body: &Generate, duty: &Duty) -> Result<(), Trouble> {
    if !body.synchronize || duty.trigger.uid.is_empty() {
        return Ok(());
    }
    let selector = labels::selector(duty);
    for (api_version, kind) in kinds_made(rule).unwrap_or_else(|| shop.watches.kinds_made()) {
        let site = &shop.site;
        downstream::delete(site, &api_version, &kind, &selector, |_| true).await?;
    }
    Ok(())
}

/// The kinds of what a rule makes; `None` where that depends on the trigger.
pub(super) fn kinds_made(rule: &Rule) -> Option<Vec<(String, String)>> {
    let mut kinds = Vec::new();
    for pattern in patterns(rule) {
        let list = pattern.at(&["cloneList", "kinds"]);
        match list.and_then(Value::as_list) {
            Some(list) => {
                for kind in list.iter().filter_map(Value::as_str) {
                    let (api_version, kind) = kind.rsplit_once('/').unwrap_or(("v1", kind));
                    kinds.push((api_version.to_owned(), kind.to_owned()));
                }
            }
            None => kinds.push((
                pattern.text("apiVersion").to_owned(),
                pattern.text("kind").to_owned(),
            )),
        }
    }
    let is_fixed = |(api_version, kind): &(String, String)| {
        !api_version.contains("{{") && !kind.contains("{{")
    };
    kinds.iter().all(is_fixed).then_some(kinds)
}

/// Does the rule copy, instead of making objects from data?
pub(super) fn copies(rule: &Rule) -> bool {
    let mut patterns = patterns(rule);
    patterns.any(|pattern| pattern.get("clone").is_some() || pattern.get("cloneList").is_some())
}

/// The patterns of a rule, as written.
pub(super) fn patterns(rule: &Rule) -> impl Iterator<Item = Value<'_>> {
    let patterns = match &rule.body {
        Body::Generate(body) => match &body.targets {
            Targets::One(pattern) => vec![pattern],
            Targets::Foreach(entries) => entries.iter().map(|entry| &entry.pattern).collect(),
        },
        _ => Vec::new(),
    };
    patterns.into_iter().map(|pattern| pattern.document.root())
}
