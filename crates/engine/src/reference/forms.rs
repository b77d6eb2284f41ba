//! What evaluating a policy without rules begins and ends with: its surroundings, and the account of
//! each of its forms, the one that is written and those that autogen makes of it.

use portcullis_lang::value::{Document, Span};

use crate::context::Setting;
use crate::outcome::RuleOutcome;

/// Notes that a form of a policy is evaluated from now on. Forms have no names of their own; what
/// autogen made is told apart all the same.
pub(super) fn begin(setting: &Setting<'_>, index: usize, policy: &Document) {
    let form = if index == 0 { "" } else { "autogen" };
    if let Some(trace) = setting.trace {
        trace.begin(form, policy.item());
    }
}

/// Notes which part of the constraints does not fit, if any.
pub(super) fn note_match(setting: &Setting<'_>, at: Span, misfit: Option<&str>) {
    let Some(trace) = setting.trace else { return };
    let text = match misfit {
        Some(part) => format!("`{part}` does not fit"),
        None => "the constraints fit".to_owned(),
    };
    trace.note("match", at, Some(misfit.is_none()), text);
}

/// Notes what a form says.
pub(super) fn note_outcome(setting: &Setting<'_>, policy: &Document, outcome: &RuleOutcome) {
    if let Some(trace) = setting.trace {
        let text = format!("{}: {}", outcome.status.as_str(), outcome.message);
        trace.note("outcome", policy.item().span(), None, text);
    }
}
