//! Questions to the authorizer of the API server: may the user do this?

use crate::cel::library::{Call, Outcome, Ty};
use crate::cel::val::{AUTHORIZER, Authorizer, Fault, Opaque, RESOURCE_CHECK, Val};

crate::cel::library::functions! {
    allowed ALLOWED,
    check CHECK,
    error ERROR,
    errored ERRORED,
    field_selector FIELD_SELECTOR,
    group GROUP,
    label_selector LABEL_SELECTOR,
    name NAME,
    namespace NAMESPACE,
    path PATH,
    reason REASON,
    resource RESOURCE,
    service_account SERVICE_ACCOUNT,
    subresource SUBRESOURCE,
}

const PATH_CHECK: &str = "kubernetes.authorization.PathCheck";
const GROUP_CHECK: &str = "kubernetes.authorization.GroupCheck";
const DECISION: &str = "kubernetes.authorization.Decision";
const AUTHORIZER_TYPE: Ty = Ty::Opaque(AUTHORIZER);
const PATH_TYPE: Ty = Ty::Opaque(PATH_CHECK);
const GROUP_TYPE: Ty = Ty::Opaque(GROUP_CHECK);
const RESOURCE_TYPE: Ty = Ty::Opaque(RESOURCE_CHECK);
const DECISION_TYPE: Ty = Ty::Opaque(DECISION);

/// The question, or the decision, at 0.
fn of<'v>(call: &Call<'_, 'v>) -> Result<&'v Authorizer<'v>, Fault<'v>> {
    match call.arg(0) {
        Val::Opaque(Opaque::Authorizer(authorizer)) => Ok(authorizer),
        _ => Err(Fault::NO_OVERLOAD),
    }
}

/// The question with one more thing said.
fn with<'v>(
    call: &Call<'_, 'v>,
    say: impl FnOnce(Authorizer<'v>, &'v str) -> Authorizer<'v>,
) -> Outcome<'v> {
    let said = say(*of(call)?, call.str(1)?);
    Ok(Val::Opaque(Opaque::Authorizer(call.bump.alloc(said))))
}
