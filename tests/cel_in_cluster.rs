//! CEL in the gate beside CEL in the API server: the same expressions as ValidatingPolicies and as
//! ValidatingAdmissionPolicies, on the same objects.

#![allow(
    clippy::indexing_slicing,
    reason = "a test that panics has failed, as it should"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use k8s_openapi::api::admissionregistration::v1::{
    ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
};
use k8s_openapi::api::core::v1::Pod;
use kube::Client;
use kube::api::{Api, PostParams};
use serde_json::{Value, json};

use support::cluster::{Cluster, Controllers, eventually};
use support::gate::Gate;
use support::https::Http;
use support::review::review;

/// The label by which a Pod chooses its expression.
const CASE: &str = "case";

/// An expression that is asked of both.
struct Case {
    name: String,
    expression: String,
    /// Whether the expression is a validation by itself, or a value to be shown.
    is_verdict: bool,
}

/// What one of them said.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Answer {
    Allowed,
    /// With this message; of an error only what went wrong, not who reports it.
    Denied(String),
}

#[tokio::test]
async fn both_say_the_same() -> anyhow::Result<()> {
    let Some(cluster) = Cluster::start(Controllers::None)? else {
        return Ok(());
    };
    let client = cluster.client().await?;
    let space = cluster.namespace("cel").await?;
    let cases = cases()?;

    let mut refused = BTreeMap::new();
    for case in &cases {
        if let Some(place) = install(&client, case).await? {
            refused.insert(case.name.clone(), place);
        }
    }
    let files: Vec<_> = cases
        .iter()
        .map(|case| {
            (
                format!("{}.yaml", case.name),
                case.gate_policy().to_string(),
            )
        })
        .collect();
    let gate = Gate::start(&files, &[])?;
    let mut differences = Vec::new();
    let broken = broken(&gate.status().await?);
    for case in &cases {
        let (native, ours) = (refused.get(&case.name), broken.get(&case.name));
        if native != ours {
            let expression = &case.expression;
            differences.push(format!("compile {expression}\n  {native:?}\n  {ours:?}"));
        }
    }

    let pods = Api::<Pod>::namespaced(client.clone(), &space);
    let dry = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    eventually("the last policy", async || {
        let sentinel = pod(
            &json!({ "spec": { "containers": [{ "name": "a", "image": "a" }] } }),
            SENTINEL,
        );
        Ok(pods.create(&dry, &sentinel).await.err())
    })
    .await?;

    let mut connection = gate.connect(Http::One).await?;
    let mut asked = BTreeSet::new();
    for object in objects()? {
        // As the API server hands it on: with defaults.
        let whole = serde_json::to_value(pods.create(&dry, &pod(&object, "none")).await?)?;
        for case in &cases {
            if refused.contains_key(&case.name) || broken.contains_key(&case.name) {
                continue;
            }
            let native = match pods.create(&dry, &pod(&object, &case.name)).await {
                Ok(_) => Answer::Allowed,
                Err(kube::Error::Api(error)) => native_denial(&error.message),
                Err(error) => return Err(error.into()),
            };
            let mut object = whole.clone();
            object["metadata"]["labels"][CASE] = json!(case.name);
            object["apiVersion"] = json!("v1");
            object["kind"] = json!("Pod");
            let reply = connection.post("/validate", review(&object)).await?;
            let ours = match reply.verdict() {
                Some((true, _)) => Answer::Allowed,
                Some((false, message)) => gate_denial(&message, &case.name),
                None => anyhow::bail!("{}: {reply:?}", case.expression),
            };
            asked.insert(&case.name);
            if native != ours {
                let (expression, name) = (&case.expression, &object["metadata"]["name"]);
                differences.push(format!("{expression} of {name}\n  {native:?}\n  {ours:?}"));
            }
        }
    }
    println!(
        "{} expressions evaluated, {} refused",
        asked.len(),
        refused.len()
    );
    assert!(asked.len() > 200, "only {} were asked", asked.len());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    Ok(())
}

const SENTINEL: &str = "sentinel";

fn cases() -> anyhow::Result<Vec<Case>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cel/expressions.txt");
    let text = fs::read_to_string(file)?;
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("# "));
    let mut cases: Vec<_> = lines
        .enumerate()
        .map(|(n, line)| {
            let verdict = line.strip_prefix("! ");
            Case {
                name: format!("case-{n:03}"),
                expression: verdict.unwrap_or(line).to_owned(),
                is_verdict: verdict.is_some(),
            }
        })
        .collect();
    cases.push(Case {
        name: SENTINEL.to_owned(),
        expression: "false".to_owned(),
        is_verdict: true,
    });
    Ok(cases)
}

