//! Every policy on every resource.
//!
//! Comes in:  a run, its resources.
//! Goes out:  [`Evaluated`]: everything counted, and as much kept as the output speaks of.

use anyhow::Result;
use indicatif::ProgressBar;
use portcullis_engine::outcome::{RuleOutcome, Status};

use super::super::load::Resource;
use super::super::parallel::in_stretches;
use super::super::report::{self, Counts};
use super::super::run::{Response, Run, Step};
use super::Apply;

/// What came of a run.
#[derive(Default)]
pub(super) struct Evaluated {
    pub(super) told: Told,
    /// Resources that could not be evaluated.
    pub(super) failed: usize,
}

/// What policies said: all of it counted, and as much of it kept as the output speaks of.
#[derive(Default)]
pub(super) struct Told {
    pub(super) counts: Counts,
    /// How many answers there were, kept or not.
    pub(super) answers: usize,
    pub(super) responses: Vec<Response>,
}

impl Apply {
    /// Every policy on every resource, in their order, on all cores; a bar shows how far it is.
    pub(super) fn evaluate(&self, run: &Run, resources: &[Resource]) -> Result<Evaluated> {
        // Drawn on standard error, and only where that is a terminal.
        let bar = ProgressBar::new(resources.len() as u64);
        let each = in_stretches(resources, |part| {
            let mut each = Vec::with_capacity(part.len());
            for resource in part {
                let said = run.on(resource, None);
                bar.inc(1);
                each.push(match said {
                    Err(error) if self.inputs.continue_on_fail => Err(error),
                    said => Ok(self.told(said?)),
                });
            }
            Ok(each)
        });
        bar.finish_and_clear();
        let mut evaluated = Evaluated::default();
        for said in each? {
            evaluated.take(said, true)?;
        }
        Ok(evaluated)
    }

    /// Counts what was said of one resource. Most of it is that rules pass, on which a plain run
    /// spends no memory: ten thousand resources are a hundred thousand answers.
    pub(super) fn told(&self, mut responses: Vec<Response>) -> Told {
        let mut counts = Counts::default();
        for response in &responses {
            for rule in &response.rules {
                counts.add(report::counted(response, rule, self.audit_warn));
            }
        }
        let answers = responses.len();
        if !self.prints_documents() && !self.table {
            responses.retain(|response| {
                let failed =
                    |rule: &RuleOutcome| matches!(rule.status, Status::Fail | Status::Error);
                !matches!(response.step, Step::VerifyImages | Step::Validate)
                    || response.rules.iter().any(failed)
            });
        }
        Told {
            counts,
            answers,
            responses,
        }
    }
}

impl Evaluated {
    /// Adds what was said of one resource. `lenient`: an error is counted and does not end the run.
    pub(super) fn take(&mut self, said: Result<Told>, lenient: bool) -> Result<()> {
        match said {
            Ok(told) => {
                self.told.counts.join(told.counts);
                self.told.answers += told.answers;
                self.told.responses.extend(told.responses);
            }
            Err(error) if lenient => {
                self.failed += 1;
                anstream::eprintln!("Error: {error:#}");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}
