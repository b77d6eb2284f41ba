//! The facts of one review: what was fetched for it so far, and its time.
//!
//! Comes in:  answers, as they arrive.
//! Goes out:  the same answers, to every attempt to decide the review.
//! Never here: fetching.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use portcullis_engine::facts::{Answer, Configured, Fact, FactKind, Facts, Role};
use portcullis_engine::review::UserInfo;
use portcullis_lang::functions::Inputs;
use portcullis_lang::scalar::image::Defaults;
use portcullis_lang::value::Value;

use super::Fetched;
use super::system::SystemInputs;
use super::{RoleTable, Variables};

/// Grows while its review is decided, attempt by attempt; an answer never changes.
#[derive(Debug)]
pub(crate) struct Known {
    now: i128,
    chance: Chance,
    answers: HashMap<Fact, Fetched>,
    /// Why they will not come any more; empty where they only took too long.
    given_up: HashMap<Fact, String>,
    /// Which roles users are bound to, where somebody keeps account of that.
    roles: Option<Arc<RoleTable>>,
    /// What is configured about variables, where it is not as usual.
    variables: Option<Arc<Variables>>,
    /// May expressions of policies of one namespace ask services?
    http_in_namespaces: bool,
}

/// Random numbers: the same ones in each attempt, or what is asked with them would be new each time.
#[derive(Debug, Default)]
struct Chance {
    seed: OnceLock<u64>,
    drawn: AtomicU64,
}

impl Chance {
    fn next(&self) -> u64 {
        let seed = *self.seed.get_or_init(|| SystemInputs.random());
        let drawn = self.drawn.fetch_add(1, Ordering::Relaxed);
        // SplitMix64: the numbers of one seed look like any others.
        let mut number =
            seed.wrapping_add(drawn.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ (number >> 31)
    }
}

impl Known {
    /// Nothing yet but the time. Allocates nothing: most reviews need no fact.
    pub(crate) fn new() -> Known {
        Known {
            now: SystemInputs.now(),
            chance: Chance::default(),
            answers: HashMap::new(),
            given_up: HashMap::new(),
            roles: None,
            variables: None,
            http_in_namespaces: false,
        }
    }

    /// The same with the roles of users.
    pub(crate) fn with_roles(self, roles: Option<Arc<RoleTable>>) -> Known {
        Known { roles, ..self }
    }

    /// The same with what is configured about variables.
    pub(super) fn with_variables(self, variables: Option<Arc<Variables>>) -> Known {
        Known { variables, ..self }
    }

    /// The same, where expressions of policies of one namespace may ask services.
    pub(super) fn with_http_in_namespaces(self, http_in_namespaces: bool) -> Known {
        Known {
            http_in_namespaces,
            ..self
        }
    }

    /// From here on random numbers are those of the beginning: another attempt begins.
    pub(crate) fn begin(&self) {
        self.chance.drawn.store(0, Ordering::Relaxed);
    }

    /// Adds an answer.
    pub(crate) fn insert(&mut self, fact: Fact, answer: Fetched) {
        self.answers.insert(fact, answer);
    }

    /// Says that an answer will not come, and why, if it did not only take too long.
    pub(crate) fn give_up(&mut self, fact: Fact, why: String) {
        self.given_up.insert(fact, why);
    }
}

impl Facts for Known {
    /// Everything may be asked for. A source that is not there answers with an error, and the rule
    /// that needs it says so; it must not decide as if there were nothing to ask.
    fn offers(&self, _: FactKind) -> bool {
        true
    }

    fn get(&self, fact: &Fact) -> Option<Answer<'_>> {
        let answer = self.answers.get(fact)?;
        Some(answer.as_ref().map_err(Clone::clone))
    }

    fn given_up(&self, fact: &Fact) -> Option<&str> {
        self.given_up.get(fact).map(String::as_str)
    }

    fn configured(&self) -> Configured<'_> {
        let variables = self.variables.as_ref();
        let usual = Configured::default();
        Configured {
            http_in_namespaces: self.http_in_namespaces,
            ..variables.map_or(usual, |variables| variables.configured())
        }
    }

    fn roles<'f>(&'f self, user: &UserInfo<'_>, take: &mut dyn FnMut(Role<'f>)) {
        let table = self.roles.iter();
        table
            .flat_map(|table| table.of(user.username(), user.groups()))
            .for_each(take);
    }
}

impl Inputs for Known {
    fn now(&self) -> i128 {
        self.now
    }

    fn random(&self) -> u64 {
        self.chance.next()
    }

    fn images(&self) -> Defaults<'_> {
        self.configured().images
    }

    fn resolve_host(&self, host: &str) -> Option<Result<Vec<IpAddr>, String>> {
        let name = host.to_owned();
        Some(self.get(&Fact::Host { name })?.map(|document| {
            let texts = document.root().as_list().into_iter().flatten();
            texts
                .filter_map(Value::as_str)
                .filter_map(|text| text.parse().ok())
                .collect()
        }))
    }
}

#[cfg(test)]
mod tests {
    use portcullis_lang::functions::Inputs as _;

    use super::Known;

    /// What is posted with a random number was posted once for each attempt.
    #[test]
    fn every_attempt_draws_the_same_numbers() {
        let known = Known::new();
        let draw = || [known.random(), known.random(), known.random()];
        let first = draw();
        assert_ne!(first, draw());
        known.begin();
        assert_eq!(first, draw());
        assert!(first[0] != first[1] && first[1] != first[2]);
        assert_ne!(Known::new().random(), first[0], "another review");
    }
}
