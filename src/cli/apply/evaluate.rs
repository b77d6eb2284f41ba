//! Every policy on every resource.
//!
//! Comes in:  a run, what its resources come from.
//! Goes out:  [`Evaluated`]: everything counted, what is printed of it, and as much kept as the output
//!            looks at as a whole.
//! Never here: what is printed (see `print`).
//!
//! ```text
//! document ─open─> resources ─Run::on─> responses ─told─> counts, text
//!          `────────────────── on the core that took it ─────────────´
//! ```
//!
//! A resource and what was said of it are forgotten before the next document is read, unless they are
//! kept: ten thousand resources are a hundred thousand answers, most of them that a rule passes.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Error, Result};
use bumpalo::Bump;
use indicatif::ProgressBar;
use portcullis_lang::functions::Inputs as _;

use super::super::load::Resource;
use super::super::parallel::in_stretches;
use super::super::report::{self, Counts};
use super::super::run::{Response, Run, Step};
use super::{Apply, lifetime};
use crate::facts::system::SystemInputs;

/// Texts are joined until they have so many bytes: one write for each is not felt, and larger ones are
/// not copied.
const PIECE: usize = 1 << 14;

/// What came of a run.
#[derive(Debug, Default)]
pub(super) struct Evaluated {
    pub(super) told: Told,
    /// How many resources there were.
    pub(super) resources: usize,
    /// Why resources could not be evaluated, in their order.
    pub(super) errors: Vec<Error>,
}

/// What policies said: all of it counted, and as much of it kept as the output speaks of.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) counts: Counts,
    /// How many answers there were, kept or not.
    pub(super) answers: usize,
    /// What people are told of the answers, in pieces.
    pub(super) texts: Vec<String>,
    /// What they are told of how long resources live.
    pub(super) lifetimes: Vec<String>,
    /// The answers that the output looks at once more when all are there.
    pub(super) responses: Vec<Response>,
}

impl Apply {
    /// Every policy on every resource, in their order, on all cores; a bar shows how far it is.
    ///
    /// `open` gives the resources of an item.
    ///
    /// # Errors
    ///
    /// The first of `open`. What goes wrong later is no error here but noted; where errors end the run,
    /// nothing behind the first is evaluated.
    pub(super) fn evaluate<T: Sync>(
        &self,
        run: &Run,
        items: &[T],
        open: impl Fn(&T) -> Result<Vec<Resource>> + Sync,
    ) -> Result<Evaluated> {
        // Drawn on standard error, and only where that is a terminal.
        let bar = ProgressBar::new(items.len() as u64);
        let now = SystemInputs.now();
        let last = AtomicUsize::new(usize::MAX);
        let parts = in_stretches(items, |start, stretch| {
            let (mut part, mut bump) = (Evaluated::default(), Bump::new());
            for (index, item) in std::iter::zip(start.., stretch) {
                let resources = open(item)?;
                part.resources += resources.len();
                for resource in &resources {
                    if index > last.load(Ordering::Relaxed) {
                        break;
                    }
                    match run.on(resource, None, &mut bump) {
                        Ok(said) => {
                            part.told.add(self.told(said));
                            part.told.lifetimes.extend(lifetime::line(resource, now));
                        }
                        Err(error) => {
                            part.errors.push(error);
                            if !self.inputs.continue_on_fail {
                                last.fetch_min(index, Ordering::Relaxed);
                                break;
                            }
                        }
                    }
                }
                bar.inc(1);
            }
            Ok(vec![part])
        });
        bar.finish_and_clear();
        let mut evaluated = Evaluated::default();
        for part in parts? {
            evaluated.told.add(part.told);
            evaluated.resources += part.resources;
            evaluated.errors.extend(part.errors);
        }
        Ok(evaluated)
    }

    /// Counts what was said of one resource, and keeps what the output looks at later.
    pub(super) fn told(&self, mut responses: Vec<Response>) -> Told {
        let mut counts = Counts::default();
        for response in &responses {
            for rule in &response.rules {
                counts.add(report::counted(response, rule, self.audit_warn));
            }
        }
        let answers = responses.len();
        let mut text = String::new();
        for response in &responses {
            self.word(response, &mut text);
        }
        let (all, changed) = (
            self.prints_documents() || self.table,
            self.stdin || self.output.is_some(),
        );
        responses.retain(|response| {
            all || (changed && matches!(response.step, Step::Mutate | Step::Generate))
        });
        Told {
            counts,
            answers,
            texts: vec![text],
            lifetimes: Vec::new(),
            responses,
        }
    }
}

impl Told {
    /// Adds what was told next.
    pub(super) fn add(&mut self, next: Told) {
        self.counts.join(next.counts);
        self.answers += next.answers;
        for text in next.texts {
            match self.texts.last_mut() {
                Some(last) if last.len() + text.len() <= PIECE => last.push_str(&text),
                _ => self.texts.push(text),
            }
        }
        self.lifetimes.extend(next.lifetimes);
        self.responses.extend(next.responses);
    }
}
