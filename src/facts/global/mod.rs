//! GlobalContextEntries: data of the cluster and of services, held ready for every policy.
//!
//! Comes in:  the entries, followed; objects and answers, as each entry says.
//! Goes out:  [`GlobalContext`]: the data of an entry or of one of its projections, as of now.
//! Never here: the admission of entries; what a policy does with the data.
//!
//! ```text
//! entries ─ follow ─> one task for each: objects of a kind, or an answer from time to time
//!                       └─> held (held.rs) ─> data and projections, made when they are asked for
//! ```
//!
//! An entry that changes begins anew; one that has no data (yet, or any more) answers with an error, because
//! a rule must not decide on less than the data that it asked for. Until the entries were listed once, so
//! does each that is not known: nobody can say yet that it does not exist.

mod entry;
mod follow;
mod held;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::Fetched;
use super::service::Services;
use crate::cluster::Cluster;
use follow::World;
use held::Held;

/// The data of every entry. Cloning it shares it.
#[derive(Clone, Default)]
pub(crate) struct GlobalContext(Arc<Inner>);

#[derive(Default)]
struct Inner {
    entries: RwLock<HashMap<String, Arc<Held>>>,
    /// Were all of them seen once?
    listed: AtomicBool,
}

impl GlobalContext {
    /// Follows the entries of a cluster for as long as the runtime lives. `most`: of how many entries
    /// data are held; any number where it is 0.
    pub(crate) fn start(cluster: &Cluster, services: &Arc<Services>, most: usize) -> GlobalContext {
        let context = GlobalContext::default();
        let world = World {
            cluster: cluster.clone(),
            services: services.clone(),
        };
        tokio::spawn(follow::entries(world, context.clone(), most));
        context
    }

    /// The data of `entry`, or of `entry.projection`.
    ///
    /// Costs a look into two tables, and for the first who asks after a change the making of the list
    /// and of every projection.
    pub(super) fn get(&self, name: &str) -> Fetched {
        if let Some(held) = self.entry(name) {
            return held.data(None);
        }
        // An entry's name may hold dots itself.
        let mut parts = name.match_indices('.').filter_map(|(at, _)| {
            let (entry, projection) = name.split_at_checked(at)?;
            Some((self.entry(entry)?, projection.trim_start_matches('.')))
        });
        match parts.next() {
            Some((held, projection)) => held.data(Some(projection)),
            None if self.0.listed.load(Ordering::Acquire) => {
                Err(format!("global context entry {name} not found"))
            }
            None => Err("global context entries were not listed yet".to_owned()),
        }
    }

    /// From now on, what is not there does not exist.
    fn all_listed(&self) {
        self.0.listed.store(true, Ordering::Release);
    }

    fn entry(&self, name: &str) -> Option<Arc<Held>> {
        // What a panic left behind is as good as ever: nothing here is half done.
        let entries = self
            .0
            .entries
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        entries.get(name).cloned()
    }

    fn insert(&self, name: &str, held: Arc<Held>) {
        let mut entries = self
            .0
            .entries
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        entries.insert(name.to_owned(), held);
    }

    fn remove(&self, name: &str) {
        let mut entries = self
            .0
            .entries
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        entries.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use portcullis_lang::value::{Document, Numbers, to_json};

    use super::GlobalContext;
    use super::held::Held;

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn data_and_projections_are_found() {
        check("pods",            Ok(r#"[{"n":1},{"n":2}]"#));
        check("pods.count",      Ok("2"));
        check("pods.sum",        Ok("3"));
        check("pods.other",      Err("projection other not found in global context entry pods"));
        check("with.dots",       Ok(r#"[{"n":1},{"n":2}]"#));
        check("with.dots.count", Ok("2"));
        check("nodes",           Err("global context entry nodes not found"));
        check("nodes.count",     Err("global context entry nodes.count not found"));
        check("early",           Err("global context entry early is not ready: it was not fetched yet"));
    }

    #[track_caller]
    fn check(name: &str, expect: Result<&str, &str>) {
        let context = GlobalContext::default();
        for entry in ["pods", "with.dots"] {
            let held = held(entry);
            let object = |text: &str| {
                let document = Document::from_json(text.as_bytes(), Numbers::Doubles);
                document.expect("JSON")
            };
            let first = [
                ("a", r#"{"n":5}"#),
                ("b", r#"{"n":2}"#),
                ("c", r#"{"n":9}"#),
            ];
            let first = first.map(|(key, text)| (key.to_owned(), object(text)));
            held.put_objects(first.into());
            // Made once, so that a change must make it anew.
            held.data(Some("sum")).expect("a sum");
            held.put_object("a".to_owned(), object(r#"{"n":1}"#));
            held.drop_object("c");
            context.insert(entry, Arc::new(held));
        }
        context.insert("early", Arc::new(held("early")));
        let unlisted = context.get("nodes").expect_err("nobody knows yet");
        assert_eq!(unlisted, "global context entries were not listed yet");
        context.all_listed();
        let found = context.get(name).map(|document| to_json(document.root()));
        assert_eq!(found.as_deref().map_err(String::as_str), expect, "{name}");
    }

    fn held(name: &str) -> Held {
        let projections = [("count", "length(@)"), ("sum", "sum([].n)")];
        let projections = projections.map(|(name, query)| (name.to_owned(), query.to_owned()));
        Held::new(name, projections.to_vec())
    }
}
