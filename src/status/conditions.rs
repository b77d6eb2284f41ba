//! Conditions, as Kubernetes' own statuses hold them.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

/// One condition. `Succeeded` is the reason of those that hold, `Failed` of the others.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Condition {
    pub(super) kind: &'static str,
    pub(super) holds: bool,
    pub(super) message: String,
}

/// The list with these conditions set. The time of a condition changes when it begins or ceases to hold,
/// as everywhere in Kubernetes; what others set stays.
pub(super) fn set(list: Option<&Json>, conditions: &[Condition], now: Timestamp) -> Json {
    let mut all: Vec<Json> = list.and_then(Json::as_array).cloned().unwrap_or_default();
    for condition in conditions {
        let (status, reason) = match condition.holds {
            true => ("True", "Succeeded"),
            false => ("False", "Failed"),
        };
        let before = all.iter().position(|known| is(known, condition.kind));
        let since = before
            .and_then(|at| all.get(at))
            .filter(|known| known.get("status").and_then(Json::as_str) == Some(status))
            .and_then(|known| known.get("lastTransitionTime").cloned());
        let since = since.unwrap_or_else(|| format!("{now:.0}").into());
        let written = json!({
            "type": condition.kind,
            "status": status,
            "reason": reason,
            "message": condition.message,
            "lastTransitionTime": since,
        });
        match before.and_then(|at| all.get_mut(at)) {
            Some(known) => *known = written,
            None => all.push(written),
        }
    }
    all.into()
}

/// The list without the condition.
pub(super) fn unset(list: &mut Json, kind: &str) {
    if let Some(all) = list.as_array_mut() {
        all.retain(|known| !is(known, kind));
    }
}

fn is(condition: &Json, kind: &str) -> bool {
    condition.get("type").and_then(Json::as_str) == Some(kind)
}
