//! `portcullis jp query`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use bumpalo::Bump;
use clap::Args;
use portcullis_lang::jmespath::{self, Env};
use portcullis_lang::value::{Document, JsonStyle, Numbers, Value, to_json_with, yaml};

use super::{ask, expression_file};
use crate::facts::system::SystemInputs;

/// Evaluate expressions on a document.
#[derive(Args)]
pub(super) struct Query {
    /// The document, in YAML or JSON; standard input where this is not given.
    #[arg(short, long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// A file that holds an expression; may be repeated.
    #[arg(short, long, value_name = "FILE")]
    query: Vec<PathBuf>,
    /// Print JSON on one line.
    #[arg(short, long)]
    compact: bool,
    /// Print a text without its quotes.
    #[arg(short, long)]
    unquoted: bool,
    /// The expressions; standard input where neither these nor files are given.
    #[arg(value_name = "EXPRESSION")]
    expressions: Vec<String>,
}

impl Query {
    pub(super) fn run(self) -> Result<ExitCode> {
        if self.input.is_none() && self.query.is_empty() && self.expressions.is_empty() {
            bail!("at least one query or input object is required");
        }
        let mut expressions = self.expressions.clone();
        for file in &self.query {
            expressions.push(expression_file(file)?);
        }
        let input = match &self.input {
            Some(file) => std::fs::read_to_string(file)
                .with_context(|| format!("failed to load file {}", file.display()))?,
            None => ask("input object")?,
        };
        if expressions.is_empty() {
            expressions.push(ask("a jmespath expression")?.trim().to_owned());
        }
        let input = yaml::read_one(&input, Numbers::Doubles)
            .map_err(|error| anyhow!("error parsing input json: {error}"))?;
        for expression in &expressions {
            self.answer(expression, &input)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn answer(&self, expression: &str, input: &Document) -> Result<()> {
        let query = jmespath::Query::parse(expression)
            .map_err(|error| anyhow!("failed to compile JMESPath: {expression}, error: {error}"))?;
        let bump = Bump::new();
        let env = Env::new(&bump, &SystemInputs);
        let value = query
            .search(input.root(), &env)
            .context("error evaluating JMESPath expression")?;
        anstream::println!("# {expression}");
        if let (true, Value::Str(text)) = (self.unquoted, value) {
            anstream::println!("{text}");
            return Ok(());
        }
        if let Some(number) = not_json(value) {
            bail!("error marshalling result to JSON: json: unsupported value: {number}");
        }
        let style = JsonStyle {
            indent: (!self.compact).then_some(2),
            escape_html: true,
            ..JsonStyle::default()
        };
        anstream::println!("{}", to_json_with(value, style));
        Ok(())
    }
}

/// The first number that JSON cannot write.
fn not_json(value: Value<'_>) -> Option<&'static str> {
    match value {
        Value::Float(number) if number.is_nan() => Some("NaN"),
        Value::Float(f64::INFINITY) => Some("+Inf"),
        Value::Float(f64::NEG_INFINITY) => Some("-Inf"),
        Value::List(list) => list.iter().find_map(not_json),
        Value::Map(map) => map.iter().find_map(|(_, value)| not_json(value)),
        _ => None,
    }
}
