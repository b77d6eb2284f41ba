//! Telling of the end of exceptions: a day before, and when it comes.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::ObjectReference;
use tokio::time::{sleep, timeout};

use crate::controllers::Site;
use crate::events::{Action, Event, Reason};
use crate::snapshot::{Item, Snapshot};

/// How long before the end its owner is told.
const NOTICE: i128 = 24 * 60 * 60 * 1_000_000_000;

/// What happened before this process looked is told only if it is as fresh as this: another replica
/// told of the rest.
const FRESH: i128 = 60 * 1_000_000_000;

/// The longest sleep: clocks are set.
const LONGEST: Duration = Duration::from_secs(30);

/// How far an exception has come.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Stage {
    InForce,
    Ending,
    Ended,
}

/// An exception that ends.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Ends {
    group: &'static str,
    namespace: String,
    name: String,
    end: i128,
}

/// Tells of the ends of exceptions for as long as it is not dropped.
pub(crate) async fn follow(site: Site) {
    let mut changes = site.policies.subscribe();
    let mut told: BTreeMap<Ends, Stage> = BTreeMap::new();
    loop {
        let now = Timestamp::now().as_nanosecond();
        let ends = site
            .policies
            .load()
            .as_deref()
            .map(ends)
            .unwrap_or_default();
        let mut counts = [0_i64; 3];
        for one in &ends {
            let stage = stage(one.end, now);
            if let Some(count) = counts.get_mut(stage as usize) {
                *count += 1;
            }
            let before = told.insert(one.clone(), stage);
            let begins = match stage {
                Stage::InForce => continue,
                Stage::Ending => one.end - NOTICE,
                Stage::Ended => one.end,
            };
            let is_news = match before {
                Some(before) => before < stage,
                None => now - begins < FRESH,
            };
            if is_news {
                site.events.record(event(one, stage));
            }
        }
        told.retain(|one, _| ends.contains(one));
        let metrics = &site.metrics.exceptions;
        let [in_force, ending, ended] = counts;
        metrics.in_force.set(in_force);
        metrics.ending.set(ending);
        metrics.ended.set(ended);
        match timeout(pause(&ends, now), changes.changed()).await {
            Ok(Err(_)) => return,
            // Changes come together.
            Ok(Ok(())) => sleep(Duration::from_millis(500)).await,
            Err(_) => {}
        }
    }
}

pub(super) fn stage(end: i128, now: i128) -> Stage {
    match end - now {
        left if left < 0 => Stage::Ended,
        left if left <= NOTICE => Stage::Ending,
        _ => Stage::InForce,
    }
}

/// Until the next stage of any.
fn pause(ends: &[Ends], now: i128) -> Duration {
    let times = ends.iter().flat_map(|one| [one.end - NOTICE, one.end]);
    let next = times.filter(|time| *time > now).min();
    let left = next.and_then(|next| u64::try_from(next - now).ok());
    let left = left.map_or(LONGEST, Duration::from_nanos);
    (left + Duration::from_millis(1)).min(LONGEST)
}

fn ends(snapshot: &Snapshot) -> Vec<Ends> {
    let ends = snapshot.items.iter().filter_map(|item| match item {
        Item::Exception(it) => Some(Ends {
            group: "kyverno.io/v2",
            namespace: it.namespace.clone(),
            name: it.name.clone(),
            end: it.expires_at?,
        }),
        Item::CelException(it) => Some(Ends {
            group: "policies.kyverno.io/v1",
            namespace: it.namespace.clone(),
            name: it.name.clone(),
            end: it.expires_at?,
        }),
        _ => None,
    });
    ends.collect()
}

fn event(one: &Ends, stage: Stage) -> Event {
    let end = i64::try_from(one.end / 1_000_000_000).unwrap_or_default();
    let end = Timestamp::from_second(end).map(|end| end.to_string());
    let end = end.unwrap_or_default();
    let (reason, note) = match stage {
        Stage::Ended => (Reason::Expired, format!("the exception has ended at {end}")),
        _ => (Reason::Expiring, format!("the exception ends at {end}")),
    };
    Event {
        regarding: ObjectReference {
            api_version: Some(one.group.to_owned()),
            kind: Some("PolicyException".to_owned()),
            namespace: Some(one.namespace.clone()),
            name: Some(one.name.clone()),
            ..ObjectReference::default()
        },
        related: None,
        reason,
        action: Action::None,
        note,
        source: "kyverno-scan",
    }
}
