//! The desk where reviews ask for facts.
//!
//! Comes in:  facts, from any number of reviews at once.
//! Goes out:  their answers, to every review that asked; one question to the source for all of them.
//! Never here: deadlines of reviews (see `errand`); what is asked how (see `fetch`).
//!
//! A review that needs no fact never comes here. One that does takes a lock for as long as a look into
//! a table takes.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use portcullis_engine::facts::Fact;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::timeout;

use super::breaker::{Breakers, Source};
use super::fetch::{Fetch, Fetched, NoAnswer};
use super::memory::{Kept, Memory};
use super::{Known, Variables};
use crate::observe::facts::FactMetrics;
use crate::settings::config_map::ConfigInForce;

/// Questions on their way at once.
const MOST_FLIGHTS: usize = 1_024;

/// After this a question is taken to be lost: no API server waits longer than 30 s.
const LONGEST_FLIGHT: Duration = Duration::from_secs(30);

/// What a review gets to hear of a fact.
#[derive(Debug)]
pub(super) enum News {
    /// It is known.
    Answer(Fetched),
    /// It will not come, and this is why.
    GivenUp(String),
}

/// Who waits for one question.
type Waiters = Vec<UnboundedSender<(Fact, News)>>;

/// Where facts are asked for. Cloning it shares it.
#[derive(Clone)]
pub(crate) struct Desk(Arc<Inner>);

struct Inner {
    network: Box<dyn Fetch>,
    metrics: FactMetrics,
    variables: ArcSwapOption<Variables>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    flights: HashMap<Fact, Waiters>,
    memory: Memory,
    breakers: Breakers,
}

impl Desk {
    pub(crate) fn new(network: Box<dyn Fetch>, metrics: FactMetrics) -> Desk {
        Desk(Arc::new(Inner {
            network,
            metrics,
            variables: ArcSwapOption::empty(),
            state: Mutex::default(),
        }))
    }

    /// The facts of one evaluation: none yet.
    pub(crate) fn open(&self) -> Known {
        Known::new().with_variables(self.0.variables.load_full())
    }

    /// Has variables as the ConfigMap says, for as long as the runtime lives. `deferred`: are context
    /// entries loaded when they are mentioned?
    pub(crate) fn heed(&self, config: &ConfigInForce, deferred: bool) {
        let desk = self.clone();
        config.tell(move |config| {
            desk.0.variables.store(Variables::read(config, deferred));
        });
    }

    /// Asks for `fact`. The news comes through `reply`, at once where it can.
    pub(super) fn ask(&self, fact: &Fact, reply: &UnboundedSender<(Fact, News)>) {
        let tell = |news| {
            // A review that is over already needs no news.
            let _ = reply.send((fact.clone(), news));
        };
        let metrics = &self.0.metrics;
        if let Some(document) = self.0.network.at_hand(fact) {
            metrics.kept_fresh.inc();
            return tell(News::Answer(Ok(document)));
        }
        let mut state = self.0.state();
        let waiter = match state.memory.get(fact, Instant::now()) {
            Kept::Fresh(document) => {
                metrics.kept_fresh.inc();
                return tell(News::Answer(Ok(document)));
            }
            Kept::Stale(document) => {
                metrics.kept_stale.inc();
                tell(News::Answer(Ok(document)));
                None
            }
            Kept::Nothing => Some(reply.clone()),
        };
        match self.start(&mut state, fact, waiter) {
            Ok(()) => {}
            Err(why) => {
                metrics.refused.inc();
                tell(News::GivenUp(why));
            }
        }
    }

    /// A review ran out of time waiting for `fact`.
    pub(super) fn too_late(&self, fact: &Fact) {
        self.0.metrics.late.inc();
        let source = Source::of(fact);
        let failed = self.0.state().breakers.failed(&source, Instant::now());
        self.0.note_trouble(&source, failed, "no answer in time");
    }

    /// Joins a flight, or starts one. Without a waiter it is only for the next ones.
    fn start(
        &self,
        state: &mut State,
        fact: &Fact,
        waiter: Option<UnboundedSender<(Fact, News)>>,
    ) -> Result<(), String> {
        let flights = state.flights.len();
        let source = Source::of(fact);
        match state.flights.entry(fact.clone()) {
            Entry::Occupied(mut flight) => {
                state.breakers.is_trusted(&source)?;
                self.0.metrics.joined.inc();
                flight.get_mut().extend(waiter);
                return Ok(());
            }
            Entry::Vacant(_) if flights >= MOST_FLIGHTS => {
                return Err(format!("{flights} other facts are being fetched"));
            }
            Entry::Vacant(flight) => {
                state.breakers.may_ask(&source, Instant::now())?;
                flight.insert(waiter.into_iter().collect());
            }
        }
        self.0.metrics.in_flight.inc();
        let flight = Flight {
            desk: self.clone(),
            fact: fact.clone(),
        };
        tokio::spawn(flight.fly());
        Ok(())
    }
}

impl Inner {
    /// What a panic left behind is as good as ever: nothing here is half done.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_trouble(&self, source: &Source, opened: bool, error: &str) {
        if opened {
            self.metrics.circuits_opened.inc();
            tracing::warn!(%source, error, "a source of facts does not answer; it is left alone");
        }
        let open = self.state().breakers.open();
        self.metrics.circuits_open.set(open as i64);
    }
}

/// One question on its way. Lands when it is dropped, whatever happens.
struct Flight {
    desk: Desk,
    fact: Fact,
}

impl Flight {
    async fn fly(self) {
        let asked = timeout(LONGEST_FLIGHT, self.desk.0.network.fetch(&self.fact)).await;
        let inner = &self.desk.0;
        let source = Source::of(&self.fact);
        let trouble = match &asked {
            Ok(Ok(_) | Err(NoAnswer::Said(_))) => None,
            Ok(Err(NoAnswer::Trouble(text))) => Some(text.as_str()),
            Err(_) => Some("no answer"),
        };
        let mut state = inner.state();
        let (opened, closed) = match trouble {
            None => (false, state.breakers.succeeded(&source)),
            Some(_) => (state.breakers.failed(&source, Instant::now()), false),
        };
        let counter = match &asked {
            Ok(Ok(document)) => {
                state.memory.keep(&self.fact, document, Instant::now());
                &inner.metrics.answered
            }
            Ok(Err(NoAnswer::Said(_))) => {
                state.memory.forget(&self.fact);
                &inner.metrics.failed
            }
            Ok(Err(NoAnswer::Trouble(_))) => &inner.metrics.failed,
            Err(_) => &inner.metrics.lost,
        };
        for waiter in state.flights.remove(&self.fact).into_iter().flatten() {
            let news = match &asked {
                Ok(answer) => News::Answer(answer.clone().map_err(NoAnswer::into_text)),
                Err(_) => News::GivenUp(String::new()),
            };
            let _ = waiter.send((self.fact.clone(), news));
        }
        drop(state);
        counter.inc();
        inner.note_trouble(&source, opened, trouble.unwrap_or_default());
        if closed {
            tracing::info!(%source, "a source of facts answers again");
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.desk.0.metrics.in_flight.dec();
        // Still there only where fetching panicked: nobody shall wait for it.
        let waiters = self.desk.0.state().flights.remove(&self.fact);
        for waiter in waiters.into_iter().flatten() {
            let why = "fetching it failed inside portcullis".to_owned();
            let _ = waiter.send((self.fact.clone(), News::GivenUp(why)));
        }
    }
}

#[cfg(test)]
mod tests;
