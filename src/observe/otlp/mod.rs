//! What every message to a collector of OpenTelemetry has in common.
//!
//! Comes in:  messages, who we are.
//! Goes out:  calls over gRPC, with or without TLS.
//! Never here: what is told (see `traces`, `pushed`).

mod collector;
#[cfg(test)]
pub(crate) mod loopback;

use std::env;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;

pub(crate) use self::collector::{Authority, Collector, Line};

/// Who we are: `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` as everywhere, and the replica. Where the
/// environment does not name the service, it is `service`.
pub(super) fn resource(service: &str) -> Resource {
    let var = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let service = var("OTEL_SERVICE_NAME").unwrap_or_else(|| service.to_owned());
    let mut attributes = vec![
        text("service.name", &service),
        text("service.version", env!("CARGO_PKG_VERSION")),
    ];
    for (key, name) in [
        ("k8s.namespace.name", "KYVERNO_NAMESPACE"),
        ("k8s.pod.name", "KYVERNO_POD_NAME"),
    ] {
        attributes.extend(var(name).map(|value| text(key, &value)));
    }
    let stated = var("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default();
    for (key, value) in stated.split(',').filter_map(|pair| pair.split_once('=')) {
        let known = |known: &KeyValue| known.key == key.trim();
        if !attributes.iter().any(known) {
            attributes.push(text(key.trim(), value.trim()));
        }
    }
    Resource {
        attributes,
        ..Resource::default()
    }
}

/// What says it.
pub(super) fn scope() -> InstrumentationScope {
    InstrumentationScope {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    }
}

pub(super) fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Value::StringValue(value.to_owned()))
}

pub(super) fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}
