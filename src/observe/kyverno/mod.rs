//! Metrics under Kyverno's names, for the dashboards that users have on them.
//!
//! Comes in:  counters that are kept anyway, and what policies said, after the answer.
//! Goes out:  a registry without this project's prefix.
//! Never here: work on the request path. Requests are counted once, and shown under both names; those of
//!             namespaces that do not count for Kyverno's are counted apart.
//!
//! Two labels of Kyverno's are left out, `resource_namespace` everywhere and `resource_kind` of requests:
//! the first has as many values as a cluster has namespaces, the second would take a look-up by text
//! for every request. Results are bounded as well, see [`MOST_SERIES`].

mod labels;
mod shown;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use portcullis_engine::doc::PolicyId;
use portcullis_engine::review::Heading;
use portcullis_lang::value::Document;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::exposure::Exposure;
use super::series::Series;
use crate::snapshot::Item;
pub(crate) use labels::{CelResultLabels, ResultLabels, policy_namespace, policy_type};
use labels::{ChangeLabels, Labels};
pub(super) use shown::{Same, Sum, requests};

/// Results are counted apart for at most this many combinations of their labels; what comes later is
/// counted in `portcullis_series_uncounted_total` only.
const MOST_SERIES: usize = 10_000;

#[derive(Clone, Debug, Eq, EncodeLabelSet, Hash, PartialEq)]
struct VersionLabel {
    version: &'static str,
}

/// All of them.
#[derive(Debug)]
pub(crate) struct KyvernoMetrics {
    /// What is shown, as all of them look at it.
    exposure: Arc<ArcSwap<Exposure>>,
    /// Are there namespaces that do not count?
    leaves_out: AtomicBool,
    results: Exposed<ResultLabels>,
    validating: Exposed<CelResultLabels>,
    mutating: Exposed<CelResultLabels>,
    changes: Exposed<ChangeLabels>,
    uncounted: Counter,
}

impl KyvernoMetrics {
    /// All at zero; `ours` has this project's prefix, `theirs` has none.
    pub(super) fn new(ours: &mut Registry, theirs: &mut Registry) -> KyvernoMetrics {
        let info = Family::<VersionLabel, Gauge>::default();
        let version = env!("CARGO_PKG_VERSION");
        info.get_or_create(&VersionLabel { version }).set(1);
        theirs.register("kyverno_info", "1, for the version that runs", info);
        let uncounted = Counter::default();
        let help = "Results and changes beyond the number of series that are kept";
        ours.register("series_uncounted", help, uncounted.clone());
        KyvernoMetrics {
            exposure: Arc::default(),
            leaves_out: AtomicBool::new(false),
            results: Exposed::new(
                theirs,
                "kyverno_policy_results",
                "What rules said, counted while something follows from it: events, reports",
            ),
            validating: Exposed::new(
                theirs,
                "kyverno_validating_policy_results",
                "What ValidatingPolicies said, counted likewise",
            ),
            mutating: Exposed::new(
                theirs,
                "kyverno_mutating_policy_results",
                "What MutatingPolicies said, counted likewise",
            ),
            changes: Exposed::new(
                theirs,
                "kyverno_policy_changes",
                "Policies created, updated and deleted since the start",
            ),
            uncounted,
        }
    }

    /// From now on, they are kept and shown like this. What was counted before stays.
    pub(crate) fn expose(&self, exposure: Exposure) {
        self.leaves_out
            .store(exposure.leaves_out(), Ordering::Relaxed);
        self.exposure.store(Arc::new(exposure));
    }

    /// Is the request of this body left out, for the sake of its namespace? While all namespaces count,
    /// the body is not looked at.
    pub(crate) fn leaves_out(&self, body: &[u8]) -> bool {
        self.leaves_out.load(Ordering::Relaxed)
            && Heading::read(body).is_some_and(|heading| !self.counts(heading.namespace))
    }

    /// Are results about objects of this namespace counted?
    pub(crate) fn counts(&self, namespace: &str) -> bool {
        self.exposure.load().counts(namespace)
    }

    /// A rule said something.
    pub(crate) fn result(&self, labels: ResultLabels) {
        self.note(self.results.add(labels, &self.exposure.load()));
    }

    /// A ValidatingPolicy said something.
    pub(crate) fn validating(&self, labels: CelResultLabels) {
        self.note(self.validating.add(labels, &self.exposure.load()));
    }

    /// A MutatingPolicy said something.
    pub(crate) fn mutating(&self, labels: CelResultLabels) {
        self.note(self.mutating.add(labels, &self.exposure.load()));
    }

    /// These are the policies now; those of `before` that are not the very same were changed.
    pub(super) fn policies(&self, before: &[Item], now: &[Item]) {
        let by_id = |items| HashMap::<&PolicyId, &Document>::from_iter(policies(items));
        let (before, now) = (by_id(before), by_id(now));
        for (id, text) in &now {
            match before.get(id) {
                None => self.changed(id, "created"),
                Some(old) if !std::ptr::eq(*old, *text) => self.changed(id, "updated"),
                Some(_) => {}
            }
        }
        for id in before.keys().filter(|id| !now.contains_key(*id)) {
            self.changed(id, "deleted");
        }
    }

