//! What rules said of one review.
//!
//! Comes in:  the evaluation of one rule.
//! Goes out:  [`RuleOutcome`]s, grouped by policy, that verdicts, reports and tests are made from.
//! Never here: what follows from them (see `verdict`).

use std::sync::Arc;

use portcullis_lang::value::Document;

use crate::doc::{MutatingPolicy, Policy, ValidatingPolicy};

/// The result of one rule.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum Status {
    /// The resource is as the rule wants it.
    Pass,
    /// It is not.
    Fail,
    /// The rule matched, but did not apply: preconditions, conditional anchors, exceptions.
    Skip,
    /// It is not, but that is not to be counted as a failure.
    Warn,
    /// The rule could not be evaluated.
    Error,
}

impl Status {
    /// The word that reports and tables use.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Pass => "pass",
            Status::Fail => "fail",
            Status::Skip => "skip",
            Status::Warn => "warn",
            Status::Error => "error",
        }
    }
}

/// What kind of work a rule does.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum RuleType {
    /// `validate`.
    Validation,
    /// `mutate`.
    Mutation,
    /// `generate`.
    Generation,
    /// `verifyImages`.
    ImageVerify,
    /// A deleting or cleanup policy.
    Deletion,
}

/// What one rule said.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleOutcome {
    /// The rule, by its computed name (`autogen-...` included).
    pub rule: String,
    /// What kind of rule it is.
    pub kind: RuleType,
    /// The result.
    pub status: Status,
    /// The text that users compare.
    pub message: String,
    /// Extra properties of the report result.
    pub properties: Vec<(String, String)>,
    /// `namespace/name` of the exceptions that made the rule skip.
    pub exceptions: Vec<String>,
    /// The existing resource that a mutate rule with targets looked at, as it left it.
    pub patched_target: Option<Document>,
    /// The resources that a generate rule made.
    pub generated: Vec<Document>,
}

impl RuleOutcome {
    /// An outcome without properties or exceptions.
    pub fn new(
        rule: &str,
        kind: RuleType,
        status: Status,
        message: impl Into<String>,
    ) -> RuleOutcome {
        RuleOutcome {
            rule: rule.to_owned(),
            kind,
            status,
            message: message.into(),
            properties: Vec::new(),
            exceptions: Vec::new(),
            patched_target: None,
            generated: Vec::new(),
        }
    }
}

/// What one policy said: an outcome for each rule that matched, in rule order.
#[derive(Clone, Debug)]
pub struct PolicyOutcome {
    /// The policy.
    pub policy: Arc<Policy>,
    /// Its rules that matched; may be empty.
    pub rules: Vec<RuleOutcome>,
}

/// What one ValidatingPolicy said: an outcome for each of its forms that spoke.
#[derive(Clone, Debug)]
pub struct CelOutcome {
    /// The policy.
    pub policy: Arc<ValidatingPolicy>,
    /// What it said; may be empty.
    pub rules: Vec<RuleOutcome>,
}

/// What one MutatingPolicy said: an outcome for each of its forms that spoke.
#[derive(Clone, Debug)]
pub struct MutatingOutcome {
    /// The policy.
    pub policy: Arc<MutatingPolicy>,
    /// What it said; never empty.
    pub rules: Vec<RuleOutcome>,
}
