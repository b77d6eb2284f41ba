//! The page of metrics as OTLP has them.
//!
//! Comes in:  OpenMetrics text, as this process writes it.
//! Goes out:  metrics with their points, in batches.
//! Never here: text of other processes: timestamps, exemplars and summaries are not understood.
//!
//! A registry shows what it holds to encoders of its own only, text and protobuf; the latter would want
//! `protoc` where this is built.

use std::mem;

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, Sum,
};

use crate::observe::otlp;

/// What the values are about, in nanoseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// Counters were zero then.
    pub(super) start: u64,
    /// They are what they are now.
    pub(super) now: u64,
}

/// What the points of one name have in common.
#[derive(Clone, Copy, Debug)]
struct Family<'p> {
    /// Without what samples add to it: `_total`, `_bucket`, ...
    name: &'p str,
    help: &'p str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// The values of one combination of labels.
#[derive(Clone, Debug)]
enum Point {
    Number(NumberDataPoint),
    Histogram(HistogramDataPoint),
}

/// The metrics of a page in its order, in batches of at most `most` points.
pub(super) fn batches(page: &str, times: Times, most: usize) -> Vec<Vec<Metric>> {
    let points = read(page, times);
    let batches = points.chunks(most).map(|batch| {
        let families = batch.chunk_by(|(one, _), (other, _)| one.name == other.name);
        families.filter_map(metric).collect()
    });
    batches.collect()
}

