//! Native forms of ClusterPolicies whose only rule is `validate.cel`.
//!
//! A rule says more than a native policy can: users, annotations, wildcards, selectors of its own for
//! each kind. Whatever cannot be said keeps the policy where it is, with the reason.

use portcullis_engine::doc::{
    Action, Body, Exception, Filter, Filters, LabelSelector, Policy, Rule,
};
use portcullis_engine::program::Program;
use serde_json::{Map, Value, json};

use super::{Plan, written};
use crate::cluster::kinds::Kinds;

/// The plan for a policy; `None` where no rule of it is CEL.
pub(super) fn plan(policy: &Policy, program: &Program, kinds: &Kinds) -> Option<Plan> {
    if policy.id().kind.is_namespaced() {
        return None;
    }
    let (document, uid) = written(policy.document());
    let rules = document.pointer("/spec/rules").and_then(Value::as_array)?;
    rules
        .iter()
        .find(|rule| rule.pointer("/validate/cel").is_some())?;
    let name = format!("cpol-{}", policy.name());
    let specs = specs(policy, rules, program, kinds, &name);
    Some(Plan {
        id: policy.id().clone(),
        api: ("kyverno.io", "v1", "clusterpolicies"),
        family: "Validating",
        name,
        specs: specs.map_err(|why| format!("skip generating ValidatingAdmissionPolicy: {why}")),
        uid,
    })
}

fn specs(
    policy: &Policy,
    rules: &[Value],
    program: &Program,
    kinds: &Kinds,
    name: &str,
) -> Result<(Value, Value), String> {
    let no = |why: &str| Err(why.to_owned());
    let ([rule], [written]) = (policy.declared(), rules) else {
        return no("multiple rules are not applicable.");
    };
    let cel = written
        .pointer("/validate/cel")
        .cloned()
        .unwrap_or_default();
    let text = |key: &str| cel.get(key).cloned();
    if text("generate").and_then(|wanted| wanted.as_bool()) != Some(true) {
        return no("not enabled.");
    }
    let mut constraints = constraints(&rule.matches, kinds)?;
    let excluded = excluded(&rule.excludes, kinds)?;
    let exempt = exempt(policy, rule, program, kinds)?;
    let excluded: Vec<Value> = excluded.into_iter().chain(exempt).collect();
    if !excluded.is_empty() {
        constraints.insert("excludeResourceRules".to_owned(), excluded.into());
    }
    let mut spec = Map::from_iter([
        ("matchConstraints".to_owned(), constraints.into()),
        (
            "validations".to_owned(),
            text("expressions").unwrap_or_default(),
        ),
    ]);
    let others = [
        ("auditAnnotations", text("auditAnnotations")),
        ("paramKind", text("paramKind")),
        ("variables", text("variables")),
        ("matchConditions", written.get("celPreconditions").cloned()),
    ];
    for (key, value) in others {
        if let Some(value) = value {
            spec.insert(key.to_owned(), value);
        }
    }
    let mut bound = json!({ "policyName": name, "validationActions": actions(policy, rule)? });
    if let (Some(params), Some(bound)) = (text("paramRef"), bound.as_object_mut()) {
        bound.insert("paramRef".to_owned(), params);
    }
    Ok((spec.into(), bound))
}

/// What a failure does.
fn actions(policy: &Policy, rule: &Rule) -> Result<Value, String> {
    let settings = policy.settings();
    let (own, overrides) = match &rule.body {
        Body::Validate(validate) => (validate.action, validate.overrides.as_slice()),
        _ => (None, &[][..]),
    };
    let overrides = if overrides.is_empty() {
        &settings.overrides
    } else {
        overrides
    };
    let action = match overrides {
        [] => own.unwrap_or(settings.action),
        [one] if one.namespaces.is_empty() && one.namespace_selector.is_none() => {
            one.action.unwrap_or(settings.action)
        }
        [_] => {
            return Err(
                "namespaces in validationFailureActionOverrides is not applicable.".to_owned(),
            );
        }
        _ => {
            return Err("multiple validationFailureActionOverrides are not applicable.".to_owned());
        }
    };
    Ok(match action {
        Action::Enforce => json!(["Deny"]),
        Action::Audit => json!(["Audit", "Warn"]),
    })
}

/// The blocks of a match that can be said, in one list.
fn blocks<'f>(filters: &'f Filters, what: &str) -> Result<Vec<&'f Filter>, String> {
    if filters.all.len() > 1 && filters.any.is_empty() {
        return Err(format!(
            "multiple 'all' in the {what} block is not applicable."
        ));
    }
    let blocks: Vec<&Filter> = filters.filters().collect();
    for block in &blocks {
        if block.names_users() {
            return Err(format!(
                "subjects, Roles or ClusterRoles in {what} is not applicable."
            ));
        }
        if !block.annotations.is_empty() {
            return Err(format!("annotations in {what} is not applicable."));
        }
        let wild = |text: &String| text.contains(['*', '?']);
        if block.names.iter().any(wild) || wild(&block.name) {
            return Err("wildcards in names is not applicable.".to_owned());
        }
        if block.namespaces.iter().any(wild) {
            return Err("wildcards in namespaces is not applicable.".to_owned());
        }
    }
    Ok(blocks)
}

