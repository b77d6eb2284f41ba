//! Evaluating a duty: the review is put together again, and what the engine lacks is fetched.
//!
//! Comes in:  what caused a duty, and its trigger as it is now.
//! Goes out:  whatever the engine makes of it.
//! Never here: writing to the cluster.

use std::cell::RefCell;

use bumpalo::Bump;
use portcullis_engine::facts::{Fact, Facts, Fault};
use portcullis_engine::program::Program;
use portcullis_engine::reference::{Surroundings, Wanted};
use portcullis_engine::review::{Buffers, Operation, Review, UserInfo};
use portcullis_lang::value::{Document, Value};
use serde_json::json;

use super::duty::What;
use super::request::Cause;
use super::sources::Sources;
use super::trouble::Trouble;
use crate::cluster::existing::Existing;
use crate::controllers::Site;
use crate::facts::{Known, patiently};

/// What an evaluation sees.
///
/// Policies outlive it: `'p` is for as long as the program is held.
pub(super) struct View<'v, 'p: 'v> {
    pub(super) program: &'p Program,
    pub(super) review: Review<'v>,
    pub(super) surroundings: Surroundings<'v>,
    /// What was listed for the rule so far.
    pub(super) listed: &'v [(Wanted, Vec<Existing>)],
    /// What else it wants to have listed.
    pub(super) unlisted: &'v RefCell<Vec<Wanted>>,
    pub(super) bump: &'v Bump,
}

impl<'v, 'p> View<'v, 'p> {
    /// Looks wanted objects up; there are none, for now, where nobody has listed them.
    pub(super) fn sources(&self) -> impl Fn(&Wanted) -> Vec<Value<'v>> + use<'v, 'p> {
        let (listed, unlisted) = (self.listed, self.unlisted);
        move |wanted| match listed.iter().find(|(listed, _)| listed == wanted) {
            Some((_, found)) => found.iter().map(|one| one.document.root()).collect(),
            None => {
                unlisted.borrow_mut().push(wanted.clone());
                Vec::new()
            }
        }
    }
}

/// Evaluates until nothing is lacking: facts are fetched, objects listed. `trigger`: as it is now; none
/// where the cause holds all there is.
///
/// # Errors
///
/// What keeps it from being evaluated.
pub(super) async fn evaluate<'p, T>(
    site: &Site,
    program: &'p Program,
    what: What,
    cause: &Cause,
    trigger: Option<&Document>,
    sources: &mut Sources,
    attempt: impl for<'v> Fn(&View<'v, 'p>) -> Result<T, Fault>,
) -> Result<T, Trouble> {
    let is_cel = matches!(what, What::CelGenerate | What::CelMutate);
    loop {
        let listed = &*sources.listed;
        let said = patiently(&site.facts, |known| {
            let unlisted = RefCell::new(Vec::new());
            let said = reviewed(cause, is_cel, trigger, known, |review, bump| {
                let surroundings = Surroundings {
                    facts: known,
                    inputs: known,
                    queries: program.queries(),
                    exceptions: program.exceptions(),
                    cel_exceptions: program.cel_exceptions(),
                    variables: &[],
                    rule_values: &|_| Vec::new(),
                    trace: None,
                    stop: &|| false,
                };
                attempt(&View {
                    program,
                    review,
                    surroundings,
                    listed,
                    unlisted: &unlisted,
                    bump,
                })
            });
            // What was said without what was not listed is of no account.
            match unlisted.into_inner() {
                unlisted if unlisted.is_empty() => said.map(Ok),
                unlisted => Ok(Err(unlisted)),
            }
        })
        .await;
        let unlisted = match said? {
            Ok(said) => return Ok(said),
            Err(unlisted) => unlisted,
        };
        for wanted in unlisted {
            sources.list(site, wanted).await?;
        }
    }
}

/// Hands the review to `then`: the one that the request brought, with its object as it is now; or one of
/// an object that was created just now.
fn reviewed<T>(
    cause: &Cause,
    is_cel: bool,
    trigger: Option<&Document>,
    known: &Known,
    then: impl for<'v> FnOnce(Review<'v>, &'v Bump) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let bump = Bump::new();
    let Some(request) = &cause.request else {
        let Some(trigger) = trigger else {
            return Err(Fault::Error("the trigger is gone".to_owned()));
        };
        let user = UserInfo::default();
        let review = Review::of_resource(&bump, trigger.root(), Operation::Create, user);
        return situated(review, known, |review| then(review, &bump));
    };
    let mut request = request.clone();
    if let Some(request) = request.as_object_mut() {
        // The answer is long given; it only has to be there.
        request.entry("uid").or_insert_with(|| json!("-"));
    }
    let body = json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": request,
    });
    let roles: Vec<&str> = cause.roles.iter().map(String::as_str).collect();
    let cluster_roles: Vec<&str> = cause.cluster_roles.iter().map(String::as_str).collect();
    let decoded = Buffers::default().decode(body.to_string().as_bytes(), |review| {
        let review = match (trigger, review.object, review.old_object) {
            (Some(trigger), ..) => review.with_object(trigger.root(), &bump),
            // Rules see what was deleted as the object; CEL sees that there is none.
            (None, None, Some(old)) if !is_cel => review.with_object(old, &bump),
            _ => review,
        };
        let user = UserInfo {
            roles: &roles,
            cluster_roles: &cluster_roles,
            ..review.user
        };
        situated(Review { user, ..review }, known, |review| {
            then(review, &bump)
        })
    });
    match decoded {
        Ok(said) => said,
        Err(refusal) => Err(Fault::Error(refusal.message)),
    }
}

/// The review with the labels of its namespace.
fn situated<'v, T>(
    review: Review<'v>,
    known: &'v Known,
    then: impl FnOnce(Review<'v>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    if review.namespace.is_empty() {
        return then(review);
    }
    let fact = Fact::NamespaceLabels {
        name: review.namespace.to_owned(),
    };
    match known.get(&fact) {
        Some(labels) => then(Review {
            // A namespace that is gone has none.
            namespace_labels: labels.ok().and_then(|labels| labels.root().as_map()),
            ..review
        }),
        None => Err(Fault::Missing(fact)),
    }
}
