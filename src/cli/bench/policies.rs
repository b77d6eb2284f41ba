//! The policies that are measured, and variants of them.
//!
//! Comes in:  policy files.
//! Goes out:  [`Set`], as the gate would take them; a policy without one of its rules, or enforcing.
//! Never here: measuring.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};
use bumpalo::Bump;
use portcullis_engine::doc::{self, AnyPolicy, Policy};
use portcullis_engine::program::Program;
use portcullis_lang::value::{Document, Value, list, object};

use crate::cli::diagnostics;
use crate::cli::load::{Exceptions, policy_files};

/// Policies in the order of a program.
#[derive(Debug, Default)]
pub(super) struct Set {
    pub(super) policies: Vec<AnyPolicy>,
    /// The file of each.
    pub(super) files: Vec<PathBuf>,
    /// What is not measured, and why.
    pub(super) notes: Vec<String>,
}

impl Set {
    /// Reads every policy of these files and directories; `enforce`: as if it enforced.
    pub(super) fn read(paths: &[PathBuf], enforce: bool) -> Result<Set> {
        let mut found: Vec<(AnyPolicy, PathBuf)> = Vec::new();
        let mut set = Set::default();
        for path in paths {
            for file in policy_files(path)? {
                for read in doc::read_any(&file.text) {
                    match read {
                        Ok(
                            policy @ (AnyPolicy::Rules(_)
                            | AnyPolicy::Validating(_)
                            | AnyPolicy::Mutating(_)),
                        ) => found.push((policy, file.path.clone())),
                        Ok(policy) => set.notes.push(format!(
                            "{} is not measured: no request waits for it",
                            policy.id()
                        )),
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
        // Kind by kind, as programs number them.
        let place = |policy: &AnyPolicy| match policy {
            AnyPolicy::Rules(_) => 0,
            AnyPolicy::Validating(_) => 1,
            _ => 2,
        };
        found.sort_by(|(a, _), (b, _)| place(a).cmp(&place(b)).then_with(|| a.id().cmp(b.id())));
        // Of two with one name the first counts, as in the gate.
        found.dedup_by(|(a, _), (b, _)| a.id() == b.id());
        if found.is_empty() {
            bail!("there is no policy to measure");
        }
        (set.policies, set.files) = found.into_iter().unzip();
        Ok(set)
    }
}

/// The program of these policies and exceptions; what it has in common with another one is taken over.
pub(super) fn program(
    before: &Program,
    policies: impl Iterator<Item = AnyPolicy>,
    exceptions: &Exceptions,
) -> Program {
    let (mut rules, mut validating, mut mutating) = (Vec::new(), Vec::new(), Vec::new());
    for policy in policies {
        match policy {
            AnyPolicy::Rules(policy) => rules.push(policy),
            AnyPolicy::Validating(policy) => validating.push(policy),
            AnyPolicy::Mutating(policy) => mutating.push(policy),
            _ => {}
        }
    }
    before
        .renewed(rules, exceptions.from_rules.iter().cloned())
        .with_cel(validating, exceptions.from_policies.iter().cloned())
        .with_mutating(mutating)
}

/// The policy without its declared rule of this number, and what autogen made of it. `None` where
/// it would be no policy any more.
pub(super) fn without_rule(policy: &Policy, number: usize) -> Option<Arc<Policy>> {
    if policy.declared().len() < 2 {
        return None;
    }
    let changed = changed(policy.document(), &|bump, key, value| match (key, value) {
        ("rules", Value::List(rules)) => {
            let others = rules.iter().enumerate().filter(|(at, _)| *at != number);
            Some(list(bump, others.map(|(_, rule)| rule)))
        }
        _ => Some(value),
    })?;
    changed.as_rules().cloned()
}

/// The policy with every `Audit` made an `Enforce`, wherever it stands.
fn enforcing(policy: &AnyPolicy) -> Option<AnyPolicy> {
    changed(policy.document(), &|bump, key, value| match key {
        "validationFailureAction" | "validationActions" => None,
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
    policy: &Document,
    field: &dyn for<'b> Fn(&'b Bump, &str, Value<'b>) -> Option<Value<'b>>,
) -> Option<AnyPolicy> {
    let bump = Bump::new();
    let root = policy.root().as_map()?;
    let entries = root.iter().map(|(key, value)| match (key, value) {
        ("spec", Value::Map(spec)) => {
            let fields = spec.iter();
            let fields = fields.filter_map(|(key, value)| Some((key, field(&bump, key, value)?)));
            (key, object(&bump, fields))
        }
        other => other,
    });
    let document = Document::from_value(object(&bump, entries));
    doc::read_any_document(document)?.ok()
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
        let any = doc::read_any(POLICY).remove(0).unwrap();
        let policy = any.as_rules().unwrap();
        let names = |policy: &doc::Policy| -> Vec<String> {
            let declared = policy.declared().iter();
            declared.map(|rule| rule.name.clone()).collect()
        };
        let rest = without_rule(policy, 0).unwrap();
        assert_eq!(names(&rest), ["b"]);
        assert!(rest.rules().len() < policy.rules().len());
        assert!(without_rule(&rest, 0).is_none(), "nothing would be left");
        assert!(!may_enforce(policy));
        let strict = enforcing(&any).unwrap();
        let strict = strict.as_rules().unwrap();
        assert!(may_enforce(strict));
        assert_eq!(names(strict), ["a", "b"]);
    }
}
