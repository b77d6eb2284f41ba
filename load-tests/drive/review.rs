//! A review, and what its answer should be.
//!
//! Comes in:  a file.
//! Goes out:  bytes to post, and a judgement of the answer.
//! Never here: connections.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use bytes::Bytes;
use hyper::StatusCode;
use memchr::memmem;

/// A review to post.
#[derive(Clone, Debug)]
pub struct Review {
    /// The file's name without its ending.
    pub name: String,
    /// The AdmissionReview, JSON.
    pub body: Bytes,
    /// The verdict that is right.
    pub allowed: bool,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The verdict that was expected.
    Right,
    /// There was no time for a verdict, and the answer says so.
    FailureMode,
    /// Another verdict, or no verdict.
    Wrong,
    /// An answer, or none, after the client had stopped waiting.
    Late,
    /// The connection broke.
    Lost,
}

/// The audit annotation of an answer in which a failure mode spoke for a rule.
pub const FAILURE_MODE: &str = "portcullis-undecided";

impl Review {
    /// Reads a review. One whose name contains `deny` must be denied, any other allowed.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn read(path: &Path) -> anyhow::Result<Review> {
        let body = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Ok(Review {
            allowed: !name.contains("deny"),
            name: name.into_owned(),
            body: body.into(),
        })
    }

    /// Judges an answer.
    #[must_use]
    pub fn judge(&self, status: StatusCode, answer: &[u8]) -> Outcome {
        let has = |text: &str| memmem::find(answer, text.as_bytes()).is_some();
        let verdict = match self.allowed {
            true => "\"allowed\":true",
            false => "\"allowed\":false",
        };
        // To these, an API server applies the `failurePolicy` of the webhook.
        let resolved_by_api_server = [StatusCode::REQUEST_TIMEOUT, StatusCode::SERVICE_UNAVAILABLE];
        if has(FAILURE_MODE) || resolved_by_api_server.contains(&status) {
            Outcome::FailureMode
        } else if status == StatusCode::OK && has(verdict) {
            Outcome::Right
        } else {
            Outcome::Wrong
        }
    }
}
