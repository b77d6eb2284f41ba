//! Requests to look for triggers that a gate did not get to: more was answered than it could look at, or
//! it ended too soon.
//!
//! Comes in:  a rule, and the time since which something may be missing.
//! Goes out:  an update request without a trigger; what it asks for, read from it.
//! Never here: looking.
//!
//! Triggers are objects of the cluster. Those that changed since are told by their own metadata, so a gate
//! need remember nothing but a time.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::json;

use super::duty::{Duty, Trigger, What};
use super::request::{self, Cause, Request};

/// A request to look for what set a rule off since a time. It is asked at another time: whoever asks
/// again asks for something else, and what is being done by then is no answer to it.
pub(super) fn object(
    what: What,
    policy: &str,
    rule: &str,
    since: Timestamp,
    asked: Timestamp,
) -> Request {
    let duty = Duty {
        what,
        policy: policy.to_owned(),
        rule: rule.to_owned(),
        trigger: Trigger::default(),
    };
    let missed = json!({"missed": {"since": since.to_string(), "asked": asked.to_string()}});
    let cause = Cause {
        request: Some(missed),
        ..Cause::default()
    };
    request::object(&duty, &cause)
}

/// Since when something may be missing, where a request asks to look for that.
pub(super) fn since(cause: &Cause) -> Option<Timestamp> {
    let since = cause.request.as_ref()?.pointer("/missed/since")?;
    since.as_str()?.parse().ok()
}

/// When an object was last written, as far as it tells. Who writes nothing new leaves no trace, and sets
/// nothing off either.
pub(super) fn changed(metadata: &ObjectMeta) -> Option<Timestamp> {
    let fields = metadata.managed_fields.iter().flatten();
    let times = fields.filter_map(|one| one.time.as_ref());
    let times = times.chain(&metadata.creation_timestamp);
    times.map(|time| time.0).max()
}

#[cfg(test)]
mod tests {
    use super::{changed, object, since};
    use crate::generate::duty::What;
    use crate::generate::request::{Cause, read};
    use serde_json::json;

    #[test]
    fn a_request_holds_its_time() {
        let time = "2026-01-31T12:00:00Z".parse().unwrap();
        let asked = "2026-01-31T12:00:20Z".parse().unwrap();
        let written = object(What::Generate, "p", "r", time, asked);
        let stored = serde_json::to_value(&written).unwrap();
        let read = read(&serde_json::from_value(stored).unwrap());
        let times: Vec<_> = read.iter().map(|(_, cause)| since(cause)).collect();
        assert_eq!(times, [Some(time)]);
        assert_eq!(since(&Cause::default()), None);
        let other = object(What::Generate, "p", "q", time, asked);
        assert_ne!(written.metadata.name, other.metadata.name);
    }

    #[test]
    fn the_last_writer_counts() {
        let metadata = json!({
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "managedFields": [
                {"manager": "a", "time": "2026-01-03T00:00:00Z"},
                {"manager": "b", "time": "2026-01-02T00:00:00Z"},
                {"manager": "c"}],
        });
        let metadata = serde_json::from_value(metadata).unwrap();
        assert_eq!(changed(&metadata), "2026-01-03T00:00:00Z".parse().ok());
        assert_eq!(changed(&Default::default()), None);
    }
}
