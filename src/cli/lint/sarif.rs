//! SARIF 2.1.0: findings as code review tools read them.

use std::collections::BTreeSet;

use portcullis_engine::lint::CODES;
use portcullis_lang::diagnostic::{Diagnostic, Severity, position};
use serde_json::{Value as Json, json};

use super::{Linted, all};
use crate::cli::load::SourceFile;

/// One run of this program.
pub(super) fn log(linted: &[Linted]) -> Json {
    let codes: BTreeSet<_> = all(linted).map(|(_, finding)| finding.code).collect();
    let about = |name: &str| {
        CODES
            .iter()
            .find(|code| code.name == name)
            .map(|code| code.about)
    };
    let rules: Vec<_> = codes
        .iter()
        .map(|code| json!({"id": code, "shortDescription": {"text": about(code).unwrap_or(code)}}))
        .collect();
    let results: Vec<_> = all(linted)
        .map(|(file, finding)| result(file, finding))
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "portcullis",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(file: &SourceFile, finding: &Diagnostic) -> Json {
    let start = position(&file.text, finding.at.start);
    let end = position(&file.text, finding.at.end);
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "note",
    };
    json!({
        "ruleId": finding.code,
        "level": level,
        "message": {"text": finding.to_string()},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": file.path.to_string_lossy().replace('\\', "/")},
            "region": {
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column,
            },
        }}],
    })
}
