//! What `apply` says of resources that carry a time to live.
//!
//! Comes in:  a resource, the time.
//! Goes out:  a line where it has the label: when it ends, or why nobody can tell.
//! Never here: results. The label is no policy, so it decides nothing about the run.

use portcullis_engine::reference::cleanup::{TTL, Ttl, time_to_live};

use crate::cli::load::Resource;

/// The line of a labelled resource. `now`: nanoseconds since the start of 1970.
pub(super) fn line(resource: &Resource, now: i128) -> Option<String> {
    let said = time_to_live(resource.document.root())?;
    let (namespace, kind, name) = (resource.namespace(), resource.kind(), resource.name());
    Some(format!("{namespace}/{kind}/{name}: {}", words(said, now)))
}

fn words(said: Result<Ttl, String>, now: i128) -> String {
    let ttl = match said {
        Ok(ttl) => ttl,
        Err(warning) => return format!("warning: {warning}"),
    };
    let is_over = ttl.is_over(now);
    match ttl
        .due
        .map(|due| due.to_utc().format("2006-01-02T15:04:05Z07:00"))
    {
        Some(due) if is_over => format!("would be deleted now: its {TTL} ended at {due}"),
        Some(due) => format!("stays: its {TTL} ends at {due}"),
        None => format!("is deleted its {TTL} after its creation, of which the file says nothing"),
    }
}

#[cfg(test)]
mod tests {
    use portcullis_lang::value::{Numbers, yaml};

    use super::line;
    use crate::cli::load::Resource;

    #[test]
    fn what_is_said() {
        check(
            "2026-01-01",
            "would be deleted now: its cleanup.kyverno.io/ttl ended at 2026-01-01T00:00:00Z",
        );
        check(
            "2026-02-01",
            "stays: its cleanup.kyverno.io/ttl ends at 2026-02-01T00:00:00Z",
        );
        check(
            "1h",
            "is deleted its cleanup.kyverno.io/ttl after its creation, of which the file says nothing",
        );
        check(
            "soon",
            "warning: cleanup.kyverno.io/ttl label value cannot be parsed as any recognizable format \
            (parsing time \"soon\" as \"2006-01-02\": cannot parse \"soon\" as \"2006\")",
        );
    }

    #[track_caller]
    fn check(label: &str, expect: &str) {
        let pod = format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: p, namespace: a, labels: {{cleanup.kyverno.io/ttl: \
             '{label}'}}}}}}"
        );
        let document = yaml::read_one(&pod, Numbers::Doubles).unwrap();
        let new_year = 1_767_225_600_000_000_000;
        assert_eq!(
            line(&Resource { document }, new_year),
            Some(format!("a/Pod/p: {expect}"))
        );
    }
}
