//! Circuit breakers: a source that does not answer is left alone for a while.
//!
//! Comes in:  how asking a source ended, each time.
//! Goes out:  may it be asked now? Which sources failed last?
//! Never here: clocks; the caller says what time it is.

use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, Instant};

use portcullis_engine::facts::{ApiTarget, Fact};

/// Failures in a row after which a source is left alone.
const PATIENCE: u32 = 5;

/// How long it is left alone the first time, and at most; twice as long each time that it fails again.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Sources whose failures are counted at once. Which services are called may follow from requests.
const MOST: usize = 1_024;

/// Whoever answers facts, and fails as one.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) enum Source {
    /// The cluster's API server.
    Cluster,
    /// A service, by scheme and authority.
    Service(String),
    /// A registry, by the image's text up to the first slash.
    Registry(String),
    /// Name servers.
    Names,
    /// This process, which holds the data of GlobalContextEntries.
    Here,
}

impl Source {
    pub(super) fn of(fact: &Fact) -> Source {
        match fact {
            Fact::Api(call) | Fact::Http(call) => match &call.target {
                ApiTarget::Kubernetes { .. } => Source::Cluster,
                ApiTarget::Service { url, .. } => Source::Service(origin(url).to_owned()),
            },
            Fact::Image(image) => {
                let registry = image.reference.split('/').next().unwrap_or_default();
                Source::Registry(registry.to_owned())
            }
            Fact::Host { .. } => Source::Names,
            Fact::GlobalContext { .. } => Source::Here,
            _ => Source::Cluster,
        }
    }
}

/// `https://host:port` of an address.
fn origin(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let rest = url.get(start..).unwrap_or_default();
    let end = rest
        .find(['/', '?', '#'])
        .map_or(url.len(), |at| start + at);
    url.get(..end).unwrap_or(url)
}

impl Source {
    /// What it is, for metrics: one of few words.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Source::Cluster => "cluster",
            Source::Service(_) => "service",
            Source::Registry(_) => "registry",
            Source::Names => "names",
            Source::Here => "here",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Cluster => f.write_str("the cluster's API server"),
            Source::Service(origin) => write!(f, "service `{origin}`"),
            Source::Registry(name) => write!(f, "registry `{name}`"),
            Source::Names => f.write_str("the name servers"),
            Source::Here => f.write_str("this process"),
        }
    }
}

/// How asking a source failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Failure {
    /// It said so, or could not be reached: nobody waited for it.
    Told,
    /// Nobody heard of it in time.
    Silent,
}

/// Why a source is not asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct LeftAlone {
    /// How it failed last.
    pub(super) failure: Failure,
    /// In words for the user.
    pub(super) why: String,
}

/// A source that failed last, for whoever looks after the gate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Troubled {
    /// Who, in words.
    pub(crate) source: String,
    /// How often in a row.
    pub(crate) failures: u32,
    /// How long it is left alone from now on, if it is.
    pub(crate) left_alone: Option<Duration>,
}

/// The sources that failed last.
#[derive(Debug, Default)]
pub(super) struct Breakers(HashMap<Source, Breaker>);

#[derive(Debug)]
struct Breaker {
    /// In a row.
    failures: u32,
    /// The last one.
    failure: Failure,
    /// Asked again from then on, by one at a time.
    closed_from: Option<Instant>,
    pause: Duration,
    probing: bool,
}

impl Breakers {
    /// May the source be asked? From a yes on, its end is waited for.
    ///
    /// # Errors
    ///
    /// Why not.
    pub(super) fn may_ask(&mut self, source: &Source, now: Instant) -> Result<(), LeftAlone> {
        let Some(breaker) = self.0.get_mut(source) else {
            return Ok(());
        };
        match breaker.closed_from {
            None => Ok(()),
            Some(at) if now >= at && !breaker.probing => {
                breaker.probing = true;
                Ok(())
            }
            Some(_) => Err(breaker.why(source)),
        }
    }

    /// Is it worth waiting for a question that was asked before?
    ///
    /// # Errors
    ///
    /// Why not.
    pub(super) fn is_trusted(&self, source: &Source) -> Result<(), LeftAlone> {
        match self.0.get(source) {
            Some(breaker) if breaker.closed_from.is_some() => Err(breaker.why(source)),
            _ => Ok(()),
        }
    }

    /// It answered. Was it left alone until now?
    pub(super) fn succeeded(&mut self, source: &Source) -> bool {
        let before = self.0.remove(source);
        before.is_some_and(|breaker| breaker.closed_from.is_some())
    }