fn constraints(filters: &Filters, kinds: &Kinds) -> Result<Map<String, Value>, String> {
    let blocks = blocks(filters, "match")?;
    let selects = |block: &&&Filter| {
        block.selector.is_some()
            || block.namespace_selector.is_some()
            || !block.namespaces.is_empty()
    };
    if blocks.len() > 1 && blocks.iter().any(|block| selects(&block)) {
        return Err("selectors with multiple resources in match is not applicable.".to_owned());
    }
    let mut rules = Vec::new();
    for block in &blocks {
        rules.extend(resource_rules(block, kinds)?);
    }
    let mut made = Map::from_iter([("resourceRules".to_owned(), Value::from(rules))]);
    if let [block] = blocks.as_slice() {
        let mut namespaces = block.namespace_selector.as_ref().map(selector);
        if !block.namespaces.is_empty() {
            let names = json!({
                "key": "kubernetes.io/metadata.name", "operator": "In", "values": block.namespaces,
            });
            let whole = namespaces.get_or_insert_with(|| json!({}));
            if let Some(whole) = whole.as_object_mut() {
                let list = whole.entry("matchExpressions").or_insert_with(|| json!([]));
                if let Some(list) = list.as_array_mut() {
                    list.push(names);
                }
            }
        }
        let objects = block.selector.as_ref().map(selector);
        let selectors = [
            ("namespaceSelector", namespaces),
            ("objectSelector", objects),
        ];
        for (key, value) in selectors {
            made.extend(value.map(|value| (key.to_owned(), value)));
        }
    }
    Ok(made)
}

fn excluded(filters: &Filters, kinds: &Kinds) -> Result<Vec<Value>, String> {
    if *filters == Filters::default() {
        return Ok(Vec::new());
    }
    let mut rules = Vec::new();
    for block in blocks(filters, "exclude")? {
        if block.selector.is_some() || block.namespace_selector.is_some() {
            return Err("selectors in exclude is not applicable.".to_owned());
        }
        if !block.namespaces.is_empty() {
            return Err("namespaces in exclude is not applicable.".to_owned());
        }
        rules.extend(resource_rules(block, kinds)?);
    }
    Ok(rules)
}

/// What exceptions take out.
fn exempt(
    policy: &Policy,
    rule: &Rule,
    program: &Program,
    kinds: &Kinds,
) -> Result<Vec<Value>, String> {
    let names = |one: &&std::sync::Arc<Exception>| one.names(policy, &rule.name);
    let mut rules = Vec::new();
    for exception in program.exceptions().iter().filter(names) {
        if exception.conditions.is_some() {
            return Err("conditions in the exception is not applicable.".to_owned());
        }
        if exception.rules.iter().any(|one| one.rules.len() > 1) {
            return Err("multiple rules in the exception is not applicable.".to_owned());
        }
        rules.extend(excluded(&exception.matches, kinds)?);
    }
    Ok(rules)
}

/// One rule for each group and version.
fn resource_rules(block: &Filter, kinds: &Kinds) -> Result<Vec<Value>, String> {
    let mut found: Vec<(String, String, Vec<String>)> = Vec::new();
    for selector in &block.kinds {
        let kind = &selector.kind;
        let mut served = kinds.selected(selector);
        served.retain(|one| selector.version != "*" || one.preferred);
        if served.is_empty() {
            return Err(format!("kind {kind} is not served."));
        }
        for one in served {
            let resource = match &one.subresource {
                Some(part) => format!("{}/{part}", one.plural),
                None => one.plural.clone(),
            };
            let place = found
                .iter_mut()
                .find(|(group, version, _)| *group == one.group && *version == one.version);
            match place {
                Some((.., resources)) if resources.contains(&resource) => {}
                Some((.., resources)) => resources.push(resource),
                None => found.push((one.group.clone(), one.version.clone(), vec![resource])),
            }
        }
    }
    let usual = ["CREATE".to_owned(), "UPDATE".to_owned()];
    let operations = match block.operations.as_slice() {
        [] => usual.as_slice(),
        stated => stated,
    };
    let own = (!block.name.is_empty()).then_some(&block.name);
    let names: Vec<&String> = own.into_iter().chain(&block.names).collect();
    let rules = found.into_iter().map(|(group, version, resources)| {
        let mut rule = json!({
            "apiGroups": [group], "apiVersions": [version],
            "operations": operations, "resources": resources,
        });
        if let Some(rule) = rule.as_object_mut().filter(|_| !names.is_empty()) {
            rule.insert("resourceNames".to_owned(), json!(names));
        }
        rule
    });
    Ok(rules.collect())
}

fn selector(selector: &LabelSelector) -> Value {
    let mut made = Map::new();
    if !selector.match_labels.is_empty() {
        let labels = selector.match_labels.iter();
        let labels = labels.map(|(key, value)| (key.clone(), value.clone().into()));
        made.insert("matchLabels".to_owned(), Map::from_iter(labels).into());
    }
    let expressions = selector.match_expressions.iter().map(|one| {
        let mut made = json!({ "key": one.key, "operator": one.operator });
        if let Some(made) = made.as_object_mut().filter(|_| !one.values.is_empty()) {
            made.insert("values".to_owned(), json!(one.values));
        }
        made
    });
    let expressions: Vec<Value> = expressions.collect();
    if !expressions.is_empty() {
        made.insert("matchExpressions".to_owned(), expressions.into());
    }
    made.into()
}