fn objects() -> anyhow::Result<Vec<Value>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cel/objects.json");
    Ok(serde_json::from_str(&fs::read_to_string(file)?)?)
}

impl Case {
    /// The fields that both kinds of policy have.
    fn spec(&self) -> Value {
        let expression = &self.expression;
        let validation = match self.is_verdict {
            true => json!({ "expression": expression, "message": "the verdict" }),
            false => json!({
                "expression": format!("dyn({expression}) == '?'"),
                "messageExpression": format!("'%s | %s'.format([{expression}, type({expression})])"),
                "message": "no message",
            }),
        };
        json!({
            "matchConstraints": {
                "objectSelector": { "matchLabels": { CASE: self.name } },
                "resourceRules": [{
                    "apiGroups": [""],
                    "apiVersions": ["v1"],
                    "operations": ["CREATE"],
                    "resources": ["pods"],
                }],
            },
            "validations": [validation],
        })
    }

    fn gate_policy(&self) -> Value {
        let mut spec = self.spec();
        spec["validationActions"] = json!(["Deny"]);
        spec["autogen"] = json!({ "podControllers": { "controllers": [] } });
        json!({
            "apiVersion": "policies.kyverno.io/v1",
            "kind": "ValidatingPolicy",
            "metadata": { "name": self.name },
            "spec": spec,
        })
    }
}

/// Installs it in the API server; where that refuses it, the place of its first mistake.
async fn install(client: &Client, case: &Case) -> anyhow::Result<Option<String>> {
    let policy: ValidatingAdmissionPolicy = serde_json::from_value(json!({
        "metadata": { "name": case.name },
        "spec": case.spec(),
    }))?;
    let policies = Api::<ValidatingAdmissionPolicy>::all(client.clone());
    match policies.create(&PostParams::default(), &policy).await {
        Ok(_) => {}
        Err(kube::Error::Api(error)) if error.code == 422 => {
            return Ok(Some(place(&error.message)));
        }
        Err(error) => return Err(error.into()),
    }
    let binding: ValidatingAdmissionPolicyBinding = serde_json::from_value(json!({
        "metadata": { "name": case.name },
        "spec": { "policyName": case.name, "validationActions": ["Deny"] },
    }))?;
    let bindings = Api::<ValidatingAdmissionPolicyBinding>::all(client.clone());
    bindings.create(&PostParams::default(), &binding).await?;
    Ok(None)
}

/// Policies that the gate refuses, each with the place of its first mistake.
fn broken(status: &Value) -> BTreeMap<String, String> {
    let policies = status["policies"].as_array().into_iter().flatten();
    policies
        .filter_map(|policy| {
            let error = policy["errors"].get(0)?;
            let name = policy["name"].as_str()?;
            Some((name.to_owned(), place(error["message"].as_str()?)))
        })
        .collect()
}

/// `LINE:COLUMN` of a compiler's first error, as in `ERROR: <input>:1:5: …`; nothing where the
/// error is not about a place.
fn place(message: &str) -> String {
    let after = message.split_once("<input>:").map_or("", |(_, rest)| rest);
    after.split(": ").next().unwrap_or_default().to_owned()
}

/// What the API server says of a validation, without who says it.
fn native_denial(message: &str) -> Answer {
    let text = after(message, "denied request: ");
    Answer::Denied(match text.starts_with("expression '") {
        true => after(text, "' resulted in error: ").to_owned(),
        false => text.to_owned(),
    })
}

/// What the gate says of a validation, without who says it.
fn gate_denial(message: &str, policy: &str) -> Answer {
    let text = after(message, &format!("Policy {policy} "));
    let text = text.strip_prefix("failed: ").unwrap_or(text);
    let text = text.trim_start_matches("error: ");
    Answer::Denied(text.to_owned())
}

fn after<'a>(text: &'a str, mark: &str) -> &'a str {
    text.split_once(mark).map_or(text, |(_, rest)| rest)
}

fn pod(object: &Value, case: &str) -> Pod {
    let mut object = object.clone();
    if object["metadata"]["name"].is_null() {
        object["metadata"]["name"] = json!("pod");
    }
    object["metadata"]["labels"][CASE] = json!(case);
    serde_json::from_value(object).unwrap_or_default()
}
