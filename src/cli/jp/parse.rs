//! `portcullis jp parse`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::Args;
use portcullis_lang::jmespath;

use super::{ask, expression_file};

/// Print the syntax trees of expressions.
#[derive(Args)]
pub(super) struct Parse {
    /// A file that holds an expression; may be repeated.
    #[arg(short, long, value_name = "FILE")]
    file: Vec<PathBuf>,
    /// The expressions; standard input where neither these nor files are given.
    #[arg(value_name = "EXPRESSION")]
    expressions: Vec<String>,
}

impl Parse {
    pub(super) fn run(self) -> Result<ExitCode> {
        let mut expressions = self.expressions;
        for file in &self.file {
            expressions.push(expression_file(file)?);
        }
        if expressions.is_empty() {
            expressions.push(ask("a jmespath expression")?.trim().to_owned());
        }
        for expression in &expressions {
            let tree = jmespath::parse_tree(expression).map_err(|error| {
                if error.is_grammar() {
                    anyhow!("{error}\n{}", error.highlight(expression))
                } else {
                    anyhow!("{error}")
                }
            })?;
            anstream::println!("# {expression}");
            anstream::print!("{tree}");
        }
        Ok(ExitCode::SUCCESS)
    }
}
