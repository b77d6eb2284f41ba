//! One run of policies over resources, as `apply` and `test` make it.
//!
//! Comes in:  policies, values, user information; then one resource after the other.
//! Goes out:  a [`Response`] for each policy, in the order in which the reference evaluates.
//! Never here: reading files, judging, printing.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use anyhow::{Result, bail};
use bumpalo::Bump;
use portcullis_engine::actions::mutate::apply_configuration::Schemas;
use portcullis_engine::doc::{
    Action, AnyPolicy, Constraints, Mode, Policy, PolicyKind, ValidatingPolicy, ValidationAction,
    Variant,
};
use portcullis_engine::facts::{Facts, Fault};
use portcullis_engine::outcome::{RuleOutcome, RuleType, Status};
use portcullis_engine::program::Program;
use portcullis_engine::reference::cleanup::cleanup;
use portcullis_engine::reference::generate::{Generation, generate, generates};
use portcullis_engine::reference::mutate::{Existing, mutate, mutates};
use portcullis_engine::reference::verify_images::{verifies_images, verify};
use portcullis_engine::reference::{
    self, Bound, Mutated, Surroundings, Wanted, evaluate_deleting, evaluate_generating,
    evaluate_images, evaluate_mutating, mutate_admission, validates,
};
use portcullis_engine::review::{Operation, ResourceKind, Review, UserInfo};
use portcullis_engine::trace::Trace;
use portcullis_lang::value::{Document, Map, Value, list, object};

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
        Some(match self.policy.0.as_rules() {
            Some(_) => account.of_rules(wanted),
            None => account.of_forms(),
        })
    }
}

/// The steps of a run, in order; each sees what the ones before it left of the resource.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// Every policy with mutate rules.
    Mutate,
    /// Every policy with rules about images: what verifying them says.
    VerifyImages,
    /// Every policy that says yes or no, or checks how images are referred to.
    Validate,
    /// Every policy that makes objects.
    Generate,
    /// Every policy that deletes objects.
    Delete,
}

impl Step {
    const ALL: [Step; 5] = [
        Step::Mutate,
        Step::VerifyImages,
        Step::Validate,
        Step::Generate,
        Step::Delete,
    ];

    /// Has the policy anything to say in this step?
    fn concerns(self, policy: &AnyPolicy) -> bool {
        match (self, policy) {
            (Step::Mutate, AnyPolicy::Rules(policy)) => mutates(policy),
            (Step::VerifyImages, AnyPolicy::Rules(policy)) => verifies_images(policy),
            (Step::Validate, AnyPolicy::Rules(policy)) => validates(policy),
            (Step::Generate, AnyPolicy::Rules(policy)) => generates(policy),
            (step, AnyPolicy::Validating(_) | AnyPolicy::Images(_)) => step == Step::Validate,
            (step, AnyPolicy::Admission(policy)) => {
                let mutates = policy.id.kind == PolicyKind::MutatingAdmissionPolicy;
                step == if mutates {
                    Step::Mutate
                } else {
                    Step::Validate
                }
            }
            (step, AnyPolicy::Mutating(_)) => step == Step::Mutate,
            (step, AnyPolicy::Generating(_)) => step == Step::Generate,
            (step, AnyPolicy::Deleting(_) | AnyPolicy::Cleanup(_)) => step == Step::Delete,
            (Step::Delete, AnyPolicy::Rules(_)) => false,
        }
    }
}

/// How many turns there are.
const TURNS: usize = 11;

impl Step {
    /// When the reference takes the policies of this kind in this step: one kind after the other.
    fn turn(self, policy: &AnyPolicy) -> usize {
        match (self, policy) {
            (Step::Mutate, AnyPolicy::Rules(_)) => 0,
            (Step::VerifyImages, _) => 1,
            (Step::Validate, AnyPolicy::Rules(_)) => 2,
            (Step::Mutate, AnyPolicy::Admission(_)) => 3,
            (Step::Mutate, _) => 4,
            (Step::Validate, AnyPolicy::Admission(_)) => 5,
            (Step::Validate, AnyPolicy::Images(_)) => 9,
            (Step::Validate, _) => 6,
            (Step::Generate, AnyPolicy::Rules(_)) => 8,
            (Step::Generate, _) => 7,
            (Step::Delete, _) => 10,
        }
    }
}

/// Is the policy evaluated on a resource in this step? `operation`: one that a test asks for, in a
/// run of its own, which deletes nothing.
fn takes(step: Step, policy: &AnyPolicy, operation: Option<Operation>) -> bool {
    let of_resources = match policy {
        AnyPolicy::Validating(policy) => !policy.mode.is_authorization(),
        AnyPolicy::Deleting(_) | AnyPolicy::Cleanup(_) => operation.is_none(),
        _ => true,
    };
    of_resources && step.concerns(policy)
}

