//! What one admitted request sets off.
//!
//! Comes in:  a review that was answered, and the policies that were asked.
//! Goes out:  a duty for each rule and policy that it sets off.
//! Never here: questions to the outside. Where one is open, the duty is left behind, and carrying it out
//!             decides.

use bumpalo::Bump;
use portcullis_engine::actions::mutate::apply_configuration::Schemas;
use portcullis_engine::admit::Phase;
use portcullis_engine::doc::{Body, Filters, GeneratingPolicy, MutatingPolicy, Policy, Rule};
use portcullis_engine::facts::Fault;
use portcullis_engine::outcome::Status;
use portcullis_engine::reference::generate::generate_by;
use portcullis_engine::reference::matching::{self, Target};
use portcullis_engine::reference::mutate::mutate_by;
use portcullis_engine::reference::{
    Surroundings, evaluate_generating, evaluate_mutating, generating_speaks, mutating_speaks,
};
use portcullis_engine::review::{Operation, Review};
use portcullis_lang::value::{Value, object, to_json};

use crate::after::Said;
use crate::generate::duty::{Duty, Trigger, What, policy_key};
use crate::generate::request::Cause;

/// What is to become of what a rule made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Asked {
    /// Is the trigger going away, and with it what was made?
    delete: bool,
    /// Does the rule keep in step what it made?
    synchronize: bool,
}

/// Everything that the request sets off. `controller`: the user as which duties are carried out.
pub(super) fn duties(said: &Said<'_>, controller: &str) -> Vec<(Duty, Cause)> {
    let bump = Bump::new();
    let asking = Asking {
        review: *said.review,
        surroundings: Surroundings {
            facts: said.known,
            inputs: said.known,
            queries: said.program.queries(),
            exceptions: said.program.exceptions(),
            cel_exceptions: said.program.cel_exceptions(),
            variables: &[],
            rule_values: &|_| Vec::new(),
            trace: None,
            stop: &|| false,
        },
        ours: said.review.user.username() == controller,
        bump: &bump,
    };
    let mut found: Vec<(What, String, String, Asked)> = Vec::new();
    // MutatingPolicies are asked while objects may still change, all others when that is over.
    let is_over = said.phase == Phase::Validate;
    for policy in said.program.policies().iter() {
        if !is_over || !policy.settings().admission {
            continue;
        }
        for rule in policy.rules() {
            if let Some((what, asked)) = asking.rule(policy, rule) {
                found.push((what, policy_key(policy.id()), rule.name.clone(), asked));
            }
        }
    }
    for policy in said.program.generating().iter() {
        if let Some(asked) = asking.generating(policy).filter(|_| is_over) {
            found.push((
                What::CelGenerate,
                policy_key(&policy.id),
                String::new(),
                asked,
            ));
        }
    }
    for policy in said.program.mutating_policies().iter() {
        if !is_over && asking.mutating(policy) {
            let asked = Asked {
                delete: false,
                synchronize: false,
            };
            found.push((
                What::CelMutate,
                policy_key(&policy.id),
                String::new(),
                asked,
            ));
        }
    }
    if found.is_empty() {
        return Vec::new();
    }
    let trigger = trigger(&asking.review);
    let request = stored(&asking.review, &bump);
    let texts = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| (*text).to_owned())
            .collect::<Vec<_>>()
    };
    let user = asking.review.user;
    found
        .into_iter()
        .map(|(what, policy, rule, asked)| {
            let duty = Duty {
                what,
                policy,
                rule,
                trigger: trigger.clone(),
            };
            let cause = Cause {
                request: request.clone(),
                roles: texts(user.roles),
                cluster_roles: texts(user.cluster_roles),
                delete: asked.delete,
                synchronize: asked.synchronize,
            };
            (duty, cause)
        })
        .collect()
}

/// One review, and what is known about it.
struct Asking<'v> {
    review: Review<'v>,
    surroundings: Surroundings<'v>,
    /// Does the request come from the controller that carries duties out?
    ours: bool,
    bump: &'v Bump,
}

impl<'v> Asking<'v> {
    fn rule(&self, policy: &'v Policy, rule: &'v Rule) -> Option<(What, Asked)> {
        if self.ours && rule.skip_background_requests {
            return None;
        }
        match &rule.body {
            Body::Generate(body) => {
                let asked = self.generates(policy, rule, body.synchronize)?;
                Some((What::Generate, asked))
            }
            Body::Mutate(body) if body.is_existing() && self.changes(policy, rule) => {
                let asked = Asked {
                    delete: false,
                    synchronize: false,
                };
                Some((What::Mutate, asked))
            }
            _ => None,
        }
    }

    fn generates(&self, policy: &'v Policy, rule: &'v Rule, synchronize: bool) -> Option<Asked> {
        let review = &self.review;
        let asked = |delete| {
            Some(Asked {
                delete,
                synchronize,
            })
        };
        if review.operation == Operation::Delete {
            if !in_reach(policy, review) {
                return None;
            }
            if lists(&rule.matches, Operation::Delete)
                && matching::applies(rule, &Target::of(review))
            {
                return asked(false);
            }
            let before = Review {
                operation: Operation::Create,
                object: review.old_object,
                old_object: None,
                ..*review
            };
            let was = matching::applies(rule, &Target::of(&before));
            return asked(true).filter(|_| synchronize && was);
        }
        let none = |_: &_| Vec::new();
        match generate_by(policy, rule, review, &self.surroundings, &none, self.bump) {
            Ok(None) => None,
            Ok(Some(said)) if !said.outcome.exceptions.is_empty() => None,
            Ok(Some(said)) => match said.outcome.status {
                Status::Fail => asked(true).filter(|_| synchronize),
                Status::Skip => None,
                _ => asked(false),
            },
            Err(Fault::Missing(_)) => asked(false),
            Err(_) => None,
        }
    }

