//! What follows from the outcomes of policies written in CEL.

use super::{Verdict, is_noteworthy};
use crate::doc::ValidationAction;
use crate::outcome::{CelOutcome, Status};

/// Draws the conclusion of a validating review. A policy denies, warns, or both, with the same words;
/// what could not be decided and is to be ignored is only a warning.
///
/// `audits`: nothing is denied; what would have been is a warning.
pub fn conclude_cel(outcomes: &[CelOutcome], audits: bool) -> Verdict {
    let mut denials = Vec::new();
    let mut warnings = Vec::new();
    for outcome in outcomes {
        let policy = &outcome.policy;
        let acts = |action| policy.actions.contains(&action);
        for rule in outcome
            .rules
            .iter()
            .filter(|rule| is_noteworthy(rule.status))
        {
            let word = match rule.status {
                Status::Fail => "failed",
                _ => "error",
            };
            let text = format!("Policy {} {word}: {}", policy.id.name, rule.message);
            let ignored = rule.status == Status::Warn;
            let denies = acts(ValidationAction::Deny) && !ignored;
            if acts(ValidationAction::Warn) || ignored || (denies && audits) {
                warnings.push(text.clone());
            }
            if denies {
                denials.push(text);
            }
        }
    }
    Verdict {
        denial: (!denials.is_empty() && !audits).then(|| denials.join("; ")),
        warnings,
        spared: !denials.is_empty() && audits,
        ..Verdict::default()
    }
}

impl Verdict {
    /// This verdict and that of other policies: a request is denied for all the reasons that any of
    /// them has.
    #[must_use]
    pub fn and(self, other: Verdict) -> Verdict {
        let mut warnings = self.warnings;
        warnings.extend(other.warnings);
        let denial = match (self.denial, other.denial) {
            (Some(one), Some(two)) => Some(format!("{one}\n{two}")),
            (one, two) => one.or(two),
        };
        Verdict {
            denial,
            warnings,
            patch: self.patch.or(other.patch),
            spared: self.spared || other.spared,
            undecided: self.undecided,
        }
    }
}
