//! The command line: one file for each subcommand.
//!
//! Comes in:  arguments, files, standard input.
//! Goes out:  text on standard output; `Error: ...` on standard error; an exit code.
//! Never here: what policies mean.

mod account;
mod apply;
mod backup;
mod bench;
mod calls;
mod cluster;
mod controllers;
mod crds;
mod deferred;
mod diagnostics;
mod events;
mod exceptions;
mod explain;
mod jp;
mod junit;
mod lint;
pub(crate) mod load;
mod markup;
mod native;
mod parallel;
mod polex;
mod report;
mod reporting;
mod run;
mod scanning;
mod serve;
mod size;
mod sources;
mod table;
mod telemetry;
mod test;
mod text_diff;
mod unregister;
mod webhooks;
mod written;

use std::any::TypeId;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Arg, ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand};

/// A Kubernetes admission gate that compiles Kyverno policies into one decision program.
#[derive(Parser)]
#[command(name = "portcullis", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Apply(Box<apply::Apply>),
    Backup(backup::Backup),
    Bench(bench::Bench),
    Controllers(Box<controllers::Controllers>),
    Crds(crds::Crds),
    Exceptions(polex::Exceptions),
    Explain(explain::Explain),
    Jp(jp::Jp),
    Lint(lint::Lint),
    Restore(backup::Restore),
    Serve(Box<serve::Serve>),
    Size(size::Size),
    Sources(sources::Sources),
    Test(test::Test),
    Unregister(unregister::Unregister),
}

/// Runs the subcommand that the arguments name.
///
/// Exit code 1 for every error, wrong arguments included, as in the tool whose scripts call us.
pub(crate) fn run() -> ExitCode {
    let mut command = command();
    let parsed = command
        .try_get_matches_from_mut(go_switches(std::env::args_os()))
        .and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches));
    let cli = match parsed.map_err(|error| error.format(&mut command)) {
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
        Command::Backup(backup) => backup.run(),
        Command::Bench(bench) => bench.run(),
        Command::Controllers(controllers) => controllers.run(),
        Command::Crds(crds) => crds.run(),
        Command::Exceptions(exceptions) => exceptions.run(),
        Command::Explain(explain) => explain.run(),
        Command::Jp(jp) => jp.run(),
        Command::Lint(lint) => lint.run(),
        Command::Restore(restore) => restore.run(),
        Command::Serve(serve) => serve.run(),
        Command::Size(size) => size.run(),
        Command::Sources(sources) => sources.run(),
        Command::Test(test) => test.run(),
        Command::Unregister(unregister) => unregister.run(),
    };
    done.unwrap_or_else(|error| {
        anstream::eprintln!("Error: {error:#}");
        ExitCode::FAILURE
    })
}

/// All subcommands. A flag that takes `true` or `false` may stand alone, as in Go: `--flag` is
/// `--flag=true`, and a value comes behind `=` only.
fn command() -> clap::Command {
    let as_in_go = |flag: Arg| {
        let is_boolean = matches!(flag.get_action(), ArgAction::Set)
            && flag.get_value_parser().type_id() == TypeId::of::<bool>();
        if !is_boolean {
            return flag;
        }
        flag.value_name("BOOL")
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
    };
    Cli::command().mut_subcommands(|subcommand| subcommand.mut_args(as_in_go))
}

/// The arguments with `--switch=true` and `--switch=false` as scripts for Go programs have them: the
/// one is the switch, the other is nothing.
fn go_switches(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let command = Cli::command();
    let is_switch = |name: &str| {
        let own = command
            .get_subcommands()
            .flat_map(|sub| sub.get_arguments());
        let mut switches = own.filter(|arg| matches!(arg.get_action(), ArgAction::SetTrue));
        switches.any(|arg| {
            arg.get_long() == Some(name)
                || arg
                    .get_all_aliases()
                    .is_some_and(|names| names.contains(&name))
        })
    };
    let mut rewritten = Vec::new();
    for argument in arguments {
        let stated = argument.to_str().and_then(|text| {
            let (name, value) = text.strip_prefix("--")?.split_once('=')?;
            Some((name, value.parse::<bool>().ok()?)).filter(|(name, _)| is_switch(name))
        });
        match stated {
            Some((name, true)) => rewritten.push(format!("--{name}").into()),
            Some((_, false)) => {}
            None => rewritten.push(argument),
        }
    }
    rewritten
}

#[cfg(test)]
mod tests {
    use super::{command, go_switches};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn switches_of_go() {
        check("--table=true",            &["--table"]);
        check("--table=false",           &[]);
        check("--exceptions-within-resources=true", &["--exceptions-within-resources"]);
        check("--continue-on-error=false", &["--continue-on-error=false"]);
        check("--set=true",              &["--set=true"]);
        check("-t",                      &["-t"]);
    }

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn flags_that_are_true_or_false() {
        flag("--autoUpdateWebhooks",                Some(true));
        flag("--autoUpdateWebhooks=false",          Some(false));
        flag("--auto-update-webhooks=true",         Some(true));
        flag("--generateMutatingAdmissionPolicy",   Some(true));
        flag("--generateMutatingAdmissionPolicy=2", None);
    }

    #[track_caller]
    fn flag(argument: &str, expect: Option<bool>) {
        let name = match argument.contains("utating") {
            true => "generate_mutating_admission_policy",
            false => "auto_update_webhooks",
        };
        let parsed = command().try_get_matches_from(["portcullis", "serve", argument]);
        let value = parsed.ok().and_then(|parsed| {
            let (_, serve) = parsed.subcommand()?;
            serve.get_one::<bool>(name).copied()
        });
        assert_eq!(value, expect, "{argument}");
    }

    #[track_caller]
    fn check(argument: &str, expect: &[&str]) {
        assert_eq!(go_switches([argument.into()]), expect, "{argument}");
    }
}
