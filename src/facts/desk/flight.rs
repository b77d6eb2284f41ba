//! Questions on their way: how many, who waits for them, how they end.

use std::collections::HashMap;
use std::mem;
use std::time::{Duration, Instant};

use portcullis_engine::facts::{ApiTarget, Fact, Method};
use tokio::time::timeout;

use super::{Desk, News, State, Waiters};
use crate::facts::breaker::{Failure, Source};
use crate::facts::fetch::NoAnswer;

/// Questions on their way at once, and those to one service: who hangs leaves room for the others.
const MOST: usize = 1_024;
const MOST_TO_ONE: usize = 256;

/// After this a question is taken to be lost: no API server waits longer than 30 s.
const LONGEST: Duration = Duration::from_secs(30);

/// Is one answer good for all who ask at the same time? What is posted may change something, once for each
/// who posts it; but for questions about rights, which are posted and change nothing.
pub(super) fn may_be_joined(fact: &Fact) -> bool {
    let (Fact::Api(call) | Fact::Http(call)) = fact else {
        return true;
    };
    match (call.method, &call.target) {
        (Method::Get, _) => true,
        (Method::Post, ApiTarget::Service { .. }) => false,
        (Method::Post, ApiTarget::Kubernetes { path }) => {
            path.starts_with("/apis/authorization.k8s.io/")
        }
    }
}

/// How many questions are on their way, and to which services.
#[derive(Default)]
pub(super) struct Flying {
    all: usize,
    to: HashMap<Source, usize>,
}

impl Flying {
    /// # Errors
    ///
    /// Why there may be no further question, in words for the user.
    pub(super) fn has_room(&self, source: &Source) -> Result<(), String> {
        let all = self.all;
        if all >= MOST {
            return Err(format!("{all} other facts are being fetched"));
        }
        match self.to.get(source) {
            Some(&some) if some >= MOST_TO_ONE => Err(format!(
                "{some} other facts are being fetched from {source}"
            )),
            _ => Ok(()),
        }
    }

    pub(super) fn add(&mut self, source: &Source) {
        self.all += 1;
        if let Source::Service(_) = source {
            *self.to.entry(source.clone()).or_default() += 1;
        }
    }

    fn remove(&mut self, source: &Source) {
        self.all -= 1;
        if let Some(some) = self.to.get_mut(source) {
            *some -= 1;
            if *some == 0 {
                self.to.remove(source);
            }
        }
    }
}

/// One question on its way. Lands when it is dropped, whatever happens.
pub(super) struct Flight {
    desk: Desk,
    source: Source,
    fact: Fact,
    /// Who waits where nobody else may join.
    own: Waiters,
    landed: bool,
}

impl Flight {
    pub(super) fn new(desk: Desk, source: Source, fact: Fact, own: Waiters) -> Flight {
        Flight {
            desk,
            source,
            fact,
            own,
            landed: false,
        }
    }

    /// Asks, and tells whoever waits.
    pub(super) async fn fly(mut self) {
        let desk = self.desk.clone();
        let inner = &desk.0;
        let asked = timeout(LONGEST, inner.network.fetch(&self.fact)).await;
        let trouble = match &asked {
            Ok(Ok(_) | Err(NoAnswer::Said(_))) => None,
            Ok(Err(NoAnswer::Trouble(text))) => Some((Failure::Told, text.as_str())),
            Err(_) => Some((Failure::Silent, "no answer")),
        };
        let mut state = inner.state();
        let (opened, closed) = match trouble {
            None => (false, state.breakers.succeeded(&self.source)),
            Some((failure, _)) => {
                let now = Instant::now();
                (state.breakers.failed(&self.source, failure, now), false)
            }
        };
        let how = match &asked {
            Ok(Ok(document)) => {
                state.memory.keep(&self.fact, document, Instant::now());
                "answered"
            }
            Ok(Err(NoAnswer::Said(_))) => {
                state.memory.forget(&self.fact);
                "failed"
            }
            Ok(Err(NoAnswer::Trouble(_))) => "failed",
            Err(_) => "lost",
        };
        for waiter in self.land(&mut state) {
            let news = match &asked {
                Ok(answer) => News::Answer(answer.clone().map_err(NoAnswer::into_text)),
                Err(_) => News::GivenUp(String::new()),
            };
            let _ = waiter.send((self.fact.clone(), news));
        }
        drop(state);
        inner.metrics.ended(self.source.kind(), how);
        let told = trouble.map_or("", |(_, text)| text);
        inner.note_trouble(&self.source, opened, told);
        if closed {
            tracing::info!(source = %self.source, "a source of facts answers again");
        }
    }

    /// Whoever waits. From now on the next one asks anew.
    fn land(&mut self, state: &mut State) -> Waiters {
        if mem::replace(&mut self.landed, true) {
            return Waiters::new();
        }
        state.flying.remove(&self.source);
        match may_be_joined(&self.fact) {
            true => state.flights.remove(&self.fact).unwrap_or_default(),
            false => mem::take(&mut self.own),
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let desk = self.desk.clone();
        desk.0.metrics.in_flight.dec();
        // It has landed unless fetching panicked: nobody shall wait for it.
        let waiters = self.land(&mut desk.0.state());
        for waiter in waiters {
            let why = "fetching it failed inside portcullis".to_owned();
            let _ = waiter.send((self.fact.clone(), News::GivenUp(why)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Flying, MOST, MOST_TO_ONE};
    use crate::facts::breaker::Source;

    #[test]
    fn a_service_that_hangs_leaves_room() {
        let service = |name: &str| Source::Service(name.to_owned());
        let mut flying = Flying::default();
        for _ in 0..MOST_TO_ONE {
            assert_eq!(flying.has_room(&service("a")), Ok(()));
            flying.add(&service("a"));
        }
        let why = "256 other facts are being fetched from service `a`".to_owned();
        assert_eq!(flying.has_room(&service("a")), Err(why));
        assert_eq!(flying.has_room(&service("b")), Ok(()));
        flying.remove(&service("a"));
        assert_eq!(flying.has_room(&service("a")), Ok(()));
        for _ in MOST_TO_ONE..=MOST {
            assert_eq!(flying.has_room(&Source::Cluster), Ok(()));
            flying.add(&Source::Cluster);
        }
        assert!(flying.has_room(&Source::Cluster).is_err());
        assert!(flying.has_room(&service("b")).is_err());
    }
}
