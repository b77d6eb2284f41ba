//! What `apply` and `test` are given: files and directories, read as Kyverno's command line reads them.
//!
//! Comes in:  paths and flags.
//! Goes out:  policies, resources, values, user information, ready for the engine.
//! Never here: evaluation, output.

mod cluster;
mod crds;
mod definitions;
mod exceptions;
mod files;
mod payloads;
mod policies;
mod resources;
mod scope;
mod user;
mod values;

pub(in crate::cli) use cluster::connect;
pub(crate) use cluster::{Selection, list};
pub(crate) use crds::Crds;
pub(crate) use definitions::{definition_files, read_schemas};
pub(crate) use exceptions::{Exceptions, read_exceptions};
pub(crate) use files::{SourceFile, policy_files, read_input, refuse_url};
pub(crate) use payloads::{Form, Payload, read_payload};
pub(crate) use policies::{Invalid, Policies};
pub(crate) use resources::{Resource, ResourceFiles, read_resources};
pub(crate) use user::User;
pub(crate) use values::Values;
