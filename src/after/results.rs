//! What policies said of reviews, counted under Kyverno's names.
//!
//! It opens nothing: results are counted while something follows from them. To evaluate every review
//! once more for the sake of a counter would not be worth it.

use std::sync::Arc;

use portcullis_engine::admit::Phase;
use portcullis_engine::doc::AnyPolicy;
use portcullis_engine::review::Operation;

use super::{Said, Sink};
use crate::observe::metrics::Metrics;
use crate::observe::results::{Asked, count};

/// Counts what policies said.
pub(crate) struct Results(pub(crate) Arc<Metrics>);

impl Sink for Results {
    fn is_open(&self, _: Phase) -> bool {
        false
    }

    fn take(&self, said: &Said<'_>) {
        let asked = Asked {
            cause: "admission_request",
            operation: match said.review.operation {
                Operation::Create => "create",
                Operation::Update => "update",
                Operation::Delete => "delete",
                Operation::Connect => "connect",
            },
            kind: said.review.kind.kind,
            namespace: said.review.namespace,
            dry_run: said.is_dry_run(),
        };
        let metrics = &self.0.kyverno;
        for outcome in &said.account.outcomes {
            let policy = AnyPolicy::Rules(outcome.policy.clone());
            count(metrics, &asked, &policy, &outcome.rules);
        }
        for outcome in &said.account.cel {
            let policy = AnyPolicy::Validating(outcome.policy.clone());
            count(metrics, &asked, &policy, &outcome.rules);
        }
        for outcome in &said.account.mutating {
            let policy = AnyPolicy::Mutating(outcome.policy.clone());
            count(metrics, &asked, &policy, &outcome.rules);
        }
    }
}
