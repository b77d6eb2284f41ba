//! The metrics of a process, and a collector on loopback.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::{METHOD, Pushed, Settings};
use crate::observe::metrics::{End, Endpoint, Metrics};
use crate::observe::otlp::{Collector, loopback};

const PATIENCE: Duration = Duration::from_secs(10);

fn pushing(address: std::net::SocketAddr, every: Duration) -> (Pushed, std::sync::Arc<Metrics>) {
    let metrics = Metrics::new();
    let settings = Settings {
        collector: Collector {
            host: address.ip().to_string(),
            port: address.port(),
            authority: None,
        },
        every,
        service: "a-service",
    };
    let pushed = Pushed::start(settings, metrics.clone()).unwrap();
    (pushed, metrics)
}

/// How many reviews were denied, as a message has it.
fn denied(message: &ExportMetricsServiceRequest) -> Option<i64> {
    let scopes = message
        .resource_metrics
        .iter()
        .flat_map(|it| &it.scope_metrics);
    let mut metrics = scopes.flat_map(|it| &it.metrics);
    let found = metrics.find(|it| it.name == "kyverno_admission_requests")?;
    let Some(Data::Sum(sum)) = &found.data else {
        panic!("{found:?}");
    };
    let points = sum.data_points.iter().filter(|point| {
        let shown = format!("{:?}", point.attributes);
        shown.contains("\"false\"") && shown.contains("ValidatingWebhookConfiguration")
    });
    let values = points.map(|point| match point.value {
        Some(Value::AsInt(value)) => value,
        other => panic!("{other:?}"),
    });
    Some(values.sum())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_counted_is_pushed_again_and_again() {
    let (address, mut taken) =
        loopback::collector::<ExportMetricsServiceRequest>(METHOD, None).await;
    let (pushed, metrics) = pushing(address, Duration::from_millis(50));
    let first = timeout(PATIENCE, taken.recv()).await.unwrap().unwrap();
    assert_eq!(denied(&first), Some(0));
    let resource = first.resource_metrics[0].resource.as_ref().unwrap();
    assert!(
        format!("{resource:?}").contains("a-service"),
        "{resource:?}"
    );
    metrics.ended(
        Endpoint::Validate,
        End::Answered { allowed: false },
        Duration::from_millis(1),
        false,
    );
    let shown = async { while denied(&taken.recv().await.unwrap()) != Some(1) {} };
    timeout(PATIENCE, shown).await.unwrap();
    drop(pushed);
    let ended = async { while taken.recv().await.is_some() {} };
    // The collector goes on listening; nothing comes any more.
    assert!(timeout(Duration::from_millis(500), ended).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_is_pushed_too() {
    let (address, mut taken) =
        loopback::collector::<ExportMetricsServiceRequest>(METHOD, None).await;
    let (pushed, _metrics) = pushing(address, Duration::from_secs(3_600));
    pushed.finish(PATIENCE).await;
    assert_eq!(denied(&taken.try_recv().unwrap()), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let (pushed, _metrics) = pushing(address, Duration::from_millis(50));
    pushed.finish(PATIENCE).await;
    let listener = TcpListener::bind(address).await.unwrap();
    let mut taken = loopback::listen::<ExportMetricsServiceRequest>(METHOD, listener, None);
    assert!(timeout(PATIENCE, taken.recv()).await.unwrap().is_some());
}
