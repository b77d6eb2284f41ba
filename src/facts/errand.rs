//! The facts of one review, on their way.
//!
//! Comes in:  what an attempt to decide the review lacked, and until when it can be waited for.
//! Goes out:  the news, in the review's [`Known`]: each fact that was lacking is there or given up, or
//!            at least one is.
//! Never here: deciding.

use std::time::{Duration, Instant};

use portcullis_engine::admit::Wanted;
use portcullis_engine::facts::{Fact, Facts};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::timeout_at;

use super::desk::{Desk, News};
use super::known::Known;

/// Waits for facts on behalf of one review.
pub(crate) struct Errand<'d> {
    desk: &'d Desk,
    /// When the review began, and when it must be decided from what is known by then.
    started: Instant,
    until: Instant,
    asked: Vec<Fact>,
    reply: UnboundedSender<(Fact, News)>,
    news: UnboundedReceiver<(Fact, News)>,
}

impl<'d> Errand<'d> {
    pub(crate) fn new(desk: &'d Desk, started: Instant, until: Instant) -> Errand<'d> {
        let (reply, news) = mpsc::unbounded_channel();
        Errand {
            desk,
            started,
            until,
            asked: Vec::new(),
            reply,
            news,
        }
    }

    /// Asks for what is wanted and not asked for yet, and waits for any news: an answer, or the end of
    /// somebody's patience. Facts that arrive at once are taken together.
    ///
    /// Each call settles at least one of `wanted`, so a review that calls again for what is still
    /// wanted comes to an end.
    pub(crate) async fn wait(&mut self, wanted: &[Wanted], known: &mut Known) {
        for Wanted { fact, .. } in wanted {
            if !self.asked.contains(fact) {
                self.asked.push(fact.clone());
                self.desk.ask(fact, &self.reply);
            }
        }
        let limits = wanted.iter().map(|wanted| self.limit(wanted.limit));
        let soonest = limits.min().unwrap_or(self.until);
        // News that nobody wants now is no reason to come back.
        while wanted.iter().all(|wanted| !is_settled(&wanted.fact, known)) {
            match timeout_at(soonest.into(), self.news.recv()).await {
                Ok(Some(news)) => take(news, known),
                Ok(None) | Err(_) => break,
            }
        }
        while let Ok(news) = self.news.try_recv() {
            take(news, known);
        }
        let now = Instant::now();
        for Wanted { fact, limit } in wanted {
            if now >= self.limit(*limit) && !is_settled(fact, known) {
                self.desk.too_late(fact);
                known.give_up(fact.clone(), String::new());
            }
        }
        known.begin();
    }

    fn limit(&self, limit: Option<Duration>) -> Instant {
        let own = limit.and_then(|limit| self.started.checked_add(limit));
        own.map_or(self.until, |own| own.min(self.until))
    }
}

fn is_settled(fact: &Fact, known: &Known) -> bool {
    known.get(fact).is_some() || known.given_up(fact).is_some()
}

fn take((fact, news): (Fact, News), known: &mut Known) {
    match news {
        News::Answer(answer) => known.insert(fact, answer),
        News::GivenUp(why) => known.give_up(fact, why),
    }
}
