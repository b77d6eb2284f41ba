//! The policies that are measured, and variants of them.
//!
//! Comes in:  policy files.
//! Goes out:  [`Set`], as the gate would take them; a policy without one of its rules, or enforcing.
//! Never here: measuring.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};
use bumpalo::Bump;
use portcullis_engine::doc::{self, Policy};
use portcullis_lang::value::{Document, Value, list, object};

use crate::cli::diagnostics;
use crate::cli::load::policy_files;

/// Policies in the order of a program.
#[derive(Debug, Default)]
pub(super) struct Set {
    pub(super) policies: Vec<Arc<Policy>>,
    /// The file of each.
    pub(super) files: Vec<PathBuf>,
    /// What is not measured, and why.
    pub(super) notes: Vec<String>,
}

impl Set {
    /// Reads every policy of these files and directories; `enforce`: as if it enforced.
    pub(super) fn read(paths: &[PathBuf], enforce: bool) -> Result<Set> {
        let mut found: Vec<(Arc<Policy>, PathBuf)> = Vec::new();
        let mut set = Set::default();
        for path in paths {
            for file in policy_files(path)? {
                for read in doc::read_any(&file.text) {
                    match read {
                        Ok(policy) => match policy.as_rules() {
                            Some(rules) => found.push((Arc::clone(rules), file.path.clone())),
                            None => set.notes.push(format!(
                                "{} is not measured: `bench` takes ClusterPolicies and Policies",
                                policy.id()
                            )),
                        },
                        Err(broken) => {
                            let shown = diagnostics::render(&file, &broken.diagnostics);
                            anstream::eprint!("{shown}");
                            let name = broken.id.map_or_else(
                                || format!("a document of `{}`", file.path.display()),
                                |id| id.to_string(),
                            );
                            set.notes
                                .push(format!("{name} is not measured: it is broken"));
                        }
                    }
                }
            }
        }
        if enforce {
            for (policy, _) in &mut found {
                if let Some(changed) = enforcing(policy) {
                    *policy = changed;
                }
            }
        }
        found.sort_by(|(a, _), (b, _)| a.id().cmp(b.id()));
        // Of two with one name the first counts, as in the gate.
        found.dedup_by(|(a, _), (b, _)| a.id() == b.id());
        if found.is_empty() {
            bail!("there is no policy to measure");
        }
        (set.policies, set.files) = found.into_iter().unzip();
        Ok(set)
    }
}

/// The policy without its declared rule of this number, and what autogen made of it. `None` where
/// it would be no policy any more.
pub(super) fn without_rule(policy: &Policy, number: usize) -> Option<Arc<Policy>> {
    if policy.declared().len() < 2 {
        return None;
    }
    changed(policy, &|bump, key, value| match (key, value) {
        ("rules", Value::List(rules)) => {
            let others = rules.iter().enumerate().filter(|(at, _)| *at != number);
            Some(list(bump, others.map(|(_, rule)| rule)))
        }
        _ => Some(value),
    })
}

/// The policy with every `Audit` made an `Enforce`, wherever it stands.
fn enforcing(policy: &Policy) -> Option<Arc<Policy>> {
    changed(policy, &|bump, key, value| match key {
        "validationFailureAction" => None,
        "validationFailureActionOverrides" => None,
        "rules" => Some(with_enforce(bump, value)),
        _ => Some(value),
    })
}

fn with_enforce<'b>(bump: &'b Bump, rules: Value<'b>) -> Value<'b> {
    let rules = rules.as_list().into_iter().flatten().map(|rule| {
        let entries = rule.as_map().into_iter().flatten();
        let entries = entries.map(|(key, value)| match (key, value) {
            ("validate", Value::Map(check)) => {
                let kept = check
                    .iter()
                    .filter(|(key, _)| !key.starts_with("failureAction"));
                let action = ("failureAction", Value::Str("Enforce"));
                (key, object(bump, kept.chain([action])))
            }
            other => other,
        });
        object(bump, entries)
    });
    list(bump, rules)
}

/// The policy read again with the fields of its `spec` changed.
fn changed(
    policy: &Policy,
    field: &dyn for<'b> Fn(&'b Bump, &str, Value<'b>) -> Option<Value<'b>>,
) -> Option<Arc<Policy>> {
    let bump = Bump::new();
    let root = policy.document().root().as_map()?;
    let entries = root.iter().map(|(key, value)| match (key, value) {
        ("spec", Value::Map(spec)) => {
            let fields = spec.iter();
            let fields = fields.filter_map(|(key, value)| Some((key, field(&bump, key, value)?)));
            (key, object(&bump, fields))
        }
        other => other,
    });
    let document = Document::from_value(object(&bump, entries));
    doc::read_document(document)?.ok()
}

#[cfg(test)]
mod tests {
    use super::{enforcing, without_rule};
    use portcullis_engine::doc;
    use portcullis_engine::verdict::may_enforce;

    const POLICY: &str = "apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: p}
spec:
  validationFailureAction: Audit
  rules:
    - name: a
      match: {any: [{resources: {kinds: [Pod]}}]}
      validate: {message: m, pattern: {spec: {hostNetwork: false}}}
    - name: b
      match: {any: [{resources: {kinds: [ConfigMap]}}]}
      validate: {failureAction: Audit, message: m, pattern: {data: {key: v}}}
";

    #[test]
    fn variants_of_a_policy() {
        let policy = doc::read(POLICY).remove(0).unwrap();
        let names = |policy: &doc::Policy| -> Vec<String> {
            let declared = policy.declared().iter();
            declared.map(|rule| rule.name.clone()).collect()
        };
        let rest = without_rule(&policy, 0).unwrap();
        assert_eq!(names(&rest), ["b"]);
        assert!(rest.rules().len() < policy.rules().len());
        assert!(without_rule(&rest, 0).is_none(), "nothing would be left");
        assert!(!may_enforce(&policy));
        let strict = enforcing(&policy).unwrap();
        assert!(may_enforce(&strict));
        assert_eq!(names(&strict), ["a", "b"]);
    }
}
