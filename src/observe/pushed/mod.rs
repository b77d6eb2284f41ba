//! Metrics that are pushed: the same as on the page `/metrics`, to a collector, again and again.
//!
//! Comes in:  [`Metrics`], every now and then.
//! Goes out:  messages to a collector, over OTLP.
//! Never here: counting; a metric, or a name of one, that is not on the page.
//!
//! ```text
//! Metrics ─(text, as on the page)─> points ─> messages with some of them each ─> collector
//! ```
//!
//! A thread of its own encodes and sends; who counts pays nothing. What a collector does not take is not
//! kept: the next message says it anew, since all sums are those since the start.

mod page;

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::{Metric, ResourceMetrics, ScopeMetrics};
use opentelemetry_proto::tonic::resource::v1::Resource;
use tokio::runtime;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::oneshot;
use tokio::time::timeout;

use self::page::{Times, batches};
use super::metrics::Metrics;
use super::otlp::{Collector, Line, resource, scope};

const METHOD: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

/// Points in one message. One of Kyverno's with a dozen labels is about 500 bytes, and a collector takes
/// messages of 4 MB at most unless it is told otherwise.
const MOST: usize = 1_000;

/// What is pushed, and where it goes.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Where to.
    pub(crate) collector: Collector,
    /// How often.
    pub(crate) every: Duration,
    /// Who says that they are ours, where the environment does not.
    pub(crate) service: &'static str,
}

/// The thread that pushes. It ends when this is dropped.
pub(crate) struct Pushed(Sender<oneshot::Sender<()>>);

impl Pushed {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// Where the system refuses threads.
    pub(crate) fn start(settings: Settings, metrics: Arc<Metrics>) -> io::Result<Pushed> {
        let (ask, asked) = mpsc::channel(1);
        let start = SystemTime::now();
        thread::Builder::new()
            .name("metrics".to_owned())
            .spawn(move || {
                // Of its own, so that the threads that answer requests never encode metrics.
                let runtime = runtime::Builder::new_current_thread().enable_all().build();
                match runtime {
                    Ok(runtime) => runtime.block_on(push(&settings, &metrics, start, asked)),
                    Err(error) => tracing::error!(%error, "metrics cannot be pushed"),
                }
            })?;
        Ok(Pushed(ask))
    }

    /// Pushes for the last time, as far as there is time.
    pub(crate) async fn finish(&self, limit: Duration) {
        let (done, pushed) = oneshot::channel();
        let finish = async {
            if self.0.send(done).await.is_ok() {
                // An error means that the thread has ended.
                let _ = pushed.await;
            }
        };
        let _ = timeout(limit, finish).await;
    }
}

/// Pushes until nobody is left who could ask.
async fn push(
    settings: &Settings,
    metrics: &Metrics,
    start: SystemTime,
    mut asked: Receiver<oneshot::Sender<()>>,
) {
    let resource = resource(settings.service);
    let mut line = Line::new(settings.collector.clone(), METHOD);
    let mut is_away = false;
    loop {
        let done = match timeout(settings.every, asked.recv()).await {
            Ok(None) => return,
            Ok(Some(done)) => Some(done),
            Err(_) => None,
        };
        let times = Times {
            start: nanos(start),
            now: nanos(SystemTime::now()),
        };
        let sent = send(&mut line, batches(&metrics.text(), times, MOST), &resource).await;
        match &sent {
            Ok(()) if is_away => {
                tracing::info!(collector = ?settings.collector, "metrics are taken again");
            }
            Err(error) if !is_away => {
                tracing::warn!(collector = ?settings.collector, error, "metrics cannot be pushed");
            }
            _ => {}
        }
        is_away = sent.is_err();
        if let Some(done) = done {
            // Who asked may have lost patience.
            let _ = done.send(());
        }
    }
}

async fn send(
    line: &mut Line,
    batches: Vec<Vec<Metric>>,
    resource: &Resource,
) -> Result<(), String> {
    for metrics in batches {
        let scoped = ScopeMetrics {
            scope: Some(scope()),
            metrics,
            ..ScopeMetrics::default()
        };
        let message = ExportMetricsServiceRequest {
            resource_metrics: vec![ResourceMetrics {
                resource: Some(resource.clone()),
                scope_metrics: vec![scoped],
                ..ResourceMetrics::default()
            }],
        };
        line.send(&message).await?;
    }
    Ok(())
}

fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
