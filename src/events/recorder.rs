//! The queue of events, and the task that writes them.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use futures::StreamExt as _;
use futures::stream;
use jiff::Timestamp;
use k8s_openapi::api::events::v1;
use kube::Client;
use kube::api::{Api, PostParams};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, sleep, sleep_until};

use super::{Event, Reason, Success};
use crate::observe::events::EventMetrics;
use crate::settings::config_map::ConfigInForce;

/// Events that are on their way at once.
const AT_ONCE: usize = 8;

/// How often an event is tried again.
const RETRIES: u32 = 3;

/// The pause before the first time; each further one doubles it.
const PAUSE: Duration = Duration::from_millis(100);

/// How many events, how fast, and which not.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// `maxQueuedEvents`: events that wait; none at all where it is 0.
    pub(crate) queued: usize,
    /// `eventsRateLimitQPS`: events a second, in the long run.
    pub(crate) rate: u32,
    /// `eventsRateLimitBurst`: events at once after a quiet time.
    pub(crate) burst: u32,
    /// `omitEvents`: reasons that nobody wants to hear.
    pub(crate) omitted: Vec<String>,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            queued: 1_000,
            rate: 1_000,
            burst: 2_000,
            omitted: Vec::new(),
        }
    }
}

/// Where events are told. Cloning it shares it.
#[derive(Clone)]
pub(crate) struct Recorder(Option<Arc<Inner>>);

struct Inner {
    queue: Sender<Event>,
    omitted: Vec<String>,
    success: ArcSwap<Success>,
    metrics: EventMetrics,
}

impl Recorder {
    /// Who writes nothing.
    pub(crate) fn silent() -> Recorder {
        Recorder(None)
    }

    /// Writes events to the cluster of `client`, by a task of the current runtime that ends with the
    /// last recorder. `host`: where the process runs.
    pub(crate) fn start(
        client: Client,
        limits: &Limits,
        host: &str,
        metrics: EventMetrics,
    ) -> Recorder {
        if limits.queued == 0 {
            return Recorder::silent();
        }
        let (queue, waiting) = mpsc::channel(limits.queued);
        let writer = Writer {
            client,
            host: host.to_owned(),
            metrics: metrics.clone(),
        };
        let pace = Pace::new(limits.rate, limits.burst);
        tokio::spawn(async move { writer.run(waiting, pace).await });
        Recorder(Some(Arc::new(Inner {
            queue,
            omitted: limits.omitted.clone(),
            success: ArcSwap::default(),
            metrics,
        })))
    }

    /// Does anybody hear of anything?
    pub(crate) fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// One event stands for so many results.
    pub(super) fn folded(&self, results: u64) {
        if let Some(inner) = &self.0 {
            inner.metrics.folded.inc_by(results);
        }
    }

    /// Tells of successes as the ConfigMap says, for as long as the runtime lives.
    pub(crate) fn heed(&self, config: &ConfigInForce) {
        let recorder = self.clone();
        config.tell(move |config| {
            let text = |key: &str| config.data.get(key).map_or("", String::as_str);
            let actions = text("successEventActions");
            recorder.set_success(Success::read(text("generateSuccessEvents"), actions));
        });
    }

    /// From now on, successes are told of as the settings say.
    fn set_success(&self, success: Success) {
        if let Some(inner) = &self.0 {
            inner.success.store(Arc::new(success));
        }
    }

    /// Tells of an event, if anybody wants to hear of it and it is about something with a name. Never
    /// waits.
    pub(crate) fn record(&self, event: Event) {
        let Some(inner) = &self.0 else { return };
        if !inner.wants(&event) {
            return;
        }
        match inner.queue.try_send(event) {
            Ok(()) => inner.metrics.queued.inc(),
            Err(_) => inner.metrics.dropped.inc(),
        };
    }
}

impl Inner {
    fn wants(&self, event: &Event) -> bool {
        let reason = event.reason.as_str();
        let named = event
            .regarding
            .name
            .as_ref()
            .is_some_and(|it| !it.is_empty());
        named
            && !self.omitted.iter().any(|omitted| omitted == reason)
            && (event.reason != Reason::Applied || self.success.load().covers(event.action))
    }
}

struct Writer {
    client: Client,
    host: String,
    metrics: EventMetrics,
}

impl Writer {
    async fn run(self, waiting: Receiver<Event>, pace: Pace) {
        let writer = &self;
        let paced = stream::unfold((waiting, pace), |(mut waiting, mut pace)| async move {
            let event = waiting.recv().await?;
            sleep_until(pace.due(Instant::now())).await;
            Some((event, (waiting, pace)))
        });
        paced
            .for_each_concurrent(AT_ONCE, |event| writer.write(event))
            .await;
    }

    async fn write(&self, event: Event) {
        let event = event.object(Timestamp::now(), &self.host);
        let namespace = event.metadata.namespace.as_deref().unwrap_or("default");
        let api = Api::<v1::Event>::namespaced(self.client.clone(), namespace);
        let mut pause = PAUSE;
        for attempt in 0..=RETRIES {
            if attempt > 0 {
                sleep(pause).await;
                pause *= 2;
            }
            match api.create(&PostParams::default(), &event).await {
                Ok(_) => {
                    self.metrics.written.inc();
                    return;
                }
                // The namespace is gone or on its way: nobody will look there.
                Err(kube::Error::Api(status)) if matches!(status.code, 403 | 404 | 409) => {
                    tracing::debug!(status.message, "an event was refused");
                    break;
                }
                Err(error) => tracing::debug!(%error, attempt, "an event was not written"),
            }
        }
        self.metrics.dropped.inc();
    }
}

/// So many a second in the long run, and more at once after a quiet time.
struct Pace {
    /// Between two events.
    gap: Duration,
    /// How far behind the present `next` may stay.
    slack: Duration,
    /// When the next one is due.
    next: Instant,
}

impl Pace {
    fn new(rate: u32, burst: u32) -> Pace {
        let gap = Duration::from_secs(1) / rate.max(1);
        Pace {
            gap,
            slack: gap * burst.max(1),
            next: Instant::now(),
        }
    }

    /// When the next one may go, of those that are ready now.
    fn due(&mut self, now: Instant) -> Instant {
        let earliest = now.checked_sub(self.slack).unwrap_or(now);
        let due = self.next.max(earliest);
        self.next = due + self.gap;
        due
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Instant, Pace};

    #[test]
    fn a_burst_is_free_and_then_there_is_a_rate() {
        let mut pace = Pace::new(10, 5);
        let now = Instant::now() + Duration::from_secs(60);
        for _ in 0..6 {
            assert!(pace.due(now) <= now);
        }
        for late in 1..4 {
            assert_eq!(pace.due(now), now + Duration::from_millis(100 * late));
        }
    }
}