    /// It did not. Is it left alone from now on, and was not before?
    pub(super) fn failed(&mut self, source: &Source, failure: Failure, now: Instant) -> bool {
        if self.0.len() >= MOST && !self.0.contains_key(source) {
            return false;
        }
        let breaker = self.0.entry(source.clone()).or_insert(Breaker {
            failures: 0,
            failure,
            closed_from: None,
            pause: PAUSE,
            probing: false,
        });
        breaker.failures = breaker.failures.saturating_add(1);
        breaker.failure = failure;
        let opened = breaker.closed_from.is_some();
        // Flights that began before it was left alone say nothing new.
        if breaker.failures < PATIENCE || (opened && !breaker.probing) {
            return false;
        }
        breaker.closed_from = Some(now + breaker.pause);
        breaker.pause = (breaker.pause * 2).min(LONGEST_PAUSE);
        breaker.probing = false;
        !opened
    }

    /// Every source that failed last, by name.
    pub(super) fn troubled(&self, now: Instant) -> Vec<Troubled> {
        let mut troubled: Vec<_> = self
            .0
            .iter()
            .map(|(source, breaker)| Troubled {
                source: source.to_string(),
                failures: breaker.failures,
                left_alone: breaker
                    .closed_from
                    .map(|until| until.saturating_duration_since(now)),
            })
            .collect();
        troubled.sort_by(|a, b| a.source.cmp(&b.source));
        troubled
    }

    /// How many sources are left alone.
    pub(super) fn open(&self) -> usize {
        let mut breakers = self.0.values();
        breakers
            .by_ref()
            .filter(|breaker| breaker.closed_from.is_some())
            .count()
    }
}

impl Breaker {
    fn why(&self, source: &Source) -> LeftAlone {
        let failures = self.failures;
        LeftAlone {
            failure: self.failure,
            why: format!("{source} failed {failures} times in a row and is not asked for now"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Breakers, Failure, LeftAlone, MOST, PATIENCE, PAUSE, Source, origin};
    use std::time::{Duration, Instant};

    #[test]
    fn a_source_that_fails_is_left_alone_and_tried_again() {
        let mut breakers = Breakers::default();
        let now = Instant::now();
        let source = Source::Cluster;
        for _ in 1..PATIENCE {
            assert!(!breakers.failed(&source, Failure::Silent, now));
            assert_eq!(breakers.may_ask(&source, now), Ok(()));
        }
        assert!(breakers.failed(&source, Failure::Told, now));
        let why = "the cluster's API server failed 5 times in a row and is not asked for now";
        let left_alone = LeftAlone {
            failure: Failure::Told,
            why: why.to_owned(),
        };
        assert_eq!(breakers.may_ask(&source, now), Err(left_alone));
        assert_eq!(
            breakers.may_ask(&Source::Names, now),
            Ok(()),
            "others are asked"
        );
        // One is sent to see; the others wait for what becomes of it.
        let later = now + PAUSE;
        assert_eq!(breakers.may_ask(&source, later), Ok(()));
        assert!(breakers.may_ask(&source, later).is_err());
        assert!(!breakers.failed(&source, Failure::Told, later), "no news");
        let troubled = breakers.troubled(later);
        assert_eq!(troubled.len(), 1);
        assert_eq!(troubled[0].failures, 6);
        assert_eq!(troubled[0].left_alone, Some(2 * PAUSE));
        assert!(
            breakers.may_ask(&source, later + PAUSE).is_err(),
            "longer this time"
        );
        assert_eq!(breakers.may_ask(&source, later + 2 * PAUSE), Ok(()));
        assert_eq!(breakers.open(), 1);
        assert!(breakers.succeeded(&source));
        assert_eq!(breakers.open(), 0);
        assert!(
            !breakers.failed(&source, Failure::Told, later),
            "from the beginning"
        );
    }

    #[test]
    fn failures_count_only_in_a_row_and_for_a_bounded_number_of_sources() {
        let mut breakers = Breakers::default();
        let now = Instant::now();
        for _ in 0..3 * PATIENCE {
            assert!(!breakers.failed(&Source::Names, Failure::Told, now));
            assert!(!breakers.succeeded(&Source::Names));
        }
        for number in 0..2 * MOST {
            breakers.failed(
                &Source::Service(number.to_string()),
                Failure::Silent,
                now + Duration::from_secs(1),
            );
        }
        assert_eq!(breakers.0.len(), MOST);
    }

    #[test]
    fn origins() {
        for (url, expect) in [
            ("https://a.b:8443/c?d", "https://a.b:8443"),
            ("http://a?x=://b/c", "http://a"),
            ("http://a", "http://a"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(origin(url), expect);
        }
    }
}
