//! Which of the metrics under Kyverno's names are kept and how they are shown: the ConfigMap
//! `kyverno-metrics`.
//!
//! Comes in:  the `data` of the ConfigMap.
//! Goes out:  [`Exposure`]: which namespaces count, which metrics and labels are left out, which buckets
//!            a histogram has.
//! Never here: the metrics under this project's own prefix, which stay as they are.

use std::collections::BTreeMap;

use portcullis_lang::scalar::wildcard;
use serde::Deserialize;

use crate::keys;

/// What the ConfigMap says; everything is shown by default.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Exposure {
    namespaces: Namespaces,
    /// In seconds, in order; empty for those that are kept anyway.
    bounds: Vec<f64>,
    /// By the name of the metric, without `_total`.
    metrics: BTreeMap<String, Metric>,
}

/// `namespaces`
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
struct Namespaces {
    include: Option<Vec<String>>,
    exclude: Option<Vec<String>>,
}

/// One entry of `metricsExposure`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
struct Metric {
    enabled: Option<bool>,
    disabled_label_dimensions: Option<Vec<String>>,
    bucket_boundaries: Option<Vec<f64>>,
}

impl Exposure {
    /// Reads the ConfigMap's `data`; `last` has the values for keys that cannot be read, which are
    /// returned with what is wrong.
    pub(crate) fn read(
        data: &BTreeMap<String, String>,
        last: &Exposure,
    ) -> (Exposure, Vec<String>) {
        let mut wrong = Vec::new();
        let mut bounds = Vec::new();
        let text = data.get("bucketBoundaries").map_or("", String::as_str);
        for part in text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            match part.parse() {
                Ok(bound) => bounds.push(bound),
                Err(_) => wrong.push(format!("`bucketBoundaries`: `{part}` is no number")),
            }
        }
        let metrics = keys::json(data, "metricsExposure", last.metrics.clone(), &mut wrong);
        let metrics = metrics.into_iter().map(|(name, metric)| {
            let name = name.strip_suffix("_total").unwrap_or(&name).to_owned();
            (name, metric)
        });
        let exposure = Exposure {
            namespaces: keys::json(data, "namespaces", last.namespaces.clone(), &mut wrong),
            bounds,
            metrics: metrics.collect(),
        };
        (exposure, wrong)
    }

    /// Are there namespaces that do not count?
    pub(super) fn leaves_out(&self) -> bool {
        let says = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|list| !list.is_empty());
        says(&self.namespaces.include) || says(&self.namespaces.exclude)
    }

    /// Are results about objects of this namespace counted? Those of no namespace always are.
    pub(crate) fn counts(&self, namespace: &str) -> bool {
        let any = |list: &Option<Vec<String>>| {
            let mut patterns = list.iter().flatten();
            patterns.any(|pattern| wildcard::matches(pattern, namespace))
        };
        let Namespaces { include, exclude } = &self.namespaces;
        let all = include.as_ref().is_none_or(Vec::is_empty);
        namespace.is_empty() || (!any(exclude) && (all || any(include)))
    }

    /// Is the metric shown at all?
    pub(super) fn shows(&self, metric: &str) -> bool {
        let stated = self.metrics.get(metric).and_then(|metric| metric.enabled);
        stated.unwrap_or(true)
    }

    /// The labels that the metric goes without.
    pub(super) fn left_out(&self, metric: &str) -> &[String] {
        let metric = self.metrics.get(metric);
        let labels = metric.and_then(|metric| metric.disabled_label_dimensions.as_deref());
        labels.unwrap_or_default()
    }

    /// Does a histogram have a bucket up to `bound`, in seconds? It has those that are stated, of those
    /// that are measured; and all below the first of them, because answers take less than that.
    pub(super) fn has_bucket(&self, metric: &str, bound: f64) -> bool {
        let own = self.metrics.get(metric);
        let own = own.and_then(|metric| metric.bucket_boundaries.as_deref());
        let bounds = own.filter(|own| !own.is_empty()).unwrap_or(&self.bounds);
        let same = |other: &f64| (other - bound).abs() < 1e-9;
        bounds.iter().all(|other| bound < *other) || bounds.iter().any(same)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Exposure;

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn what_is_exposed() {
        check("namespaces", "",                                          |it| it.counts("a"), &[]);
        check("namespaces", r#"{"include":null,"exclude":["kube-*"]}"#,  |it| !it.counts("kube-x") && it.counts("a") && it.counts(""), &[]);
        check("namespaces", r#"{"include":["a*"],"exclude":["ab"]}"#,    |it| it.counts("a") && !it.counts("ab") && !it.counts("b") && it.counts(""), &[]);
        check("namespaces", "[7]",                                       |it| it.counts("a"), &["`namespaces`"]);
        check("bucketBoundaries", "",                                    |it| it.has_bucket("m", 0.1), &[]);
        check("bucketBoundaries", "0.1, 2.5",                            |it| it.has_bucket("m", 0.1) && it.has_bucket("m", 0.05) && !it.has_bucket("m", 0.25), &[]);
        check("bucketBoundaries", "x",                                   |it| it.has_bucket("m", 0.1), &["`bucketBoundaries`"]);
        check("metricsExposure", r#"{"m":{"bucketBoundaries":[1]}}"#,    |it| it.has_bucket("m", 1.0) && !it.has_bucket("m", 5.0) && it.has_bucket("n", 5.0), &[]);
        check("metricsExposure", r#"{"m_total":{"enabled":false}}"#,     |it| !it.shows("m") && it.shows("n"), &[]);
        check("metricsExposure", r#"{"m":{"disabledLabelDimensions":["x"]}}"#, |it| it.shows("m") && it.left_out("m") == ["x"] && it.left_out("n").is_empty(), &[]);
    }

    #[track_caller]
    fn check(key: &str, text: &str, is: fn(&Exposure) -> bool, wrong: &[&str]) {
        let data = BTreeMap::from([(key.to_owned(), text.to_owned())]);
        let (exposure, found) = Exposure::read(&data, &Exposure::default());
        assert!(is(&exposure), "{key}: {text}: {exposure:?}");
        let found = found.iter().map(|it| it.split(':').next().unwrap());
        assert_eq!(found.collect::<Vec<_>>(), wrong, "{key}: {text}");
    }
}
