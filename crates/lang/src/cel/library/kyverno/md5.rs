//! `md5(text)`

use super::digest::hexadecimal;
use crate::cel::library::{Cost, Function, Library, Overload, Ty, cost, fails, gives};

pub(super) static MD5: Function = Function {
    name: "md5",
    aliases: &["hash.md5"],
    about: "The MD5 checksum of the text, in hexadecimal digits.",
    library: Library::Hash,
    overloads: &[Overload::global(&[Ty::String], Ty::String, |call| {
        hexadecimal::<md5::Md5>(call)
    })],
    cost: Cost::Of(cost::first),
    examples: &[
        gives("md5('abc')", "900150983cd24fb0d6963f7d28e17f72"),
        gives("hash.md5('abc') == md5('abc')", "true"),
        fails("md5(dyn(1))", "no such overload: md5(int)"),
    ],
    ..Function::PLAIN
};
