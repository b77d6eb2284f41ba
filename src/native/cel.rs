//! Native forms of policies written in CEL.

use portcullis_engine::doc::{MutatingPolicy, PolicyId, ValidatingPolicy};
use portcullis_engine::program::Program;
use serde_json::{Value, json};

use super::{Plan, written};

const API: &str = "policies.kyverno.io";
const VERSION: &str = "v1beta1";

/// The plan for a ValidatingPolicy; `None` where that is never native.
pub(super) fn validating(policy: &ValidatingPolicy, program: &Program) -> Option<Plan> {
    if policy.id.kind.is_namespaced() {
        return None;
    }
    let (document, uid) = written(policy.source.document());
    let spec = document.get("spec")?;
    let skip = |why: &str| Err(format!("skip generating ValidatingAdmissionPolicy: {why}"));
    let specs = if !is_enabled(spec, "validatingAdmissionPolicy") {
        skip("not enabled.")
    } else if policy.variants.len() > 1 {
        skip("pod controllers autogen is enabled.")
    } else {
        let exceptions = Exceptions::of(&policy.id, program);
        let mut native = json!({});
        let copied = [
            "matchConstraints",
            "validations",
            "auditAnnotations",
            "variables",
        ];
        copy(spec, &mut native, &copied);
        conditions(spec, &mut native, &exceptions);
        exceptions.state(&mut native);
        let name = format!("vpol-{}", policy.id.name);
        let actions = spec.get("validationActions").cloned();
        let actions =
            actions.filter(|actions| actions.as_array().is_some_and(|all| !all.is_empty()));
        let bound = json!({
            "policyName": name,
            "validationActions": actions.unwrap_or_else(|| json!(["Deny"])),
        });
        Ok((native, bound))
    };
    Some(Plan {
        id: policy.id.clone(),
        api: (API, VERSION, "validatingpolicies"),
        family: "Validating",
        name: format!("vpol-{}", policy.id.name),
        specs,
        uid,
    })
}

/// The plan for a MutatingPolicy; `None` where that is never native.
pub(super) fn mutating(policy: &MutatingPolicy, program: &Program) -> Option<Plan> {
    if policy.id.kind.is_namespaced() {
        return None;
    }
    let (document, uid) = written(policy.source.document());
    let spec = document.get("spec")?;
    let skip = |why: &str| Err(format!("skip generating MutatingAdmissionPolicy: {why}"));
    let name = format!("mpol-{}", policy.id.name);
    let specs = if !is_enabled(spec, "mutatingAdmissionPolicy") {
        skip("not enabled.")
    } else if policy.variants.len() > 1 {
        skip("pod controllers autogen is enabled.")
    } else if policy.replaces_atomics {
        skip("server-side apply is enabled.")
    } else if policy.targets.is_some() {
        skip("existing objects are its targets.")
    } else {
        let exceptions = Exceptions::of(&policy.id, program);
        let rules = spec.pointer("/matchConstraints/resourceRules").cloned();
        let or = |key: &str, default: &str| {
            let stated = spec.get(key).and_then(Value::as_str);
            stated.unwrap_or(default).to_owned()
        };
        let mut native = json!({
            "matchConstraints": { "resourceRules": rules.unwrap_or_default() },
            "failurePolicy": or("failurePolicy", "Fail"),
            "reinvocationPolicy": or("reinvocationPolicy", "Never"),
        });
        copy(spec, &mut native, &["mutations", "variables"]);
        conditions(spec, &mut native, &exceptions);
        exceptions.state(&mut native);
        Ok((native, json!({ "policyName": name })))
    };
    Some(Plan {
        id: policy.id.clone(),
        api: (API, VERSION, "mutatingpolicies"),
        family: "Mutating",
        name,
        specs,
        uid,
    })
}

fn is_enabled(spec: &Value, key: &str) -> bool {
    let enabled = spec.pointer(&format!("/autogen/{key}/enabled"));
    enabled.and_then(Value::as_bool).unwrap_or(false)
}

fn copy(from: &Value, to: &mut Value, keys: &[&str]) {
    for key in keys {
        if let (Some(value), Some(to)) = (from.get(key), to.as_object_mut()) {
            to.insert((*key).to_owned(), value.clone());
        }
    }
}

/// What lets off from one policy.
struct Exceptions {
    /// Name and expression of each condition, negated.
    conditions: Vec<Value>,
    images: Vec<String>,
    values: Vec<String>,
}

impl Exceptions {
    fn of(id: &PolicyId, program: &Program) -> Exceptions {
        let mut found = Exceptions {
            conditions: Vec::new(),
            images: Vec::new(),
            values: Vec::new(),
        };
        for exception in program.cel_exceptions() {
            let mut policies = exception.policies.iter();
            let Some(exempt) = policies.find(|one| one.kind == id.kind && one.name == id.name)
            else {
                continue;
            };
            let partial = !exception.images.is_empty() || !exception.values.is_empty();
            found.images.extend(exception.images.iter().cloned());
            found.values.extend(exception.values.iter().cloned());
            if partial {
                continue;
            }
            if exempt.conditions.is_empty() {
                found
                    .conditions
                    .push(json!({ "name": exception.name, "expression": "false" }));
            }
            found.conditions.extend(exempt.conditions.iter().map(|one| {
                let expression = format!("!({})", one.expression.text);
                json!({ "name": one.name, "expression": expression })
            }));
        }
        found
    }

