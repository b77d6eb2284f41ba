//! The status of policies with rules.

use jiff::Timestamp;
use portcullis_engine::doc::{self, Body, Policy, Rule};
use portcullis_lang::value::{Document, to_json};
use serde_json::{Map, Value as Json, json};

use super::Known;
use super::conditions::{self, Condition};

/// Sets what the gate knows of the policy.
pub(super) fn fill(status: &mut Map<String, Json>, document: Option<Document>, known: &Known<'_>) {
    let policy = document.and_then(doc::read_document).and_then(Result::ok);
    let ready = ready(policy.as_deref(), known);
    let list = conditions::set(status.get("conditions"), &[ready], Timestamp::now());
    status.insert("conditions".to_owned(), list);
    // The bool that the condition took the place of.
    status.remove("ready");
    if let Some(policy) = &policy {
        status.insert("rulecount".to_owned(), count(policy.declared()));
        status.insert("autogen".to_owned(), derived(policy));
    }
    let native = || json!({"generated": false, "message": ""});
    status
        .entry("validatingadmissionpolicy")
        .or_insert_with(native);
}

fn ready(policy: Option<&Policy>, known: &Known<'_>) -> Condition {
    let finding = known.status.errors.first();
    let holds = finding.is_none()
        && (known.registered || policy.is_some_and(|policy| !policy.settings().admission));
    Condition {
        kind: "Ready",
        holds,
        message: match (finding, holds) {
            (Some(finding), _) => finding.message.clone(),
            (None, true) => "Ready".to_owned(),
            (None, false) => "Not Ready".to_owned(),
        },
    }
}

/// Rules as written, by what they do.
fn count(rules: &[Rule]) -> Json {
    let of = |is: fn(&Body) -> bool| rules.iter().filter(|rule| is(&rule.body)).count();
    json!({
        "validate": of(|body| matches!(body, Body::Validate(_))),
        "mutate": of(|body| matches!(body, Body::Mutate(_))),
        "generate": of(|body| matches!(body, Body::Generate(_))),
        "verifyimages": of(|body| matches!(body, Body::VerifyImages(_))),
    })
}

/// The rules that autogen made.
fn derived(policy: &Policy) -> Json {
    let made = policy.rules().iter().skip(policy.declared().len());
    let rules = made.filter_map(|rule| serde_json::from_str(&to_json(rule.document.root())).ok());
    let rules: Vec<Json> = rules.collect();
    match rules.is_empty() {
        true => json!({}),
        false => json!({ "rules": rules }),
    }
}
