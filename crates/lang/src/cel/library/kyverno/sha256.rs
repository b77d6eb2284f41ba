//! `sha256(text)`

use super::digest::hexadecimal;
use crate::cel::library::{Cost, Function, Library, Overload, Ty, cost, fails, gives};

pub(super) static SHA256: Function = Function {
    name: "sha256",
    aliases: &["hash.sha256"],
    about: "The SHA-256 checksum of the text, in hexadecimal digits.",
    library: Library::Hash,
    overloads: &[Overload::global(&[Ty::String], Ty::String, |call| {
        hexadecimal::<sha2::Sha256>(call)
    })],
    cost: Cost::Of(cost::first),
    examples: &[
        gives("sha256('abc')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        gives("hash.sha256('abc') == sha256('abc')", "true"),
        fails("sha256(dyn(1))", "no such overload: sha256(int)"),
    ],
    ..Function::PLAIN
};
