//! Metrics that are kept under this project's names, shown under Kyverno's.
//!
//! Comes in:  counters and histograms that are counted elsewhere.
//! Goes out:  the same numbers in another registry, under other labels.
//! Never here: counting.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use prometheus_client::encoding::{EncodeLabelSet, EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::{MetricType, TypedMetric};
use prometheus_client::registry::Registry;

use super::super::exposure::Exposure;
use super::super::histogram::Histogram;
use super::super::metrics::Requests;
use super::KyvernoMetrics;

/// Requests by verdict, from the counters that answers are counted in.
pub(in super::super) fn requests(
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

/// Metrics that are kept already, shown under other labels.
#[derive(Debug)]
pub(in super::super) struct Same<L, M>(pub(in super::super) Vec<(L, M)>);

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
pub(in super::super) struct Sum(pub(in super::super) Counter, pub(in super::super) Counter);

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
    exposure: Arc<ArcSwap<Exposure>>,
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
