//! `authorizer.serviceAccount(namespace, name)`

use super::{AUTHORIZER_TYPE, with};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Authorizer;
use crate::scalar::name::{dns1123_label, dns1123_subdomain};

pub(super) static SERVICE_ACCOUNT: Function = Function {
    name: "serviceAccount",
    about: "The question about a service account instead of the user.",
    library: Library::Authorizer,
    overloads: &[
        Overload::member(
            &[AUTHORIZER_TYPE, Ty::String, Ty::String],
            AUTHORIZER_TYPE,
            service_account,
        ),
    ],
    examples: &[
        gives(
            "type(authorizer.serviceAccount('default', 'sa'))",
            "kubernetes.authorization.Authorizer",
        ),
        fails("authorizer.serviceAccount('default', 'a/b')", "Invalid service account name"),
        fails("authorizer.serviceAccount('a.b', 'sa')", "Invalid service account namespace"),
        fails(
            "authorizer.serviceAccount('default')",
            "found no matching overload for 'serviceAccount' applied to \
             'kubernetes.authorization.Authorizer.(string)'",
        ),
    ],
    ..Function::PLAIN
};

fn service_account<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let (namespace, name) = (call.str(1)?, call.str(2)?);
    if !dns1123_subdomain(name).is_empty() {
        return Err(call.error("Invalid service account name"));
    }
    if !dns1123_label(namespace).is_empty() {
        return Err(call.error("Invalid service account namespace"));
    }
    with(call, |question, namespace| Authorizer {
        service_account: Some((namespace, name)),
        ..question
    })
}