    /// Makes the lists that the policy asks for variables of its own.
    fn state(&self, native: &mut Value) {
        let lists = [
            ("allowedImages", &self.images),
            ("allowedValues", &self.values),
        ];
        let text = native.to_string();
        let mut rewritten = text.clone();
        let mut variables = Vec::new();
        for (name, list) in lists {
            let of_exceptions = format!("exceptions.{name}");
            if text.contains(&of_exceptions) {
                rewritten = rewritten.replace(&of_exceptions, &format!("variables.{name}"));
                let expression = Value::from(list.clone()).to_string();
                variables.push(json!({ "name": name, "expression": expression }));
            }
        }
        if variables.is_empty() {
            return;
        }
        if let Ok(rewritten) = serde_json::from_str(&rewritten) {
            *native = rewritten;
        }
        // Before those that use them.
        let own = native.get("variables").and_then(Value::as_array);
        variables.extend(own.into_iter().flatten().cloned());
        if let Some(native) = native.as_object_mut() {
            native.insert("variables".to_owned(), variables.into());
        }
    }
}

/// The conditions of exceptions, negated, and then the policy's own.
fn conditions(spec: &Value, native: &mut Value, exceptions: &Exceptions) {
    let own = spec.get("matchConditions").and_then(Value::as_array);
    let all = exceptions
        .conditions
        .iter()
        .chain(own.into_iter().flatten());
    let all: Vec<Value> = all.cloned().collect();
    if let Some(native) = native.as_object_mut().filter(|_| !all.is_empty()) {
        native.insert("matchConditions".to_owned(), all.into());
    }
}

#[cfg(test)]
mod tests {
    use super::{mutating, validating};
    use portcullis_engine::doc::cel::CelException;
    use portcullis_engine::doc::{self, AnyPolicy};
    use portcullis_engine::program::Program;
    use portcullis_lang::value::{Numbers, yaml};
    use serde_json::{Value, json};

    const CONSTRAINTS: &str = "matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], \
                               operations: [CREATE], resources: [deployments]}]}";
    const VALIDATES: &str =
        "autogen: {podControllers: {controllers: []}, validatingAdmissionPolicy: {enabled: true}}";
    const MUTATES: &str =
        "autogen: {podControllers: {controllers: []}, mutatingAdmissionPolicy: {enabled: true}}";

    #[test]
    fn what_is_enabled_becomes_native_with_its_exceptions() {
        let validations =
            "validations: [{expression: 'object.metadata.name in exceptions.allowedValues'}]";
        let spec = format!("{{{CONSTRAINTS}, {VALIDATES}, {validations}}}");
        let (policy, bound) = plan("ValidatingPolicy", &spec).unwrap();
        assert_eq!(
            policy["validations"][0]["expression"],
            "object.metadata.name in variables.allowedValues"
        );
        assert_eq!(
            policy["variables"],
            json!([{"name": "allowedValues", "expression": "[\"a\"]"}])
        );
        assert_eq!(
            policy["matchConditions"],
            json!([{"name": "c", "expression": "!(object.spec.x == 1)"}])
        );
        assert_eq!(
            bound,
            json!({"policyName": "vpol-p", "validationActions": ["Deny"]})
        );
    }

    #[test]
    fn mutations_keep_their_failure_policy() {
        let mutations = "failurePolicy: Ignore, mutations: [{patchType: JSONPatch, jsonPatch: {expression: \
                         '[JSONPatch{op: \"remove\", path: \"/a\"}]'}}]";
        let (policy, bound) = plan(
            "MutatingPolicy",
            &format!("{{{CONSTRAINTS}, {MUTATES}, {mutations}}}"),
        )
        .unwrap();
        assert_eq!(policy["failurePolicy"], "Ignore");
        assert_eq!(policy["reinvocationPolicy"], "Never");
        assert_eq!(policy["mutations"][0]["patchType"], "JSONPatch");
        assert_eq!(bound, json!({"policyName": "mpol-p"}));
    }

    #[test]
    fn what_cannot_be_native_says_why() {
        let validations = "validations: [{expression: 'true'}]";
        let pods = CONSTRAINTS
            .replace("apps", "''")
            .replace("deployments", "pods");
        let open = VALIDATES.replace("podControllers: {controllers: []}, ", "");
        for (spec, expect) in [
            (format!("{{{CONSTRAINTS}, {validations}}}"), "not enabled."),
            (
                format!("{{{pods}, {open}, {validations}}}"),
                "pod controllers autogen is enabled.",
            ),
        ] {
            let why = plan("ValidatingPolicy", &spec).unwrap_err();
            assert_eq!(
                why,
                format!("skip generating ValidatingAdmissionPolicy: {expect}")
            );
        }
    }

    fn plan(kind: &str, spec: &str) -> Result<(Value, Value), String> {
        let text = format!(
            "{{apiVersion: policies.kyverno.io/v1, kind: {kind}, metadata: {{name: p}}, spec: {spec}}}"
        );
        let exception = |rest: &str| {
            let text = format!(
                "{{apiVersion: policies.kyverno.io/v1, kind: PolicyException, metadata: {{name: e}}, spec: \
                 {{policyRefs: [{{name: p, kind: {kind}}}], {rest}}}}}"
            );
            let document = yaml::read(&text, Numbers::AsWritten).remove(0).unwrap();
            CelException::read_document(&document).unwrap().unwrap()
        };
        let exceptions = [
            exception("matchConditions: [{name: c, expression: object.spec.x == 1}]"),
            exception("allowedValues: [a]"),
        ];
        let program = Program::default().with_cel([], exceptions);
        let document = yaml::read(&text, Numbers::AsWritten).remove(0).unwrap();
        let plan = match doc::read_any_document(document).unwrap().unwrap() {
            AnyPolicy::Validating(policy) => validating(&policy, &program),
            AnyPolicy::Mutating(policy) => mutating(&policy, &program),
            _ => None,
        };
        plan.unwrap().specs
    }
}
