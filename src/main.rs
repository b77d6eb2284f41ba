//! Portcullis: a Kubernetes admission gate.

mod cli;
mod facts;
mod observe;
mod serve;
mod settings;
mod snapshot;
mod source;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::run()
}
