//! Programs for paths that are about some of the policies only.
//!
//! Comes in:  the program in force, the path of a request.
//! Goes out:  the part of the program that the path is about.
//! Never here: which paths are registered (see `webhooks`).
//!
//! An API server calls one path for each webhook: the policies with rules that fail closed, those that
//! fail open, each one that states match conditions, and the CEL policies that a path names. Each such
//! path has a program of its own, made of the same compiled policies, so that deciding costs what the
//! path's policies cost.
//!
//! ```text
//! /validate/fail               policies with rules that fail closed
//! /mutate/fail                 the same
//! /validate/fail/finegrained/x one of them, which is left out above
//! /vpol/a/b                    two ValidatingPolicies
//! /validate, /validate/other   everything: for those who register by hand
//! ```

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use portcullis_engine::admit::Phase;
use portcullis_engine::doc::{AnyPolicy, FailurePolicy, PolicyId, PolicyKind};
use portcullis_engine::program::Program;

/// More paths than this are made anew for each request: nobody registers so many.
const MOST: usize = 1024;

/// Which policies a path is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Lane<'p> {
    /// All of them.
    All,
    /// Those that this part of the path names.
    Some(&'p str),
}

/// The parts of one program.
#[derive(Debug)]
pub(crate) struct Lanes {
    made: ArcSwap<Made>,
    /// What policies do that do not say it.
    default: FailurePolicy,
}

type Made = HashMap<Box<str>, Arc<Program>>;

/// The program for one path.
pub(crate) enum Part<'s> {
    /// Everything.
    Whole(&'s Arc<Program>),
    /// One that was made before.
    Known(Guard<Arc<Made>>, &'s Arc<Program>, &'s str),
    /// One that is new.
    New(Arc<Program>),
}

impl Default for Lanes {
    fn default() -> Lanes {
        Lanes {
            made: ArcSwap::default(),
            default: FailurePolicy::Fail,
        }
    }
}

impl Lanes {
    /// Those of `program`, for every path that `before` was asked about.
    pub(super) fn new(program: &Program, before: Option<&Lanes>, default: FailurePolicy) -> Lanes {
        let mut made = Made::default();
        if let Some(before) = before {
            for (key, old) in &**before.made.load() {
                let part = part(program, Some(old), key, default);
                // A path that nobody is named by any more is forgotten.
                if part.count() > 0 || SHARED.contains(&&**key) {
                    made.insert(key.clone(), Arc::new(part));
                }
            }
        }
        Lanes {
            made: ArcSwap::from_pointee(made),
            default,
        }
    }

    /// The part of `program` that a path is about. The first request of a path makes it.
    ///
    /// Takes no lock and counts nothing that threads share, once the path is known.
    pub(super) fn of<'s>(&self, program: &'s Arc<Program>, lane: Lane<'s>) -> Part<'s> {
        let Lane::Some(key) = lane else {
            return Part::Whole(program);
        };
        let made = self.made.load();
        if made.contains_key(key) {
            return Part::Known(made, program, key);
        }
        let new = Arc::new(part(program, None, key, self.default));
        if made.len() < MOST && (new.count() > 0 || SHARED.contains(&key)) {
            self.made.rcu(|made| {
                let mut more = Made::clone(made);
                more.insert(key.into(), new.clone());
                more
            });
        }
        Part::New(new)
    }
}

impl<'p> Lane<'p> {
    /// The policies that a path of the validating or mutating webhook is about, and which of the two
    /// it is. `None` for other paths.
    pub(crate) fn of(path: &'p str) -> Option<(Phase, Lane<'p>)> {
        let below = path.strip_prefix('/')?;
        let first = below.split('/').next().unwrap_or_default();
        let rest = below.get(first.len()..).unwrap_or_default();
        let second = rest.split('/').nth(1);
        let phase = match (first, second) {
            ("validate" | "vpol" | "nvpol" | "gpol" | "ngpol", _)
            | ("ivpol" | "nivpol", Some("validate")) => Phase::Validate,
            ("mutate" | "mpol" | "nmpol", _) | ("ivpol" | "nivpol", Some("mutate")) => {
                Phase::Mutate
            }
            _ => return None,
        };
        let lane = match first {
            "validate" | "mutate" => match second {
                Some("fail" | "ignore") => Lane::Some(rest),
                // Whoever registers the webhook by hand may hang a name behind, to tell its calls apart
                // in the API server's metrics.
                _ => Lane::All,
            },
            _ => Lane::Some(path),
        };
        Some((phase, lane))
    }
}

