//! `jwt.Decode(token, key)`

use super::jwt::{Keys, Token};
use super::message::{KEYS, TOKEN, TOKEN_NAME, message};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, gives, Answer, Question};
use crate::cel::val::{Fault, Val};
use crate::value::Value;

pub(super) static JWT_DECODE: Function = Function {
    name: "jwt.Decode",
    about: "`Header`, `Claims` of a JSON Web Token, and whether it is `Valid`: signed with the secret, or with one of the keys, and in force now.",
    library: Library::Jwt,
    overloads: &[
        Overload::global(&[Ty::String, Ty::String], TOKEN, decode),
        Overload::global(&[Ty::String, KEYS], TOKEN, decode),
    ],
    examples: &[
        gives("jwt.Decode('eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyb2xlIjoiYWRtaW4iLCJleHAiOjIyNDEwODE1Mzl9.wI_fs5e4yIS1obZkWQRWRdqA-SMj0TWPiMDnEGewz9g', 'secret').Claims.role", "admin"),
        gives("jwt.Decode('eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyb2xlIjoiYWRtaW4iLCJleHAiOjIyNDEwODE1Mzl9.wI_fs5e4yIS1obZkWQRWRdqA-SMj0TWPiMDnEGewz9g', 'secret').Valid", "true"),
        gives("jwt.Decode('eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyb2xlIjoiYWRtaW4iLCJleHAiOjIyNDEwODE1Mzl9.wI_fs5e4yIS1obZkWQRWRdqA-SMj0TWPiMDnEGewz9g', 'other').Valid", "false"),
        gives("jwt.Decode('nonsense', 'secret').Valid", "false"),
    ],
    ..Function::PLAIN
};

fn decode<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let keys = match call.arg(1) {
        Val::Str(secret) => Keys::Secret(secret.as_bytes()),
        Val::Struct(set) => {
            let keys = set.field("keys").unwrap_or_default().to_json(call.bump)?;
            Keys::Set(keys.as_list())
        }
        _ => return Err(Fault::NO_OVERLOAD),
    };
    let now = match call.outside.ask(&Question::Now, call.bump) {
        Answer::Value(Value::Int(nanos)) => nanos as f64 / 1e9,
        Answer::Failed(error) => return Err(call.error(error)),
        Answer::Value(_) | Answer::Missing => return Err(Fault::Missing),
    };
    let token = Token::read(call.bump, call.str(0)?, &keys, now);
    let fields = [
        ("Header", Val::from(token.header)),
        ("Claims", Val::from(token.claims)),
        ("Valid", Val::Bool(token.valid)),
    ];
    Ok(message(call, TOKEN_NAME, &fields))
}
