//! Policies of `policies.kyverno.io`. Reasons are spelled as errors of fields, and warned of as well.

use std::sync::Arc;

use portcullis_engine::lint;
use portcullis_lang::cel;
use portcullis_lang::diagnostic::{Diagnostic, Severity};
use portcullis_lang::value::{Document, Item, Numbers, Value, yaml};
use tokio::time::timeout;

use super::request::Request;
use super::{Answer, PATIENCE, Policies, existing, off_thread, place};

/// Judges a policy written in CEL.
pub(super) async fn judge(policies: Arc<Policies>, request: Request) -> Answer {
    let object = request.object.clone();
    let http = policies.options.http_in_namespaces;
    let mut answer = off_thread(move || alone(&object, http)).await;
    let object = &request.object;
    let asks = answer.refusals.is_empty() && existing::is_about_them(object);
    let asks = asks && !request.changes_nothing();
    if let Some(cluster) = policies.cluster.as_ref().filter(|_| asks) {
        let missing = async {
            let wanted = existing::wanted(object, &*cluster.kinds.now().await);
            cluster.access.existing(&wanted).await
        };
        // Kyverno takes the policy all the same, and roles may come after it.
        match timeout(PATIENCE, missing).await {
            Ok(missing) => answer.warnings.extend(missing),
            Err(_) => answer.and(Answer::warned(
                "the API server did not answer in time: permissions are not checked",
            )),
        }
    }
    answer
}

/// What the policy itself tells. `http`: may policies of one namespace ask services?
fn alone(object: &Document, http: bool) -> Answer {
    let root = object.root();
    if !http && root.text("kind").starts_with("Namespaced") && asks_services(root) {
        return Answer::denied(vec![NO_HTTP.to_owned()]);
    }
    let text = yaml::write(object.root());
    let Ok(document) = yaml::read_one(&text, Numbers::AsWritten) else {
        return Answer::default();
    };
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    for finding in lint::lint(&text).diagnostics {
        match finding.severity {
            Severity::Error => errors.push(of_field(document.item(), &finding)),
            Severity::Warning => {
                let path = place::path(document.item(), finding.at);
                warnings.push(format!("{path}: {finding}"));
            }
            Severity::Hint => {}
        }
    }
    errors.dedup();
    let refusal = match errors.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        all => Some(format!("[{}]", all.join(", "))),
    };
    Answer {
        refusals: refusal.into_iter().collect(),
        warnings: errors.into_iter().chain(warnings).collect(),
        patch: None,
    }
}

/// What Kyverno says.
const NO_HTTP: &str =
    "http.* is not allowed in namespaced policies; set --allowHTTPInNamespacedPolicies to enable";

/// The fields that hold CEL.
const EXPRESSIONS: [&str; 3] = ["expression", "messageExpression", "valueExpression"];

/// Does an expression of the policy speak of `http`?
fn asks_services(part: Value<'_>) -> bool {
    let fields = part.as_map().into_iter().flat_map(|map| map.iter());
    let mut fields = fields.map(|(key, value)| match value.as_str() {
        Some(text) => EXPRESSIONS.contains(&key) && cel::names(text, "http"),
        None => asks_services(value),
    });
    let mut items = part.as_list().into_iter().flatten();
    fields.any(|asks| asks) || items.any(asks_services)
}

/// A finding as Kubernetes spells errors of fields.
fn of_field(document: Item<'_>, finding: &Diagnostic) -> String {
    let path = place::path(document, finding.at);
    let message = &finding.message;
    match finding.code {
        "no-resource-rule" => format!("spec.matchConstraints: Required value: {message}"),
        "invalid-cel" => match place::at(document, finding.at).value().as_str() {
            Some(expression) => format!("{path}: Invalid value: {expression:?}: {message}"),
            None => format!("{path}: Invalid value: {message}"),
        },
        _ if message.starts_with("spec") || path.is_empty() => message.clone(),
        _ => format!("{path}: Invalid value: {message}"),
    }
}
