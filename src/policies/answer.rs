//! What the API server is told about a policy.

use std::time::SystemTime;

use portcullis_engine::verdict::{Verdict, write_response};
use portcullis_lang::value::Document;
use serde_json::json;

/// Warnings at most: API servers cut what is longer than 4 KiB in sum.
const MOST_WARNINGS: usize = 20;

/// An answer in the making.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Answer {
    /// Why not; the first is the reason that Kyverno would give.
    pub(crate) refusals: Vec<String>,
    /// Shown to the user in any case.
    pub(crate) warnings: Vec<String>,
    /// What is to be changed about the object, as JSON.
    pub(crate) patch: Option<String>,
}

impl Answer {
    /// No.
    pub(super) fn denied(refusals: Vec<String>) -> Answer {
        Answer {
            refusals,
            ..Answer::default()
        }
    }

    /// Yes, but.
    pub(super) fn warned(warning: impl Into<String>) -> Answer {
        Answer {
            warnings: vec![warning.into()],
            ..Answer::default()
        }
    }

    /// Yes, with this change.
    pub(super) fn patched(patch: String) -> Answer {
        Answer {
            patch: Some(patch),
            ..Answer::default()
        }
    }

    /// Adds what else there is to say.
    pub(super) fn and(&mut self, other: Answer) {
        self.refusals.extend(other.refusals);
        self.warnings.extend(other.warnings);
    }

    /// The response. Its message is the first reason; the others are warnings, so that whoever repairs
    /// the policy sees all of them.
    pub(super) fn body(mut self, uid: &str) -> String {
        let denial = self.refusals.first().cloned();
        for refusal in self.refusals.drain(..).skip(1) {
            if !self.warnings.contains(&refusal) {
                self.warnings.push(refusal);
            }
        }
        let mut told = Vec::new();
        for warning in self.warnings {
            // Lines are headers on the way to the user.
            let warning = warning.replace(['\n', '\r'], ";");
            if told.len() < MOST_WARNINGS && !told.contains(&warning) {
                told.push(warning);
            }
        }
        let verdict = Verdict {
            patch: self.patch.filter(|_| denial.is_none()),
            denial,
            warnings: told,
            ..Verdict::default()
        };
        let mut body = String::new();
        write_response(&mut body, uid, &verdict);
        body
    }
}

/// The change that says when an API server asked last.
pub(super) fn heartbeat(lease: &Document) -> String {
    let annotations = lease.root().at(&["metadata", "annotations"]);
    let now = jiff::Timestamp::try_from(SystemTime::now()).unwrap_or_default();
    let now = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let patch = match annotations.and_then(|annotations| annotations.as_map()) {
        Some(_) => {
            json!([{"op": "add", "path": "/metadata/annotations/kyverno.io~1last-request-time",
            "value": now}])
        }
        None => json!([{"op": "add", "path": "/metadata/annotations",
            "value": {"kyverno.io/last-request-time": now}}]),
    };
    patch.to_string()
}