    fn changed(&self, id: &PolicyId, policy_change_type: &'static str) {
        let labels = ChangeLabels {
            policy_type: policy_type(&id.namespace),
            policy_namespace: policy_namespace(&id.namespace),
            policy_name: id.name.clone(),
            policy_change_type,
        };
        self.note(self.changes.add(labels, &self.exposure.load()));
    }

    fn note(&self, counted: bool) {
        if !counted {
            self.uncounted.inc();
        }
    }
}

/// The policies among these, and the document that each was read from.
fn policies(items: &[Item]) -> impl Iterator<Item = (&PolicyId, &Document)> {
    items.iter().filter_map(|item| match item {
        Item::Policy(policy) => Some((policy.id(), policy.document())),
        Item::Validating(policy) => Some((&policy.id, policy.source.document())),
        Item::Mutating(policy) => Some((&policy.id, policy.source.document())),
        Item::Generating(policy) => Some((&policy.id, policy.source.document())),
        Item::Other(policy) => Some((policy.id(), policy.document())),
        Item::Exception(_) | Item::CelException(_) => None,
    })
}

/// Counters of one name, as they are wanted.
#[derive(Debug)]
struct Exposed<L: Labels> {
    name: &'static str,
    series: Series<L>,
}

impl<L: Labels> Exposed<L> {
    fn new(registry: &mut Registry, name: &'static str, help: &str) -> Exposed<L> {
        let series = Series::new(registry, name, help, MOST_SERIES);
        Exposed { name, series }
    }

    /// Adds one, without the labels that are not wanted; tells whether there was room for it.
    fn add(&self, mut labels: L, exposure: &Exposure) -> bool {
        if !exposure.shows(self.name) {
            return true;
        }
        for label in exposure.left_out(self.name) {
            labels.leave_out(label);
        }
        self.series.add(&labels)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::metrics::{End, Endpoint, Metrics};
    use super::{CelResultLabels, Exposure, ResultLabels};

    #[test]
    fn requests_of_namespaces_that_do_not_count_are_ours_alone() {
        let metrics = Metrics::new();
        let stated = (
            "namespaces".to_owned(),
            r#"{"exclude":["kube-*"]}"#.to_owned(),
        );
        let (exposure, wrong) = Exposure::read(&[stated].into(), &Exposure::default());
        assert!(wrong.is_empty(), "{wrong:?}");
        metrics.kyverno.expose(exposure);
        for (namespace, expect) in [("kube-system", true), ("shop", false), ("", false)] {
            let body = format!(
                r#"{{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{{"uid":"u","namespace":"{namespace}","userInfo":{{"username":"me"}}}}}}"#
            );
            let left_out = metrics.kyverno.leaves_out(body.as_bytes());
            assert_eq!(left_out, expect, "`{namespace}`");
            let end = End::Answered { allowed: true };
            metrics.ended(Endpoint::Validate, end, Duration::from_millis(1), left_out);
        }
        let text = metrics.text();
        for line in [
            r#"portcullis_requests_total{path="/validate",code="200",allowed="true"} 3"#,
            r#"portcullis_request_duration_seconds_count{path="/validate"} 3"#,
            r#"kyverno_admission_requests_total{request_webhook="ValidatingWebhookConfiguration",request_allowed="true"} 2"#,
            r#"kyverno_admission_review_duration_seconds_count{request_webhook="ValidatingWebhookConfiguration"} 2"#,
        ] {
            assert!(text.contains(line), "`{line}`: {text}");
        }
    }

    #[test]
    fn results_are_called_as_kyvernos() {
        let metrics = Metrics::new();
        metrics.kyverno.result(ResultLabels {
            policy_validation_mode: "enforce",
            policy_type: "cluster",
            policy_background_mode: "true",
            policy_namespace: "-".to_owned(),
            policy_name: "p".to_owned(),
            resource_kind: "Pod".to_owned(),
            resource_request_operation: "create",
            rule_name: "r".to_owned(),
            rule_result: "fail",
            rule_type: "validate",
            rule_execution_cause: "admission_request",
            dry_run: "false",
        });
        let cel = CelResultLabels {
            policy_validation_mode: "audit",
            policy_background_mode: "true",
            policy_name: "p".to_owned(),
            policy_namespace: "-".to_owned(),
            resource_kind: "Pod".to_owned(),
            resource_request_operation: "create",
            execution_cause: "admission_request",
            result: "pass",
        };
        metrics.kyverno.validating(cel.clone());
        metrics.kyverno.mutating(cel);
        let text = metrics.text();
        for name in [
            "policy_results",
            "validating_policy_results",
            "mutating_policy_results",
        ] {
            assert!(
                text.contains(&format!("\nkyverno_{name}_total{{")),
                "{name}: {text}"
            );
        }
    }
}
