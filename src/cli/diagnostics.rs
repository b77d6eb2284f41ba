//! Diagnostics for people: the source line, a caret, and what to do.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use portcullis_lang::diagnostic::{Diagnostic, Severity};

use super::load::SourceFile;

/// Every finding with its place in the file, in the order of the file, as rustc would draw it.
pub(crate) fn render(file: &SourceFile, diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    let mut diagnostics: Vec<_> = diagnostics.iter().collect();
    diagnostics.sort_by_key(|finding| (finding.at.start, finding.at.end));
    for finding in diagnostics {
        let level = match finding.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Hint => Level::INFO,
        };
        let end = file.text.len();
        let range = finding.at.start.min(end)..finding.at.end.clamp(finding.at.start.min(end), end);
        let path = file.path.display().to_string();
        let title = level.primary_title(&finding.message).id(finding.code);
        let snippet = Snippet::source(file.text.as_str())
            .path(&path)
            .annotation(AnnotationKind::Primary.span(range));
        let mut group = Group::with_title(title).element(snippet);
        if let Some(help) = &finding.help {
            group = group.element(Level::HELP.message(help));
        }
        out.push_str(&Renderer::styled().render(&[group]).to_string());
        out.push_str("\n\n");
    }
    out
}
