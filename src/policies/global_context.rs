//! GlobalContextEntry: data that policies share.

use portcullis_lang::jmespath;
use portcullis_lang::scalar::duration::Duration;
use portcullis_lang::value::{Document, Value};

use super::{Answer, text};

/// Judges an entry.
pub(super) fn judge(object: &Document) -> Answer {
    let spec = object.root().get("spec").unwrap_or_default();
    let mut refusals = Vec::new();
    let part = |key| {
        spec.get(key)
            .filter(|part: &Value<'_>| part.as_map().is_some())
    };
    match (part("kubernetesResource"), part("apiCall")) {
        (Some(resource), None) => resource_of(resource, &mut refusals),
        (None, Some(call)) => call_of(call, &mut refusals),
        (Some(_), Some(_)) => refusals.push(
            "spec: Forbidden: a global context entry has either a kubernetesResource or an apiCall, \
             not both"
                .to_owned(),
        ),
        (None, None) => refusals.push(
            "spec: Required value: a global context entry needs a kubernetesResource or an apiCall"
                .to_owned(),
        ),
    }
    projections(text(object, &["metadata", "name"]), spec, &mut refusals);
    Answer::denied(refusals)
}

fn resource_of(resource: Value<'_>, refusals: &mut Vec<String>) {
    for key in ["version", "resource"] {
        if resource.text(key).is_empty() {
            refusals.push(format!("spec.kubernetesResource.{key}: Required value"));
        }
    }
}

fn call_of(call: Value<'_>, refusals: &mut Vec<String>) {
    let path = call.text("urlPath");
    let service = call
        .get("service")
        .filter(|service| service.as_map().is_some());
    match (path.is_empty(), service) {
        (true, None) => refusals.push(
            "spec.apiCall: Required value: an API call needs a urlPath or a service".to_owned(),
        ),
        (false, Some(_)) => refusals.push(
            "spec.apiCall: Forbidden: an API call has either a urlPath or a service, not both"
                .to_owned(),
        ),
        (true, Some(service)) if service.text("url").is_empty() => {
            refusals.push("spec.apiCall.service.url: Required value".to_owned());
        }
        _ => {}
    }
    let data = call.get("data").and_then(Value::as_list);
    if data.is_some_and(|data| !data.is_empty()) && call.text("method") != "POST" {
        refusals
            .push("spec.apiCall.data: Forbidden: only allowed when the method is POST".to_owned());
    }
    let interval = call.text("refreshInterval");
    let parsed = Duration::parse(interval).map(|interval| interval.nanos());
    if !interval.is_empty() && !matches!(parsed, Ok(nanos) if nanos > 0) {
        refusals.push(format!(
            "spec.apiCall.refreshInterval: Invalid value: {interval:?}: must be a positive duration"
        ));
    }
}

fn projections(entry: &str, spec: Value<'_>, refusals: &mut Vec<String>) {
    let list = spec.get("projections").and_then(Value::as_list);
    let mut names = Vec::new();
    for (index, projection) in list.into_iter().flatten().enumerate() {
        let path = format!("spec.projections[{index}]");
        let name = projection.text("name");
        if name.is_empty() {
            refusals.push(format!("{path}.name: Required value"));
        } else if name == entry {
            refusals.push(format!(
                "{path}.name: Invalid value: {name:?}: must not be the name of the entry itself"
            ));
        } else if names.contains(&name) {
            refusals.push(format!("{path}.name: Duplicate value: {name:?}"));
        }
        names.push(name);
        let query = projection.text("jmesPath");
        if let Err(error) = jmespath::parse_tree(query) {
            refusals.push(format!(
                "{path}.jmesPath: Invalid value: {query:?}: failed to parse JMESPath: {error}"
            ));
        }
    }
}
