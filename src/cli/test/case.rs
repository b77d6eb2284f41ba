//! A test file: what is run, and what is expected of it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use portcullis_engine::outcome::Status;
use portcullis_engine::review::Operation;
use portcullis_lang::diagnostic::{nearest, position};
use portcullis_lang::value::{Document, Item, Numbers, yaml};

use crate::cli::load::read_input;

/// One document of kind `Test`. Paths are relative to `folder`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Case {
    /// The test's name.
    pub(crate) name: String,
    /// The file that it stands in.
    pub(crate) file: PathBuf,
    /// Where its paths start.
    pub(crate) folder: PathBuf,
    pub(crate) policies: Vec<String>,
    pub(crate) resources: Vec<String>,
    pub(crate) target_resources: Vec<String>,
    pub(crate) json_payloads: Vec<String>,
    pub(crate) http_payloads: Vec<String>,
    pub(crate) envoy_payloads: Vec<String>,
    pub(crate) param_resources: Vec<String>,
    pub(crate) variables: Option<String>,
    /// Values spelt out in the test file itself.
    pub(crate) values: Option<Document>,
    pub(crate) user_info: Option<String>,
    pub(crate) exceptions: Vec<String>,
    pub(crate) context: Option<String>,
    pub(crate) cluster_resources: Vec<String>,
    /// Answers of APIs, as written.
    pub(crate) api_call_responses: Option<Document>,
    /// Global context entries, as written.
    pub(crate) global_context_entries: Option<Document>,
    pub(crate) results: Vec<Expected>,
}

/// One entry of `results`.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    /// `name` or `namespace/name`.
    pub(crate) policy: String,
    pub(crate) rule: String,
    /// `name` or `namespace/name`.
    pub(crate) resources: Vec<String>,
    pub(crate) resource_specs: Vec<Spec>,
    pub(crate) operation: Option<Operation>,
    pub(crate) status: Status,
    pub(crate) patched_resources: Option<String>,
    pub(crate) generated_resources: Vec<String>,
    pub(crate) clone_source_resource: Option<String>,
    pub(crate) fail_on_missing_resources: bool,
}

/// A resource by more than its name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spec {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

/// Every test of one file.
pub(crate) fn read(path: &Path) -> Result<Vec<Case>> {
    let source = read_input(path)?;
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let mut cases = Vec::new();
    for document in yaml::read(&source.text, Numbers::AsWritten) {
        let place = |offset: usize| {
            let at = position(&source.text, offset);
            format!("{}:{}:{}", path.display(), at.line, at.column)
        };
        let document = document.map_err(|error| anyhow!("{}: {error}", place(error.at.start)))?;
        let mut reader = Reader { place: &place };
        let mut case = reader.case(document.item())?;
        case.file = path.to_owned();
        case.folder.clone_from(&folder);
        cases.push(case);
    }
    Ok(cases)
}

/// Reads strictly, but without regard to the case of keys, as Go's decoder does.
struct Reader<'p> {
    place: &'p dyn Fn(usize) -> String,
}

