//! The thread that sends: spans of several reviews at once.
//!
//! Comes in:  recordings, from the queue.
//! Goes out:  batches, to the collector.
//! Never here: waiting for a collector longer than for one call. What it does not take is dropped: spans
//!             of an hour ago help nobody, and those of now need the room.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans};
use tokio::runtime;
use tokio::sync::mpsc::Receiver;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout_at};

use super::recording::Recording;
use super::spans::spans;
use super::{SERVICE, TraceMetrics};
use crate::observe::otlp::{Collector, Line, resource, scope};

/// How long a review waits for others to be sent with.
const EVERY: Duration = Duration::from_secs(2);

/// Reviews in one message.
const MOST: usize = 256;

const METHOD: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// After a failure, before the next attempt.
const PAUSE: Duration = Duration::from_secs(1);

/// What waits to be sent.
#[derive(Debug)]
pub(super) enum Waiting {
    /// A review.
    Review(Box<Recording>),
    /// Somebody, for everything in front of it to be sent.
    Flush(oneshot::Sender<()>),
}

/// The thread.
pub(super) struct Sending {
    collector: Collector,
    waiting: Receiver<Waiting>,
    metrics: TraceMetrics,
}

impl Sending {
    pub(super) fn new(
        collector: Collector,
        waiting: Receiver<Waiting>,
        metrics: TraceMetrics,
    ) -> Sending {
        Sending {
            collector,
            waiting,
            metrics,
        }
    }

    /// Sends until nobody is left who records.
    pub(super) fn run(self) {
        // Of its own, so that the threads that answer requests never encode spans.
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        match runtime {
            Ok(runtime) => runtime.block_on(self.work()),
            Err(error) => tracing::error!(%error, "traces cannot be sent"),
        }
    }

    async fn work(mut self) {
        let resource = resource(SERVICE);
        let mut line = Line::new(self.collector.clone(), METHOD);
        let mut is_away = false;
        loop {
            let (batch, flushed) = gather(&mut self.waiting).await;
            if !batch.is_empty() {
                let message = message(&batch, &resource);
                let count = batch.len() as u64;
                match line.send(&message).await {
                    Ok(()) => {
                        self.metrics.sent.inc_by(count);
                        if is_away {
                            tracing::info!(collector = ?self.collector, "traces are taken again");
                        }
                        is_away = false;
                    }
                    Err(error) => {
                        self.metrics.dropped.inc_by(count);
                        if !is_away {
                            tracing::warn!(collector = ?self.collector, error, "traces cannot be sent");
                        }
                        is_away = true;
                        if flushed.is_none() {
                            sleep(PAUSE).await;
                        }
                    }
                }
            } else if flushed.is_none() {
                return;
            }
            if let Some(flushed) = flushed {
                // Who asked may have lost patience.
                let _ = flushed.send(());
            }
        }
    }
}

/// Reviews for one message, and who wants it sent at once. Nothing at all when the queue has ended.
async fn gather(
    waiting: &mut Receiver<Waiting>,
) -> (Vec<Box<Recording>>, Option<oneshot::Sender<()>>) {
    let mut batch = Vec::new();
    let mut until = None;
    while batch.len() < MOST {
        let next = match until {
            None => waiting.recv().await,
            Some(until) => timeout_at(until, waiting.recv()).await.unwrap_or_default(),
        };
        match next {
            Some(Waiting::Review(recording)) => batch.push(recording),
            Some(Waiting::Flush(done)) => return (batch, Some(done)),
            None => break,
        }
        until.get_or_insert_with(|| Instant::now() + EVERY);
    }
    (batch, None)
}

fn message(batch: &[Box<Recording>], resource: &Resource) -> ExportTraceServiceRequest {
    let scoped = ScopeSpans {
        scope: Some(scope()),
        spans: batch
            .iter()
            .flat_map(|recording| spans(recording))
            .collect(),
        ..ScopeSpans::default()
    };
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(resource.clone()),
            scope_spans: vec![scoped],
            ..ResourceSpans::default()
        }],
    }
}
