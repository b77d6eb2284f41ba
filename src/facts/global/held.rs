//! The data of one entry, and its projections.
//!
//! Comes in:  objects one by one, or whole answers.
//! Goes out:  documents, made at most once after each change, for the first who asks.
//! Never here: where data come from.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bumpalo::Bump;
use portcullis_lang::jmespath::{Env, Query};
use portcullis_lang::value::{Document, Value, list};

use crate::facts::Fetched;
use crate::facts::system::SystemInputs;

/// What is held for one entry.
pub(super) struct Held {
    name: String,
    /// Names and queries.
    projections: Vec<(String, String)>,
    state: Mutex<State>,
}

struct State {
    source: Source,
    /// Made of `source`; none after a change.
    made: Option<Made>,
}

enum Source {
    /// Nothing to answer with, and why.
    Nothing(String),
    /// Objects of a kind by key, of which a list is made.
    Objects(BTreeMap<String, Document>),
    /// A whole answer.
    Answer(Document),
}

#[derive(Clone)]
struct Made {
    data: Document,
    projections: HashMap<String, Fetched>,
}

impl Held {
    /// Nothing yet.
    pub(super) fn new(name: &str, projections: Vec<(String, String)>) -> Held {
        Held {
            name: name.to_owned(),
            projections,
            state: Mutex::new(State {
                source: Source::Nothing("it was not fetched yet".to_owned()),
                made: None,
            }),
        }
    }

    /// The data, or those of a projection.
    pub(super) fn data(&self, projection: Option<&str>) -> Fetched {
        let name = &self.name;
        let mut state = self.state();
        let made = match &state.made {
            Some(made) => made.clone(),
            None => {
                let made = self.make(&state.source)?;
                state.made = Some(made.clone());
                made
            }
        };
        drop(state);
        match projection {
            None => Ok(made.data),
            Some(projection) => made
                .projections
                .get(projection)
                .cloned()
                .unwrap_or_else(|| {
                    Err(format!(
                        "projection {projection} not found in global context entry {name}"
                    ))
                }),
        }
    }

    /// There is no answer any more.
    pub(super) fn fail(&self, why: &str) {
        self.set(Source::Nothing(why.to_owned()));
    }

    /// A whole answer.
    pub(super) fn put_answer(&self, answer: Document) {
        self.set(Source::Answer(answer));
    }

    /// All objects, by key.
    pub(super) fn put_objects(&self, objects: BTreeMap<String, Document>) {
        self.set(Source::Objects(objects));
    }

    /// One more object, or how it is now.
    pub(super) fn put_object(&self, key: String, object: Document) {
        let mut state = self.state();
        if let Source::Objects(objects) = &mut state.source {
            objects.insert(key, object);
            state.made = None;
        }
    }

    /// An object is gone.
    pub(super) fn drop_object(&self, key: &str) {
        let mut state = self.state();
        if let Source::Objects(objects) = &mut state.source {
            objects.remove(key);
            state.made = None;
        }
    }

    fn set(&self, source: Source) {
        let mut state = self.state();
        state.source = source;
        state.made = None;
    }

    fn make(&self, source: &Source) -> Result<Made, String> {
        let bump = Bump::new();
        let data = match source {
            Source::Nothing(why) => {
                let name = &self.name;
                return Err(format!("global context entry {name} is not ready: {why}"));
            }
            Source::Objects(objects) => {
                Document::from_value(list(&bump, objects.values().map(Document::root)))
            }
            Source::Answer(answer) => answer.clone(),
        };
        let projections = self.projections.iter().map(|(name, query)| {
            let made = project(query, data.root(), &bump);
            let made = made.map_err(|error| format!("projection {name}: {error}"));
            (name.clone(), made)
        });
        let projections = projections.collect();
        Ok(Made { data, projections })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What a panic left behind is as good as ever: nothing here is half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn project(query: &str, data: Value<'_>, bump: &Bump) -> Fetched {
    let query = Query::parse(query).map_err(|error| error.to_string())?;
    let found = query.search(data, &Env::new(bump, &SystemInputs));
    let found = found.map_err(|error| error.to_string())?;
    Ok(Document::from_value(found))
}
