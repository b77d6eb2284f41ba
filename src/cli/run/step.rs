//! When a policy is evaluated: the steps of a run, and whose turn it is.
//!
//! Comes in:  a policy.
//! Goes out:  [`Step`], [`takes`].
//! Never here: evaluating it.

use portcullis_engine::doc::{AnyPolicy, Body, PolicyKind, Rule};
use portcullis_engine::reference::generate::generates;
use portcullis_engine::reference::mutate::mutates;
use portcullis_engine::reference::validates;
use portcullis_engine::reference::verify_images::verifies_images;
use portcullis_engine::review::Operation;

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
    pub(super) const ALL: [Step; 5] = [
        Step::Mutate,
        Step::VerifyImages,
        Step::Validate,
        Step::Generate,
        Step::Delete,
    ];

    /// Has the policy anything to say in this step?
    pub(super) fn concerns(self, policy: &AnyPolicy) -> bool {
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
    pub(super) fn turn(self, policy: &AnyPolicy) -> usize {
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

/// The policies of a run in the order in which they are evaluated on a resource.
#[derive(Clone, Debug, Default)]
pub(crate) struct Order {
    /// For each turn that anybody has: a step, and the index of a policy that is evaluated in it.
    turns: Vec<Vec<(Step, usize)>>,
}

impl Order {
    /// The order of `policies`.
    pub(crate) fn of(policies: &[AnyPolicy]) -> Order {
        let turn = |turn: usize| {
            let steps = Step::ALL.into_iter();
            let all =
                steps.flat_map(|step| std::iter::zip(0.., policies).map(move |one| (step, one)));
            let own = all
                .filter(|(step, (_, policy))| step.concerns(policy) && step.turn(policy) == turn);
            own.map(|(step, (index, _))| (step, index)).collect()
        };
        let turns = (0..TURNS).map(turn);
        Order {
            turns: turns.filter(|turn: &Vec<_>| !turn.is_empty()).collect(),
        }
    }

    /// Turn by turn.
    pub(super) fn turns(&self) -> impl Iterator<Item = &[(Step, usize)]> {
        self.turns.iter().map(Vec::as_slice)
    }
}

/// Does the policy change existing objects?
pub(super) fn changes_existing(policy: &AnyPolicy) -> bool {
    let changes = |rule: &Rule| matches!(&rule.body, Body::Mutate(mutate) if mutate.is_existing());
    match policy {
        AnyPolicy::Rules(policy) => policy.rules().iter().any(changes),
        AnyPolicy::Mutating(policy) => policy.targets.is_some(),
        _ => false,
    }
}

/// Is the policy evaluated on resources? `operation`: one that a test asks for, in a run of its own,
/// which deletes nothing.
pub(super) fn takes(policy: &AnyPolicy, operation: Option<Operation>) -> bool {
    match policy {
        AnyPolicy::Validating(policy) => !policy.mode.is_authorization(),
        AnyPolicy::Deleting(_) | AnyPolicy::Cleanup(_) => operation.is_none(),
        _ => true,
    }
}
