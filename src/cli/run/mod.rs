//! One run of policies over resources, as `apply` and `test` make it.
//!
//! Comes in:  policies, values, user information; then one resource after the other.
//! Goes out:  a [`Response`] for each policy, in the order in which the reference evaluates.
//! Never here: reading files, judging, printing.

mod label;
mod said;
mod step;
mod targets;

use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use anyhow::{Result, bail};
use bumpalo::Bump;
use portcullis_engine::actions::mutate::apply_configuration::Schemas;
use portcullis_engine::doc::{AnyPolicy, Policy};
use portcullis_engine::facts::{Fact, Facts, Fault};
use portcullis_engine::outcome::RuleOutcome;
use portcullis_engine::program::Program;
use portcullis_engine::reference::{Surroundings, Wanted};
use portcullis_engine::review::{Operation, ResourceKind, Review, UserInfo};
use portcullis_engine::trace::Trace;
use portcullis_lang::functions::Inputs;
use portcullis_lang::value::{Document, Value};

pub(crate) use self::label::Label;
use self::said::Said;
pub(crate) use self::step::{Order, Step};
use self::step::{changes_existing, takes};
use self::targets::Looked;
pub(crate) use self::targets::Targets;
use super::account::{Account, Shown};
use super::load::{Exceptions, Payload, Policies, Resource, SourceFile, User, Values};
use super::test::Coverage;
use crate::facts::offline::Offline;
use crate::facts::system::SystemInputs;
use crate::facts::{Known, Live};

/// What one policy said of one resource in one step of a run.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    /// Which policy.
    pub(crate) policy: Label,
    /// Which step.
    pub(crate) step: Step,
    /// The resource as it came into the run.
    pub(crate) origin: Document,
    /// The resource as it was evaluated.
    pub(crate) resource: Document,
    /// The resource as the policy left it; an empty map where a patch could not be applied.
    pub(crate) patched: Document,
    /// Its rules that matched; may be empty.
    pub(crate) rules: Vec<RuleOutcome>,
    /// How it came about, where that is wanted.
    pub(crate) account: Option<Account>,
}

impl Response {
    /// How some of its rules came about; a policy without rules has an account as a whole.
    pub(crate) fn account(&self, wanted: impl Fn(&str) -> bool) -> Option<Shown> {
        let account = self.account.as_ref()?;
        Some(match self.policy.has_rules() {
            true => account.of_rules(wanted),
            false => account.of_forms(),
        })
    }
}

/// Everything that stays the same from resource to resource.
pub(crate) struct Run {
    pub(crate) policies: Policies,
    /// The order in which they are evaluated.
    pub(crate) order: Order,
    pub(crate) program: Program,
    pub(crate) values: Values,
    pub(crate) user: Option<User>,
    pub(crate) exceptions: Exceptions,
    pub(crate) outside: Offline,
    /// A cluster that answers what nobody spelt out, where there is one.
    pub(crate) live: Option<Live>,
    /// What mutate rules with targets may change.
    pub(crate) existing: Vec<Document>,
    /// What rules may change in the cluster instead, where there is one.
    pub(crate) targets: Option<Targets>,
    /// What policies of the API server are parameterized with.
    pub(crate) params: Vec<Document>,
    /// The types of the kinds that CEL policies change.
    pub(crate) schemas: Cow<'static, Schemas>,
    /// What generate rules copy.
    pub(crate) clone_sources: CloneSources,
    /// Does every response have an account?
    pub(crate) verbose: bool,
    /// Where decided parts of policies are counted, if they are.
    pub(crate) coverage: Option<Arc<Mutex<Coverage>>>,
}

impl Run {
    /// Does any policy choose from [`Run::existing`]?
    pub(crate) fn changes_existing(&self) -> bool {
        self.policies.valid.iter().any(changes_existing)
    }

