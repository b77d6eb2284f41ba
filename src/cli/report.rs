//! Policy reports as `apply -p` prints them.
//!
//! Comes in:  responses.
//! Goes out:  one ClusterReport for policies of the whole cluster, one Report for each other policy.

use portcullis_engine::outcome::{RuleOutcome, Status};
use portcullis_lang::value::{JsonStyle, Value, to_json_with, yaml};
use serde_json::{Map, Value as Json, json};

use super::run::{Response, metadata};

/// How reports are printed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum Format {
    /// YAML documents.
    #[default]
    Yaml,
    /// JSON documents.
    Json,
    /// A table for a pull request.
    Markdown,
    /// For CI systems.
    Junit,
}

impl Format {
    /// Is it a report by itself, whatever else is asked for?
    pub(crate) fn is_report(self) -> bool {
        matches!(self, Format::Markdown | Format::Junit)
    }
}

/// Counts of results by status.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counts {
    pub(crate) pass: usize,
    pub(crate) fail: usize,
    pub(crate) warn: usize,
    pub(crate) error: usize,
    pub(crate) skip: usize,
}

impl Counts {
    pub(crate) fn add(&mut self, status: Status) {
        let count = match status {
            Status::Pass => &mut self.pass,
            Status::Fail => &mut self.fail,
            Status::Warn => &mut self.warn,
            Status::Error => &mut self.error,
            Status::Skip => &mut self.skip,
        };
        *count += 1;
    }

    pub(crate) fn join(&mut self, other: Counts) {
        self.pass += other.pass;
        self.fail += other.fail;
        self.warn += other.warn;
        self.error += other.error;
        self.skip += other.skip;
    }
}

/// The reports on all responses, in the order in which they are printed.
///
/// `now`: seconds since 1970, the timestamp of every result.
pub(crate) fn reports(responses: &[Response], audit_warn: bool, now: i64) -> Vec<Json> {
    let mut merged = Vec::new();
    let mut namespaced: Vec<(&Response, Vec<(Status, Json)>)> = Vec::new();
    for response in responses {
        let results: Vec<_> = response
            .rules
            .iter()
            .map(|rule| {
                let status = counted(response, rule, audit_warn);
                (status, result(response, rule, status, now))
            })
            .collect();
        if response.policy.namespace().is_empty() {
            merged.extend(results);
            continue;
        }
        match namespaced
            .iter_mut()
            .find(|(first, _)| first.policy.key() == response.policy.key())
        {
            Some((_, known)) => known.extend(results),
            None => namespaced.push((response, results)),
        }
    }
    let mut documents = Vec::new();
    if !merged.is_empty() {
        documents.push(document("ClusterReport", json!({"name": "merged"}), merged));
    }
    for (response, results) in namespaced {
        let metadata =
            json!({"name": response.policy.name(), "namespace": response.policy.namespace()});
        documents.push(document("PolicyReport", metadata, results));
    }
    documents
}

/// The status that counts: failures of unscored policies, and of audited ones on request, are warnings.
pub(crate) fn counted(response: &Response, rule: &RuleOutcome, audit_warn: bool) -> Status {
    let audits = response.policy.audits();
    match rule.status {
        Status::Fail if !response.policy.is_scored() || (audit_warn && audits) => Status::Warn,
        status => status,
    }
}

fn document(kind: &str, metadata: Json, results: Vec<(Status, Json)>) -> Json {
    let mut counts = Counts::default();
    results.iter().for_each(|(status, _)| counts.add(*status));
    json!({
        "apiVersion": "openreports.io/v1alpha1",
        "kind": kind,
        "metadata": metadata,
        "results": results.into_iter().map(|(_, result)| result).collect::<Vec<_>>(),
        "source": "",
        "summary": {
            "pass": counts.pass,
            "fail": counts.fail,
            "warn": counts.warn,
            "error": counts.error,
            "skip": counts.skip,
        },
    })
}

fn result(response: &Response, rule: &RuleOutcome, status: Status, now: i64) -> Json {
    let resource = response.resource.root();
    let mut made = Map::new();
    let mut put = |key: &str, value: Json| made.insert(key.to_owned(), value);
    put("source", json!(response.policy.source()));
    put("policy", json!(response.policy.key()));
    if !rule.rule.is_empty() {
        put("rule", json!(rule.rule));
    }
    put("result", json!(status.as_str()));
    if !rule.message.is_empty() {
        put("message", json!(rule.message));
    }
    put("scored", json!(response.policy.is_scored()));
    for (key, annotation) in [
        ("category", "policies.kyverno.io/category"),
        ("severity", "policies.kyverno.io/severity"),
    ] {
        if let Some(text) = response.policy.annotation(annotation) {
            put(key, json!(text));
        }
    }
    let process = json!(response.policy.process());
    let mut properties = Map::from_iter([("process".to_owned(), process)]);
    properties.extend(
        rule.properties
            .iter()
            .map(|(key, value)| (key.clone(), json!(value))),
    );
    if !rule.exceptions.is_empty() {
        let bare = |key: &String| key.rsplit('/').next().unwrap_or_default().to_owned();
        let names: Vec<_> = rule.exceptions.iter().map(bare).collect();
        properties.insert("exceptions".to_owned(), json!(names.join(",")));
    }
    put("properties", Json::Object(properties));
    put("timestamp", json!({"seconds": now, "nanos": 0}));
    let fields = [
        ("apiVersion", resource.text("apiVersion")),
        ("kind", resource.text("kind")),
        ("name", metadata(resource, "name")),
        ("namespace", metadata(resource, "namespace")),
        ("uid", metadata(resource, "uid")),
    ];
    let stated = fields.into_iter().filter(|(_, text)| !text.is_empty());
    let subject: Map<_, _> = stated
        .map(|(key, text)| (key.to_owned(), json!(text)))
        .collect();
    put("resources", json!([subject]));
    Json::Object(made)
}

/// Prints a document in the asked format.
pub(crate) fn print(document: &Json, format: Format) -> String {
    match format {
        Format::Json => format!("{document:#}"),
        _ => from_json(document, yaml::write),
    }
}

/// Hands a JSON tree to something that prints values.
pub(crate) fn from_json(document: &Json, print: impl Fn(Value<'_>) -> String) -> String {
    use portcullis_lang::value::{Document, Numbers};
    match Document::from_json(document.to_string().as_bytes(), Numbers::AsWritten) {
        Ok(document) => print(document.root()),
        Err(_) => to_json_with(Value::Null, JsonStyle::default()),
    }
}
