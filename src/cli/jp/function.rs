//! `portcullis jp function`

use std::borrow::Cow;
use std::process::ExitCode;

use anstyle::Style;
use anyhow::{Result, anyhow};
use clap::Args;
use portcullis_lang::diagnostic::nearest;
use portcullis_lang::functions::{self, ALL};

/// Explain functions: what they take, what they yield, with examples.
#[derive(Args)]
pub(super) struct Function {
    /// The functions; all of them where none is named.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

impl Function {
    pub(super) fn run(self) -> Result<ExitCode> {
        if self.names.is_empty() {
            ALL.iter().for_each(|function| print(function));
        }
        for name in &self.names {
            print(functions::find(name).ok_or_else(|| unknown(name))?);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn unknown(name: &str) -> anyhow::Error {
    match nearest(name, ALL.iter().map(|function| function.name)) {
        Some(other) => anyhow!("no function is called `{name}` (a function `{other}` exists)"),
        None => anyhow!("no function is called `{name}`"),
    }
}

/// An expression that holds a whole certificate is shown without it.
fn on_one_line(expr: &str) -> Cow<'_, str> {
    match (expr.split_once('\n'), expr.rsplit_once('\n')) {
        (Some((first, _)), Some((_, last))) => Cow::Owned(format!("{first} ... {last}")),
        _ => Cow::Borrowed(expr),
    }
}

fn print(function: &functions::Function) {
    let bold = Style::new().bold();
    anstream::println!("Name: {bold}{}{bold:#}", function.name);
    anstream::println!("  Signature: {}", function.signature());
    anstream::println!("  Note:      {}", function.about);
    if !function.note.is_empty() {
        anstream::println!("             {}", function.note);
    }
    let widest = function.params.iter().map(|param| param.name.len()).max();
    for (index, param) in function.params.iter().enumerate() {
        let title = if index == 0 { "Arguments:" } else { "" };
        let width = widest.unwrap_or_default();
        anstream::println!("  {title:10} {:width$}  {}", param.name, param.about);
    }
    for (index, example) in function.examples.iter().enumerate() {
        let title = if index == 0 { "Examples:" } else { "" };
        anstream::println!("  {title:10} {}", on_one_line(example.expr));
        match example.gives {
            Ok(json) => anstream::println!("  {:10}   {json}", ""),
            Err(error) => anstream::println!("  {:10}   error: {error}", ""),
        }
    }
    anstream::println!();
}
