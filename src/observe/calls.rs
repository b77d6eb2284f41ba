//! Requests to the API server, by what is asked and of which resource.
//!
//! Comes in:  requests on their way out.
//! Goes out:  counters.
//! Never here: names and namespaces of objects, of which there is no end.

use hyper::{Method, Uri};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::registry::Registry;

use super::series::Series;

/// Requests are counted apart for at most this many resources and verbs; paths come out of policies,
/// and out of requests by way of these.
const MOST_SERIES: usize = 1_000;

/// Counters of requests. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct CallMetrics {
    calls: Series<CallLabels>,
}

#[derive(Clone, Debug, Eq, EncodeLabelSet, Hash, PartialEq)]
struct CallLabels {
    /// As roles name it.
    verb: &'static str,
    /// `plural`, `plural.group`, `plural.group/subresource`; `-` for what is no resource.
    resource: String,
}

impl CallMetrics {
    /// Registers them.
    pub(crate) fn new(registry: &mut Registry) -> CallMetrics {
        let help = "Requests to the API server by verb and resource; those it answered late or not at all too";
        let calls = Series::new(registry, "api_calls", help, MOST_SERIES);
        CallMetrics { calls }
    }

    /// One request is sent.
    pub(crate) fn count(&self, method: &Method, uri: &Uri) {
        let mut labels = labels(method, uri);
        if !self.calls.add(&labels) {
            labels.resource = "others".to_owned();
            self.calls.add_anyway(&labels);
        }
    }
}

fn labels(method: &Method, uri: &Uri) -> CallLabels {
    let mut parts = uri.path().split('/').filter(|part| !part.is_empty());
    let group = match parts.next() {
        Some("api") => Some(""),
        Some("apis") => parts.next(),
        _ => None,
    };
    let version = group.and_then(|_| parts.next());
    let parts: Vec<&str> = parts.collect();
    let (resource, name, subresource) = match parts.as_slice() {
        // `status` and `finalize` are of the namespace itself.
        ["namespaces", _, plural, rest @ ..] if !matches!(*plural, "status" | "finalize") => {
            (Some(*plural), rest.first(), rest.get(1))
        }
        [plural, rest @ ..] => (Some(*plural), rest.first(), rest.get(1)),
        [] => (None, None, None),
    };
    let verb = match *method {
        Method::GET if is_watch(uri) => "watch",
        Method::GET if name.is_none() && resource.is_some() => "list",
        Method::GET => "get",
        Method::POST => "create",
        Method::PUT => "update",
        Method::PATCH => "patch",
        Method::DELETE if name.is_none() => "deletecollection",
        Method::DELETE => "delete",
        _ => "other",
    };
    let resource = match (group, version, resource) {
        (Some(group), Some(_), Some(plural)) => {
            let mut resource = plural.to_owned();
            for (before, part) in [(".", Some(group)), ("/", subresource.copied())] {
                if let Some(part) = part.filter(|part| !part.is_empty()) {
                    resource.push_str(before);
                    resource.push_str(part);
                }
            }
            resource
        }
        _ => "-".to_owned(),
    };
    CallLabels { verb, resource }
}

fn is_watch(uri: &Uri) -> bool {
    let mut query = uri.query().unwrap_or_default().split('&');
    query.any(|part| matches!(part, "watch=true" | "watch=1"))
}

#[cfg(test)]
mod tests {
    use hyper::Method;
    use prometheus_client::encoding::text;
    use prometheus_client::registry::Registry;

    use super::{CallMetrics, MOST_SERIES, labels};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn requests_are_called_as_roles_call_them() {
        check(Method::GET,    "/version",                                          "get -");
        check(Method::GET,    "/apis/apps/v1",                                     "get -");
        check(Method::GET,    "/api/v1/pods?limit=500",                            "list pods");
        check(Method::GET,    "/api/v1/namespaces/a/pods?watch=true&x=y",          "watch pods");
        check(Method::GET,    "/api/v1/namespaces/a/pods/b",                       "get pods");
        check(Method::GET,    "/api/v1/namespaces",                                "list namespaces");
        check(Method::GET,    "/api/v1/namespaces/a",                              "get namespaces");
        check(Method::PUT,    "/api/v1/namespaces/a/finalize",                     "update namespaces/finalize");
        check(Method::POST,   "/apis/apps/v1/namespaces/a/deployments",            "create deployments.apps");
        check(Method::PATCH,  "/apis/kyverno.io/v1/clusterpolicies/p/status",      "patch clusterpolicies.kyverno.io/status");
        check(Method::DELETE, "/apis/apps/v1/namespaces/a/deployments/b",          "delete deployments.apps");
        check(Method::DELETE, "/apis/apps/v1/namespaces/a/deployments",            "deletecollection deployments.apps");
    }

    #[track_caller]
    fn check(method: Method, uri: &str, expect: &str) {
        let labels = labels(&method, &uri.parse().unwrap());
        let shown = format!("{} {}", labels.verb, labels.resource);
        assert_eq!(shown, expect, "{method} {uri}");
    }

    #[test]
    fn there_is_an_end_of_series() {
        let mut registry = Registry::default();
        let metrics = CallMetrics::new(&mut registry);
        for number in 0..2 * MOST_SERIES {
            let uri = format!("/api/v1/{number}").parse().unwrap();
            metrics.count(&Method::GET, &uri);
        }
        let mut text = String::new();
        text::encode_registry(&mut text, &registry).unwrap();
        let others =
            format!("api_calls_total{{verb=\"list\",resource=\"others\"}} {MOST_SERIES}\n");
        assert!(text.contains(&others), "{text}");
    }
}
