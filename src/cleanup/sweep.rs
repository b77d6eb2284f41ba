//! One run of one policy: every object that it may be about is looked at, and deleted where it says so.
//!
//! Comes in:  a policy.
//! Goes out:  deletions; [`Swept`], how it went.
//! Never here: when.

use bumpalo::Bump;
use k8s_openapi::api::core::v1::ObjectReference;
use kube::api::{ApiResource, DeleteParams, DynamicObject, Preconditions, PropagationPolicy};
use portcullis_engine::doc::{AnyPolicy, Propagation};
use portcullis_engine::facts::{Fact, Facts as _, Fault};
use portcullis_engine::outcome::{RuleOutcome, Status};
use portcullis_engine::program::Program;
use portcullis_engine::reference::cleanup::cleanup;
use portcullis_engine::reference::{Surroundings, evaluate_deleting};
use portcullis_engine::review::{Operation, Review, UserInfo};
use portcullis_lang::value::Document;

use super::Cleaner;
use super::candidates::candidates;
use crate::cluster::kinds::Served;
use crate::cluster::objects::{self, Pages};
use crate::events::{Action, Event, Reason, policy_reference};
use crate::facts::{Known, patiently};

/// How a run went.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Swept {
    /// Objects that were looked at.
    pub(super) looked_at: u64,
    /// Objects that were deleted.
    pub(super) deleted: u64,
    /// Kinds that could not be listed, objects that could not be decided or deleted.
    pub(super) errors: u64,
}

/// Looks at every object that `policy` may be about. Takes the memory of one page of objects.
pub(super) async fn sweep(cleaner: &Cleaner, policy: &AnyPolicy) -> Swept {
    let mut swept = Swept::default();
    let kinds = cleaner.kinds.load();
    for served in candidates(policy, &kinds) {
        if let Err(error) = sweep_kind(cleaner, policy, &served, &mut swept).await {
            swept.errors += 1;
            let (policy, resource) = (policy.name(), &served.plural);
            tracing::warn!(policy, resource, %error, "cannot list what the policy may delete");
        }
    }
    swept
}

async fn sweep_kind(
    cleaner: &Cleaner,
    policy: &AnyPolicy,
    served: &Served,
    swept: &mut Swept,
) -> kube::Result<()> {
    let resource = served.resource();
    let id = policy.id();
    let namespace = id.kind.is_namespaced().then_some(id.namespace.as_str());
    let mut pages = Pages::new(objects::api(&cleaner.client, &resource, namespace), None);
    while let Some(page) = pages.next().await? {
        for object in page {
            swept.looked_at += 1;
            let about = objects::reference(&object, &resource);
            match decide(cleaner, policy, object, served).await {
                Ok(false) => {}
                Ok(true) => delete(cleaner, policy, &resource, about, swept).await,
                Err(error) => {
                    swept.errors += 1;
                    let (policy, name) = (policy.name(), shown(&about));
                    tracing::warn!(policy, name, error, "cannot tell whether to delete");
                }
            }
        }
    }
    Ok(())
}

async fn delete(
    cleaner: &Cleaner,
    policy: &AnyPolicy,
    resource: &ApiResource,
    about: ObjectReference,
    swept: &mut Swept,
) {
    let api = objects::api(&cleaner.client, resource, about.namespace.as_deref());
    let params = parameters(propagation(policy), about.uid.clone());
    let name = about.name.as_deref().unwrap_or_default();
    match api.delete(name, &params).await {
        Ok(_) => {
            swept.deleted += 1;
            tell(cleaner, policy, about, None);
        }
        // Somebody else was faster.
        Err(kube::Error::Api(status)) if status.code == 404 => {}
        Err(error) => {
            swept.errors += 1;
            let (policy_name, object) = (policy.name(), shown(&about));
            tracing::warn!(policy = policy_name, object, %error, "cannot delete");
            tell(cleaner, policy, about, Some(error.to_string()));
        }
    }
}

