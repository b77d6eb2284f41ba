//! The program: everything that is in force, compiled from a set of policies and never changed.
//!
//! Comes in:  policies that were read and checked, in any order; the program before, where there is one.
//! Goes out:  [`Program`], shared by all requests until the next one takes its place.
//! Never here: reading text (see `doc`), lowering (see `compile`), evaluation (see `eval`).

mod mutating;
mod part;
mod resources;
mod stated;

use std::sync::{Arc, OnceLock};

use bumpalo::Bump;

use crate::admit::Phase;
use crate::compile::{Built, Lowering, assemble, assemble_cel, kinds_of, label_kinds_of};
use crate::context::Queries;
use crate::doc::cel::CelException;
use crate::doc::{
    Exception, GeneratingPolicy, KindSelector, MutatingPolicy, Policy, ValidatingPolicy,
};
use crate::ir::{self, CelPlans, Lowered, Plans, QuickMap, Role, RuleCheck};
use crate::reference::matching::fits_kind;
use crate::reference::{asks_labels, mutating_asks_labels};
use crate::review::{ResourceKind, Review, plural};
use crate::same::{differing, same};
use resources::Resources;
use stated::Stated;

/// All policies in force. Immutable: a change makes a new program.
#[derive(Debug, Default)]
pub struct Program {
    policies: Vec<Arc<Policy>>,
    exceptions: Vec<Arc<Exception>>,
    /// ValidatingPolicies, by namespace and name.
    validating: Vec<Arc<ValidatingPolicy>>,
    /// MutatingPolicies, by namespace and name.
    mutating_policies: Vec<Arc<MutatingPolicy>>,
    /// GeneratingPolicies, by namespace and name.
    generating: Vec<Arc<GeneratingPolicy>>,
    /// From policies written in CEL.
    cel_exceptions: Vec<Arc<CelException>>,
    /// Of `validating`.
    cel_plans: Arc<CelPlans>,
    /// What the policies written in CEL are about.
    about: About,
    /// At the positions of `policies`.
    lowered: Vec<Arc<Lowered>>,
    plans: Plans,
    /// By `policies`.
    stated: Stated,
    /// Kinds for which a policy or an exception looks at the labels of namespaces.
    label_kinds: Vec<KindSelector>,
    /// See [`Program::sets_off`]: found out once.
    sets_off: OnceLock<bool>,
}

impl Program {
    /// Compiles `policies`. Their order does not count: they are sorted by kind, namespace and name,
    /// so that two builds of one set are equal.
    ///
    /// Cost: `benches/compile`.
    pub fn new(policies: impl IntoIterator<Item = Arc<Policy>>) -> Program {
        Program::default().renewed(policies, [])
    }

    /// The program of other policies and exceptions. What was compiled of the policies that stay (the
    /// same `Arc`) is taken over.
    ///
    /// Cost: `benches/reload`.
    #[must_use]
    pub fn renewed(
        &self,
        policies: impl IntoIterator<Item = Arc<Policy>>,
        exceptions: impl IntoIterator<Item = Arc<Exception>>,
    ) -> Program {
        let mut policies: Vec<_> = policies.into_iter().collect();
        sort(&mut policies, &self.policies);
        let lowered = self.lowered(&policies);
        let exceptions: Vec<_> = exceptions.into_iter().collect();
        let stated = Stated::of(&lowered, (&self.lowered, &self.stated));
        Program {
            plans: assemble(&lowered, &exceptions, self.built()),
            label_kinds: label_kinds(&stated, &exceptions),
            stated,
            policies,
            exceptions,
            validating: self.validating.clone(),
            mutating_policies: self.mutating_policies.clone(),
            generating: self.generating.clone(),
            sets_off: OnceLock::new(),
            cel_exceptions: self.cel_exceptions.clone(),
            cel_plans: Arc::clone(&self.cel_plans),
            about: self.about.clone(),
            lowered,
        }
    }