impl Part<'_> {
    /// The program.
    pub(crate) fn program(&self) -> &Arc<Program> {
        match self {
            Part::Whole(program) => program,
            // It was there, and what was loaded does not change; everything would be right as well.
            Part::Known(made, whole, key) => made.get(*key).unwrap_or(whole),
            Part::New(program) => program,
        }
    }
}

/// Paths that are there whatever policies there are.
const SHARED: [&str; 2] = ["/fail", "/ignore"];

fn part(program: &Program, before: Option<&Program>, key: &str, default: FailurePolicy) -> Program {
    let names = Names::of(key);
    program.part(before, &|policy| names.name(policy, default))
}

/// What a key names.
enum Names<'p> {
    /// Policies with rules that do this when nobody answers.
    Shared(FailurePolicy),
    /// One of them.
    Alone(FailurePolicy, &'p str),
    /// Policies of a kind, by their names.
    Cel(PolicyKind, Vec<&'p str>),
    Nothing,
}

impl<'p> Names<'p> {
    fn of(key: &'p str) -> Names<'p> {
        let key = key.strip_prefix('/').unwrap_or(key);
        let (first, rest) = key.split_once('/').unwrap_or((key, ""));
        let mode = match first {
            "fail" => FailurePolicy::Fail,
            "ignore" => FailurePolicy::Ignore,
            _ => {
                let rest = match first {
                    "ivpol" | "nivpol" => rest.split_once('/').map_or("", |(_, names)| names),
                    _ => rest,
                };
                let names = rest.split('/').filter(|name| !name.is_empty());
                return match kind_of(first) {
                    Some(kind) => Names::Cel(kind, names.collect()),
                    None => Names::Nothing,
                };
            }
        };
        match rest.strip_prefix("finegrained/") {
            Some(policy) => Names::Alone(mode, policy),
            None => Names::Shared(mode),
        }
    }

    fn name(&self, policy: &AnyPolicy, default: FailurePolicy) -> bool {
        let mode = |policy: &portcullis_engine::doc::Policy| {
            let settings = policy.settings();
            match settings.states_failure_policy {
                true => settings.failure_policy,
                false => default,
            }
        };
        match (self, policy) {
            (Names::Shared(wanted), AnyPolicy::Rules(policy)) => {
                mode(policy) == *wanted && !policy.has_own_webhook()
            }
            (Names::Alone(wanted, name), AnyPolicy::Rules(policy)) => {
                mode(policy) == *wanted && policy.has_own_webhook() && is_called(policy.id(), name)
            }
            (Names::Cel(kind, names), policy) => {
                let id = policy.id();
                id.kind == *kind && names.contains(&id.name.as_str())
            }
            _ => false,
        }
    }
}

fn is_called(id: &PolicyId, key: &str) -> bool {
    match key.split_once('/') {
        Some((namespace, name)) => id.namespace == namespace && id.name == name,
        None => id.namespace.is_empty() && id.name == key,
    }
}

/// The kind of policy that the first part of a path stands for.
fn kind_of(prefix: &str) -> Option<PolicyKind> {
    Some(match prefix {
        "vpol" => PolicyKind::ValidatingPolicy,
        "nvpol" => PolicyKind::NamespacedValidatingPolicy,
        "mpol" => PolicyKind::MutatingPolicy,
        "nmpol" => PolicyKind::NamespacedMutatingPolicy,
        "gpol" => PolicyKind::GeneratingPolicy,
        "ngpol" => PolicyKind::NamespacedGeneratingPolicy,
        "ivpol" => PolicyKind::ImageValidatingPolicy,
        "nivpol" => PolicyKind::NamespacedImageValidatingPolicy,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use portcullis_engine::doc::{self, AnyPolicy, FailurePolicy};
    use portcullis_engine::program::Program;

    use super::{Lane, Lanes};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn a_path_is_about_its_policies() {
        check(Lane::All,                              "a b c t/d v v2 t/v m");
        check(Lane::Some("/fail"),                    "a");
        check(Lane::Some("/ignore"),                  "b");
        check(Lane::Some("/fail/finegrained/c"),      "c");
        check(Lane::Some("/ignore/finegrained/c"),    "");
        check(Lane::Some("/fail/finegrained/a"),      "");
        check(Lane::Some("/fail/finegrained/d"),      "");
        check(Lane::Some("/fail/finegrained/t/d"),    "t/d");
        check(Lane::Some("/vpol/v"),                  "v");
        check(Lane::Some("/vpol/v2/v"),               "v v2");
        check(Lane::Some("/vpol/other"),              "");
        check(Lane::Some("/nvpol/v"),                 "t/v");
        check(Lane::Some("/mpol/m"),                  "m");
        check(Lane::Some("/ivpol/validate/v"),        "");
    }

    #[test]
    fn known_paths_follow_the_policies() {
        let first = program();
        let lanes = Lanes::new(&first, None, FailurePolicy::Fail);
        for path in ["/fail", "/vpol/v", "/vpol/other"] {
            lanes.of(&first, Lane::Some(path));
        }
        let next = Arc::new(first.part(None, &|policy| policy.name() != "v"));
        let lanes = Lanes::new(&next, Some(&lanes), FailurePolicy::Fail);
        let known: Vec<_> = lanes.made.load().keys().cloned().collect();
        assert_eq!(known, ["/fail".into()]);
    }

    #[track_caller]
    fn check(lane: Lane<'_>, expect: &str) {
        let program = program();
        let lanes = Lanes::new(&program, None, FailurePolicy::Fail);
        // The first request of a path, and one that finds it made.
        for _ in 0..2 {
            let part = lanes.of(&program, lane);
            let part = part.program();
            let rules = part.policies().iter().map(|it| it.id());
            let validating = part.validating().iter().map(|it| &it.id);
            let mutating = part.mutating_policies().iter().map(|it| &it.id);
            let names = rules.chain(validating).chain(mutating);
            let names = names.map(|id| match id.namespace.as_str() {
                "" => id.name.clone(),
                namespace => format!("{namespace}/{}", id.name),
            });
            let names: Vec<_> = names.collect();
            assert_eq!(names.join(" "), expect, "{lane:?}");
        }
    }

    fn program() -> Arc<Program> {
        let rules =
            "rules: [{name: r, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {deny: {}}}]";
        let own = "webhookConfiguration: {matchConditions: [{name: c, expression: 'true'}]}";
        let cel = "matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: \
                   [CREATE], resources: [pods]}]}";
        let policy = |kind: &str, name: &str, spec: &str| {
            let (namespace, name) = name.split_once('/').unwrap_or(("", name));
            let group = match kind {
                "ClusterPolicy" | "Policy" => "kyverno.io",
                _ => "policies.kyverno.io",
            };
            let namespace = match namespace {
                "" => String::new(),
                name => format!(", namespace: {name}"),
            };
            format!(
                "---\napiVersion: {group}/v1\nkind: {kind}\nmetadata: {{name: {name}{namespace}}}\n\
                 spec: {{{spec}}}\n"
            )
        };
        let validations = format!("{cel}, validations: [{{expression: 'true'}}]");
        let mutations = format!(
            "{cel}, mutations: [{{patchType: JSONPatch, jsonPatch: {{expression: '[]'}}}}]"
        );
        let text = [
            policy("ClusterPolicy", "a", rules),
            policy(
                "ClusterPolicy",
                "b",
                &format!("failurePolicy: Ignore, {rules}"),
            ),
            policy("ClusterPolicy", "c", &format!("{own}, {rules}")),
            policy("Policy", "t/d", &format!("{own}, {rules}")),
            policy("ValidatingPolicy", "v", &validations),
            policy("ValidatingPolicy", "v2", &validations),
            policy("NamespacedValidatingPolicy", "t/v", &validations),
            policy("MutatingPolicy", "m", &mutations),
        ];
        let (mut rules, mut validating, mut mutating) = (Vec::new(), Vec::new(), Vec::new());
        for policy in doc::read_any(&text.concat()) {
            match policy.unwrap() {
                AnyPolicy::Rules(policy) => rules.push(policy),
                AnyPolicy::Validating(policy) => validating.push(policy),
                AnyPolicy::Mutating(policy) => mutating.push(policy),
                _ => unreachable!(),
            }
        }
        let program = Program::new(rules).with_cel(validating, []);
        Arc::new(program.with_mutating(mutating))
    }
}