/// Tells of a deletion, or of why there is none, in an event about the policy.
fn tell(cleaner: &Cleaner, policy: &AnyPolicy, about: ObjectReference, error: Option<String>) {
    let (done, tried) = match policy {
        AnyPolicy::Deleting(_) => ("successfully deleted", "failed to delete"),
        _ => ("successfully cleaned up", "failed to clean up"),
    };
    let object = shown(&about);
    let (reason, action, note) = match error {
        None => {
            let note = format!("{done} the target resource {object}");
            (Reason::Applied, Action::CleanedUp, note)
        }
        Some(error) => {
            let note = format!("{tried} the target resource {object}: {error}");
            (Reason::Error, Action::None, note)
        }
    };
    cleaner.events.record(Event {
        regarding: policy_reference(policy),
        related: Some(about),
        reason,
        action,
        note,
        source: "kyverno-cleanup",
    });
}

/// `Kind/namespace/name`.
fn shown(about: &ObjectReference) -> String {
    let parts = [&about.kind, &about.namespace, &about.name];
    let parts: Vec<_> = parts.into_iter().flatten().map(String::as_str).collect();
    parts.join("/")
}

async fn decide(
    cleaner: &Cleaner,
    policy: &AnyPolicy,
    object: DynamicObject,
    served: &Served,
) -> Result<bool, String> {
    let document = objects::document(object, &served.resource())?;
    let said = patiently(&cleaner.desk, |known| evaluate(policy, &document, known));
    match said.await {
        Ok(Some(outcome)) if outcome.status == Status::Error => Err(outcome.message),
        Ok(outcome) => Ok(outcome.is_some_and(|outcome| outcome.status == Status::Pass)),
        Err(fault) => Err(fault.to_string()),
    }
}

fn evaluate(
    policy: &AnyPolicy,
    document: &Document,
    known: &Known,
) -> Result<Option<RuleOutcome>, Fault> {
    let bump = Bump::new();
    let (operation, user) = (Operation::default(), UserInfo::default());
    let mut review = Review::of_resource(&bump, document.root(), operation, user);
    let labels;
    if !review.namespace.is_empty() {
        let name = review.namespace.to_owned();
        let fact = Fact::NamespaceLabels { name };
        match (known.get(&fact), known.given_up(&fact)) {
            (Some(Ok(answer)), _) => {
                labels = answer;
                review.namespace_labels = labels.root().as_map();
            }
            (Some(Err(why)), _) => return Err(Fault::Error(why)),
            (None, Some(why)) => return Err(Fault::Error(why.to_owned())),
            (None, None) => return Err(Fault::Missing(fact)),
        }
    }
    let program = Program::default();
    let surroundings = Surroundings {
        facts: known,
        inputs: known,
        queries: program.queries(),
        exceptions: &[],
        cel_exceptions: &[],
        variables: &[],
        rule_values: &|_| Vec::new(),
        trace: None,
        stop: &|| false,
    };
    match policy {
        AnyPolicy::Cleanup(policy) => cleanup(policy, &review, &surroundings, &bump),
        AnyPolicy::Deleting(policy) => evaluate_deleting(policy, &review, &surroundings, &bump),
        _ => Ok(None),
    }
}

fn propagation(policy: &AnyPolicy) -> Option<Propagation> {
    match policy {
        AnyPolicy::Cleanup(policy) => policy.propagation,
        AnyPolicy::Deleting(policy) => Propagation::parse(&policy.propagation),
        _ => None,
    }
}

/// Only the very object that was looked at is deleted, not a new one of its name.
pub(super) fn parameters(propagation: Option<Propagation>, uid: Option<String>) -> DeleteParams {
    DeleteParams {
        propagation_policy: propagation.map(|propagation| match propagation {
            Propagation::Foreground => PropagationPolicy::Foreground,
            Propagation::Background => PropagationPolicy::Background,
            Propagation::Orphan => PropagationPolicy::Orphan,
        }),
        preconditions: Some(Preconditions {
            uid,
            resource_version: None,
        }),
        ..DeleteParams::default()
    }
}
