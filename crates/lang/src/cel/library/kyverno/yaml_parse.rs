//! `yaml.parse(text)`

use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;
use crate::functions::read_yaml;

pub(super) static YAML_PARSE: Function = Function {
    name: "parse",
    aliases: &["Parse"],
    about: "The value that a text in YAML 1.1 spells; of several documents the first.",
    library: Library::Yaml,
    overloads: &[
        Overload::member(&[YAML, Ty::String], Ty::Dyn, parse),
    ],
    examples: &[
        gives("yaml.parse('a: [x, yes]').a[1]", "true"),
        gives("yaml.Parse('') == null", "true"),
        fails(
            "yaml.parse('a: b: c')",
            "error converting YAML to JSON: yaml: mapping values are not allowed in this context",
        ),
    ],
    ..Function::PLAIN
};

const YAML: Ty = Ty::Opaque("yaml.Yaml");

fn parse<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    match read_yaml(call.bump, call.str(1)?) {
        Ok(value) => Ok(Val::from(value)),
        Err(error) => Err(call.error(format_args!("error converting YAML to JSON: {error}"))),
    }
}
