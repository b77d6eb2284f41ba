//! `sha1(text)`

use super::digest::hexadecimal;
use crate::cel::library::{Cost, Function, Library, Overload, Ty, cost, fails, gives};

pub(super) static SHA1: Function = Function {
    name: "sha1",
    aliases: &["hash.sha1"],
    about: "The SHA-1 checksum of the text, in hexadecimal digits.",
    library: Library::Hash,
    overloads: &[Overload::global(&[Ty::String], Ty::String, |call| {
        hexadecimal::<sha1::Sha1>(call)
    })],
    cost: Cost::Of(cost::first),
    examples: &[
        gives("sha1('abc')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        gives("hash.sha1('abc') == sha1('abc')", "true"),
        fails("sha1(dyn(1))", "no such overload: sha1(int)"),
    ],
    ..Function::PLAIN
};
