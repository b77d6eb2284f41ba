//! What was measured: the shape of the JSON, and what the table and the page are made of.
//!
//! All times are nanoseconds for one review. Fields may be added; none changes its meaning.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::stats::{Estimate, Latency};

/// The shape of the JSON.
pub(super) const FORMAT: u32 = 1;

/// One run.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Figures {
    /// [`FORMAT`].
    pub(super) format: u32,
    /// Of Portcullis.
    pub(super) version: String,
    /// Is the program optimised? What is not has no figures worth keeping.
    pub(super) optimised: bool,
    pub(super) reviews: Reviews,
    /// Rules, those of autogen included.
    pub(super) rules: usize,
    /// From the bytes of a request to those of its answer, `/validate`.
    pub(super) validate: Latency,
    /// The same for `/mutate`; absent where no policy changes anything.
    pub(super) mutate: Option<Latency>,
    pub(super) parts: Parts,
    pub(super) allocations: Allocations,
    /// The dearest first.
    pub(super) policies: Vec<PolicyCost>,
    /// The slowest of them, the slowest first.
    pub(super) slowest: Vec<ReviewCost>,
    /// What the reader must know.
    pub(super) notes: Vec<String>,
}

/// What it was measured with.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reviews {
    pub(super) count: usize,
    pub(super) bytes: usize,
    pub(super) allowed: usize,
    /// Tells these reviews from others.
    pub(super) digest: String,
}

/// A review's time taken apart. `reading` and `shared` and what each policy takes add up to `whole`.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parts {
    /// Both webhooks, where both are called.
    pub(super) whole: f64,
    /// Decoding the review and writing the answer.
    pub(super) reading: f64,
    /// What would stay if any one policy went: routes, matches and checks that several share.
    pub(super) shared: f64,
}

/// What one review asks of the allocator, on average.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Allocations {
    pub(super) count: f64,
    pub(super) bytes: f64,
}

/// What one policy costs.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PolicyCost {
    /// `ClusterPolicy/name` or `Policy/namespace/name`.
    pub(super) policy: String,
    pub(super) file: String,
    /// Tells this text of the policy from others.
    pub(super) digest: String,
    /// What follows from what it says.
    pub(super) role: Role,
    /// What an answer saves without it; absent where the time did not suffice to measure it.
    pub(super) gate: Option<Estimate>,
    /// Of the whole, in percent.
    pub(super) share: Option<f64>,
    /// What the reference evaluator takes for it.
    pub(super) alone: f64,
    /// What an answer allocates less without it.
    pub(super) allocations: Option<Allocations>,
    /// Reviews that were left to the reference evaluator for it: it denied, failed, or is opaque.
    pub(super) referred: usize,
    /// Rules that are not lowered, with the reason.
    pub(super) opaque: Vec<Opaque>,
    /// Where there are several; those that autogen makes count as the rule that they come from.
    pub(super) rules: Vec<RuleCost>,
}

/// What a policy does for an answer.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Role {
    /// It may deny.
    Enforces,
    /// It only reports, after the answer.
    Audits,
    /// It changes objects.
    Mutates,
    /// It takes no part in requests.
    Background,
}

/// A rule that is not lowered.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Opaque {
    pub(super) rule: String,
    pub(super) why: String,
}

/// What one rule costs.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RuleCost {
    pub(super) rule: String,
    /// What an answer saves without it.
    pub(super) gate: Option<Estimate>,
    /// Of the whole, in percent.
    pub(super) share: Option<f64>,
}

/// What one review costs.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReviewCost {
    pub(super) review: String,
    pub(super) bytes: usize,
    pub(super) allowed: bool,
    pub(super) p50: f64,
    pub(super) p99: f64,
}

impl Figures {
    /// Reads what an earlier run printed with `-o json`.
    pub(super) fn read(path: &Path) -> Result<Figures> {
        let read = || -> Result<Figures> {
            let document: serde_json::Value = serde_json::from_slice(&fs::read(path)?)?;
            let format = document.get("format").and_then(|format| format.as_u64());
            let format = format.unwrap_or_default();
            if format != u64::from(FORMAT) {
                bail!("its format is {format}, but {FORMAT} is needed");
            }
            Ok(serde_json::from_value(document)?)
        };
        read().with_context(|| format!("`{}` is no output of `bench -o json`", path.display()))
    }

    /// Which evaluator the policies' time of a request goes to, in percent of the whole.
    pub(super) fn percent(&self, nanos: f64) -> f64 {
        100.0 * nanos / self.parts.whole.max(1.0)
    }
}

/// A short text for what was hashed.
pub(super) fn digest(hasher: &impl std::hash::Hasher) -> String {
    format!("{:016x}", hasher.finish())
}
