//! The desk where reviews ask for facts.
//!
//! Comes in:  facts, from any number of reviews at once.
//! Goes out:  their answers, to every review that asked; one question to the source for all of them, but
//!            for what is posted.
//! Never here: deadlines of reviews (see `errand`); what is asked how (see `fetch`).
//!
//! A review that needs no fact never comes here. One that does takes a lock for as long as a look into
//! a table takes.

mod flight;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use arc_swap::ArcSwapOption;
use portcullis_engine::facts::Fact;
use tokio::sync::mpsc::UnboundedSender;

use super::breaker::{Breakers, Failure, LeftAlone, Source, Troubled};
use super::fetch::{Fetch, Fetched};
use super::memory::{Kept, Memory};
use super::{Known, Variables};
use crate::observe::facts::FactMetrics;
use crate::settings::config_map::ConfigInForce;
use flight::{Flight, Flying, may_be_joined};

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
    http_in_namespaces: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Those that others may join.
    flights: HashMap<Fact, Waiters>,
    flying: Flying,
    memory: Memory,
    breakers: Breakers,
}

impl Desk {
    /// `http_in_namespaces`: may expressions of policies of one namespace ask services?
    pub(crate) fn new(
        network: Box<dyn Fetch>,
        metrics: FactMetrics,
        http_in_namespaces: bool,
    ) -> Desk {
        Desk(Arc::new(Inner {
            network,
            metrics,
            variables: ArcSwapOption::empty(),
            http_in_namespaces,
            state: Mutex::default(),
        }))
    }

    /// The facts of one evaluation: none yet.
    pub(crate) fn open(&self) -> Known {
        Known::new()
            .with_variables(self.0.variables.load_full())
            .with_http_in_namespaces(self.0.http_in_namespaces)
    }

    /// Has variables as the ConfigMap says, for as long as the runtime lives. `deferred`: are context
    /// entries loaded when they are mentioned?
    pub(crate) fn heed(&self, config: &ConfigInForce, deferred: bool) {
        let desk = self.clone();
        config.tell(move |config| {
            desk.0.variables.store(Variables::read(config, deferred));
        });
    }

    /// From now on, a ConfigMap is read each time that a review wants it.
    pub(crate) fn read_config_maps_each_time(&self) {
        self.0.state().memory.without_config_maps = true;
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
            Err(Refused::Full(why)) => {
                metrics.refused.inc();
                tell(News::GivenUp(why));
            }
            Err(Refused::LeftAlone(source, LeftAlone { failure, why })) => {
                metrics.refused.inc();
                tell(match (source, failure) {
                    // As if it had been asked: it would have told so at once, and a policy may have said
                    // what holds then.
                    (Source::Service(_), Failure::Told) => News::Answer(Err(why)),
                    _ => News::GivenUp(why),
                });
            }
        }
    }

    /// A review ran out of time waiting for `fact`.
    pub(super) fn too_late(&self, fact: &Fact) {
        self.0.metrics.late.inc();
        let source = Source::of(fact);
        let now = Instant::now();
        let failed = self
            .0
            .state()
            .breakers
            .failed(&source, Failure::Silent, now);
        self.0.note_trouble(&source, failed, "no answer in time");
    }

    /// Joins a flight, or starts one. Without a waiter it is only for the next ones.
    fn start(
        &self,
        state: &mut State,
        fact: &Fact,
        waiter: Option<UnboundedSender<(Fact, News)>>,
    ) -> Result<(), Refused> {
        let source = Source::of(fact);
        let mut own = Waiters::new();
        match state.flights.entry(fact.clone()) {
            Entry::Occupied(mut flight) => {
                let trusted = state.breakers.is_trusted(&source);
                trusted.map_err(|why| Refused::LeftAlone(source, why))?;
                self.0.metrics.joined.inc();
                flight.get_mut().extend(waiter);
                return Ok(());
            }
            Entry::Vacant(flight) => {
                state.flying.has_room(&source).map_err(Refused::Full)?;
                let asked = state.breakers.may_ask(&source, Instant::now());
                asked.map_err(|why| Refused::LeftAlone(source.clone(), why))?;
                match may_be_joined(fact) {
                    true => drop(flight.insert(waiter.into_iter().collect())),
                    false => own.extend(waiter),
                }
            }
        }
        state.flying.add(&source);
        self.0.metrics.in_flight.inc();
        let flight = Flight::new(self.clone(), source, fact.clone(), own);
        tokio::spawn(flight.fly());
        Ok(())
    }

    /// The sources that failed last.
    pub(crate) fn troubled(&self) -> Vec<Troubled> {
        self.0.state().breakers.troubled(Instant::now())
    }
}

/// Why a question is not asked.
enum Refused {
    /// Too many are on their way.
    Full(String),
    /// Its source fails.
    LeftAlone(Source, LeftAlone),
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

#[cfg(test)]
mod tests;
