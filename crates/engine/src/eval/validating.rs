//! Decides by the plan which ValidatingPolicies a review satisfies.

use portcullis_lang::cel::{COST_LIMIT, Inputs};

use super::Policies;
use crate::context::Setting;
use crate::ir::CelPlans;
use crate::reference::{bundle_inputs, fits_resource, resource_of};
use crate::review::Review;

/// Half of what an expression may cost: beyond that the reference evaluator counts to the unit.
const LIMIT: u64 = COST_LIMIT / 2;

/// Decides one review for the policies that answer. Those that are not satisfied, as far as the plan
/// can tell, are put into `waiting`.
///
/// `stop` is asked before each part.
pub(crate) fn decide_cel<'v>(
    plans: &'v CelPlans,
    review: &Review<'v>,
    setting: &Setting<'v>,
    stop: &dyn Fn() -> bool,
    waiting: &mut Policies,
) {
    waiting.clear();
    let resource = resource_of(review, setting.bump);
    let mut inputs = None;
    for group in plans.about(resource, review.namespace) {
        let elsewhere = |own: &String| own != review.namespace;
        if group.namespace.as_ref().is_some_and(elsewhere)
            || !fits_resource(&group.constraints, review, resource)
        {
            continue;
        }
        for (part, members) in &group.parts {
            if stop() || !review.admission {
                waiting.extend(&members.policies);
                continue;
            }
            let (values, outside) = inputs.get_or_insert_with(|| bundle_inputs(review, setting));
            let mut bundled = part.bundle.begin(&Inputs {
                variables: &*values,
                bump: setting.bump,
                outside: *outside,
                cost_limit: LIMIT,
            });
            for (index, class) in part.classes.iter().enumerate() {
                if !class.check.are_met(&mut bundled) {
                    waiting.extend(members.of(index));
                }
            }
        }
    }
}
