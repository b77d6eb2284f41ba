//! Looking for triggers that a gate missed.
//!
//! Comes in:  a request to look for what set a rule off since a time.
//! Goes out:  an update request for each object that changed since and sets the rule off. They outlive this
//!            process, so what is found is found once.
//! Never here: connections, which leave nothing behind; deleted triggers. What rules keep in step is looked at whenever this room begins, and when
//!             such a request comes.

use jiff::Timestamp;
use kube::api::{Api, PostParams};
use portcullis_engine::program::Program;
use portcullis_lang::value::{Value, to_json};

use super::duty::{Duty, What};
use super::existing::{Search, Setting};
use super::request::{self, Cause, Request};
use super::shop::Shop;
use super::trouble::{Trouble, is_code};
use super::work::Work;
use super::{cel, parts, rules, targets};

/// What only the request knew that set a rule off. Rules that ask for it cannot be carried out without.
const OF_REQUESTS: [&str; 8] = [
    "request.userInfo",
    "request.roles",
    "request.clusterRoles",
    "serviceAccountName",
    "serviceAccountNamespace",
    "\"subjects\"",
    "\"roles\"",
    "\"clusterRoles\"",
];

/// Looks for what set the rule of a duty off since a time.
///
/// # Errors
///
/// The API server's; that the policy is not known; that nobody knows any more who sent the requests.
pub(super) async fn carry_out(
    shop: &Shop,
    program: &Program,
    duty: &Duty,
    since: Timestamp,
    unknown: Trouble,
) -> Result<(), Trouble> {
    let Some((mut setting, policy)) = setting(shop, program, duty) else {
        return Err(unknown);
    };
    // What was there before the policy sets it off by `generateExisting` only.
    let made = policy.at(&["metadata", "creationTimestamp"]);
    let made = made
        .and_then(Value::as_str)
        .and_then(|text| text.parse().ok());
    let text = written(policy, &duty.rule);
    // Those of which the trigger is gone: what was made for them is to go as well.
    let same = |made: &Duty| {
        (made.what, &made.policy, &made.rule) == (duty.what, &duty.policy, &duty.rule)
    };
    for duty in shop.watches.duties(same) {
        shop.queue.add(Work::Duty(duty));
    }
    let since = made.map_or(since, |made: Timestamp| made.max(since));
    setting.since = Some(since);
    let api = request::api(&shop.site.client, &shop.site.home.namespace);
    let asks_who = OF_REQUESTS.iter().any(|part| text.contains(part));
    for resource in setting.places() {
        let mut search = Search::new(shop, program, &setting, resource);
        while let Some(found) = search.next().await? {
            for found in found {
                if asks_who {
                    return Err(Trouble::Never(nobody_knows(&found)));
                }
                ask(&api, &found, &Cause::default()).await?;
            }
        }
    }
    for part in &setting.parts {
        for owner in parts::written(shop, &setting, part, since).await? {
            let found = parts::set_off(shop, program, &setting, (part, owner)).await?;
            let Some((found, cause)) = found else {
                continue;
            };
            if asks_who {
                return Err(Trouble::Never(nobody_knows(&found)));
            }
            ask(&api, &found, &cause).await?;
        }
    }
    Ok(())
}

async fn ask(api: &Api<Request>, duty: &Duty, cause: &Cause) -> Result<(), Trouble> {
    let object = request::object(duty, cause);
    match api.create(&PostParams::default(), &object).await {
        Ok(_) => Ok(()),
        // It waits already, with its cause.
        Err(error) if is_code(&error, 409) => Ok(()),
        Err(error) => Err(Trouble::of("cannot write an update request", &error)),
    }
}

fn nobody_knows(found: &Duty) -> String {
    format!(
        "{} may have set it off while too much was going on, and it is not known any more who sent the \
         request: write the object again",
        found.trigger
    )
}

/// Where to look, and the policy as it is written; none where it is not known.
fn setting<'p>(shop: &Shop, program: &'p Program, duty: &Duty) -> Option<(Setting, Value<'p>)> {
    let kinds = shop.site.kinds.load();
    match duty.what {
        What::Generate | What::Mutate => {
            let (policy, rule) = rules::find(program, duty)?;
            let setting = Setting::of_rule(&kinds, duty.what, policy, rule);
            Some((setting, policy.document().root()))
        }
        What::CelGenerate => {
            let policy = cel::generating(program, duty)?;
            let constraints = policy.constraints.as_ref();
            let setting = Setting::of_policy(&kinds, duty.what, &policy.id, constraints)?;
            Some((setting, policy.source.document().root()))
        }
        What::CelMutate => {
            let policy = targets::mutating(program, duty)?;
            let form = policy.variants.first()?;
            let constraints = form.constraints.as_ref();
            let setting = Setting::of_policy(&kinds, duty.what, &policy.id, constraints)?;
            Some((setting, policy.source.document().root()))
        }
    }
}

/// The rule as it is written, or all of a policy without rules.
fn written(policy: Value<'_>, rule: &str) -> String {
    if rule.is_empty() {
        return to_json(policy);
    }
    let rules = policy.at(&["spec", "rules"]).and_then(Value::as_list);
    let mut rules = rules.into_iter().flat_map(|rules| rules.iter());
    let found = rules.find(|one| one.text("name") == rule);
    found.map(to_json).unwrap_or_default()
}
