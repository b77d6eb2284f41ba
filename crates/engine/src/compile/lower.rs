//! One policy, lowered by itself.

use std::collections::HashMap;
use std::sync::Arc;

use portcullis_lang::template::Template;
use portcullis_lang::value::{Document, Value};

use super::spell::{entry, spell};
use super::{Why, asked, condition, pattern};
use crate::context::Queries;
use crate::doc::{Body, FailurePolicy, Policy, PolicyKind, Rule, Validate, Validation};
use crate::ir::{
    Conditions, ElementCheck, Foreach, Guard, Key, Lowered, Pattern, Role, Route, RuleBody,
    RuleCheck, Trie, rule_needs_whole,
};
use crate::verdict::may_enforce;

/// Lowers policies, and lets them share guards and bodies that are equal.
#[derive(Default)]
pub(crate) struct Lowering {
    guards: HashMap<Key, Arc<Guard>>,
    bodies: HashMap<Key, Arc<RuleBody>>,
}

impl Lowering {
    /// Lowers one policy.
    pub(crate) fn policy(&mut self, policy: &Arc<Policy>) -> Lowered {
        let mut queries = Queries::default();
        let rules = policy.rules().iter();
        let rules = rules.map(|rule| {
            collect(rule, &mut queries);
            crate::ir::Rule {
                guard: self.guard(policy, rule),
                body: self.body(policy, rule),
            }
        });
        let rules = rules.collect();
        let answers = may_enforce(policy) || policy.settings().emit_warning;
        Lowered {
            policy: Arc::clone(policy),
            fails_closed: may_enforce(policy)
                && policy.settings().failure_policy == FailurePolicy::Fail,
            role: if answers {
                Role::Answers
            } else {
                Role::Reports
            },
            rules,
            queries,
            sets_off: asked::sets_off(policy),
            changes: asked::changes(policy),
            label_kinds: asked::label_kinds_of(policy),
        }
    }

    fn guard(&mut self, policy: &Policy, rule: &Rule) -> Arc<Guard> {
        let id = policy.id();
        let namespace = (id.kind == PolicyKind::Policy).then(|| id.namespace.clone());
        let mut text = String::new();
        for block in ["match", "exclude"] {
            spell(
                &mut text,
                rule.document.root().get(block).unwrap_or_default(),
            );
        }
        text.extend(namespace.iter().flat_map(|name| [" in ", name]));
        let key = Key::new(&text);
        let guard = || {
            Arc::new(Guard {
                key: key.clone(),
                matches: rule.matches.clone(),
                excludes: rule.excludes.clone(),
                route: Route::of(&rule.matches),
                namespace,
            })
        };
        Arc::clone(self.guards.entry(key.clone()).or_insert_with(guard))
    }

    fn body(&mut self, policy: &Policy, rule: &Rule) -> Arc<RuleBody> {
        let body = match &rule.body {
            Body::Validate(_) if !policy.settings().match_conditions.is_empty() => {
                let why = "match conditions of the policy";
                bare(why, RuleCheck::Opaque(why))
            }
            // What a rule makes is no answer; it is carried out before there are any, or after.
            Body::Mutate(_) | Body::Generate(_) | Body::None => bare("silent", RuleCheck::Silent),
            Body::VerifyImages(_) => bare(IMAGES, RuleCheck::Opaque(IMAGES)),
            Body::Validate(validate) => {
                let id = Key::new(&spelled_body(rule));
                if let Some(known) = self.bodies.get(&id) {
                    return Arc::clone(known);
                }
                match lower(rule, validate) {
                    Ok((preconditions, check)) => RuleBody {
                        id,
                        whole: rule_needs_whole(preconditions.as_ref(), &check),
                        preconditions,
                        check,
                    },
                    Err(why) => bare(why, RuleCheck::Opaque(why)),
                }
            }
        };
        let id = body.id.clone();
        Arc::clone(self.bodies.entry(id).or_insert_with(|| Arc::new(body)))
    }
}

/// Why rules about images are left to the reference evaluator.
const IMAGES: Why = "images to verify";

fn bare(name: &str, check: RuleCheck) -> RuleBody {
    RuleBody {
        id: Key::new(name),
        preconditions: None,
        whole: rule_needs_whole(None, &check),
        check,
    }
}

