//! Answers that are kept: for how long, and how many.
//!
//! Comes in:  answers, as they arrive.
//! Goes out:  the same answers, fresh, or stale where an old one is better than a wait.
//! Never here: clocks; the caller says what time it is.
//!
//! | fact | fresh | then stale until |
//! |---|---|---|
//! | ConfigMap (or never kept, if so wanted), labels of a namespace | 1 s | 5 s |
//! | addresses of a host | 30 s | 5 min |
//! | image by digest | 1 h | 1 h |
//! | image by tag | 30 s | 30 s |
//! | any API call, anything else | never kept | |
//!
//! A stale answer is given at once while the next one is fetched. Kyverno reads ConfigMaps and
//! namespaces from watches, which are late too; API calls it makes for each request, and policies that
//! count objects depend on that.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use portcullis_engine::facts::Fact;
use portcullis_lang::value::Document;

/// Bounds of everything that is kept together.
const MOST: usize = 4_096;
const MOST_BYTES: usize = 64 << 20;

/// How long an answer is good for.
#[derive(Clone, Copy, Debug)]
struct Keeping {
    fresh: Duration,
    /// From its arrival on, as `fresh`.
    stale: Duration,
}

fn keeping(fact: &Fact) -> Option<Keeping> {
    let (fresh, stale) = match fact {
        Fact::ConfigMap { .. } | Fact::NamespaceLabels { .. } => (1, 5),
        Fact::Host { .. } => (30, 300),
        Fact::Image(image) if image.reference.contains("@sha256:") => (3_600, 3_600),
        Fact::Image(_) => (30, 30),
        _ => return None,
    };
    Some(Keeping {
        fresh: Duration::from_secs(fresh),
        stale: Duration::from_secs(stale),
    })
}

/// What is kept of a fact.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kept {
    Fresh(Document),
    /// Good enough for now; somebody should fetch it again.
    Stale(Document),
    Nothing,
}

/// Answers of the last time.
#[derive(Debug, Default)]
pub(super) struct Memory {
    answers: HashMap<Fact, Answer>,
    bytes: usize,
    /// Are ConfigMaps read each time that they are asked for?
    pub(super) without_config_maps: bool,
}

#[derive(Debug)]
struct Answer {
    document: Document,
    bytes: usize,
    at: Instant,
    keeping: Keeping,
}

impl Memory {
    /// What is kept of `fact`.
    pub(super) fn get(&self, fact: &Fact, now: Instant) -> Kept {
        let Some(answer) = self.answers.get(fact) else {
            return Kept::Nothing;
        };
        let age = now.saturating_duration_since(answer.at);
        if age < answer.keeping.fresh {
            Kept::Fresh(answer.document.clone())
        } else if age < answer.keeping.stale {
            Kept::Stale(answer.document.clone())
        } else {
            Kept::Nothing
        }
    }

    /// Keeps an answer, if it is one to keep; the oldest go where there is no room.
    pub(super) fn keep(&mut self, fact: &Fact, document: &Document, now: Instant) {
        let Some(keeping) = keeping(fact) else { return };
        if self.without_config_maps && matches!(fact, Fact::ConfigMap { .. }) {
            return;
        }
        let bytes = document.memory();
        if bytes > MOST_BYTES {
            return;
        }
        self.forget(fact);
        if self.answers.len() >= MOST || self.bytes + bytes > MOST_BYTES {
            self.make_room(bytes, now);
        }
        let document = document.clone();
        self.bytes += bytes;
        let answer = Answer {
            document,
            bytes,
            at: now,
            keeping,
        };
        self.answers.insert(fact.clone(), answer);
    }

    /// Drops an answer that is known to be no longer true.
    pub(super) fn forget(&mut self, fact: &Fact) {
        if let Some(old) = self.answers.remove(fact) {
            self.bytes -= old.bytes;
        }
    }