    /// Does a rule with `targets` have anything to do?
    fn changes(&self, policy: &'v Policy, rule: &'v Rule) -> bool {
        let review = &self.review;
        let operation = review.operation;
        let usual = matches!(operation, Operation::Create | Operation::Update);
        if !usual && !lists(&rule.matches, operation) {
            return false;
        }
        let bump = self.bump;
        let review = match (review.object, review.old_object) {
            (None, Some(old)) => review.with_object(old, bump),
            _ => *review,
        };
        match mutate_by(policy, rule, &review, &self.surroundings, &[], bump) {
            Ok(said) => {
                let is_idle = |status| matches!(status, Status::Skip | Status::Pass);
                !said.unlisted.is_empty() || said.rules.iter().any(|one| !is_idle(one.status))
            }
            Err(Fault::Missing(_)) => true,
            Err(_) => false,
        }
    }

    fn generating(&self, policy: &'v GeneratingPolicy) -> Option<Asked> {
        let review = &self.review;
        let evaluation = policy.evaluation;
        if !evaluation.admission || (self.ours && evaluation.skip_background_requests) {
            return None;
        }
        let synchronize = evaluation.synchronize;
        let asked = |delete| {
            Some(Asked {
                delete,
                synchronize,
            })
        };
        if generating_speaks(policy, review, self.bump) {
            let evaluate = || evaluate_generating(policy, review, &self.surroundings, self.bump);
            // What no longer sets it off may have done so before.
            if review.operation == Operation::Update && synchronize {
                return asked(false);
            }
            return match evaluate() {
                Ok(None) => None,
                Ok(Some(said)) if !said.exceptions.is_empty() => None,
                Ok(Some(_)) | Err(Fault::Missing(_)) => asked(false),
                Err(_) => None,
            };
        }
        if !synchronize || review.operation != Operation::Delete {
            return None;
        }
        let mut before = [Operation::Create, Operation::Update].into_iter();
        let was = before.any(|operation| {
            let before = Review {
                operation,
                object: review.old_object,
                old_object: None,
                ..*review
            };
            generating_speaks(policy, &before, self.bump)
        });
        asked(true).filter(|_| was)
    }

    fn mutating(&self, policy: &'v MutatingPolicy) -> bool {
        let review = &self.review;
        if !policy.admission
            || !policy.existing
            || (self.ours && policy.skip_background_requests)
            || !mutating_speaks(policy, review, self.bump)
        {
            return false;
        }
        let (schemas, none) = (Schemas::built_in(), Some(&[][..]));
        match evaluate_mutating(policy, schemas, none, review, &self.surroundings, self.bump) {
            Ok(said) => {
                let mut rules = said.iter().flat_map(|form| &form.rules);
                !rules.any(|one| one.status == Status::Skip)
            }
            Err(Fault::Missing(_)) => true,
            Err(_) => false,
        }
    }
}

/// A Policy speaks about its own namespace only.
fn in_reach(policy: &Policy, review: &Review<'_>) -> bool {
    !policy.id().kind.is_namespaced() || policy.id().namespace == review.namespace
}

/// Does any filter list the operation itself?
fn lists(filters: &Filters, operation: Operation) -> bool {
    let mut filters = filters.filters();
    filters.any(|filter| {
        filter
            .operations
            .iter()
            .any(|one| one == operation.as_str())
    })
}

fn trigger(review: &Review<'_>) -> Trigger {
    let metadata = review.resource().get("metadata").unwrap_or_default();
    let kind = review.kind;
    let name = match review.request.text("name") {
        "" => metadata.text("name"),
        name => name,
    };
    // What is sent to a subresource has no identity of its own.
    let uid = match kind.subresource {
        "" => metadata.text("uid"),
        _ => "",
    };
    Trigger {
        api_version: match kind.group {
            "" => kind.version.to_owned(),
            group => format!("{group}/{}", kind.version),
        },
        kind: kind.kind.to_owned(),
        // A request about a namespace counts as one in it.
        namespace: match (kind.group, kind.kind) {
            ("", "Namespace") => String::new(),
            _ => review.namespace.to_owned(),
        },
        name: name.to_owned(),
        uid: uid.to_owned(),
    }
}

/// The request, as it is stored: without its object where that is read anew, and without what no rule
/// looks at. The content of Secrets is stored nowhere else.
fn stored(review: &Review<'_>, bump: &Bump) -> Option<serde_json::Value> {
    let plain = matches!(review.operation, Operation::Create | Operation::Update)
        && review.kind.subresource.is_empty();
    let secret = review.kind.kind == "Secret" && review.kind.group.is_empty();
    let lean = |value: Value<'_>| {
        let mut value: serde_json::Value = serde_json::from_str(&to_json(value)).ok()?;
        let metadata = value
            .get_mut("metadata")
            .and_then(|metadata| metadata.as_object_mut());
        if let Some(metadata) = metadata {
            metadata.remove("managedFields");
        }
        if let Some(value) = value.as_object_mut().filter(|_| secret) {
            value.remove("data");
            value.remove("stringData");
        }
        Some(value)
    };
    let sent = review.request.as_map()?;
    let objects = ["object", "oldObject"];
    let others = sent.iter().filter(|(key, _)| !objects.contains(key));
    let mut request: serde_json::Value =
        serde_json::from_str(&to_json(object(bump, others))).ok()?;
    let map = request.as_object_mut()?;
    if let Some(object) = review.object.filter(|_| !plain) {
        map.insert("object".to_owned(), lean(object)?);
    }
    if let Some(old) = review.old_object {
        map.insert("oldObject".to_owned(), lean(old)?);
    }
    Some(request)
}