    /// Evaluates every policy on `resource`.
    ///
    /// `operation` overrides what the values file says for this run. `bump`: memory to be used anew for
    /// each policy, worth keeping from resource to resource.
    pub(crate) fn on(
        &self,
        resource: &Resource,
        operation: Option<Operation>,
        bump: &mut Bump,
    ) -> Result<Vec<Response>> {
        let mut responses = Vec::new();
        let mut current = resource.clone();
        for turn in self.order.turns() {
            let start = responses.len();
            for (step, index) in turn {
                let policy = self.policies.valid.get(*index);
                let named = policy.zip(self.policies.files.get(*index));
                let Some((policy, file)) = named.filter(|(policy, _)| takes(policy, operation))
                else {
                    continue;
                };
                let said = self.counted_on(*step, policy, file, &current, operation, bump)?;
                if let Some(last) = said.last() {
                    current.document = last.patched.clone();
                }
                responses.extend(said);
            }
            // The reference asks all MutatingPolicies at once: each shows what became of the object in
            // the end.
            for response in responses.iter_mut().skip(start) {
                if response.policy.is_mutating() {
                    response.patched = current.document.clone();
                }
            }
        }
        for response in &mut responses {
            response.origin = resource.document.clone();
        }
        Ok(responses)
    }

    /// Evaluates every policy that takes payloads of this form.
    pub(crate) fn on_payload(&self, payload: &Payload) -> Result<Vec<Response>> {
        let resource = Resource {
            document: payload.document.clone(),
        };
        let (mut responses, mut bump) = (Vec::new(), Bump::new());
        for step in [Step::Validate, Step::Delete] {
            let policies = std::iter::zip(&self.policies.valid, &self.policies.files);
            for (policy, file) in policies {
                if step.concerns(policy) && payload.form.is_for(policy) {
                    let bump = &mut bump;
                    responses.extend(self.counted_on(step, policy, file, &resource, None, bump)?);
                }
            }
        }
        Ok(responses)
    }

    /// Evaluates one policy, and notes what it decided and how, where that is wanted.
    fn counted_on(
        &self,
        step: Step,
        policy: &AnyPolicy,
        file: &SourceFile,
        resource: &Resource,
        operation: Option<Operation>,
        bump: &mut Bump,
    ) -> Result<Vec<Response>> {
        bump.reset();
        if self.coverage.is_none() && !self.verbose {
            return self.step_on(step, policy, resource, operation, None, bump);
        }
        let trace = Trace::default();
        let mut responses = self.step_on(step, policy, resource, operation, Some(&trace), bump)?;
        let steps = trace.take();
        if let Some(Ok(mut coverage)) = self.coverage.as_ref().map(|known| known.lock()) {
            coverage.record(file, &steps);
        }
        if self.verbose {
            let account = Account::new(file, steps);
            for response in &mut responses {
                response.account = Some(account.clone());
            }
        }
        Ok(responses)
    }

    /// Evaluates one policy on `resource`, noting how it comes about where somebody listens.
    pub(crate) fn policy_on(
        &self,
        policy: &AnyPolicy,
        resource: &Resource,
        operation: Option<Operation>,
        trace: Option<&Trace>,
    ) -> Result<Vec<Response>> {
        let mut responses: Vec<Response> = Vec::new();
        for step in Step::ALL.into_iter().filter(|step| step.concerns(policy)) {
            let left = responses.last().map(|last| Resource {
                document: last.patched.clone(),
            });
            let resource = left.as_ref().unwrap_or(resource);
            let bump = Bump::new();
            responses.extend(self.step_on(step, policy, resource, operation, trace, &bump)?);
        }
        Ok(responses)
    }

