//! `header.KeepEmptyValue(keep?)`

use super::message::{HEADER, with};
use crate::cel::library::{Function, Library, Overload, Ty, gives};
use crate::cel::val::Val;

pub(super) static KEEP_EMPTY_VALUE: Function = Function {
    name: "KeepEmptyValue",
    about: "The header, sent even where its value is empty.",
    library: Library::Envoy,
    overloads: &[
        Overload::member(&[HEADER], HEADER, |call| with(call, "keep_empty_value", Val::Bool(true))),
        Overload::member(&[HEADER, Ty::Bool], HEADER, |call| with(call, "keep_empty_value", call.arg(1))),
    ],
    examples: &[
        gives("envoy.Header('a', '').KeepEmptyValue().keep_empty_value", "true"),
        gives("envoy.Header('a', '').KeepEmptyValue(false).keep_empty_value", "false"),
    ],
    ..Function::PLAIN
};
