//! Lists that are read to look at objects again: what for, and page by page beside everything else.
//!
//! Comes in:  reasons to look again; lists.
//! Goes out:  pages, and whether a judge is to look at an object.
//! Never here: evaluating.

use std::collections::BTreeSet;
use std::sync::Arc;

use kube::api::DynamicObject;
use tokio::task::JoinHandle;

use super::judge::Judge;
use crate::cluster::objects::Pages;

/// What the next list is read for.
#[derive(Debug, Default)]
pub(super) struct Todo {
    /// Every judge on every object.
    pub(super) all: bool,
    /// These judges on every object.
    pub(super) judges: BTreeSet<u64>,
    /// Judges that look at labels of namespaces, on the objects of these.
    pub(super) namespaces: BTreeSet<Arc<str>>,
}

impl Todo {
    pub(super) fn is_empty(&self) -> bool {
        !self.all && self.judges.is_empty() && self.namespaces.is_empty()
    }

    pub(super) fn concerns(&self, judge: &Judge, namespace: &str) -> bool {
        self.all
            || self.judges.contains(&judge.id)
            || (judge.asks_labels && self.namespaces.contains(namespace))
    }
}

/// A list that is being read, and what for.
pub(super) struct Reading {
    pub(super) todo: Todo,
    page: JoinHandle<(Pages, kube::Result<Option<Vec<DynamicObject>>>)>,
}

/// What reading a page came to; nothing where that panicked.
pub(super) type Page = Option<(Pages, kube::Result<Option<Vec<DynamicObject>>>)>;

impl Reading {
    pub(super) fn start(mut pages: Pages, todo: Todo) -> Reading {
        let page = tokio::spawn(async move {
            let page = pages.next().await;
            (pages, page)
        });
        Reading { todo, page }
    }
}

pub(super) async fn next_page(reading: &mut Option<Reading>) -> Page {
    match reading {
        Some(reading) => (&mut reading.page).await.ok(),
        None => std::future::pending().await,
    }
}

impl Todo {
    pub(super) fn add(&mut self, other: Todo) {
        self.all |= other.all;
        self.judges.extend(other.judges);
        self.namespaces.extend(other.namespaces);
    }
}
