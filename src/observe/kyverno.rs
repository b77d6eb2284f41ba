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

use std::collections::HashMap;
use std::fmt::{self, Debug};
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use arc_swap::ArcSwap;
use portcullis_engine::doc::PolicyId;
use portcullis_engine::review::Heading;
use portcullis_lang::value::Document;
use prometheus_client::encoding::{EncodeLabelSet, EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::{MetricType, TypedMetric};
use prometheus_client::registry::Registry;

use super::exposure::Exposure;
use super::histogram::Histogram;
use super::metrics::Requests;
use crate::snapshot::Item;

/// Results are counted apart for at most this many combinations of their labels; what comes later is
/// counted in `portcullis_series_uncounted_total` only.
const MOST_SERIES: usize = 10_000;

/// Labels of requests: what `request_webhook` and `request_allowed` say.
#[derive(Clone, Debug, Eq, EncodeLabelSet, Hash, PartialEq)]
struct RequestLabels {
    request_webhook: &'static str,
    request_allowed: &'static str,
}

#[derive(Clone, Debug, Eq, EncodeLabelSet, Hash, PartialEq)]
struct WebhookLabel {
    request_webhook: &'static str,
}

/// Labels of what a rule said.
#[derive(Clone, Debug, Eq, EncodeLabelSet, Hash, PartialEq)]
pub(crate) struct ResultLabels {
    /// `enforce` or `audit`.
    pub(crate) policy_validation_mode: &'static str,
    /// `cluster` or `namespaced`.
    pub(crate) policy_type: &'static str,
    /// Is it applied in scans?
    pub(crate) policy_background_mode: &'static str,
    /// `-` for those of the cluster.
    pub(crate) policy_namespace: String,
    /// Its name.
    pub(crate) policy_name: String,
    /// The kind of the object.
    pub(crate) resource_kind: String,
    /// `create`, `update`, `delete`, `connect`.
    pub(crate) resource_request_operation: &'static str,
    /// The rule, autogen's prefix included.
    pub(crate) rule_name: String,
    /// `pass`, `fail`, `skip`, `warn`, `error`.
    pub(crate) rule_result: &'static str,
    /// `validate`, `mutate`, `generate`, `imageVerify`.
    pub(crate) rule_type: &'static str,
    /// `admission_request` or `background_scan`.
    pub(crate) rule_execution_cause: &'static str,
    /// Was it only asked what would happen?
    pub(crate) dry_run: &'static str,
}

/// Labels of what a CEL policy said.
#[derive(Clone, Debug, Eq, EncodeLabelSet, Hash, PartialEq)]
pub(crate) struct CelResultLabels {
    /// `enforce` or `audit`.
    pub(crate) policy_validation_mode: &'static str,
    /// Is it applied in scans?
    pub(crate) policy_background_mode: &'static str,
    /// Its name.
    pub(crate) policy_name: String,
    /// `-` for those of the cluster.
    pub(crate) policy_namespace: String,
    /// The kind of the object.
    pub(crate) resource_kind: String,
    /// `create`, `update`, `delete`, `connect`.
    pub(crate) resource_request_operation: &'static str,
    /// `admission_request` or `background_scan`.
    pub(crate) execution_cause: &'static str,
    /// `pass`, `fail`, `skip`, `warn`, `error`.
    pub(crate) result: &'static str,
}

#[derive(Clone, Debug, Eq, EncodeLabelSet, Hash, PartialEq)]
struct ChangeLabels {
    policy_type: &'static str,
    policy_namespace: String,
    policy_name: String,
    policy_change_type: &'static str,
}

#[derive(Clone, Debug, Eq, EncodeLabelSet, Hash, PartialEq)]
struct VersionLabel {
    version: &'static str,
}

impl Labels for ResultLabels {
    fn leave_out(&mut self, label: &str) {
        match label {
            "policy_validation_mode" => self.policy_validation_mode = "",
            "policy_type" => self.policy_type = "",
            "policy_background_mode" => self.policy_background_mode = "",
            "policy_namespace" => self.policy_namespace.clear(),
            "policy_name" => self.policy_name.clear(),
            "resource_kind" => self.resource_kind.clear(),
            "resource_request_operation" => self.resource_request_operation = "",
            "rule_name" => self.rule_name.clear(),
            "rule_result" => self.rule_result = "",
            "rule_type" => self.rule_type = "",
            "rule_execution_cause" => self.rule_execution_cause = "",
            "dry_run" => self.dry_run = "",
            _ => {}
        }
    }
}

impl Labels for CelResultLabels {
    fn leave_out(&mut self, label: &str) {
        match label {
            "policy_validation_mode" => self.policy_validation_mode = "",
            "policy_background_mode" => self.policy_background_mode = "",
            "policy_name" => self.policy_name.clear(),
            "policy_namespace" => self.policy_namespace.clear(),
            "resource_kind" => self.resource_kind.clear(),
            "resource_request_operation" => self.resource_request_operation = "",
            "execution_cause" => self.execution_cause = "",
            "result" => self.result = "",
            _ => {}
        }
    }
}

impl Labels for ChangeLabels {
    fn leave_out(&mut self, label: &str) {
        match label {
            "policy_type" => self.policy_type = "",
            "policy_namespace" => self.policy_namespace.clear(),
            "policy_name" => self.policy_name.clear(),
            "policy_change_type" => self.policy_change_type = "",
            _ => {}
        }
    }
}

/// What is shown, as all of them look at it.
type Shared = Arc<ArcSwap<Exposure>>;

/// All of them.
#[derive(Debug)]
pub(crate) struct KyvernoMetrics {
    exposure: Shared,
    /// Are there namespaces that do not count?
    leaves_out: AtomicBool,
    results: Bounded<ResultLabels>,
    validating: Bounded<CelResultLabels>,
    mutating: Bounded<CelResultLabels>,
    changes: Bounded<ChangeLabels>,
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
            exposure: Shared::default(),
            leaves_out: AtomicBool::new(false),
            results: Bounded::new(
                theirs,
                "kyverno_policy_results",
                "What rules said, counted while something follows from it: events, reports",
            ),
            validating: Bounded::new(
                theirs,
                "kyverno_validating_policy_results",
                "What ValidatingPolicies said, counted likewise",
            ),
            mutating: Bounded::new(
                theirs,
                "kyverno_mutating_policy_results",
                "What MutatingPolicies said, counted likewise",
            ),
            changes: Bounded::new(
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

/// `cluster` or `namespaced`.
pub(crate) fn policy_type(namespace: &str) -> &'static str {
    if namespace.is_empty() {
        "cluster"
    } else {
        "namespaced"
    }
}

/// The namespace, or `-`.
pub(crate) fn policy_namespace(namespace: &str) -> String {
    if namespace.is_empty() {
        "-".to_owned()
    } else {
        namespace.to_owned()
    }
}

/// Counters by labels, as many as are worth keeping.
#[derive(Debug)]
struct Bounded<L> {
    name: &'static str,
    family: Family<L, Counter>,
    series: AtomicUsize,
}

/// Labels that can be left out: an empty one is none to Prometheus.
trait Labels: Clone + Debug + EncodeLabelSet + Eq + Hash + Send + Sync + 'static {
    fn leave_out(&mut self, label: &str);
}

impl<L: Labels> Bounded<L> {
    fn new(registry: &mut Registry, name: &'static str, help: &str) -> Bounded<L> {
        let family = Family::default();
        registry.register(name, help, family.clone());
        Bounded {
            name,
            family,
            series: AtomicUsize::new(0),
        }
    }

    /// Adds one, unless that would be a series too many; tells whether it did.
    fn add(&self, mut labels: L, exposure: &Exposure) -> bool {
        if !exposure.shows(self.name) {
            return true;
        }
        for label in exposure.left_out(self.name) {
            labels.leave_out(label);
        }
        let labels = &labels;
        if let Some(counter) = self.family.get(labels) {
            counter.inc();
            return true;
        }
        let has_room = self.series.fetch_add(1, Ordering::Relaxed) < MOST_SERIES;
        if has_room {
            self.family.get_or_create(labels).inc();
        } else {
            self.series.fetch_sub(1, Ordering::Relaxed);
        }
        has_room
    }
}

/// Metrics that are kept already, shown under other labels.
#[derive(Debug)]
pub(super) struct Same<L, M>(pub(super) Vec<(L, M)>);

impl<L, M> EncodeMetric for Same<L, M>
where
    L: EncodeLabelSet,
    M: EncodeMetric + TypedMetric,
{
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        for (labels, metric) in &self.0 {
            metric.encode(encoder.encode_family(labels)?)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        M::TYPE
    }
}

/// Two counters, shown as one.
#[derive(Debug)]
pub(super) struct Sum(pub(super) Counter, pub(super) Counter);

impl EncodeMetric for Sum {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let Sum(one, other) = self;
        let count = one.get() + other.get();
        encoder.encode_counter::<NoLabelSet, u64, u64>(&count, None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Counter
    }
}

impl TypedMetric for Sum {
    const TYPE: MetricType = MetricType::Counter;
}

/// Durations that are kept already, with the buckets that are wanted.
#[derive(Debug)]
struct Durations {
    name: &'static str,
    exposure: Shared,
    series: Vec<(WebhookLabel, Histogram)>,
}

impl EncodeMetric for Durations {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let exposure = self.exposure.load();
        let has = |bound| exposure.has_bucket(self.name, bound);
        for (labels, histogram) in &self.series {
            if exposure.shows(self.name) {
                histogram.encode_buckets(encoder.encode_family(labels)?, None, &has)?;
            }
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

/// Requests by verdict, from the counters that answers are counted in.
pub(super) fn requests(
    theirs: &mut Registry,
    shown: &KyvernoMetrics,
    endpoints: [(&'static str, &Requests); 2],
) {
    let mut counters = Vec::new();
    let mut series = Vec::new();
    for (request_webhook, requests) in endpoints {
        for (request_allowed, counter) in [("true", &requests.allowed), ("false", &requests.denied)]
        {
            let labels = RequestLabels {
                request_webhook,
                request_allowed,
            };
            counters.push((labels, counter.clone()));
        }
        series.push((WebhookLabel { request_webhook }, requests.seconds.clone()));
    }
    let help = "Reviews answered with a verdict";
    theirs.register("kyverno_admission_requests", help, Same(counters));
    let help = "From the request's head to the whole answer, in seconds";
    let name = "kyverno_admission_review_duration_seconds";
    let durations = Durations {
        name,
        exposure: shown.exposure.clone(),
        series,
    };
    theirs.register(name, help, durations);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use prometheus_client::registry::Registry;

    use super::super::metrics::{End, Endpoint, Metrics};
    use super::{Bounded, CelResultLabels, ChangeLabels, Exposure, MOST_SERIES, ResultLabels};

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

    #[test]
    fn series_are_bounded() {
        let counters = Bounded::new(&mut Registry::default(), "x", "x");
        let label = |name: usize| ChangeLabels {
            policy_type: "cluster",
            policy_namespace: "-".to_owned(),
            policy_name: name.to_string(),
            policy_change_type: "created",
        };
        let all = Exposure::default();
        let add = |name| counters.add(label(name), &all);
        let added = (0..MOST_SERIES + 5).filter(|name| add(*name));
        assert_eq!(added.count(), MOST_SERIES);
        // Those that are there go on being counted.
        assert!(add(7) && !add(MOST_SERIES));
        assert_eq!(counters.family.get_or_create(&label(7)).get(), 2);
    }
}
