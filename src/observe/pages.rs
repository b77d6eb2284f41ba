//! The pages about a process, over plain HTTP: `/metrics`, and `/health/liveness` and `/health/readiness`
//! as Kyverno's controllers have them.
//!
//! Comes in:  requests over plain HTTP.
//! Goes out:  short answers.
//! Never here: anything that policies or objects say.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use super::metrics::Metrics;

/// A client that does not finish its head by then is left.
const PATIENCE: Duration = Duration::from_secs(10);

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";

/// Listens, and serves for as long as the runtime lives. `ready` is asked at each request. Without
/// metrics there is no page of them.
///
/// # Errors
///
/// Where the address cannot be had.
pub(crate) async fn open(
    address: &str,
    metrics: Option<Arc<Metrics>>,
    ready: impl Fn() -> bool + Clone + Send + 'static,
) -> io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    tokio::spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                // Out of descriptors: they come back.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let (metrics, ready) = (metrics.clone(), ready.clone());
            let answer = move |request: Request<Incoming>| {
                let reply = reply(request.uri().path(), metrics.as_deref(), &ready);
                std::future::ready(Ok::<_, Infallible>(reply))
            };
            tokio::spawn(async move {
                let mut builder = http1::Builder::new();
                builder
                    .timer(TokioTimer::new())
                    .header_read_timeout(PATIENCE);
                // A client that goes away is no news.
                let _ = builder
                    .serve_connection(TokioIo::new(stream), service_fn(answer))
                    .await;
            });
        }
    });
    Ok(())
}

fn reply(
    path: &str,
    metrics: Option<&Metrics>,
    ready: &impl Fn() -> bool,
) -> Response<Full<Bytes>> {
    let (status, kind, text) = match (path, metrics) {
        ("/metrics", Some(metrics)) => (StatusCode::OK, OPEN_METRICS, metrics.text()),
        ("/health/liveness" | "/livez", _) => (StatusCode::OK, PLAIN, "ok\n".to_owned()),
        ("/health/readiness" | "/readyz", _) if ready() => {
            (StatusCode::OK, PLAIN, "ok\n".to_owned())
        }
        ("/health/readiness" | "/readyz", _) => {
            let text = "not ready\n".to_owned();
            (StatusCode::SERVICE_UNAVAILABLE, PLAIN, text)
        }
        _ => (StatusCode::NOT_FOUND, PLAIN, "no such page\n".to_owned()),
    };
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    let kind = hyper::header::HeaderValue::from_static(kind);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
