//! Circuit breakers: a source that does not answer is left alone for a while.
//!
//! Comes in:  how asking a source ended, each time.
//! Goes out:  may it be asked now?
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
            Fact::Api(call) => match &call.target {
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

/// The sources that failed last.
#[derive(Debug, Default)]
pub(super) struct Breakers(HashMap<Source, Breaker>);

#[derive(Debug)]
struct Breaker {
    /// In a row.
    failures: u32,
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
    /// Why not, in words for the user.
    pub(super) fn may_ask(&mut self, source: &Source, now: Instant) -> Result<(), String> {
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
    /// Why not, in words for the user.
    pub(super) fn is_trusted(&self, source: &Source) -> Result<(), String> {
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
    pub(super) fn failed(&mut self, source: &Source, now: Instant) -> bool {
        if self.0.len() >= MOST && !self.0.contains_key(source) {
            return false;
        }
        let breaker = self.0.entry(source.clone()).or_insert(Breaker {
            failures: 0,
            closed_from: None,
            pause: PAUSE,
            probing: false,
        });
        breaker.failures = breaker.failures.saturating_add(1);
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
    fn why(&self, source: &Source) -> String {
        let failures = self.failures;
        format!("{source} failed {failures} times in a row and is not asked for now")
    }
}

#[cfg(test)]
mod tests {
    use super::{Breakers, MOST, PATIENCE, PAUSE, Source, origin};
    use std::time::{Duration, Instant};

    #[test]
    fn a_source_that_fails_is_left_alone_and_tried_again() {
        let mut breakers = Breakers::default();
        let now = Instant::now();
        let source = Source::Cluster;
        for _ in 1..PATIENCE {
            assert!(!breakers.failed(&source, now));
            assert_eq!(breakers.may_ask(&source, now), Ok(()));
        }
        assert!(breakers.failed(&source, now));
        let why = "the cluster's API server failed 5 times in a row and is not asked for now";
        assert_eq!(breakers.may_ask(&source, now), Err(why.to_owned()));
        assert_eq!(
            breakers.may_ask(&Source::Names, now),
            Ok(()),
            "others are asked"
        );
        // One is sent to see; the others wait for what becomes of it.
        let later = now + PAUSE;
        assert_eq!(breakers.may_ask(&source, later), Ok(()));
        assert!(breakers.may_ask(&source, later).is_err());
        assert!(!breakers.failed(&source, later), "no news");
        assert!(
            breakers.may_ask(&source, later + PAUSE).is_err(),
            "longer this time"
        );
        assert_eq!(breakers.may_ask(&source, later + 2 * PAUSE), Ok(()));
        assert_eq!(breakers.open(), 1);
        assert!(breakers.succeeded(&source));
        assert_eq!(breakers.open(), 0);
        assert!(!breakers.failed(&source, later), "from the beginning");
    }

    #[test]
    fn failures_count_only_in_a_row_and_for_a_bounded_number_of_sources() {
        let mut breakers = Breakers::default();
        let now = Instant::now();
        for _ in 0..3 * PATIENCE {
            assert!(!breakers.failed(&Source::Names, now));
            assert!(!breakers.succeeded(&Source::Names));
        }
        for number in 0..2 * MOST {
            breakers.failed(
                &Source::Service(number.to_string()),
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
