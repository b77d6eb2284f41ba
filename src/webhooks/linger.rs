//! Policies that went a moment ago: API servers go on asking for them.
//!
//! Comes in:  the policies in force, the time.
//! Goes out:  the policies to register for.
//! Never here: clocks, storing.
//!
//! Whoever replaces a policy (`kubectl replace --force`, a tool that makes it anew) deletes it first. If
//! its webhooks went with it, requests would pass until they are back. Asking for nothing costs little: a
//! path of a policy that is gone lets pass.

use std::collections::HashSet;
use std::time::Duration;

use portcullis_engine::doc::AnyPolicy;
use tokio::time::Instant;

/// How long they are asked for.
const WHILE: Duration = Duration::from_secs(1);

/// The policies that are there, and those that went.
#[derive(Debug, Default)]
pub(super) struct Linger {
    there: Vec<AnyPolicy>,
    gone: Vec<(AnyPolicy, Instant)>,
}

impl Linger {
    /// The policies to register for, now that these are there.
    pub(super) fn with(&mut self, there: &[AnyPolicy], now: Instant) -> Vec<AnyPolicy> {
        let ids: HashSet<_> = there.iter().map(AnyPolicy::id).collect();
        let before = std::mem::replace(&mut self.there, there.to_vec());
        let gone = before.into_iter().map(|policy| (policy, now + WHILE));
        self.gone.extend(gone);
        self.gone
            .retain(|(policy, until)| *until > now && !ids.contains(policy.id()));
        let gone = self.gone.iter().map(|(policy, _)| policy.clone());
        there.iter().cloned().chain(gone).collect()
    }

    /// When one of those that went is to be forgotten.
    pub(super) fn next(&self) -> Option<Instant> {
        self.gone.iter().map(|(_, until)| *until).min()
    }
}

#[cfg(test)]
mod tests {
    use portcullis_engine::doc::{AnyPolicy, read_document};
    use portcullis_lang::value::{Numbers, yaml};
    use tokio::time::Instant;

    use super::{Linger, WHILE};

    #[test]
    fn what_went_is_registered_for_a_moment_longer() {
        let start = Instant::now();
        let mut linger = Linger::default();
        check(&mut linger, &["a", "b"], start, &["a", "b"], None);
        check(&mut linger, &["b"], start, &["b", "a"], Some(start + WHILE));
        // Back in time.
        check(&mut linger, &["a", "b"], start, &["a", "b"], None);
        check(&mut linger, &["a"], start, &["a", "b"], Some(start + WHILE));
        check(&mut linger, &["a"], start + WHILE, &["a"], None);
    }

    #[track_caller]
    fn check(
        linger: &mut Linger,
        there: &[&str],
        now: Instant,
        expect: &[&str],
        next: Option<Instant>,
    ) {
        let there: Vec<_> = there.iter().map(|name| policy(name)).collect();
        let found = linger.with(&there, now);
        let found = found.iter().map(|policy| policy.id().name.as_str());
        assert_eq!(found.collect::<Vec<_>>(), expect);
        assert_eq!(linger.next(), next);
    }

    fn policy(name: &str) -> AnyPolicy {
        let text = format!(
            "{{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {{name: {name}}}, spec: \
             {{rules: [{{name: r, match: {{any: [{{resources: {{kinds: [Pod]}}}}]}}, validate: {{deny: \
             {{}}}}}}]}}}}"
        );
        let document = yaml::read_one(&text, Numbers::AsWritten).unwrap();
        AnyPolicy::Rules(read_document(document).unwrap().unwrap())
    }
}
