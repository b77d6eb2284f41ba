//! Portcullis: a Kubernetes admission gate.

mod after;
mod allocations;
mod cleanup;
mod cli;
mod cluster;
mod controllers;
mod crds;
mod events;
mod exceptions;
mod facts;
mod generate;
mod keys;
mod native;
mod observe;
mod policies;
mod reports;
mod scan;
mod serve;
mod settings;
mod snapshot;
mod source;
mod status;
mod trust;
mod webhooks;

/// The stack of every thread that reads or evaluates policies, in bytes. Expressions may nest 250 deep,
/// which takes more than a thread has by itself (`hostile_cel`). Only what is used takes memory.
const STACK: usize = 8 << 20;

#[global_allocator]
static ALLOCATOR: allocations::Allocator = allocations::Allocator;

fn main() -> std::process::ExitCode {
    cli::run()
}
