//! What the report of a trigger says of the objects that were made or changed because of it.

use portcullis_engine::outcome::{RuleOutcome, RuleType, Status};
use portcullis_engine::program::Program;

use super::downstream::Place;
use super::duty::{Duty, Trigger};
use super::shop::Shop;
use super::told::policy;
use crate::reports::{Author, Before, Owner, PATCHED_TARGET, Process, Settles, Time, Update};

/// These objects are there as a rule wants them.
pub(super) fn generated<'p>(
    shop: &Shop,
    program: &Program,
    duty: &Duty,
    made: impl Iterator<Item = &'p Place>,
) {
    let made: Vec<_> = made.map(named).collect();
    if made.is_empty() {
        return;
    }
    let properties = vec![("generated-resources".to_owned(), made.join("; "))];
    let kind = RuleType::Generation;
    put(
        shop,
        program,
        duty,
        (kind, false),
        String::new(),
        properties,
    );
}

/// This object was changed.
pub(super) fn mutated(shop: &Shop, program: &Program, duty: &Duty, changed: &Place) {
    let Place {
        kind,
        namespace,
        name,
        ..
    } = changed;
    let message = match namespace.as_str() {
        "" => format!("mutated {kind}/{name}"),
        namespace => format!("mutated {kind}/{name} in namespace {namespace}"),
    };
    let properties = vec![(PATCHED_TARGET.to_owned(), named(changed))];
    let kind = RuleType::Mutation;
    put(shop, program, duty, (kind, true), message, properties);
}

fn put(
    shop: &Shop,
    program: &Program,
    duty: &Duty,
    (kind, existing): (RuleType, bool),
    message: String,
    properties: Vec<(String, String)>,
) {
    let reports = &shop.site.reports;
    let Trigger {
        api_version,
        kind: of_kind,
        namespace,
        ..
    } = &duty.trigger;
    // A request about a Namespace says that it is in itself.
    let kinds = shop.site.kinds.load();
    let namespaced = kinds
        .of(api_version, of_kind)
        .is_some_and(|served| served.namespaced);
    let owner = Owner {
        api_version: api_version.clone(),
        kind: of_kind.clone(),
        namespace: match namespaced {
            true => namespace.clone(),
            false => String::new(),
        },
        name: duty.trigger.name.clone(),
        uid: duty.trigger.uid.clone(),
    };
    if !reports.writer().options().reports(kind, existing) || !owner.is_complete() {
        return;
    }
    let Some(policy) = policy(program, duty) else {
        return;
    };
    let author = Author::of(&policy);
    if author.is_silent() {
        return;
    }
    let mut outcome = RuleOutcome::new(&duty.rule, kind, Status::Pass, message);
    outcome.properties = properties;
    let update = Update {
        owner,
        entries: vec![author.entry(&outcome, Process::Scan, Time::now())],
        settles: Settles::Nothing,
    };
    reports.put(update, Before::Unknown);
}

/// `/v1, Kind=Secret Name=s Namespace=n`
fn named(place: &Place) -> String {
    let Place {
        api_version,
        kind,
        namespace,
        name,
    } = place;
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    format!("{group}/{version}, Kind={kind} Name={name} Namespace={namespace}")
}
