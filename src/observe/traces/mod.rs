//! Traces: what became of a review and how long each part of it took, for OpenTelemetry.
//!
//! Comes in:  reviews, as they are answered.
//! Goes out:  spans to a collector, over OTLP.
//! Never here: objects, or anything of them but kind and name; waiting.
//!
//! ```text
//! request ─> begin ─> Recording ─> end ─(queue, bounded)─> thread: spans, batches ─> collector
//! ```
//!
//! While nobody wants traces there is no [`Traces`], and a request pays nothing. Otherwise it pays for
//! reading the clock a few times and for a place in a queue; what finds none is dropped and counted.

mod parent;
mod recording;
mod send;
mod spans;

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use hyper::header::HeaderMap;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;
use tokio::sync::mpsc::{self, Sender};
use tokio::sync::oneshot;
use tokio::time::timeout;

use self::parent::Parent;
pub(crate) use self::recording::{Part, Recording};
use self::send::{Sending, Waiting};
use self::spans::chance;
use super::otlp::Collector;

/// Reviews that may wait to be sent. One with a dozen parts is about 2 KB.
const MOST: usize = 2_048;

/// Who says that they are ours, where the environment does not.
const SERVICE: &str = "kyverno-admission-controller";

/// What is traced, and where it goes.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Where to.
    pub(crate) collector: Collector,
    /// Of the requests that come without a trace, the part that begins one, from 0 to 1.
    pub(crate) ratio: f64,
}

/// Counters of traces.
#[derive(Clone, Debug, Default)]
pub(crate) struct TraceMetrics {
    /// Reviews whose spans the collector took.
    pub(crate) sent: Counter,
    /// Reviews whose spans found no room in the queue, or could not be sent.
    pub(crate) dropped: Counter,
}

impl TraceMetrics {
    /// Registers them.
    pub(crate) fn new(registry: &mut Registry) -> TraceMetrics {
        let metrics = TraceMetrics::default();
        registry.register(
            "traces_sent",
            "Traced reviews whose spans a collector took",
            metrics.sent.clone(),
        );
        registry.register(
            "traces_dropped",
            "Traced reviews whose spans found no room in the queue or could not be sent",
            metrics.dropped.clone(),
        );
        metrics
    }
}

/// Takes what is traced.
pub(crate) struct Traces {
    queue: Sender<Waiting>,
    ratio: f64,
    metrics: TraceMetrics,
}

impl Traces {
    /// Starts the thread that sends.
    ///
    /// # Errors
    ///
    /// Where the system refuses threads.
    pub(crate) fn start(settings: Settings, metrics: &TraceMetrics) -> io::Result<Arc<Traces>> {
        let (queue, waiting) = mpsc::channel(MOST);
        let sending = Sending::new(settings.collector, waiting, metrics.clone());
        thread::Builder::new()
            .name("traces".to_owned())
            .spawn(move || sending.run())?;
        Ok(Arc::new(Traces {
            queue,
            ratio: settings.ratio,
            metrics: metrics.clone(),
        }))
    }

    /// A request begins. Nothing where its caller does not trace it, or, where no trace comes with it,
    /// where chance leaves it out.
    pub(crate) fn begin(&self, headers: &HeaderMap, path: &str) -> Option<Recording> {
        let parent = Parent::of(headers);
        let wanted = match &parent {
            Some(parent) => parent.sampled,
            None => self.ratio >= 1.0 || (chance() as f64) < self.ratio * u64::MAX as f64,
        };
        wanted.then(|| Recording::new(parent, path))
    }

    /// It was answered with this status, and lets the request pass or not, where that was decided.
    pub(crate) fn end(&self, mut recording: Recording, status: u16, allowed: Option<bool>) {
        recording.end(status, allowed);
        if self
            .queue
            .try_send(Waiting::Review(Box::new(recording)))
            .is_err()
        {
            self.metrics.dropped.inc();
        }
    }

    /// Sends what waits, as far as there is time.
    pub(crate) async fn finish(&self, limit: Duration) {
        let (done, sent) = oneshot::channel();
        let finish = async {
            if self.queue.send(Waiting::Flush(done)).await.is_ok() {
                // An error means that the thread has ended, with nothing left to send.
                let _ = sent.await;
            }
        };
        let _ = timeout(limit, finish).await;
    }
}
