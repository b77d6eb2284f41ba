//! One review while it is answered: what it is about, and when which part of the work began.
//!
//! Comes in:  moments, from whoever works on it.
//! Goes out:  [`Recording`], for the thread that makes spans of it.
//! Never here: spans.

use std::sync::{Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use portcullis_engine::admit::{Stage, Wanted};
use portcullis_engine::doc::PolicyId;
use portcullis_engine::review::Heading;

use super::parent::Parent;

/// Parts of one review that are recorded; a review with more has the first of them.
const MOST: usize = 256;

/// A part of answering; it ends where the next one begins.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Part {
    /// Receiving the body.
    Receive,
    /// Reading it.
    Decode,
    /// Deciding all policies at once.
    Plan,
    /// Evaluating one policy.
    Policy(PolicyId),
    /// Writing the answer.
    Encode,
    /// Waiting for these facts.
    Facts(Vec<String>),
    /// None of ours: something that is not worth a name.
    Rest,
}

impl From<Stage<'_>> for Part {
    fn from(stage: Stage<'_>) -> Part {
        match stage {
            Stage::Decode => Part::Decode,
            Stage::Plan => Part::Plan,
            Stage::Policy(id) => Part::Policy(id.clone()),
            Stage::Encode => Part::Encode,
        }
    }
}

impl Part {
    /// Waiting for what is wanted. What stands behind the `?` of an address may be a secret.
    pub(crate) fn waiting(wanted: &[Wanted]) -> Part {
        let name = |wanted: &Wanted| {
            let text = wanted.fact.to_string();
            let end = text.find('?').unwrap_or(text.len());
            text.get(..end).unwrap_or_default().to_owned()
        };
        Part::Facts(wanted.iter().map(name).collect())
    }
}

/// What a review is about.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct About {
    pub(super) uid: String,
    pub(super) operation: String,
    pub(super) kind: [String; 3],
    pub(super) resource: [String; 3],
    pub(super) subresource: String,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) user: String,
    pub(super) groups: Vec<String>,
}

/// A review that is traced.
#[derive(Debug)]
pub(crate) struct Recording {
    pub(super) parent: Option<Parent>,
    pub(super) path: String,
    /// The same moment on both clocks.
    pub(super) wall: SystemTime,
    pub(super) started: Instant,
    pub(super) ended: Instant,
    pub(super) status: u16,
    pub(super) allowed: Option<bool>,
    pub(super) about: About,
    parts: Mutex<Vec<(Instant, Part)>>,
}

impl Recording {
    pub(super) fn new(parent: Option<Parent>, path: &str) -> Recording {
        let started = Instant::now();
        Recording {
            parent,
            path: path.to_owned(),
            wall: SystemTime::now(),
            started,
            ended: started,
            status: 0,
            allowed: None,
            about: About::default(),
            parts: Mutex::default(),
        }
    }

    /// What it is about, as the head of the body says; nothing where API servers write otherwise.
    pub(crate) fn describe(&mut self, body: &[u8]) {
        let Some(heading) = Heading::read(body) else {
            return;
        };
        let own = |three: [&str; 3]| three.map(str::to_owned);
        self.about = About {
            uid: heading.uid.to_owned(),
            operation: heading.operation.to_owned(),
            kind: own(heading.kind),
            resource: own(heading.resource),
            subresource: heading.subresource.to_owned(),
            namespace: heading.namespace.to_owned(),
            name: heading.name.to_owned(),
            user: heading.username.to_owned(),
            groups: heading
                .groups()
                .iter()
                .map(|&group| group.to_owned())
                .collect(),
        };
    }

    /// A part of the work begins.
    pub(crate) fn begins(&self, part: Part) {
        let now = Instant::now();
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let goes_on = parts.last().is_some_and(|(_, last)| *last == part);
        if !goes_on && parts.len() < MOST {
            parts.push((now, part));
        }
    }

    pub(super) fn end(&mut self, status: u16, allowed: Option<bool>) {
        self.ended = Instant::now();
        self.status = status;
        self.allowed = allowed;
    }

    /// Each part with its beginning and its end, in their order.
    pub(super) fn parts(&self) -> Vec<(Instant, Instant, Part)> {
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let ends = parts.iter().skip(1).map(|(at, _)| *at);
        let ends = ends.chain([self.ended]);
        let all = parts.iter().zip(ends);
        all.filter(|((_, part), _)| *part != Part::Rest)
            .map(|((at, part), end)| (*at, end, part.clone()))
            .collect()
    }
}