    /// These policies lowered, those of this program as they are.
    fn lowered(&self, policies: &[Arc<Policy>]) -> Vec<Arc<Lowered>> {
        let (from, known_to, to) = differing(&self.policies, policies, Arc::ptr_eq);
        let known = std::iter::zip(&self.policies, &self.lowered);
        let known: QuickMap<_, _> = known
            .take(known_to)
            .skip(from)
            .map(|(policy, lowered)| (Arc::as_ptr(policy), lowered))
            .collect();
        let mut lowering = Lowering::default();
        let policies = policies.get(from..to).unwrap_or_default().iter();
        let middle = policies.map(|policy| match known.get(&Arc::as_ptr(policy)) {
            Some(known) => Arc::clone(known),
            None => Arc::new(lowering.policy(policy)),
        });
        let head = self.lowered.iter().take(from).cloned();
        let tail = self.lowered.iter().skip(known_to).cloned();
        head.chain(middle).chain(tail).collect()
    }

    fn built(&self) -> Built<'_> {
        Built {
            policies: &self.lowered,
            exceptions: &self.exceptions,
            plans: &self.plans,
        }
    }

    /// The policies of a role that apply to requests, in order.
    pub(crate) fn answering(&self, role: Role) -> impl Iterator<Item = &Arc<Policy>> {
        let lowered = self.lowered.iter();
        lowered
            .filter(move |lowered| lowered.role == role && lowered.policy.settings().admission)
            .map(|lowered| &lowered.policy)
    }

    /// Must the labels of a namespace be known to decide this review of an object in it?
    pub fn asks_namespace_labels(&self, review: &Review<'_>) -> bool {
        let mut kinds = self.label_kinds.iter();
        let selecting = self.cel_plans.selecting.iter();
        let mut validating = selecting.filter_map(|index| self.validating.get(*index as usize));
        let mut mutating = self.mutating_policies.iter();
        kinds.any(|selector| fits_kind(selector, &review.kind))
            || validating.any(|policy| asks_labels(policy, review))
            || mutating.any(|policy| policy.answers() && mutating_asks_labels(policy, review))
    }

    /// Must they be known to decide this policy, or which exceptions from it apply?
    pub(crate) fn policy_asks_namespace_labels(
        &self,
        policy: &Arc<Policy>,
        kind: &ResourceKind<'_>,
    ) -> bool {
        let of_exception = |exception: &&Arc<Exception>| {
            let mut rules = policy.rules().iter();
            rules.any(|rule| exception.names(policy, &rule.name))
        };
        let exceptions = self.exceptions.iter().filter(of_exception);
        let of_exceptions = exceptions.flat_map(|exception| kinds_of(&exception.matches));
        let mut kinds = label_kinds_of(policy).into_iter().chain(of_exceptions);
        kinds.any(|selector| fits_kind(&selector, kind))
    }

    /// The same program with these exceptions.
    #[must_use]
    pub fn with_exceptions(self, exceptions: impl IntoIterator<Item = Arc<Exception>>) -> Program {
        self.renewed(self.policies.iter().cloned(), exceptions)
    }

    /// The exceptions in force.
    pub fn exceptions(&self) -> &[Arc<Exception>] {
        &self.exceptions
    }

    /// The same program with these policies written in CEL, and these exceptions from them. Their
    /// expressions are compiled already; here they become plans, as far as these are not there yet.
    #[must_use]
    pub fn with_cel(
        mut self,
        validating: impl IntoIterator<Item = Arc<ValidatingPolicy>>,
        exceptions: impl IntoIterator<Item = Arc<CelException>>,
    ) -> Program {
        let mut validating: Vec<_> = validating.into_iter().collect();
        validating.sort_by(|a, b| a.id.cmp(&b.id));
        let exceptions: Vec<_> = exceptions.into_iter().collect();
        if !same(&validating, &self.validating) || !same(&exceptions, &self.cel_exceptions) {
            let plans = assemble_cel(&validating, &exceptions, &self.cel_plans);
            self.cel_plans = Arc::new(plans);
        }
        self.about = About::of(&validating, &self.mutating_policies);
        self.validating = validating;
        self.cel_exceptions = exceptions;
        self
    }

    /// The same program with these MutatingPolicies.
    #[must_use]
    pub fn with_mutating(
        mut self,
        policies: impl IntoIterator<Item = Arc<MutatingPolicy>>,
    ) -> Program {
        self.sets_off = OnceLock::new();
        self.mutating_policies = policies.into_iter().collect();
        self.mutating_policies.sort_by(|a, b| a.id.cmp(&b.id));
        self.about = About::of(&self.validating, &self.mutating_policies);
        self
    }

    /// The same program with these GeneratingPolicies. They answer no request; what they make is made
    /// afterwards.
    #[must_use]
    pub fn with_generating(
        mut self,
        policies: impl IntoIterator<Item = Arc<GeneratingPolicy>>,
    ) -> Program {
        self.sets_off = OnceLock::new();
        self.generating = policies.into_iter().collect();
        self.generating.sort_by(|a, b| a.id.cmp(&b.id));
        self
    }

    /// The GeneratingPolicies, in order.
    pub fn generating(&self) -> &[Arc<GeneratingPolicy>] {
        &self.generating
    }

    /// Does any policy make or change other objects than the one that a request is about? Asked for each
    /// request.
    pub fn sets_off(&self) -> bool {
        *self.sets_off.get_or_init(|| {
            !self.generating.is_empty()
                || self.stated.sets_off()
                || self.mutating_policies.iter().any(|policy| policy.existing)
        })
    }

    /// The MutatingPolicies, in order.
    pub fn mutating_policies(&self) -> &[Arc<MutatingPolicy>] {
        &self.mutating_policies
    }

    /// The ValidatingPolicies, in order.
    pub fn validating(&self) -> &[Arc<ValidatingPolicy>] {
        &self.validating
    }

    /// The exceptions from policies written in CEL that are in force.
    pub fn cel_exceptions(&self) -> &[Arc<CelException>] {
        &self.cel_exceptions
    }

    /// The policies, in order.
    pub fn policies(&self) -> &[Arc<Policy>] {
        &self.policies
    }

    /// The policies that may change objects of a kind, in order; for each, whether it or any policy
    /// before it that changes objects fails closed.
    pub fn mutating(&self, kind: &str) -> impl Iterator<Item = (&Arc<Policy>, bool)> {
        self.stated.mutating.of_kind(kind)
    }

    /// Does any policy change objects of requests?
    pub fn mutates(&self) -> bool {
        !self.stated.mutating.is_empty() || self.cel_changes()
    }

    /// Is every request of a phase about objects of this kind and this resource let pass, whatever else
    /// it says? Policies written in CEL name resources, all others kinds.
    pub(crate) fn is_silent(&self, phase: Phase, kind: &str, resource: Option<&str>) -> bool {
        match phase {
            Phase::Mutate => {
                self.mutating(kind).next().is_none() && !self.about.changing.may_be(resource)
            }
            Phase::Validate => self.plans.is_silent(kind) && !self.about.answering.may_be(resource),
        }
    }

    /// Can what decides about objects of this kind and this resource not do without their managed fields?
    pub(crate) fn needs_whole(&self, kind: &str, resource: &str) -> bool {
        self.plans.needs_whole(kind) || self.cel_plans.needs_whole(resource)
    }

    /// Has any policy a say in a phase about objects of this kind and this resource, if only in reports,
    /// or in what follows from the request?
    pub fn concerns(&self, phase: Phase, kind: &str, resource: Option<&str>) -> bool {
        match phase {
            Phase::Mutate => {
                let mut mutating = self.mutating_policies.iter();
                !self.is_silent(phase, kind, resource) || mutating.any(|policy| policy.existing)
            }
            Phase::Validate => {
                !self.plans.kinds.of(kind).is_empty()
                    || self.about.validating.may_be(resource)
                    || !self.mutating_policies.is_empty()
                    || !self.generating.is_empty()
            }
        }
    }

    /// Can a MutatingPolicy change the object of a request?
    fn cel_changes(&self) -> bool {
        let mut mutating = self.mutating_policies.iter();
        mutating.any(|policy| policy.answers())
    }

    /// How many policies are in force, of all kinds.
    pub fn count(&self) -> usize {
        self.policies.len()
            + self.validating.len()
            + self.mutating_policies.len()
            + self.generating.len()
    }

    /// Every expression that the policies spell out.
    pub fn queries(&self) -> &Queries {
        &self.stated.queries
    }

    /// How many rules are in force, those made by autogen included. A policy written in CEL counts as
    /// one.
    pub fn rules(&self) -> usize {
        self.stated.rules
            + self.validating.len()
            + self.mutating_policies.len()
            + self.generating.len()
    }

    /// The rules that no plan covers, so that the reference evaluator decides them for every request
    /// that they match: policy, rule, why.
    pub fn opaque(&self) -> impl Iterator<Item = (&Policy, &str, &'static str)> {
        let rules = self.lowered.iter().flat_map(|lowered| {
            let written = lowered.policy.rules().iter();
            std::iter::zip(written, &lowered.rules).map(|it| (&*lowered.policy, it))
        });
        rules.filter_map(|(policy, (written, rule))| match rule.body.check {
            RuleCheck::Opaque(why) => Some((policy, written.name.as_str(), why)),
            _ => None,
        })
    }

    /// The same of ValidatingPolicies, which are decided as a whole.
    pub fn opaque_cel(&self) -> impl Iterator<Item = (&ValidatingPolicy, &'static str)> {
        let groups = self.cel_plans.groups.iter();
        let classes = groups
            .flat_map(|group| &group.parts)
            .flat_map(|(part, members)| {
                let classes = part.classes.iter().enumerate();
                classes
                    .filter_map(|(index, class)| Some((members.of(index), class.check.opaque()?)))
            });
        classes.flat_map(move |(members, why)| {
            let policies = members.iter();
            policies.filter_map(move |index| Some((&**self.validating.get(*index as usize)?, why)))
        })
    }

    /// The plan of a kind, as text for people: what is shared by how many rules, what is opaque.
    pub fn explain(&self, kind: &str) -> String {
        let bump = Bump::new();
        let cel = ir::show_cel(&self.cel_plans, &self.validating, plural(kind, &bump));
        ir::show(&self.plans, &self.policies, kind) + &cel
    }

    pub(crate) fn plans(&self) -> &Plans {
        &self.plans
    }

    pub(crate) fn cel_plans(&self) -> &CelPlans {
        &self.cel_plans
    }
}

