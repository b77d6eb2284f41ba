//! Which reviews a rule is about.

use portcullis_lang::scalar::wildcard::{self, Wildcard};

use super::Key;
use crate::doc::{Filter, Filters};

/// `match` and `exclude` of a rule, and the namespace of its policy.
#[derive(Debug)]
pub(crate) struct Guard {
    pub(crate) key: Key,
    pub(crate) matches: Filters,
    pub(crate) excludes: Filters,
    /// Of a `Policy`: it speaks about this namespace only.
    pub(crate) namespace: Option<String>,
    pub(crate) route: Route,
}

impl Guard {
    /// The namespaces outside of which it lets no object through; nothing is said of Namespaces
    /// themselves. `None` where there are no such bounds, or none that are plain names.
    pub(crate) fn confined(&self) -> Option<Vec<&str>> {
        if let Some(own) = &self.namespace {
            return Some(vec![own]);
        }
        let names = |filter: &Filter| {
            let mut names = filter.namespaces.iter();
            !filter.namespaces.is_empty() && names.all(|name| !wildcard::has_wildcard(name))
        };
        let confining: Vec<&Filter> = match self.matches.any.as_slice() {
            [] => self
                .matches
                .filters()
                .find(|it| names(it))
                .into_iter()
                .collect(),
            any if any.iter().all(names) => any.iter().collect(),
            _ => return None,
        };
        let all = confining.iter().flat_map(|filter| &filter.namespaces);
        let all: Vec<_> = all.map(String::as_str).collect();
        (!all.is_empty()).then_some(all)
    }
}

/// The kinds that a guard can let through. It may let through less, never more.
#[derive(Debug)]
pub(crate) enum Route {
    Every,
    Kinds {
        exact: Vec<Box<str>>,
        wild: Vec<Wildcard>,
    },
}

impl Route {
    /// The route of a `match` block: its first demand on kinds that every match must meet.
    pub(crate) fn of(matches: &Filters) -> Route {
        let alternatives: Vec<&Filter> = if !matches.any.is_empty() {
            matches.any.iter().collect()
        } else {
            let mut all = matches.filters();
            all.find(|filter| !filter.kinds.is_empty())
                .into_iter()
                .collect()
        };
        if alternatives.iter().any(|filter| filter.kinds.is_empty()) || alternatives.is_empty() {
            return Route::Every;
        }
        let (mut exact, mut wild) = (Vec::new(), Vec::new());
        for selector in alternatives.iter().flat_map(|filter| &filter.kinds) {
            if wildcard::has_wildcard(&selector.kind) {
                wild.push(Wildcard::new(&selector.kind));
            } else {
                exact.push(Box::from(selector.kind.as_str()));
            }
        }
        Route::Kinds { exact, wild }
    }

    /// Can a review of this kind come through?
    pub(crate) fn leads(&self, kind: &str) -> bool {
        match self {
            Route::Every => true,
            Route::Kinds { exact, wild } => {
                exact.iter().any(|name| **name == *kind)
                    || wild.iter().any(|pattern| pattern.matches(kind))
            }
        }
    }

    /// The kinds that it names.
    pub(crate) fn names(&self) -> &[Box<str>] {
        match self {
            Route::Every => &[],
            Route::Kinds { exact, .. } => exact,
        }
    }

    /// Can a review of a kind come through that no policy names?
    pub(crate) fn leads_unnamed(&self) -> bool {
        match self {
            Route::Every => true,
            Route::Kinds { wild, .. } => !wild.is_empty(),
        }
    }
}