/// What one policy said in one step.
#[derive(Default)]
struct Said {
    rules: Vec<RuleOutcome>,
    /// The object as the policy left it, where it changed it.
    patched: Option<Document>,
}

/// What tables and reports say about a policy, whatever its kind.
#[derive(Clone, Debug)]
pub(crate) struct Label(AnyPolicy);

impl Label {
    pub(crate) fn name(&self) -> &str {
        self.0.name()
    }

    /// Does it say what it says by rules?
    pub(crate) fn has_rules(&self) -> bool {
        self.0.as_rules().is_some()
    }

    /// Can Kyverno's exceptions let anything off it?
    pub(crate) fn takes_exceptions(&self) -> bool {
        !matches!(self.0, AnyPolicy::Admission(_))
    }

    /// `ClusterPolicy`, `ValidatingPolicy`, ...
    pub(crate) fn kind(&self) -> String {
        self.0.id().kind.to_string()
    }

    /// Empty for a policy of the whole cluster.
    pub(crate) fn namespace(&self) -> &str {
        &self.0.id().namespace
    }

    /// `NAME`, or `NAMESPACE/NAME`.
    pub(crate) fn key(&self) -> String {
        match self.namespace() {
            "" => self.name().to_owned(),
            namespace => format!("{namespace}/{}", self.name()),
        }
    }

    pub(crate) fn annotation(&self, key: &str) -> Option<&str> {
        self.0.annotation(key)
    }

    /// Is a failure counted as one? `policies.kyverno.io/scored: "false"` makes it a warning.
    pub(crate) fn is_scored(&self) -> bool {
        self.annotation("policies.kyverno.io/scored") != Some("false")
    }

    /// Is a failure only reported?
    pub(crate) fn audits(&self) -> bool {
        match &self.0 {
            AnyPolicy::Rules(policy) => policy.settings().action == Action::Audit,
            AnyPolicy::Validating(policy) => !policy.actions.contains(&ValidationAction::Deny),
            AnyPolicy::Admission(_) => false,
            AnyPolicy::Images(policy) => !policy.actions.contains(&ValidationAction::Deny),
            AnyPolicy::Mutating(_)
            | AnyPolicy::Generating(_)
            | AnyPolicy::Deleting(_)
            | AnyPolicy::Cleanup(_) => false,
        }
    }

    /// Who reports say they come from.
    pub(crate) fn source(&self) -> &'static str {
        match &self.0 {
            AnyPolicy::Rules(_) => "kyverno",
            AnyPolicy::Validating(_) => "KyvernoValidatingPolicy",
            AnyPolicy::Admission(policy) => match policy.id.kind {
                PolicyKind::MutatingAdmissionPolicy => "MutatingAdmissionPolicy",
                _ => "ValidatingAdmissionPolicy",
            },
            AnyPolicy::Mutating(_) => "KyvernoMutatingPolicy",
            AnyPolicy::Generating(_) => "KyvernoGeneratingPolicy",
            AnyPolicy::Deleting(_) => "KyvernoDeletingPolicy",
            AnyPolicy::Cleanup(_) => "KyvernoCleanupPolicy",
            AnyPolicy::Images(_) => "KyvernoImageValidatingPolicy",
        }
    }

    /// When the policy is evaluated in a cluster, as reports call it.
    pub(crate) fn process(&self) -> &'static str {
        let (background, admission) = match &self.0 {
            AnyPolicy::Rules(policy) => (policy.settings().background, true),
            AnyPolicy::Validating(policy) => (policy.background, policy.admission),
            AnyPolicy::Admission(_) => (true, true),
            AnyPolicy::Mutating(policy) => (policy.background, policy.admission),
            AnyPolicy::Generating(policy) => (false, policy.evaluation.admission),
            AnyPolicy::Deleting(_) | AnyPolicy::Cleanup(_) | AnyPolicy::Images(_) => (true, true),
        };
        match (background, admission) {
            (true, _) => "background scan",
            (false, true) => "admission review",
            (false, false) => "",
        }
    }
}