/// The resources that policies written in CEL are about.
#[derive(Clone, Debug, Default)]
struct About {
    /// ValidatingPolicies.
    validating: Resources,
    /// Those that can change an answer.
    answering: Resources,
    /// MutatingPolicies that can change an object.
    changing: Resources,
}

impl About {
    fn of(validating: &[Arc<ValidatingPolicy>], mutating: &[Arc<MutatingPolicy>]) -> About {
        let of = |counts: fn(&ValidatingPolicy) -> bool| {
            let policies = validating.iter().filter(|policy| counts(policy));
            let forms = policies.flat_map(|policy| &policy.variants);
            Resources::of(forms.flat_map(|form| &form.constraints))
        };
        let changing = mutating.iter().filter(|policy| policy.answers());
        let forms = changing.flat_map(|policy| &policy.variants);
        About {
            validating: of(|policy| policy.admission),
            answering: of(|policy| policy.admission && policy.answers()),
            changing: Resources::of(forms.flat_map(|form| &form.constraints)),
        }
    }
}

/// Sorts policies by kind, namespace and name. Those that stand where they stood before are in order
/// already and are not looked at.
fn sort(policies: &mut [Arc<Policy>], before: &[Arc<Policy>]) {
    let (from, _, to) = differing(before, policies, Arc::ptr_eq);
    let changed = from.saturating_sub(1)..policies.len().min(to + 1);
    let changed = policies.get(changed).unwrap_or_default();
    if !changed.is_sorted_by(|a, b| a.id() <= b.id()) {
        policies.sort_by(|a, b| a.id().cmp(b.id()));
    }
}

/// The kinds for which the labels of namespaces are looked at. Every request goes through them.
fn label_kinds(stated: &Stated, exceptions: &[Arc<Exception>]) -> Vec<KindSelector> {
    let mut kinds = stated.label_kinds.to_vec();
    kinds.extend(exceptions.iter().flat_map(|it| kinds_of(&it.matches)));
    kinds.sort_by(|a, b| a.text.cmp(&b.text));
    kinds.dedup();
    kinds
}

#[cfg(test)]
mod tests;
