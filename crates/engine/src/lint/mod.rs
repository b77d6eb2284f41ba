//! Advice on policies: what is allowed and still not meant so.
//!
//! Comes in:  YAML text.
//! Goes out:  findings at their places, in the order of the text: what keeps a policy out of force
//!            (see `doc` and `check`), then what its author should look at.
//! Never here: files, colours, formats.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::{Numbers, yaml};

use crate::doc;

/// What there is to say about the policies of a YAML text.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// How many policies the text holds.
    pub policies: usize,
    /// What there is to say, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Looks at every policy of a YAML text. Documents of other kinds are left out.
pub fn lint(text: &str) -> Findings {
    let mut findings = Findings::default();
    for document in yaml::read(text, Numbers::AsWritten) {
        match document {
            Err(error) => {
                let finding = Diagnostic::error("invalid-yaml", error.message, error.at);
                findings.diagnostics.push(finding);
            }
            Ok(document) => {
                let Some((_policy, _, refused)) = doc::read_all(&document) else {
                    continue;
                };
                findings.policies += 1;
                findings.diagnostics.extend(refused);
            }
        }
    }
    findings.diagnostics = doc::narrowed(findings.diagnostics, text);
    findings
        .diagnostics
        .sort_by_key(|finding| (finding.at.start, finding.at.end));
    findings
}
