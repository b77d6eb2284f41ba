//! Looking at objects: evaluating them, and writing down what is new.
//!
//! Comes in:  objects of a kind, and which judges are asked.
//! Goes out:  updates of reports and events, where a verdict is another one than before; what is known of
//!            each object from now on.
//! Never here: when an object is looked at (see `patrol`).

use std::sync::Arc;

use futures::StreamExt as _;
use kube::api::DynamicObject;
use tokio::time::Instant;

use super::judge::Judge;
use super::known::{Known, Uid, Verdict, digest, hash, uid};
use super::patrol::{AGAIN, AT_ONCE, Patrol};
use crate::cluster::objects;
use crate::facts::patiently;
use crate::observe::results::{Asked, count};
use crate::reports::{Before, Done, Entry, Owner, Process, Settles, Time, Update};

/// What evaluating one object came to.
pub(super) struct Judged {
    uid: Uid,
    namespace: String,
    name: String,
    hash: u64,
    /// Of the judges that were asked; none where the update failed.
    verdicts: Option<Vec<Verdict>>,
    asked: Vec<u64>,
}

impl Patrol {
    /// Evaluates objects with the judges that `asked` names, and updates their reports.
    pub(super) async fn judge(
        &self,
        objects: Vec<DynamicObject>,
        asked: impl Fn(&Judge, &DynamicObject) -> bool,
    ) -> Vec<Judged> {
        let asked = &asked;
        futures::stream::iter(objects)
            .map(|object| self.judge_one(object, asked))
            .buffer_unordered(AT_ONCE)
            .filter_map(std::future::ready)
            .collect()
            .await
    }

    async fn judge_one(
        &self,
        object: DynamicObject,
        asked: &impl Fn(&Judge, &DynamicObject) -> bool,
    ) -> Option<Judged> {
        let key = uid(object.metadata.uid.as_deref()?);
        let known = self.objects.get(&key);
        let judges = self.plan.judges_of(&self.key);
        // An object that is new here has not been judged by anybody.
        let judges: Vec<_> = judges
            .filter(|judge| known.is_none() || asked(judge, &object))
            .collect();
        let hash = hash(&object);
        let metadata = &object.metadata;
        let namespace = metadata.namespace.clone().unwrap_or_default();
        let name = metadata.name.clone()?;
        let old = metadata.creation_timestamp.as_ref();
        let old = old.is_some_and(|made| made.0 < self.ground.started);
        let document = objects::document(object, &self.resource).ok()?;
        let found = self.found(&judges, &document, &namespace).await;
        let stored;
        let (before, verdicts) = match known {
            Some(known) => (Before::Unknown, &known.verdicts),
            None => match self.ground.found.take(key) {
                Some(known) => {
                    stored = known;
                    (Before::Unknown, &stored)
                }
                // Nobody but a scan makes reports of objects that were there before.
                None if old => (Before::Absent, const { &Vec::new() }),
                None => (Before::Unknown, const { &Vec::new() }),
            },
        };
        let said = |judge: &Judge| {
            let mut verdicts = verdicts.iter();
            verdicts
                .find(|one| one.judge == judge.id)
                .map(|one| one.digest)
        };
        let changed: Vec<_> = found
            .iter()
            .filter(|(judge, entries)| digest(entries.iter()) != said(judge))
            .collect();
        let mut written = true;
        if !changed.is_empty() {
            let update = Update {
                owner: Owner::of(document.root())?,
                entries: changed
                    .iter()
                    .flat_map(|(_, entries)| entries)
                    .cloned()
                    .collect(),
                settles: Settles::These(
                    changed
                        .iter()
                        .map(|(judge, _)| judge.repeats.clone() as _)
                        .collect(),
                ),
            };
            match self.ground.writer.apply(&update, before).await {
                Ok(Done::Written) => self.ground.tell(&changed, &document),
                Ok(Done::Same | Done::Gone) => {}
                Err(error) => {
                    let kind = &self.resource.kind;
                    tracing::debug!(kind, %error, "a report cannot be written; trying again");
                    written = false;
                }
            }
        }
        let asked: Vec<_> = judges.iter().map(|judge| judge.id).collect();
        let kept = verdicts
            .iter()
            .filter(|one| !asked.contains(&one.judge))
            .copied();
        let fresh = found.iter().filter_map(|(judge, entries)| {
            let digest = digest(entries.iter())?;
            Some(Verdict {
                judge: judge.id,
                digest,
            })
        });
        Some(Judged {
            uid: key,
            namespace,
            name,
            hash,
            verdicts: written.then(|| kept.chain(fresh).collect()),
            asked,
        })
    }

    /// What the judges say of an object.
    async fn found<'j>(
        &self,
        judges: &[&'j Judge],
        document: &portcullis_lang::value::Document,
        namespace: &str,
    ) -> Vec<(&'j Judge, Vec<Entry>)> {
        let labels = self.ground.namespaces.labels(namespace);
        let options = self.ground.writer.options();
        let asked = Asked {
            cause: "background_scan",
            operation: "create",
            kind: &self.resource.kind,
            namespace,
            dry_run: false,
        };
        let metadata = document.root().get("metadata").unwrap_or_default();
        let (namespace, name) = (metadata.text("namespace"), metadata.text("name"));
        let left_out = self.ground.leaves_out(&self.resource, namespace, name);
        let mut found = Vec::with_capacity(judges.len());
        for judge in judges {
            if left_out {
                found.push((*judge, Vec::new()));
                continue;
            }
            self.metrics.evaluated.inc();
            let permit = self.ground.workers.acquire().await;
            let evaluated = patiently(&self.ground.facts, |known| {
                super::evaluate::evaluate(&self.plan, judge, document, labels.as_deref(), known)
            });
            let evaluated = evaluated.await.unwrap_or_default();
            drop(permit);
            count(
                &self.ground.metrics.kyverno,
                &asked,
                &judge.policy,
                &evaluated,
            );
            let now = Time::now();
            let kept = evaluated
                .iter()
                .filter(|outcome| options.reports(outcome.kind, false));
            let entries = kept.map(|outcome| judge.author.entry(outcome, Process::Scan, now));
            let entries = entries.filter(|entry| options.keeps(entry));
            found.push((*judge, entries.collect()));
        }
        // Others have to do as well, on threads that are few.
        tokio::task::yield_now().await;
        found
    }

    /// Notes what became of objects.
    pub(super) fn note(&mut self, judged: Vec<Judged>) {
        for one in judged {
            let namespace: Arc<str> = match self.namespaces.get(one.namespace.as_str()) {
                Some(known) => known.clone(),
                None => {
                    let name: Arc<str> = one.namespace.as_str().into();
                    self.namespaces.insert(name.clone());
                    name
                }
            };
            let name: Box<str> = one.name.into();
            let (hash, verdicts) = match one.verdicts {
                Some(verdicts) => (Some(one.hash), verdicts),
                None => {
                    let due = Instant::now() + AGAIN;
                    self.again.push((namespace.clone(), name.clone(), due));
                    let known = self.objects.get(&one.uid);
                    let verdicts = known.map(|known| known.verdicts.clone());
                    let mut verdicts = verdicts.unwrap_or_default();
                    verdicts.retain(|verdict| !one.asked.contains(&verdict.judge));
                    (None, verdicts)
                }
            };
            let known = Known {
                namespace,
                name,
                hash,
                verdicts,
                list: self.list,
            };
            self.objects.insert(one.uid, known);
        }
    }
}