/// Everything that stays the same from resource to resource.
pub(crate) struct Run {
    pub(crate) policies: Policies,
    pub(crate) program: Program,
    pub(crate) values: Values,
    pub(crate) user: Option<User>,
    pub(crate) exceptions: Exceptions,
    pub(crate) outside: Offline,
    /// A cluster that answers what nobody spelt out, where there is one.
    pub(crate) live: Option<Live>,
    /// What mutate rules with targets may change.
    pub(crate) existing: Vec<Document>,
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
    /// Evaluates every policy on `resource`.
    ///
    /// `operation` overrides what the values file says for this run.
    pub(crate) fn on(
        &self,
        resource: &Resource,
        operation: Option<Operation>,
    ) -> Result<Vec<Response>> {
        let mut responses = Vec::new();
        let mut current = resource.clone();
        for turn in 0..TURNS {
            let start = responses.len();
            for step in Step::ALL {
                let policies = std::iter::zip(&self.policies.valid, &self.policies.files);
                for (policy, file) in policies {
                    if step.turn(policy) != turn || !takes(step, policy, operation) {
                        continue;
                    }
                    let said = self.counted_on(step, policy, file, &current, operation)?;
                    if let Some(last) = said.last() {
                        current.document = last.patched.clone();
                    }
                    responses.extend(said);
                }
            }
            // The reference asks all MutatingPolicies at once: each shows what became of the object in
            // the end.
            for response in responses.iter_mut().skip(start) {
                if matches!(response.policy.0, AnyPolicy::Mutating(_)) {
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
        let mut responses = Vec::new();
        for step in [Step::Validate, Step::Delete] {
            let policies = std::iter::zip(&self.policies.valid, &self.policies.files);
            for (policy, file) in policies {
                if step.concerns(policy) && payload.form.is_for(policy) {
                    responses.extend(self.counted_on(step, policy, file, &resource, None)?);
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
    ) -> Result<Vec<Response>> {
        if self.coverage.is_none() && !self.verbose {
            return self.step_on(step, policy, resource, operation, None);
        }
        let trace = Trace::default();
        let mut responses = self.step_on(step, policy, resource, operation, Some(&trace))?;
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
            responses.extend(self.step_on(step, policy, resource, operation, trace)?);
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
    ) -> Result<Vec<Response>> {
        let bump = Bump::new();
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
            (Some(user), _) => user.info(&bump),
            (None, AnyPolicy::Admission(_)) => background_user(&bump),
            (None, _) => UserInfo::default(),
        };
        let mut review = Review::of_resource(&bump, resource.document.root(), operation, user);
        review.namespace_labels = self.values.namespace_labels(&bump, resource.namespace());
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
        loop {
            let facts: &dyn Facts = if self.live.is_some() {
                &known
            } else {
                &self.outside
            };
            let rule_values = |rule: &str| self.values.for_rule(policy.name(), rule);
            let surroundings = Surroundings {
                facts,
                inputs: &SystemInputs,
                queries: self.program.queries(),
                exceptions: &self.exceptions.from_rules,
                cel_exceptions: &self.exceptions.from_policies,
                variables: &variables,
                rule_values: &rule_values,
                trace,
                stop: &|| false,
            };
            let said = self.said(step, policy, &review, &surroundings, &bump);
            match (said, &self.live) {
                (Ok(said), _) => {
                    let own = || resource.document.clone();
                    let response = |said: Said| Response {
                        policy: Label(policy.clone()),
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

    /// Asks the engine. A policy of several forms has an answer for each.
    fn said<'v>(
        &'v self,
        step: Step,
        policy: &'v AnyPolicy,
        review: &Review<'v>,
        surroundings: &Surroundings<'v>,
        bump: &'v Bump,
    ) -> Result<Vec<Said>, Fault> {
        match (step, policy) {
            (Step::Mutate, AnyPolicy::Rules(policy)) => {
                let existing = Existing::Among(self.existing(bump));
                let mutation = mutate(policy, review, surroundings, existing, bump)?;
                Ok(vec![changed(review, mutation.rules, mutation.object)])
            }
            (Step::Mutate, AnyPolicy::Mutating(policy)) => {
                let (existing, schemas) = (Some(self.existing(bump)), &self.schemas);
                let said =
                    evaluate_mutating(policy, schemas, existing, review, surroundings, bump)?;
                // A form that does not speak about the resource is passed over where that is all
                // that its constraints could say.
                let is_simple = |mutated: &Mutated<'_>| {
                    let constraints = mutated.variant.constraints.as_ref();
                    constraints.is_some_and(Constraints::is_simple)
                };
                let recorded = said
                    .into_iter()
                    .filter(|mutated| !mutated.rules.is_empty() || !is_simple(mutated));
                let recorded =
                    recorded.map(|Mutated { rules, object, .. }| changed(review, rules, object));
                Ok(recorded.collect())
            }
            (Step::Mutate, AnyPolicy::Admission(policy)) => {
                let (bound, schemas) = (self.bound(bump), &self.schemas);
                let mutation =
                    mutate_admission(policy, &bound, schemas, review, surroundings, bump)?;
                Ok(match mutation.rules.is_empty() {
                    true => Vec::new(),
                    false => vec![changed(review, mutation.rules, mutation.object)],
                })
            }
            (Step::VerifyImages, AnyPolicy::Rules(policy)) => {
                let rules = verify(policy, review, surroundings, bump)?;
                let patched = None;
                Ok(vec![Said { rules, patched }])
            }
            (Step::Validate, AnyPolicy::Rules(policy)) => {
                let mut rules = reference::evaluate(policy, review, surroundings, bump)?;
                // The step before said why images cannot be verified.
                rules.retain(|rule| {
                    rule.kind != RuleType::ImageVerify || rule.status != Status::Error
                });
                let patched = None;
                Ok(vec![Said { rules, patched }])
            }
            (Step::Validate, AnyPolicy::Validating(policy)) => {
                let said = reference::evaluate_validating(policy, review, surroundings, bump)?;
                Ok(recorded(policy, said))
            }
            (Step::Validate, AnyPolicy::Admission(policy)) => {
                let bound = self.bound(bump);
                let said =
                    reference::evaluate_admission(policy, &bound, review, surroundings, bump)?;
                let rules = said.into_iter().collect();
                let patched = None;
                Ok(vec![Said { rules, patched }])
            }
            (Step::Generate, AnyPolicy::Rules(policy)) => {
                let sources = |wanted: &Wanted| self.clone_sources.find(policy, wanted);
                let generations = generate(policy, review, surroundings, &sources, bump)?;
                let rules: Vec<_> = generations.into_iter().map(made).collect();
                // Nothing is recorded where nothing was said.
                let patched = None;
                Ok(match rules.is_empty() {
                    true => Vec::new(),
                    false => vec![Said { rules, patched }],
                })
            }
            (Step::Generate, AnyPolicy::Generating(policy)) => {
                let said = evaluate_generating(policy, review, surroundings, bump)?;
                Ok(spoken(said))
            }
            (Step::Delete, AnyPolicy::Deleting(policy)) => {
                let said = evaluate_deleting(policy, review, surroundings, bump)?;
                Ok(spoken(said))
            }
            (Step::Delete, AnyPolicy::Cleanup(policy)) => {
                let said = cleanup(policy, review, surroundings, bump)?;
                Ok(spoken(said))
            }
            (Step::Validate, AnyPolicy::Images(policy)) => {
                evaluate_images(policy, review, bump).map(spoken)
            }
            _ => Ok(Vec::new()),
        }
    }

    fn existing<'v>(&'v self, bump: &'v Bump) -> &'v [Value<'v>] {
        let objects = self.existing.iter().map(Document::root);
        bump.alloc_slice_fill_iter(objects)
    }

    fn bound<'v>(&'v self, bump: &'v Bump) -> Bound<'v> {
        let params = self.params.iter().map(Document::root);
        Bound {
            bindings: &self.policies.bindings,
            params: bump.alloc_slice_fill_iter(params),
            cluster: self.live.is_some(),
        }
    }
}

/// What became of the object of a review.
fn changed(review: &Review<'_>, rules: Vec<RuleOutcome>, object: Option<Value<'_>>) -> Said {
    let patched = match object {
        Some(object) if review.object == Some(object) => None,
        Some(object) => Some(Document::from_value(object)),
        None if review.object.is_none() => None,
        None => Some(Document::from_value(Value::Map(Map::EMPTY))),
    };
    Said { rules, patched }
}

/// Who the reference says is asking where nobody is: its background scan.
fn background_user(bump: &Bump) -> UserInfo<'_> {
    let name = Value::Str("system:kyverno:background-scan");
    let groups = list(bump, [name]);
    let info = object(
        bump,
        [("username", name), ("uid", name), ("groups", groups)],
    );
    UserInfo {
        info,
        ..UserInfo::default()
    }
}

/// What was said, if anything was: silence is not recorded.
fn spoken(said: Option<RuleOutcome>) -> Vec<Said> {
    let said = said.into_iter().map(|outcome| Said {
        rules: vec![outcome],
        ..Said::default()
    });
    said.collect()
}

/// The outcome of a generate rule with what it made; what cannot be made is left out.
fn made(generation: Generation<'_>) -> RuleOutcome {
    let mut outcome = generation.outcome;
    let resources = generation.downstream.unwrap_or_default();
    outcome.generated = resources.into_iter().map(Document::from_value).collect();
    outcome
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

/// The rules of each response that is recorded: a form of the policy that does not speak about the
/// resource is passed over where that is all that its constraints could say.
fn recorded(policy: &ValidatingPolicy, said: Vec<(&Variant, Option<RuleOutcome>)>) -> Vec<Said> {
    let is_recorded = |(variant, outcome): &(&Variant, Option<RuleOutcome>)| {
        let simple = variant
            .constraints
            .as_ref()
            .is_some_and(Constraints::is_simple);
        outcome.is_some() || !(simple || policy.mode == Mode::Json)
    };
    said.into_iter()
        .filter(is_recorded)
        .map(|(_, outcome)| Said {
            rules: outcome.into_iter().collect(),
            ..Said::default()
        })
        .collect()
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
