//! What the integration tests share.
//!
//! Comes in: nothing but the repository and the tools on `PATH`.
//! Goes out: running programs to test against.
//! Never here: assertions about the gate.

#![allow(dead_code, reason = "each test binary uses its own part")]

pub(crate) mod bytes;
pub(crate) mod chart;
pub(crate) mod cluster;
pub(crate) mod controllers;
pub(crate) mod crds;
pub(crate) mod figures;
pub(crate) mod gate;
pub(crate) mod go;
pub(crate) mod https;
pub(crate) mod installed;
pub(crate) mod review;
pub(crate) mod road;
pub(crate) mod service;

/// The binary under test: the one that was built with the tests, or the one that `PORTCULLIS_BIN`
/// names, so that a measured test can run a release build.
pub(crate) fn program() -> std::path::PathBuf {
    let stated = std::env::var_os("PORTCULLIS_BIN");
    stated.map_or_else(|| env!("CARGO_BIN_EXE_portcullis").into(), Into::into)
}
