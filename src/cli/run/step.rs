//! When a policy is evaluated: the steps of a run, and whose turn it is.
//!
//! Comes in:  a policy.
//! Goes out:  [`Step`], [`takes`].
//! Never here: evaluating it.

use portcullis_engine::doc::{AnyPolicy, PolicyKind};
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
pub(super) const TURNS: usize = 11;

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

/// Is the policy evaluated on a resource in this step? `operation`: one that a test asks for, in a
/// run of its own, which deletes nothing.
pub(super) fn takes(step: Step, policy: &AnyPolicy, operation: Option<Operation>) -> bool {
    let of_resources = match policy {
        AnyPolicy::Validating(policy) => !policy.mode.is_authorization(),
        AnyPolicy::Deleting(_) | AnyPolicy::Cleanup(_) => operation.is_none(),
        _ => true,
    };
    of_resources && step.concerns(policy)
}
