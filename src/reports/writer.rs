//! Writes reports: as seldom as can be, and never over what somebody else has just written.
//!
//! Comes in:  an [`Update`].
//! Goes out:  one write, or none where all of it is true already.
//! Never here: when; whoever calls retries what failed.

use std::sync::Arc;

use kube::Client;
use kube::api::{DeleteParams, GetParams, PostParams, Preconditions};
use kube::core::Request;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;

use super::entry::Entry;
use super::file::File;
use super::merge::merged;
use super::report::Report;
use super::{Options, Update};
use crate::observe::reports::ReportMetrics;

/// Requests about reports that are on their way at once. An API server that is busy with them has
/// time for others all the same.
const AT_ONCE: usize = 8;

/// How often a write is tried where others write the same report.
const TRIES: usize = 8;

/// What is known of a report before it is looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Before {
    /// There is none, as far as anybody knows: it is made without looking.
    Absent,
    /// There may be one.
    Unknown,
}

/// What became of an update.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Done {
    /// It was true already.
    Same,
    /// It was written.
    Written,
    /// The object, or its namespace, is gone.
    Gone,
}

/// The one who writes. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Writer(Arc<Inner>);

struct Inner {
    client: Client,
    options: Options,
    file: Option<File>,
    at_once: Semaphore,
    metrics: ReportMetrics,
}

impl Writer {
    /// Writes to the API server, or to the file that `options` name.
    pub(crate) fn new(client: Client, options: Options, metrics: ReportMetrics) -> Writer {
        let file = options.file.clone().map(File::at);
        Writer(Arc::new(Inner {
            client,
            options,
            file,
            at_once: Semaphore::new(AT_ONCE),
            metrics,
        }))
    }

    /// Which results are kept, and how.
    pub(crate) fn options(&self) -> &Options {
        &self.0.options
    }

    /// Is anything written at all?
    pub(crate) fn is_on(&self) -> bool {
        self.0.file.is_some() || self.0.options.objects
    }

    /// Are reports objects in the API server?
    pub(crate) fn keeps_objects(&self) -> bool {
        self.0.file.is_none() && self.0.options.objects
    }

    pub(super) fn metrics(&self) -> &ReportMetrics {
        &self.0.metrics
    }

    pub(super) fn client(&self) -> &Client {
        &self.0.client
    }

    /// Makes an update true.
    ///
    /// # Errors
    ///
    /// The API server's, where trying again may help.
    pub(crate) async fn apply(&self, update: &Update, before: Before) -> kube::Result<Done> {
        let Inner { options, file, .. } = &*self.0;
        let kept = self.kept(update);
        if let Some(file) = file {
            file.append(&kept).await;
            return Ok(Done::Written);
        }
        if !options.objects || !options.format.takes(&update.owner) {
            return Ok(Done::Same);
        }
        let empty = || Report::new(options.format, &kept.owner);
        let path = options.format.path(&kept.owner.namespace);
        let make = |known: &[Entry]| merged(known, &kept);
        self.change(&path, &kept.owner.uid, before, empty, make)
            .await
    }

    /// Results of denied requests, each of its own object.
    pub(super) async fn append_blocked(&self, entries: &[Entry]) -> kube::Result<()> {
        if let Some(file) = &self.0.file {
            file.append_blocked(entries).await;
        }
        Ok(())
    }

    /// Without the results that nobody wants to be kept.
    fn kept(&self, update: &Update) -> Update {
        let mut kept = update.clone();
        kept.entries.retain(|entry| self.0.options.keeps(entry));
        kept
    }

    /// Changes the results of the report `name` below `path`, starting from `empty` where there is
    /// none. `make` says what they shall be, or that they are so already.
    pub(super) async fn change(
        &self,
        path: &str,
        name: &str,
        mut before: Before,
        empty: impl Fn() -> Report,
        make: impl Fn(&[Entry]) -> Option<Vec<Entry>>,
    ) -> kube::Result<Done> {
        let Inner {
            options,
            at_once,
            metrics,
            ..
        } = &*self.0;
        let _permit = at_once.acquire().await;
        let reports = Request::new(path);
        let mut last = None;
        for _ in 0..TRIES {
            let current: Option<Report> = match before {
                Before::Absent => None,
                Before::Unknown => self.get(&reports, name).await?,
            };
            before = Before::Unknown;
            let known = current.as_ref().map_or(&[][..], |report| &report.results);
            let Some(results) = make(known) else {
                metrics.unchanged.inc();
                return Ok(Done::Same);
            };
            let sent = match (current, results.is_empty()) {
                (None, true) => {
                    metrics.unchanged.inc();
                    return Ok(Done::Same);
                }
                (None, false) => {
                    let report = empty().with(results, options.most);
                    let sent = self.create(&reports, &report).await;
                    sent.inspect(|_| _ = metrics.created.inc())
                }
                (Some(current), true) => {
                    let sent = self.delete(&reports, &current).await;
                    sent.inspect(|_| _ = metrics.deleted.inc())
                }
                (Some(current), false) => {
                    let before = current.clone();
                    let report = current.with(results, options.most);
                    // What there is no room for is no change.
                    if report == before {
                        metrics.unchanged.inc();
                        return Ok(Done::Same);
                    }
                    let sent = self.replace(&reports, &report).await;
                    sent.inspect(|_| _ = metrics.updated.inc())
                }
            };
            match sent {
                Ok(()) => return Ok(Done::Written),
                Err(kube::Error::Api(status)) if status.code == 409 => {
                    metrics.conflicts.inc();
                    last = Some(kube::Error::Api(status));
                }
                Err(kube::Error::Api(status)) if is_gone(&status) => return Ok(Done::Gone),
                Err(error) => return Err(error),
            }
        }
        match last {
            Some(error) => Err(error),
            None => Ok(Done::Same),
        }
    }

    async fn get(&self, reports: &Request, name: &str) -> kube::Result<Option<Report>> {
        let request = reports.get(name, &GetParams::default());
        match self.send(request).await {
            Ok(report) => Ok(Some(report)),
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn create(&self, reports: &Request, report: &Report) -> kube::Result<()> {
        let body = serde_json::to_vec(report).map_err(kube::Error::SerdeError)?;
        let request = reports.create(&PostParams::default(), body);
        self.send::<serde::de::IgnoredAny>(request).await.map(drop)
    }

    async fn replace(&self, reports: &Request, report: &Report) -> kube::Result<()> {
        let body = serde_json::to_vec(report).map_err(kube::Error::SerdeError)?;
        let name = &report.metadata.name;
        let request = reports.replace(name, &PostParams::default(), body);
        self.send::<serde::de::IgnoredAny>(request).await.map(drop)
    }

    async fn delete(&self, reports: &Request, report: &Report) -> kube::Result<()> {
        // Not if somebody has added to it in the meantime.
        let unchanged = Preconditions {
            resource_version: Some(report.metadata.resource_version.clone()),
            uid: None,
        };
        let params = DeleteParams::default().preconditions(unchanged);
        let request = reports.delete(&report.metadata.name, &params);
        self.send::<serde::de::IgnoredAny>(request).await.map(drop)
    }

    async fn send<T: DeserializeOwned>(
        &self,
        request: Result<hyper::Request<Vec<u8>>, kube::core::request::Error>,
    ) -> kube::Result<T> {
        let request = request.map_err(kube::Error::BuildRequest)?;
        self.0.client.request(request).await
    }
}

/// Is what the report is about on its way out? Then the report is nobody's any more.
fn is_gone(status: &kube::core::Status) -> bool {
    status.code == 404 || (status.code == 403 && status.message.contains("being terminated"))
}