fn read(page: &str, times: Times) -> Vec<(Family<'_>, Point)> {
    let mut points: Vec<(Family<'_>, Point)> = Vec::new();
    let (mut family, mut help) = (None, "");
    for line in page.lines() {
        if let Some(said) = line.strip_prefix("# HELP ") {
            help = said.split_once(' ').map_or("", |(_, help)| help);
        } else if let Some(said) = line.strip_prefix("# TYPE ") {
            family = Family::of(said, help);
        } else if line.starts_with('#') {
            // Its end, and what else is no sample.
        } else if let (Some(family), Some(sample)) = (family, Sample::of(line)) {
            let known = points.last_mut().map(|(of, point)| (of.name, point));
            match (family.kind, known) {
                // A line more of the same histogram.
                (Kind::Histogram, Some((name, Point::Histogram(point))))
                    if name == family.name && point.attributes == sample.attributes =>
                {
                    sample.add(family, point);
                }
                (Kind::Histogram, _) => {
                    let mut point = HistogramDataPoint {
                        start_time_unix_nano: times.start,
                        time_unix_nano: times.now,
                        ..HistogramDataPoint::default()
                    };
                    sample.add(family, &mut point);
                    point.attributes = sample.attributes;
                    points.push((family, Point::Histogram(point)));
                }
                (Kind::Counter | Kind::Gauge, _) => {
                    let point = NumberDataPoint {
                        start_time_unix_nano: times.start,
                        time_unix_nano: times.now,
                        value: number(sample.value),
                        attributes: sample.attributes,
                        ..NumberDataPoint::default()
                    };
                    points.push((family, Point::Number(point)));
                }
            }
        }
    }
    points
}

fn metric(points: &[(Family<'_>, Point)]) -> Option<Metric> {
    let (family, _) = points.first()?;
    let points = points.iter().map(|(_, point)| point);
    let numbers = points.clone().filter_map(|point| match point {
        Point::Number(number) => Some(number.clone()),
        Point::Histogram(_) => None,
    });
    let histograms = points.filter_map(|point| match point {
        Point::Histogram(histogram) => Some(histogram.clone()),
        Point::Number(_) => None,
    });
    // Since the start, not since the last message.
    let aggregation_temporality = AggregationTemporality::Cumulative.into();
    let data = match family.kind {
        Kind::Counter => Data::Sum(Sum {
            data_points: numbers.collect(),
            aggregation_temporality,
            is_monotonic: true,
        }),
        Kind::Gauge => Data::Gauge(Gauge {
            data_points: numbers.collect(),
        }),
        Kind::Histogram => Data::Histogram(Histogram {
            data_points: histograms.collect(),
            aggregation_temporality,
        }),
    };
    Some(Metric {
        name: family.name.to_owned(),
        description: family.help.to_owned(),
        data: Some(data),
        ..Metric::default()
    })
}

impl<'p> Family<'p> {
    /// As in `requests counter`.
    fn of(said: &'p str, help: &'p str) -> Option<Family<'p>> {
        let (name, kind) = said.split_once(' ')?;
        let kind = match kind {
            "counter" => Kind::Counter,
            "gauge" => Kind::Gauge,
            "histogram" => Kind::Histogram,
            _ => return None,
        };
        Some(Family { name, help, kind })
    }
}

/// A line such as `requests_total{path="/validate"} 7`.
struct Sample<'p> {
    name: &'p str,
    attributes: Vec<KeyValue>,
    /// The upper bound of a bucket.
    bound: Option<String>,
    value: &'p str,
}

impl<'p> Sample<'p> {
    fn of(line: &'p str) -> Option<Sample<'p>> {
        let end = line.find(['{', ' '])?;
        let (name, mut rest) = line.split_at(end);
        let (mut attributes, mut bound) = (Vec::new(), None);
        // `{key="value",key="value"}`
        while let Some((key, after)) = rest.split_once("=\"") {
            let (value, after) = quoted(after)?;
            match key.trim_start_matches(['{', ',']) {
                "le" => bound = Some(value),
                // A label that says nothing is none.
                _ if value.is_empty() => {}
                key => attributes.push(otlp::text(key, &value)),
            }
            rest = after;
            if rest.starts_with('}') {
                break;
            }
        }
        let value = rest.trim_start_matches('}').trim_start();
        let value = value.split(' ').next()?;
        Some(Sample {
            name,
            attributes,
            bound,
            value,
        })
    }

    /// What the line says of a histogram.
    fn add(&self, family: Family<'_>, point: &mut HistogramDataPoint) {
        let count = || self.value.parse().unwrap_or_default();
        match self.name.strip_prefix(family.name) {
            Some("_sum") => point.sum = self.value.parse().ok(),
            Some("_count") => point.count = count(),
            Some("_bucket") => {
                let bound = self.bound.as_deref().unwrap_or_default();
                // The last one has no end.
                let bound = bound.parse::<f64>().ok().filter(|bound| bound.is_finite());
                point.explicit_bounds.extend(bound);
                // Here each has what those below it have, too; there it has not.
                let below: u64 = point.bucket_counts.iter().sum();
                point.bucket_counts.push(count().saturating_sub(below));
            }
            _ => {}
        }
    }
}

/// The text up to its closing quotation mark, and what follows that.
fn quoted(text: &str) -> Option<(String, &str)> {
    let (mut value, mut escaped) = (String::new(), false);
    for (at, letter) in text.char_indices() {
        match (mem::take(&mut escaped), letter) {
            (false, '"') => return Some((value, text.get(at + 1..)?)),
            (false, '\\') => escaped = true,
            (true, 'n') => value.push('\n'),
            (_, letter) => value.push(letter),
        }
    }
    None
}

fn number(text: &str) -> Option<Number> {
    let whole = text.parse().map(Number::AsInt);
    whole.or_else(|_| text.parse().map(Number::AsDouble)).ok()
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::metrics::v1::Metric;
    use opentelemetry_proto::tonic::metrics::v1::metric::Data;
    use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;

    use super::{Times, batches};

    #[test]
    fn every_kind_is_understood() {
        check(
            "# HELP a What it is.\n# TYPE a counter\na_total{path=\"/x\",of=\"\"} 7\na_total{path=\"a\\\"b\\\\\"} 8\n",
            &["a What it is.: sum /x=7 a\"b\\=8"],
        );
        check(
            "# TYPE a gauge\na 0.5\n# TYPE b gauge\nb -2\n",
            &["a : gauge =0.5", "b : gauge =-2"],
        );
        check(
            "# TYPE s histogram\ns_sum{p=\"x\"} 1.5\ns_count{p=\"x\"} 4\ns_bucket{le=\"0.5\",p=\"x\"} 1\n\
             s_bucket{le=\"1.0\",p=\"x\"} 3\ns_bucket{le=\"+Inf\",p=\"x\"} 4\n\
             s_sum{p=\"y\"} 0.0\ns_count{p=\"y\"} 0\ns_bucket{le=\"+Inf\",p=\"y\"} 0\n# EOF\n",
            &["s : histogram x=4 1.5 [0.5, 1.0] [1, 2, 1] y=0 0 [] [0]"],
        );
        // A family that nobody belongs to yet.
        check("# HELP a b\n# TYPE a counter\n# EOF\n", &[]);
    }

    #[track_caller]
    fn check(page: &str, expect: &[&str]) {
        let times = Times { start: 1, now: 2 };
        let found = batches(page, times, 100).into_iter().flatten();
        let found: Vec<_> = found.map(|metric| shown(&metric)).collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn a_batch_has_an_end() {
        let page =
            "# TYPE a gauge\na{x=\"1\"} 1\na{x=\"2\"} 2\na{x=\"3\"} 3\n# TYPE b gauge\nb 4\n";
        let times = Times { start: 1, now: 2 };
        let found = batches(page, times, 2).into_iter();
        let found = found.map(|batch| batch.iter().map(shown).collect::<Vec<_>>());
        let expect = [
            vec!["a : gauge 1=1 2=2"],
            vec!["a : gauge 3=3", "b : gauge =4"],
        ];
        assert_eq!(found.collect::<Vec<_>>(), expect);
    }

    /// Name, description, kind, and each point by the values of its attributes.
    fn shown(metric: &Metric) -> String {
        let numbers = match metric.data.as_ref().unwrap() {
            Data::Sum(sum) if sum.is_monotonic && sum.aggregation_temporality == 2 => {
                ("sum", &sum.data_points)
            }
            Data::Gauge(gauge) => ("gauge", &gauge.data_points),
            Data::Histogram(histogram) => {
                let points = histogram.data_points.iter().map(|point| {
                    format!(
                        " {}={} {} {:?} {:?}",
                        values(&point.attributes),
                        point.count,
                        point.sum.unwrap(),
                        point.explicit_bounds,
                        point.bucket_counts
                    )
                });
                let points: String = points.collect();
                return format!("{} {}: histogram{points}", metric.name, metric.description);
            }
            other => panic!("{other:?}"),
        };
        let (kind, points) = numbers;
        let points = points.iter().map(|point| {
            assert_eq!((point.start_time_unix_nano, point.time_unix_nano), (1, 2));
            let value = match point.value.unwrap() {
                Number::AsInt(value) => value.to_string(),
                Number::AsDouble(value) => value.to_string(),
            };
            format!(" {}={value}", values(&point.attributes))
        });
        let points: String = points.collect();
        format!("{} {}: {kind}{points}", metric.name, metric.description)
    }

    fn values(attributes: &[opentelemetry_proto::tonic::common::v1::KeyValue]) -> String {
        use opentelemetry_proto::tonic::common::v1::any_value::Value;
        let text = |it: &opentelemetry_proto::tonic::common::v1::KeyValue| match &it.value {
            Some(value) => match &value.value {
                Some(Value::StringValue(text)) => text.clone(),
                other => panic!("{other:?}"),
            },
            None => panic!("{} says nothing", it.key),
        };
        attributes.iter().map(text).collect::<Vec<_>>().join(",")
    }
}
