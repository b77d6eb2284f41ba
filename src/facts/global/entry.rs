//! An entry as it is written: where its data come from.

use std::time::Duration;

use portcullis_engine::facts::{ApiCall, ApiTarget, Method};
use portcullis_lang::scalar::duration;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

/// As the API server has them by default.
const REFRESH: Duration = Duration::from_secs(600);
const RETRIES: u32 = 3;

/// `spec` of a GlobalContextEntry.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Spec {
    pub(super) kubernetes_resource: Option<KubernetesResource>,
    pub(super) api_call: Option<Call>,
    projections: Vec<Projection>,
}

/// Every object of a kind.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(super) struct KubernetesResource {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) resource: String,
    pub(super) namespace: String,
}

/// An answer from time to time.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Call {
    url_path: String,
    method: String,
    data: Vec<Data>,
    service: Option<Service>,
    refresh_interval: String,
    retry_limit: Option<u32>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
struct Data {
    key: String,
    value: Json,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
struct Service {
    url: String,
    ca_bundle: String,
    headers: Vec<Header>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
struct Header {
    key: String,
    value: String,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
struct Projection {
    name: String,
    jmes_path: String,
}

impl Spec {
    /// Names and queries.
    pub(super) fn projections(&self) -> Vec<(String, String)> {
        let projections = self.projections.iter();
        let pair = |one: &Projection| (one.name.clone(), one.jmes_path.clone());
        projections.map(pair).collect()
    }
}

impl Call {
    /// The call itself.
    pub(super) fn call(&self) -> ApiCall {
        let target = match &self.service {
            Some(service) => ApiTarget::Service {
                url: service.url.clone(),
                headers: service
                    .headers
                    .iter()
                    .map(|header| (header.key.clone(), header.value.clone()))
                    .collect(),
                ca_bundle: service.ca_bundle.clone(),
            },
            None => ApiTarget::Kubernetes {
                path: self.url_path.clone(),
            },
        };
        let is_post = self.method == "POST";
        let fields = self.data.iter();
        let body: Map<_, _> = fields
            .map(|field| (field.key.clone(), field.value.clone()))
            .collect();
        ApiCall {
            method: if is_post { Method::Post } else { Method::Get },
            target,
            body: is_post.then(|| Json::Object(body).to_string()),
        }
    }

    /// The time between two calls.
    pub(super) fn refresh_interval(&self) -> Duration {
        let written = duration::Duration::parse(&self.refresh_interval).ok();
        let nanos = written.and_then(|written| u64::try_from(written.nanos()).ok());
        nanos
            .filter(|nanos| *nanos > 0)
            .map_or(REFRESH, Duration::from_nanos)
    }

    /// How often a call that failed is tried again.
    pub(super) fn retries(&self) -> u32 {
        self.retry_limit.unwrap_or(RETRIES)
    }
}
