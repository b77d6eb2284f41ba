//! Portcullis: a Kubernetes admission gate.

mod allocations;
mod cli;
mod facts;
mod observe;
mod serve;
mod settings;
mod snapshot;
mod source;

#[global_allocator]
static ALLOCATOR: allocations::Allocator = allocations::Allocator;

fn main() -> std::process::ExitCode {
    cli::run()
}
