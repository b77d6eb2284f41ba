//! `portcullis jp`: expressions by hand.

mod function;
mod parse;
mod query;

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

/// Try JMESPath expressions, look at their trees, and read about functions.
#[derive(Args)]
pub(super) struct Jp {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Query(query::Query),
    Parse(parse::Parse),
    Function(function::Function),
}

impl Jp {
    pub(super) fn run(self) -> Result<ExitCode> {
        match self.command {
            Command::Query(query) => query.run(),
            Command::Parse(parse) => parse.run(),
            Command::Function(function) => function.run(),
        }
    }
}

/// The text of a file that holds an expression.
fn expression_file(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("failed to load file {}", path.display()))?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

/// Everything from standard input, after saying what is wanted.
fn ask(wanted: &str) -> Result<String> {
    anstream::println!("Reading from terminal input.");
    anstream::println!("Enter {wanted} and hit Ctrl+D.");
    let mut text = String::new();
    let read = std::io::stdin().read_to_string(&mut text);
    read.context("failed to read standard input")?;
    Ok(text)
}