/// What of a rule decides its status, spelled out.
fn spelled_body(rule: &Rule) -> String {
    let mut text = String::new();
    let root = rule.document.root();
    for (key, value) in root.as_map().into_iter().flatten() {
        match key {
            "preconditions" | "context" | "reportProperties" | "imageExtractors"
            | "celPreconditions" => {
                entry(&mut text, key, value);
            }
            "validate" => {
                for (key, value) in value.as_map().into_iter().flatten() {
                    let words = ["message", "failureAction", "failureActionOverrides"];
                    if !words.contains(&key) {
                        entry(&mut text, key, value);
                    }
                }
            }
            _ => {}
        }
    }
    text
}

fn lower(rule: &Rule, validate: &Validate) -> Result<(Option<Conditions>, RuleCheck), Why> {
    if !rule.context.is_empty() {
        return Err("context entries");
    }
    if rule.image_extractors.is_some() {
        return Err("image extractors");
    }
    if !rule.report_properties.as_ref().is_none_or(is_constant) {
        return Err("report properties with variables");
    }
    let preconditions = rule.preconditions.as_ref().map(block).transpose()?;
    let check = match &validate.validation {
        Validation::None => RuleCheck::Silent,
        Validation::Pattern(document) => RuleCheck::Pattern(one(document)?),
        Validation::AnyPattern(document) => RuleCheck::AnyPattern(many(document)?),
        Validation::Deny(conditions) => RuleCheck::Deny(denial(conditions.as_ref())?),
        Validation::PodSecurity(check) => RuleCheck::PodSecurity(Box::new(check.clone())),
        Validation::Foreach(entries) => {
            RuleCheck::Foreach(entries.iter().map(foreach).collect::<Result<_, _>>()?)
        }
        Validation::Cel(block) if block.param_ref.is_some() => {
            return Err("CEL with parameters");
        }
        Validation::Cel(block) => RuleCheck::Cel(Arc::clone(block)),
    };
    Ok((preconditions, check))
}

fn foreach(entry: &crate::doc::Foreach) -> Result<Foreach, Why> {
    if !entry.context.is_empty() {
        return Err("context entries of elements");
    }
    let check = match &entry.validation {
        Validation::None => ElementCheck::Silent,
        Validation::Deny(conditions) => ElementCheck::Deny(denial(conditions.as_ref())?),
        Validation::Pattern(document) => ElementCheck::Patterns {
            trie: Trie::of([&one(document)?]),
            any: false,
        },
        Validation::AnyPattern(document) => ElementCheck::Patterns {
            trie: Trie::of(&many(document)?),
            any: true,
        },
        Validation::Foreach(_) => return Err("a loop within a loop"),
        Validation::PodSecurity(_) => return Err("pod security within a loop"),
        Validation::Cel(_) => return Err("CEL within a loop"),
    };
    Ok(Foreach {
        list: condition::ask(&entry.list, &entry.list)?,
        element_scope: entry.element_scope,
        preconditions: entry.preconditions.as_ref().map(block).transpose()?,
        check,
    })
}

fn block(document: &Document) -> Result<Conditions, Why> {
    condition::conditions(document.root())
}

/// An empty block always holds.
fn denial(document: Option<&Document>) -> Result<Conditions, Why> {
    condition::conditions(document.map(Document::root).unwrap_or_default())
}

fn one(document: &Document) -> Result<Pattern, Why> {
    if !is_constant(document) {
        return Err("a pattern with variables");
    }
    pattern::pattern(document.root())
}

fn many(document: &Document) -> Result<Box<[Pattern]>, Why> {
    if !is_constant(document) {
        return Err("a pattern with variables");
    }
    let patterns = document.root().as_list().into_iter().flatten();
    patterns.map(pattern::pattern).collect()
}

fn is_constant(document: &Document) -> bool {
    Template::scan(document.root()).is_constant()
}

/// Adds every expression of a rule: in `{{ }}`, and bare in `jmesPath` and `list`.
fn collect(rule: &Rule, queries: &mut Queries) {
    queries.add_document(rule.document.root());
    collect_bare(rule.document.root(), queries);
}

fn collect_bare(value: Value<'_>, queries: &mut Queries) {
    match value {
        Value::List(items) => items.iter().for_each(|item| collect_bare(item, queries)),
        Value::Map(map) => map.iter().for_each(|entry| match entry {
            ("jmesPath" | "list", Value::Str(text)) => queries.add(text),
            (_, item) => collect_bare(item, queries),
        }),
        _ => {}
    }
}
