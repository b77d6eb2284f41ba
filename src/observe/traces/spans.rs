//! The spans of a recorded review, as OTLP has them.
//!
//! ```text
//! ADMISSION CREATE Pod
//! ├─ receive
//! ├─ decode
//! ├─ decide
//! │  └─ policy require-limits      one for each policy that the plan alone does not decide
//! ├─ facts                         where some were waited for; then decode and decide once more
//! └─ encode
//! ```
//!
//! Comes in:  [`Recording`].
//! Goes out:  messages.
//! Never here: sending them.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Instant, UNIX_EPOCH};

use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::{Span, Status, status};
use portcullis_engine::doc::PolicyId;

use super::recording::{Part, Recording};
use crate::observe::otlp::{attribute, text};

/// `flags` of a span: its parent is known to be somewhere else, or not.
const HAS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;
/// `flags` of a span: it is recorded.
const SAMPLED: u32 = 1;

/// All spans of one review, the outermost first.
pub(super) fn spans(recording: &Recording) -> Vec<Span> {
    let trace = match &recording.parent {
        Some(parent) => parent.trace.to_vec(),
        None => [random(), random()].concat(),
    };
    let whole = whole(recording, &trace);
    let inner = |parent: &Span, name: &str, (start, end): (Instant, Instant)| Span {
        trace_id: trace.clone(),
        span_id: random().to_vec(),
        parent_span_id: parent.span_id.clone(),
        flags: SAMPLED | HAS_REMOTE,
        trace_state: whole.trace_state.clone(),
        name: name.to_owned(),
        kind: SpanKind::Internal.into(),
        start_time_unix_nano: nanos(recording, start),
        end_time_unix_nano: nanos(recording, end),
        ..Span::default()
    };
    let mut spans = vec![whole.clone()];
    // Where the last `decide` is, as long as it may go on.
    let mut deciding: Option<usize> = None;
    for (start, end, part) in recording.parts() {
        let (name, attributes) = match &part {
            Part::Receive => ("receive", Vec::new()),
            Part::Decode => ("decode", Vec::new()),
            Part::Encode => ("encode", Vec::new()),
            Part::Facts(names) => ("facts", vec![list("portcullis.facts", names)]),
            Part::Rest => continue,
            Part::Plan | Part::Policy(_) => {
                let index = *deciding.get_or_insert_with(|| {
                    spans.push(inner(&whole, "decide", (start, end)));
                    spans.len() - 1
                });
                let Some(decide) = spans.get_mut(index) else {
                    continue;
                };
                decide.end_time_unix_nano = nanos(recording, end);
                if let Part::Policy(id) = &part {
                    let name = format!("policy {}", id.name);
                    let mut span = inner(decide, &name, (start, end));
                    span.attributes = of_policy(id);
                    spans.push(span);
                }
                continue;
            }
        };
        deciding = None;
        let mut span = inner(&whole, name, (start, end));
        span.attributes = attributes;
        spans.push(span);
    }
    spans
}

/// The span around all others.
fn whole(recording: &Recording, trace: &[u8]) -> Span {
    let about = &recording.about;
    let [group, version, kind] = &about.kind;
    let [resource_group, resource_version, plural] = &about.resource;
    let name = match about.operation.as_str() {
        "" => format!("POST {}", recording.path),
        operation => format!("ADMISSION {operation} {kind}"),
    };
    let mut attributes = vec![
        text("http.request.method", "POST"),
        text("url.path", &recording.path),
        number("http.response.status_code", recording.status.into()),
    ];
    let of_request = [
        ("admission.request.uid", &about.uid),
        ("admission.request.operation", &about.operation),
        ("admission.request.kind.group", group),
        ("admission.request.kind.version", version),
        ("admission.request.kind.kind", kind),
        ("admission.request.resource.group", resource_group),
        ("admission.request.resource.version", resource_version),
        ("admission.request.resource.resource", plural),
        ("admission.request.subresource", &about.subresource),
        ("admission.request.namespace", &about.namespace),
        ("admission.request.name", &about.name),
        ("admission.request.user.name", &about.user),
    ];
    let stated = of_request.iter().filter(|(_, value)| !value.is_empty());
    attributes.extend(stated.map(|(key, value)| text(key, value)));
    if !about.groups.is_empty() {
        attributes.push(list("admission.request.user.groups", &about.groups));
    }
    if let Some(allowed) = recording.allowed {
        let value = any_value::Value::BoolValue(allowed);
        attributes.push(attribute("admission.response.allowed", value));
    }
    let parent = recording.parent.as_ref();
    Span {
        trace_id: trace.to_vec(),
        span_id: random().to_vec(),
        parent_span_id: parent
            .map(|parent| parent.span.to_vec())
            .unwrap_or_default(),
        flags: SAMPLED | HAS_REMOTE | if parent.is_some() { IS_REMOTE } else { 0 },
        trace_state: parent
            .map(|parent| parent.state.clone())
            .unwrap_or_default(),
        name,
        kind: SpanKind::Server.into(),
        start_time_unix_nano: nanos(recording, recording.started),
        end_time_unix_nano: nanos(recording, recording.ended),
        attributes,
        // A denial is no failure of ours.
        status: (recording.status >= 500).then(|| Status {
            code: status::StatusCode::Error.into(),
            ..Status::default()
        }),
        ..Span::default()
    }
}

/// The names are Kyverno's.
fn of_policy(id: &PolicyId) -> Vec<KeyValue> {
    let kind = id.kind.to_string();
    let stated = [
        ("kyverno.policy.name", id.name.as_str()),
        ("kyverno.policy.namespace", id.namespace.as_str()),
        ("kyverno.policy.kind", kind.as_str()),
    ];
    let stated = stated.into_iter().filter(|(_, value)| !value.is_empty());
    stated.map(|(key, value)| text(key, value)).collect()
}

/// Nanoseconds since 1970.
fn nanos(recording: &Recording, at: Instant) -> u64 {
    let since = at.saturating_duration_since(recording.started);
    let wall = recording.wall.checked_add(since).unwrap_or(recording.wall);
    let since = wall.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Never all zero, which is no name of a span.
fn random() -> [u8; 8] {
    chance().max(1).to_be_bytes()
}

/// The standard library seeds its hash tables from the system, anew for each.
pub(super) fn chance() -> u64 {
    RandomState::new().build_hasher().finish()
}

fn number(key: &str, value: i64) -> KeyValue {
    attribute(key, any_value::Value::IntValue(value))
}

fn list(key: &str, values: &[String]) -> KeyValue {
    let values = values.iter().map(|value| AnyValue {
        value: Some(any_value::Value::StringValue(value.clone())),
    });
    let values = ArrayValue {
        values: values.collect(),
    };
    attribute(key, any_value::Value::ArrayValue(values))
}
