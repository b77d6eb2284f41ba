//! Working the queue off.
//!
//! Comes in:  keys of work, one at a time.
//! Goes out:  what became of it: in the update request, in events, in metrics.
//! Never here: how a kind of duty is carried out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kube::api::{DeleteParams, Patch, PatchParams, Preconditions};
use portcullis_engine::program::Program;
use serde_json::json;

use super::downstream;
use super::duty::{Duty, What};
use super::labels::{self, POLICY, POLICY_NAMESPACE, RULE, SOURCE_UID};
use super::queue::End;
use super::request::{self, Cause, Request, Status};
use super::shop::Shop;
use super::trouble::{Trouble, is_code};
use super::watch::keeps;
use super::{again, cel, missed, rules, targets, told};

/// Attempts in vain after which a request counts as failed. It is tried again all the same: what is
/// missing may come.
const PATIENCE: u32 = 10;

/// How long a policy that the request speaks of is waited for: the gate may know it first.
const UNKNOWN: u32 = 20;
const UNKNOWN_PAUSE: Duration = Duration::from_millis(250);

/// One entry of the queue.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) enum Work {
    /// The update request of this name.
    Request(String),
    /// A duty without a request: something has changed that it depends on.
    Duty(Duty),
    /// Objects that nobody wants any more.
    Remove(Removal),
}

/// Which objects are to go.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) enum Removal {
    /// Copies of the source with this UID, where their rules keep them in step.
    OfSource(String),
    /// What a rule made that is no more.
    OfRule {
        /// The policy's key.
        policy: String,
        /// None for a policy written in CEL.
        rule: Option<String>,
        /// `apiVersion` and `kind`.
        kinds: Vec<(String, String)>,
        /// Only those of this name and namespace, where the rule says them.
        name: Option<String>,
        namespace: Option<String>,
        /// Do copies stay?
        keep_copies: bool,
    },
}

/// The update requests that there are, as they were last seen.
#[derive(Debug, Default)]
pub(super) struct Requests(Mutex<HashMap<String, Arc<Request>>>);

impl Requests {
    pub(super) fn put(&self, name: &str, request: Request) {
        let mut requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        requests.insert(name.to_owned(), Arc::new(request));
    }

    pub(super) fn remove(&self, name: &str) {
        let mut requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        requests.remove(name);
    }

    fn get(&self, name: &str) -> Option<Arc<Request>> {
        let requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        requests.get(name).cloned()
    }

