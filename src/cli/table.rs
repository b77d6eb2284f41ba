//! Tables for a terminal: names and results in the colours that Kyverno's users know.
//!
//! Whoever prints them strips the colours where standard output is no terminal, where `NO_COLOR` is
//! set, and with `--remove-color`.

use clap::ValueEnum;
use comfy_table::{Attribute, Cell, Color, Table, presets};

/// How rows are printed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Output {
    Table,
    Json,
}

/// A table with these columns.
pub(crate) fn coloured(columns: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(columns.iter().copied());
    table.enforce_styling();
    table
}

/// What a policy, a rule or a resource is called.
pub(crate) fn name(text: &str) -> Cell {
    Cell::new(text)
        .fg(Color::Cyan)
        .add_attribute(Attribute::Bold)
}

/// How something came out: `pass`, `Fail`, ...
pub(crate) fn result(word: &str) -> Cell {
    let colour = match word.to_ascii_lowercase().as_str() {
        "pass" => Color::Green,
        "fail" | "error" => Color::Red,
        _ => Color::Yellow,
    };
    Cell::new(word).fg(colour).add_attribute(Attribute::Bold)
}

/// `--remove-color`: nothing that is printed from now on has colours.
pub(crate) fn remove_color(asked: bool) {
    if asked {
        anstream::ColorChoice::Never.write_global();
    }
}
