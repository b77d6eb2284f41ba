//! The command line: one file for each subcommand.
//!
//! Comes in:  arguments, files, standard input.
//! Goes out:  text on standard output; `Error: ...` on standard error; an exit code.
//! Never here: what policies mean.

mod account;
mod apply;
mod diagnostics;
mod explain;
mod jp;
mod lint;
pub(crate) mod load;
mod parallel;
mod report;
mod run;
mod serve;
mod test;
mod text_diff;
mod written;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A Kubernetes admission gate that compiles Kyverno policies into one decision program.
#[derive(Parser)]
#[command(name = "portcullis", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Apply(apply::Apply),
    Explain(explain::Explain),
    Jp(jp::Jp),
    Lint(lint::Lint),
    Serve(serve::Serve),
    Test(test::Test),
}

/// Runs the subcommand that the arguments name.
///
/// Exit code 1 for every error, wrong arguments included, as in the tool whose scripts call us.
pub(crate) fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version arrive here as well, and are no errors.
            let code = u8::from(error.use_stderr());
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let done = match cli.command {
        Command::Apply(apply) => apply.run(),
        Command::Explain(explain) => explain.run(),
        Command::Jp(jp) => jp.run(),
        Command::Lint(lint) => lint.run(),
        Command::Serve(serve) => serve.run(),
        Command::Test(test) => test.run(),
    };
    done.unwrap_or_else(|error| {
        anstream::eprintln!("Error: {error:#}");
        ExitCode::FAILURE
    })
}
