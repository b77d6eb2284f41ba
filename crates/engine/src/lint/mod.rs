//! Advice on policies: what is allowed and still not meant so.
//!
//! Comes in:  YAML text.
//! Goes out:  findings at their places, in the order of the text: what keeps a policy out of force
//!            (see `doc` and `check`), then what its author should look at.
//! Never here: files, colours, formats.
//!
//! | file          | what it looks for                                             |
//! |---------------|---------------------------------------------------------------|
//! | `deprecated`  | fields, operators and spellings that have a replacement       |
//! | `matching`    | filters that select nothing, or nothing that is left          |
//! | `shadowed`    | what something earlier leaves no room for                     |
//! | `queries`     | unknown functions, wrong arguments, comparisons of JMESPath   |
//! | `fields`      | fields that no request has                                    |
//! | `conditions`  | conditions that are settled before any request                |
//! | `patterns`    | anchors without effect, lists cut short, empty patterns       |
//! | `scalars`     | pattern texts that nothing fits                               |
//! | `empty`       | lists without entries where entries are what counts           |
//! | `unused`      | context entries that nothing asks for                         |
//! | `patches`     | patches that destroy what they patch                          |
//! | `typed`       | CEL about fields that objects of the matched kinds do not have |

mod asked;
mod cel;
mod codes;
mod conditions;
mod cover;
mod deprecated;
mod empty;
mod fields;
mod matching;
mod patches;
mod patterns;
mod queries;
mod scalars;
mod shadowed;
mod typed;
mod unused;

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::{Numbers, yaml};

use crate::check::{Site, sites};
use crate::doc::{self, Binding, Exception, Policy};

pub use codes::{CODES, Code};
pub use typed::{Mistyped, mistyped};

/// What there is to say about the policies of a YAML text.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// How many policies the text holds.
    pub policies: usize,
    /// What there is to say, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Looks at every policy and PolicyException of a YAML text. Documents of other kinds are left out.
pub fn lint(text: &str) -> Findings {
    let mut findings = Findings::default();
    for document in yaml::read(text, Numbers::AsWritten) {
        match document {
            Err(error) => {
                let finding = Diagnostic::error("invalid-yaml", error.message, error.at);
                findings.diagnostics.push(finding);
            }
            Ok(document) => {
                if let Some((policy, _, refused)) = doc::read_all(&document) {
                    findings.policies += 1;
                    findings.diagnostics.extend(refused);
                    findings.diagnostics.extend(advice(&policy));
                } else if let Some(read) = doc::read_cleanup(&document) {
                    findings.policies += 1;
                    let found = read.err().map(|broken| broken.diagnostics);
                    findings.diagnostics.extend(found.into_iter().flatten());
                } else if let Some(read) = Exception::read_document(&document) {
                    let found = read.map(|exception| exception.check());
                    let found = found.unwrap_or_else(|broken| broken.diagnostics);
                    findings.diagnostics.extend(found);
                } else if let Some(Err(broken)) = Binding::read_document(&document) {
                    findings.diagnostics.extend(broken.diagnostics);
                } else if let Some(read) = doc::read_any_document(document) {
                    findings.policies += 1;
                    match read {
                        Ok(policy) => cel::lint(&policy, &mut findings.diagnostics),
                        Err(broken) => findings.diagnostics.extend(broken.diagnostics),
                    }
                }
            }
        }
    }
    findings.diagnostics = doc::narrowed(findings.diagnostics, text);
    findings
        .diagnostics
        .sort_by_key(|finding| (finding.at.start, finding.at.end));
    findings
}

/// What looks at one rule.
const RULE_LINTS: [fn(Site<'_>, &mut Vec<Diagnostic>); 9] = [
    matching::lint,
    queries::lint,
    fields::lint,
    conditions::lint,
    patterns::lint,
    scalars::lint,
    empty::lint,
    unused::lint,
    patches::lint,
];

fn advice(policy: &Policy) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    deprecated::lint(policy, &mut found);
    shadowed::lint(policy, &mut found);
    cel::of_rules(policy, &mut found);
    typed::lint(policy, &mut found);
    for site in sites(policy) {
        RULE_LINTS.iter().for_each(|lint| lint(site, &mut found));
    }
    found
}

#[cfg(test)]
mod tests;
