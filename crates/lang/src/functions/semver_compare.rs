//! `semver_compare(version, range)`

use super::function::{Constant, fails, gives, param};
use super::{Function, Prepared, Type};
use crate::jmespath::Fault;
use crate::scalar::semver::{Version, VersionRange};
use crate::value::Value;

pub(super) static SEMVER_COMPARE: Function = Function {
    name: "semver_compare",
    about: "Whether a version is in a range.",
    params: &[
        param("version", &[Type::String], "Three numbers, and maybe a prerelease: `1.2.3-rc.1`. No `v`."),
        param("range", &[Type::String], "Comparisons `< <= > >= = !=`; a blank means and, `||` means or, `1.2.x` any patch."),
    ],
    returns: &[Type::Bool],
    note: "What is no version counts as 0.0.0. There is no `^` and no `~`.",
    examples: &[
        gives("semver_compare('1.8.6', '>1.0.0 <2.0.0')", "true"),
        gives("semver_compare('4.1.3', '<4.1.0 || 4.1.x')", "true"),
        gives("semver_compare('1.0.0-rc.1', '>=1.0.0')", "false"),
        gives("semver_compare('v1.2.3', '<1.0.0')", "true"),
        fails(
            "semver_compare('1.2.3', '^1.0.0')",
            r#"Could not parse Range "^1.0.0": Could not parse comparator "^" in "^1.0.0""#,
        ),
    ],
    constant: Some(Constant {
        at: 1,
        prepare: |range| VersionRange::parse(range).map_or(Prepared::None, Prepared::Range),
    }),
    call: |args| {
        args.env.spend_bytes(args.text(0).len())?;
        let version = Version::parse(args.text(0)).unwrap_or(Version::ZERO);
        Ok(Value::Bool(match args.prepared {
            Prepared::Range(range) => range.contains(&version),
            _ => {
                args.env.spend(args.text(1).len())?;
                let range = VersionRange::parse(args.text(1)).map_err(Fault::invalid)?;
                range.contains(&version)
            }
        }))
    },
    ..Function::PLAIN
};