    fn make_room(&mut self, bytes: usize, now: Instant) {
        self.answers.retain(|_, answer| {
            let good = now.saturating_duration_since(answer.at) < answer.keeping.stale;
            if !good {
                self.bytes -= answer.bytes;
            }
            good
        });
        while self.answers.len() >= MOST || self.bytes + bytes > MOST_BYTES {
            let oldest = self.answers.iter().min_by_key(|(_, answer)| answer.at);
            let Some(fact) = oldest.map(|(fact, _)| fact.clone()) else {
                return;
            };
            self.forget(&fact);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kept, MOST, MOST_BYTES, Memory};
    use portcullis_engine::facts::{ApiCall, ApiTarget, Fact, Method};
    use portcullis_lang::value::{Document, Value};
    use std::time::{Duration, Instant};

    #[test]
    fn an_answer_is_fresh_then_stale_then_gone() {
        let (fact, now) = (labels(0), Instant::now());
        let mut memory = Memory::default();
        assert_eq!(memory.get(&fact, now), Kept::Nothing);
        memory.keep(&fact, &text("a"), now);
        let after = |millis| now + Duration::from_millis(millis);
        assert_eq!(memory.get(&fact, after(999)), Kept::Fresh(text("a")));
        assert_eq!(memory.get(&fact, after(1_000)), Kept::Stale(text("a")));
        assert_eq!(memory.get(&fact, after(5_000)), Kept::Nothing);
        memory.keep(&fact, &text("b"), after(4_000));
        assert_eq!(memory.get(&fact, after(4_500)), Kept::Fresh(text("b")));
        memory.forget(&fact);
        assert_eq!(memory.get(&fact, after(4_500)), Kept::Nothing);
        assert_eq!(memory.bytes, 0);
    }

    #[test]
    fn config_maps_are_kept_unless_that_is_not_wanted() {
        let config_map = Fact::ConfigMap {
            namespace: "a".to_owned(),
            name: "b".to_owned(),
        };
        for without in [false, true] {
            let now = Instant::now();
            let mut memory = Memory {
                without_config_maps: without,
                ..Memory::default()
            };
            memory.keep(&config_map, &text("a"), now);
            memory.keep(&labels(0), &text("a"), now);
            let kept = memory.get(&config_map, now);
            assert_eq!(kept == Kept::Nothing, without);
            assert_eq!(memory.get(&labels(0), now), Kept::Fresh(text("a")));
        }
    }

    #[test]
    fn api_calls_are_made_each_time() {
        let target = ApiTarget::Kubernetes {
            path: "/api/v1/pods".to_owned(),
        };
        let call = Fact::Api(Box::new(ApiCall {
            method: Method::Get,
            target,
            body: None,
        }));
        let now = Instant::now();
        let mut memory = Memory::default();
        memory.keep(&call, &text("a"), now);
        assert_eq!(memory.get(&call, now), Kept::Nothing);
    }

    #[test]
    fn what_is_kept_has_bounds() {
        let now = Instant::now();
        let mut memory = Memory::default();
        for number in 0..MOST + 10 {
            memory.keep(
                &labels(number),
                &text("a"),
                now + Duration::from_nanos(number as u64),
            );
        }
        assert_eq!(memory.answers.len(), MOST);
        assert_eq!(
            memory.get(&labels(9), now),
            Kept::Nothing,
            "the oldest went"
        );
        let big = text(&"x".repeat(MOST_BYTES / 2));
        for number in 0..3 {
            memory.keep(
                &labels(number),
                &big,
                now + Duration::from_secs(number as u64),
            );
        }
        assert!(memory.bytes <= MOST_BYTES, "{}", memory.bytes);
        assert_eq!(memory.get(&labels(2), now), Kept::Fresh(big));
    }

    fn labels(number: usize) -> Fact {
        Fact::NamespaceLabels {
            name: number.to_string(),
        }
    }

    fn text(text: &str) -> Document {
        Document::from_value(Value::Str(text))
    }
}
