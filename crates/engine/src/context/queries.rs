//! Asking expressions: parsed once for a program where their text is known, else when asked.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use portcullis_lang::jmespath::{Env, Query, QueryError, SyntaxError};
use portcullis_lang::template::{Options, expressions};
use portcullis_lang::value::{Value, copy};

use super::Setting;
use crate::facts::{Fact, Fault};

/// Expressions by their text, parsed while policies are compiled.
///
/// A text that is no expression is left out: asking it says what is wrong with it. Cloning the
/// table shares the expressions.
#[derive(Clone, Debug, Default)]
pub struct Queries(HashMap<Arc<str>, Arc<Query>>);

impl Queries {
    /// Adds one expression, as `foreach.list` and `jmesPath` hold it.
    pub fn add(&mut self, text: &str) {
        let text = text.trim();
        if self.0.contains_key(text) {
            return;
        }
        if let Ok(query) = Query::parse(text) {
            self.0.insert(text.into(), Arc::new(query));
        }
    }

    /// Adds every `{{ }}` of a document, each as requests of any operation ask it.
    pub fn add_document(&mut self, document: Value<'_>) {
        for delete in [false, true] {
            for target in [false, true] {
                for expression in expressions(document, Options { delete, target }) {
                    self.add(&expression.text);
                }
            }
        }
    }

    /// Adds all expressions of another table.
    pub fn merge(&mut self, other: &Queries) {
        let shared = other.0.iter();
        self.0
            .extend(shared.map(|(text, query)| (Arc::clone(text), Arc::clone(query))));
    }

    /// Does it hold the expressions of another table, and no others?
    pub(crate) fn has_same_texts(&self, other: &Queries) -> bool {
        self.len() == other.len() && self.0.keys().all(|text| other.0.contains_key(text))
    }

    /// How many expressions it holds.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The expression that was read from `text`.
    pub fn get(&self, text: &str) -> Option<&Query> {
        self.0.get(text).map(Arc::as_ref)
    }
}

/// Why an expression has no answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum QueryFault {
    /// It led to a key that a map lacks; the text for the user.
    NotFound(String),
    /// Anything else.
    Fault(Fault),
}

impl From<Fault> for QueryFault {
    fn from(fault: Fault) -> Self {
        QueryFault::Fault(fault)
    }
}

impl From<QueryFault> for Fault {
    fn from(fault: QueryFault) -> Self {
        match fault {
            QueryFault::NotFound(text) => Fault::Error(text),
            QueryFault::Fault(fault) => fault,
        }
    }
}

impl fmt::Display for QueryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            QueryFault::NotFound(text) => f.write_str(text),
            QueryFault::Fault(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for QueryFault {}

/// Asks `text` of the variables; the texts say that it was a query.
pub(super) fn ask<'v>(
    setting: &Setting<'v>,
    env: &Env<'v>,
    text: &str,
    root: Value<'v>,
) -> Result<Value<'v>, QueryFault> {
    search(setting, env, text, root).map_err(|error| match error {
        Refused::Syntax(error) => Fault::Error(format!("incorrect query {text}: {error}")).into(),
        Refused::Query(error @ QueryError::NotFound { .. }) => {
            QueryFault::NotFound(format!("JMESPath query failed: {error}"))
        }
        Refused::Query(error) => fault(error).within("JMESPath query failed: ").into(),
    })
}

/// Asks `text` of any value; the texts are the expression's own.
pub(super) fn apply<'v>(
    setting: &Setting<'v>,
    env: &Env<'v>,
    text: &str,
    value: Value<'v>,
) -> Result<Value<'v>, Fault> {
    search(setting, env, text, value).map_err(|error| match error {
        Refused::Syntax(error) => Fault::Error(error.to_string()),
        Refused::Query(error) => fault(error),
    })
}

enum Refused {
    Syntax(SyntaxError),
    Query(QueryError),
}

fn search<'v>(
    setting: &Setting<'v>,
    env: &Env<'v>,
    text: &str,
    root: Value<'v>,
) -> Result<Value<'v>, Refused> {
    if let Some(query) = setting.queries.get(text) {
        return query.search(root, env).map_err(Refused::Query);
    }
    // The answer may point into the expression, which does not live as long.
    let query = Query::parse_once(text).map_err(Refused::Syntax)?;
    let answer = query.search(root, env).map_err(Refused::Query)?;
    Ok(copy(setting.bump, answer))
}

fn fault(error: QueryError) -> Fault {
    match error {
        QueryError::NeedsHost(name) => Fault::Missing(Fact::Host { name }),
        QueryError::TimeOver => Fault::Stopped,
        error => Fault::Error(error.to_string()),
    }
}