    /// Names of those for which `chosen` agrees.
    pub(super) fn names(&self, chosen: impl Fn(&Request) -> bool) -> Vec<String> {
        let requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = requests.iter().filter(|(_, request)| chosen(request));
        found.map(|(name, _)| name.clone()).collect()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Takes work from the queue, for ever.
pub(super) async fn worker(shop: Arc<Shop>, requests: Arc<Requests>) {
    loop {
        let work = shop.queue.next().await;
        // A panic is our defect; it must not end the worker, nor take the work away.
        let one = tokio::spawn(attempt(shop.clone(), requests.clone(), work.clone()));
        let one = AbortOnDrop(one);
        let end = one.wait().await.unwrap_or(End::Failed);
        shop.queue.ended(&work, end);
        shop.site
            .metrics
            .generate
            .waiting
            .set(shop.queue.len() as i64);
        shop.site
            .metrics
            .generate
            .requests
            .set(requests.len() as i64);
        shop.site
            .metrics
            .generate
            .made
            .set(shop.watches.count() as i64);
    }
}

/// A task that ends with whoever waits for it.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> AbortOnDrop<T> {
    async fn wait(mut self) -> Option<T> {
        (&mut self.0).await.ok()
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn attempt(shop: Arc<Shop>, requests: Arc<Requests>, work: Work) -> End {
    let Some(snapshot) = shop.site.policies.load().clone() else {
        return End::Early(UNKNOWN_PAUSE);
    };
    let program = snapshot.program.clone();
    let early = shop.queue.early(&work);
    let failures = shop.queue.failures(&work);
    match &work {
        Work::Request(name) => {
            let Some(request) = requests.get(name) else {
                return End::Done;
            };
            of_request(&shop, &program, &request, (early, failures)).await
        }
        Work::Duty(duty) => {
            let done = carry_out(&shop, &program, duty, &Cause::default(), early).await;
            conclude(&shop, &program, duty, done, (early, failures))
        }
        Work::Remove(removal) => match remove(&shop, &program, removal).await {
            Ok(()) => End::Done,
            Err(Trouble::Early(pause)) => End::Early(pause),
            Err(trouble) => {
                tracing::warn!(error = %trouble, "cannot remove what nobody wants any more");
                End::Failed
            }
        },
    }
}

/// Carries a duty out.
///
/// # Errors
///
/// What keeps it from being done; [`Trouble::Early`] where its policy is not known, or no longer.
async fn carry_out(
    shop: &Shop,
    program: &Program,
    duty: &Duty,
    cause: &Cause,
    early: u32,
) -> Result<(), Trouble> {
    let unknown = Err(Trouble::Early(UNKNOWN_PAUSE));
    if let Some(since) = missed::since(cause) {
        let unknown = Trouble::Early(UNKNOWN_PAUSE);
        return again::carry_out(shop, program, duty, since, unknown).await;
    }
    let task = (duty, cause, early);
    match duty.what {
        What::Generate => match rules::find(program, duty) {
            Some((policy, rule)) => rules::carry_out(shop, program, policy, rule, task).await,
            None => unknown,
        },
        What::Mutate => match rules::find(program, duty) {
            Some((policy, rule)) => targets::carry_out(shop, program, policy, rule, task).await,
            None => unknown,
        },
        What::CelGenerate => match cel::generating(program, duty) {
            Some(policy) => cel::generate(shop, program, policy, task).await,
            None => unknown,
        },
        What::CelMutate => match targets::mutating(program, duty) {
            Some(policy) => targets::carry_out_cel(shop, program, policy, task).await,
            None => unknown,
        },
    }
}

/// What follows from how a duty ended.
fn conclude(
    shop: &Shop,
    program: &Program,
    duty: &Duty,
    done: Result<(), Trouble>,
    (early, failures): (u32, u32),
) -> End {
    let metrics = &shop.site.metrics.generate;
    match done {
        Ok(()) => {
            metrics.done.inc();
            End::Done
        }
        // Its rule is gone.
        Err(Trouble::Early(_)) if early >= UNKNOWN => End::Done,
        Err(Trouble::Early(pause)) => End::Early(pause),
        Err(trouble) => {
            metrics.failed.inc();
            // Said again and again, but more and more seldom.
            if failures.saturating_add(1).is_power_of_two() {
                let text = trouble.to_string();
                let what = duty.what.as_str();
                tracing::warn!(what, %duty, error = text, "cannot be carried out");
                told::failed(shop, program, duty, &text);
            }
            match trouble {
                Trouble::Never(_) => End::Done,
                _ => End::Failed,
            }
        }
    }
}

async fn of_request(
    shop: &Shop,
    program: &Program,
    request: &Request,
    (early, failures): (u32, u32),
) -> End {
    let mut end = End::Done;
    let mut troubles = Vec::new();
    for (duty, cause) in request::read(request) {
        let done = carry_out(shop, program, &duty, &cause, early).await;
        if let Err(trouble @ (Trouble::Again(_) | Trouble::Never(_))) = &done {
            troubles.push(trouble.clone());
        }
        match conclude(shop, program, &duty, done, (early, failures)) {
            End::Done => {}
            other => end = other,
        }
    }
    match (end, troubles.first()) {
        (End::Done, None) => match finish(shop, request).await {
            Ok(()) => End::Done,
            Err(error) => {
                tracing::warn!(%error, "cannot take back an update request that is done");
                End::Failed
            }
        },
        (end, Some(trouble)) => {
            note(shop, request, trouble).await;
            end
        }
        (end, None) => end,
    }
}

/// Takes a request back that is carried out. One that asks for something else by now stays.
async fn finish(shop: &Shop, request: &Request) -> kube::Result<()> {
    let api = request::api(&shop.site.client, &shop.site.home.namespace);
    let name = request.metadata.name.as_deref().unwrap_or_default();
    let generation = request.metadata.generation;
    let mut metadata = request.metadata.clone();
    loop {
        let params = DeleteParams {
            preconditions: Some(Preconditions {
                uid: metadata.uid,
                resource_version: metadata.resource_version,
            }),
            ..DeleteParams::default()
        };
        match api.delete(name, &params).await {
            Ok(_) => return Ok(()),
            Err(error) if is_code(&error, 404) => return Ok(()),
            Err(error) if is_code(&error, 409) => match api.get_opt(name).await? {
                // Only its status was written.
                Some(now) if now.metadata.generation == generation => metadata = now.metadata,
                _ => return Ok(()),
            },
            Err(error) => return Err(error),
        }
    }
}

/// Says in the request why it is not carried out. Each failure costs one write at most, and fewer and
/// fewer of them change anything.
async fn note(shop: &Shop, request: &Request, trouble: &Trouble) {
    let before = request.status.clone().unwrap_or_default();
    let retry_count = before.retry_count.saturating_add(1);
    let never = matches!(trouble, Trouble::Never(_));
    let state = match never || retry_count >= PATIENCE {
        true => "Failed",
        false => "Pending",
    };
    let status = Status {
        state: state.to_owned(),
        message: trouble.to_string(),
        retry_count: retry_count.min(PATIENCE),
    };
    if status == before {
        return;
    }
    let api = request::api(&shop.site.client, &shop.site.home.namespace);
    let name = request.metadata.name.as_deref().unwrap_or_default();
    let patch = Patch::Merge(json!({"status": status}));
    if let Err(error) = api
        .patch_status(name, &PatchParams::default(), &patch)
        .await
    {
        tracing::debug!(%error, name, "cannot say in an update request why it failed");
    }
}

async fn remove(shop: &Shop, program: &Program, removal: &Removal) -> Result<(), Trouble> {
    let site = &shop.site;
    match removal {
        Removal::OfSource(uid) => {
            let selector = format!("{SOURCE_UID}={uid}");
            for (api_version, kind) in shop.watches.kinds_made() {
                downstream::delete(site, &api_version, &kind, &selector, |object| {
                    let labels = object.metadata.labels.as_ref();
                    let duty = labels.and_then(labels::duty);
                    duty.is_some_and(|duty| keeps(program, &duty))
                })
                .await?;
            }
        }
        Removal::OfRule {
            policy,
            rule,
            kinds,
            name,
            namespace,
            keep_copies,
        } => {
            let (of, policy) = labels::split(policy);
            let mut selector = format!("{POLICY}={policy}");
            match rule {
                Some(rule) => selector.push_str(&format!(",{RULE}={rule}")),
                None => selector.push_str(&format!(",!{RULE}")),
            }
            if !of.is_empty() {
                selector.push_str(&format!(",{POLICY_NAMESPACE}={of}"));
            }
            if *keep_copies {
                selector.push_str(&format!(",!{SOURCE_UID}"));
            }
            let fits = |stated: &Option<String>, found: &Option<String>| {
                stated.is_none() || stated == found
            };
            for (api_version, kind) in kinds {
                downstream::delete(site, api_version, kind, &selector, |object| {
                    let metadata = &object.metadata;
                    fits(name, &metadata.name) && fits(namespace, &metadata.namespace)
                })
                .await?;
            }
        }
    }
    Ok(())
}