impl Reader<'_> {
    fn case(&mut self, item: Item<'_>) -> Result<Case> {
        let mut case = Case::default();
        let (mut api_version, mut kind) = ("", "");
        for entry in item.entries() {
            let value = entry.item;
            match entry.key.to_ascii_lowercase().as_str() {
                "apiversion" => api_version = value.value().as_str().unwrap_or_default(),
                "kind" => kind = value.value().as_str().unwrap_or_default(),
                "metadata" => case.name = value.value().text("name").to_owned(),
                "policies" => case.policies = texts(value),
                "resources" => case.resources = texts(value),
                "targetresources" => case.target_resources = texts(value),
                "jsonpayloads" => case.json_payloads.extend(texts(value)),
                "jsonpayload" => case.json_payloads.extend(text(value)),
                "httppayloads" => case.http_payloads = texts(value),
                "envoypayloads" => case.envoy_payloads = texts(value),
                "paramresources" => case.param_resources = texts(value),
                "variables" => case.variables = text(value),
                "values" => case.values = Some(doubles(value)),
                "userinfo" => case.user_info = text(value),
                "exceptions" => case.exceptions = texts(value),
                "context" => case.context = text(value),
                "clusterresources" => case.cluster_resources = texts(value),
                "apicallresponses" => case.api_call_responses = Some(doubles(value)),
                "globalcontextentries" => case.global_context_entries = Some(doubles(value)),
                "results" => {
                    case.results = value
                        .elements()
                        .map(|result| self.expected(result))
                        .collect::<Result<_>>()?;
                }
                _ => return Err(self.unknown(entry.key, entry.key_span.start, TEST_FIELDS)),
            }
        }
        // The reference asks for a version, not for which.
        if kind != "Test" || api_version.is_empty() {
            bail!(
                "{}: expected `cli.kyverno.io/v1alpha1` `Test`, but got `{api_version}` `{kind}`",
                (self.place)(item.span().start)
            );
        }
        Ok(case)
    }

    fn expected(&mut self, item: Item<'_>) -> Result<Expected> {
        let mut expected = Expected {
            policy: String::new(),
            rule: String::new(),
            resources: Vec::new(),
            resource_specs: Vec::new(),
            operation: None,
            status: Status::Pass,
            patched_resources: None,
            generated_resources: Vec::new(),
            clone_source_resource: None,
            fail_on_missing_resources: false,
        };
        for entry in item.entries() {
            let value = entry.item;
            let as_text = || text(value).unwrap_or_default();
            match entry.key.to_ascii_lowercase().as_str() {
                "policy" => expected.policy = as_text(),
                "rule" => expected.rule = as_text(),
                "resources" => expected.resources = texts(value),
                "resourcespecs" => expected.resource_specs = value.elements().map(spec).collect(),
                "operation" => expected.operation = Operation::parse(&as_text()),
                "result" => {
                    expected.status = status(&as_text()).with_context(|| {
                        let place = (self.place)(value.span().start);
                        format!(
                            "{place}: `{}` is no result; use pass, fail, skip, warn or error",
                            as_text()
                        )
                    })?;
                }
                "patchedresources" => expected.patched_resources = text(value),
                "generatedresource" => expected.generated_resources.extend(text(value)),
                "generatedresources" => expected.generated_resources.extend(texts(value)),
                "clonesourceresource" => expected.clone_source_resource = text(value),
                "failonmissingresources" => {
                    expected.fail_on_missing_resources =
                        value.value().as_bool().unwrap_or_default();
                }
                "kind" => {}
                flag if KIND_FLAGS.contains(&flag) => {}
                _ => return Err(self.unknown(entry.key, entry.key_span.start, RESULT_FIELDS)),
            }
        }
        Ok(expected)
    }

    fn unknown(&self, key: &str, offset: usize, known: &'static [&'static str]) -> anyhow::Error {
        let hint =
            nearest(key, known.iter().copied()).map(|name| format!(", did you mean `{name}`?"));
        anyhow!(
            "{}: unknown field `{key}`{}",
            (self.place)(offset),
            hint.unwrap_or_default()
        )
    }
}

const TEST_FIELDS: &[&str] = &[
    "apiVersion",
    "kind",
    "metadata",
    "policies",
    "resources",
    "targetResources",
    "jsonPayloads",
    "httpPayloads",
    "envoyPayloads",
    "paramResources",
    "variables",
    "values",
    "userinfo",
    "exceptions",
    "context",
    "clusterResources",
    "apiCallResponses",
    "globalContextEntries",
    "results",
];

const RESULT_FIELDS: &[&str] = &[
    "policy",
    "rule",
    "resources",
    "resourceSpecs",
    "operation",
    "result",
    "patchedResources",
    "generatedResource",
    "generatedResources",
    "cloneSourceResource",
    "failOnMissingResources",
    "kind",
];

/// Say what kind of policy is meant; the policies themselves say it too.
const KIND_FLAGS: &[&str] = &[
    "isvalidatingpolicy",
    "ismutatingpolicy",
    "isgeneratingpolicy",
    "isdeletingpolicy",
    "isimagevalidatingpolicy",
    "isvalidatingadmissionpolicy",
    "ismutatingadmissionpolicy",
];

fn text(item: Item<'_>) -> Option<String> {
    item.value()
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

fn texts(item: Item<'_>) -> Vec<String> {
    item.elements().filter_map(text).collect()
}

/// A part of the test file as values for variables: every number a double.
fn doubles(item: Item<'_>) -> Document {
    let json = portcullis_lang::value::to_json(item.value());
    Document::from_json(json.as_bytes(), Numbers::Doubles).unwrap_or_else(|_| item.to_document())
}

fn spec(item: Item<'_>) -> Spec {
    let field = |key: &str| item.value().text(key).to_owned();
    Spec {
        group: field("group"),
        version: field("version"),
        namespace: field("namespace"),
        name: field("name"),
    }
}

fn status(text: &str) -> Option<Status> {
    [
        Status::Pass,
        Status::Fail,
        Status::Skip,
        Status::Warn,
        Status::Error,
    ]
    .into_iter()
    .find(|status| status.as_str() == text)
}
