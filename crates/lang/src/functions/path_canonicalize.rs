//! `path_canonicalize(path)`

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::scalar::path;
use crate::value::Value;

pub(super) static PATH_CANONICALIZE: Function = Function {
    name: "path_canonicalize",
    about: "The shortest path that means the same: without `.`, `..` and doubled slashes.",
    params: &[param("path", &[Type::String], "A path of a file system. No file is looked at.")],
    returns: &[Type::String],
    examples: &[
        gives("path_canonicalize('/var/run///x/')", r#""/var/run/x""#),
        gives("path_canonicalize('/a/../b')", r#""/b""#),
        gives("path_canonicalize('../a/.')", r#""../a""#),
        gives("path_canonicalize('')", r#""""#),
        fails("path_canonicalize(`1`)", r#"Invalid type for: 1, expected: []jmespath.JpType{"string"}"#),
    ],
    call: |args| match args.text(0) {
        "" => Ok(Value::Str("")),
        text => {
            args.env.spend_bytes(text.len())?;
            args.made(&path::clean(text))
        }
    },
    ..Function::PLAIN
};