    fn step_on(
        &self,
        step: Step,
        policy: &AnyPolicy,
        resource: &Resource,
        operation: Option<Operation>,
        trace: Option<&Trace>,
        bump: &Bump,
    ) -> Result<Vec<Response>> {
        let variables = self.values.for_resource(policy.name(), resource.name());
        let stated = variables
            .iter()
            .rev()
            .find(|(key, _)| *key == "request.operation");
        let stated = stated
            .and_then(|(_, value)| value.as_str())
            .and_then(Operation::parse);
        let operation = operation.or(stated).unwrap_or_default();
        // Without a server there is nothing to connect to: the reference creates instead. Policies of
        // the API server it always asks about a creation.
        let operation = match (policy, operation) {
            (AnyPolicy::Admission(_), _) => Operation::Create,
            (AnyPolicy::Rules(_), operation) => operation,
            (_, Operation::Connect) => Operation::Create,
            (_, operation) => operation,
        };
        let user = match (&self.user, policy) {
            (Some(user), _) => user.info(bump),
            (None, AnyPolicy::Admission(_)) => UserInfo::of_background_scan(bump),
            (None, _) => UserInfo::default(),
        };
        let mut review = Review::of_resource(bump, resource.document.root(), operation, user);
        let labels = self.labels_in_cluster(resource.namespace())?;
        review.namespace_labels = self
            .values
            .namespace_labels(bump, resource.namespace())
            .or_else(|| labels.as_ref()?.root().as_map());
        review.namespace_object = self.values.namespace_object(resource.namespace());
        if let Some((parent, subresource)) =
            self.values
                .parent_of(review.kind.group, review.kind.version, review.kind.kind)
        {
            review.kind = ResourceKind {
                group: parent.text("group"),
                version: parent.text("version"),
                kind: parent.text("kind"),
                subresource,
            };
        }
        let mut known = Known::new();
        let mut looked = Looked::default();
        loop {
            // Beside a cluster there are several attempts: the time and chance are those of the first.
            known.begin();
            let (facts, inputs): (&dyn Facts, &dyn Inputs) = match self.live {
                Some(_) => (&known, &known),
                None => (&self.outside, &SystemInputs),
            };
            let rule_values = |rule: &str| self.values.for_rule(policy.name(), rule);
            let surroundings = Surroundings {
                facts,
                inputs,
                queries: self.program.queries(),
                exceptions: &self.exceptions.from_rules,
                cel_exceptions: &self.exceptions.from_policies,
                variables: &variables,
                rule_values: &rule_values,
                trace,
                stop: &|| false,
            };
            let said = self.said(step, policy, &review, &surroundings, &looked, bump);
            let unlisted = looked.unlisted.take();
            match (said, &self.live) {
                // What was said without what was not listed is of no account.
                (Ok(_), Some(live)) if !unlisted.is_empty() => {
                    trace.map(Trace::take);
                    let Some(targets) = &self.targets else {
                        bail!("targets are not looked for");
                    };
                    for wanted in unlisted {
                        looked.found.push(targets.find(live, wanted)?);
                    }
                }
                (Ok(said), _) => {
                    let own = || resource.document.clone();
                    let response = |said: Said| Response {
                        policy: Label::new(policy),
                        step,
                        origin: own(),
                        resource: own(),
                        patched: said.patched.unwrap_or_else(own),
                        rules: said.rules,
                        account: None,
                    };
                    return Ok(said.into_iter().map(response).collect());
                }
                (Err(Fault::Missing(fact)), Some(live)) => {
                    // All is evaluated anew, and noted anew.
                    trace.map(Trace::take);
                    let answer = live.ask(&fact)?;
                    known.insert(fact, answer);
                }
                (Err(Fault::Missing(fact)), None) => bail!("{fact} is not available offline"),
                (Err(fault), _) => bail!(
                    "failed to apply policies on resource {} ({fault})",
                    resource.name()
                ),
            }
        }
    }

    /// The labels that a namespace has in the cluster, where there is one.
    fn labels_in_cluster(&self, namespace: &str) -> Result<Option<Document>> {
        let Some(live) = self.live.as_ref().filter(|_| !namespace.is_empty()) else {
            return Ok(None);
        };
        let name = namespace.to_owned();
        Ok(live.ask(&Fact::NamespaceLabels { name })?.ok())
    }
}

/// The resources that generate rules copy, by the policy that does.
#[derive(Debug, Default)]
pub(crate) struct CloneSources(Vec<(String, Resource)>);

impl CloneSources {
    /// Adds what a policy of this name may copy.
    pub(crate) fn add(&mut self, policy: &str, resources: Vec<Resource>) {
        let named = resources
            .into_iter()
            .map(|resource| (policy.to_owned(), resource));
        self.0.extend(named);
    }

    fn find(&self, policy: &Policy, wanted: &Wanted) -> Vec<Value<'_>> {
        let own = self.0.iter().filter(|(name, _)| name == policy.name());
        let objects = own.map(|(_, resource)| resource.document.root());
        objects.filter(|object| wanted.fits(*object)).collect()
    }
}

/// Everything that mutate rules with targets may find: the resources of the run, then `targets`.
pub(crate) fn existing(resources: &[Resource], targets: &[Resource]) -> Vec<Document> {
    let all = resources.iter().chain(targets);
    all.map(|resource| resource.document.clone()).collect()
}

/// The objects themselves.
pub(crate) fn documents(resources: Vec<Resource>) -> Vec<Document> {
    let documents = resources.into_iter().map(|resource| resource.document);
    documents.collect()
}

/// A field of a resource's metadata.
pub(crate) fn metadata<'v>(resource: Value<'v>, key: &str) -> &'v str {
    resource.get("metadata").unwrap_or_default().text(key)
}
