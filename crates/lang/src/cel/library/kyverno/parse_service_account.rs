//! `parseServiceAccount(username)`

use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Struct, Val};

pub(super) static PARSE_SERVICE_ACCOUNT: Function = Function {
    name: "parseServiceAccount",
    aliases: &["user.parseServiceAccount"],
    about: "`Namespace` and `Name` of the service account that a user name stands for; empty for another user.",
    library: Library::User,
    overloads: &[
        Overload::global(&[Ty::String], SERVICE_ACCOUNT, parse),
    ],
    examples: &[
        gives("parseServiceAccount('system:serviceaccount:default:sa').Name", "sa"),
        gives("user.parseServiceAccount('alice').Namespace", ""),
        fails("parseServiceAccount('x').namespace", "undefined field 'namespace'"),
    ],
    ..Function::PLAIN
};

const SERVICE_ACCOUNT: Ty = Ty::Struct("user.ServiceAccount");

fn parse<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let account = call.str(0)?.strip_prefix("system:serviceaccount:");
    let parts = account.and_then(|account| account.split_once(':'));
    let (namespace, name) = parts.unwrap_or_default();
    let fields = [("Namespace", Val::Str(namespace)), ("Name", Val::Str(name))];
    Ok(Val::Struct(call.bump.alloc(Struct {
        type_name: "user.ServiceAccount",
        fields: call.bump.alloc(fields),
    })))
}
