//! One connection, from its TLS handshake to its end.
//!
//! Comes in:  an accepted socket.
//! Goes out:  HTTP requests, to their routes.
//! Never here: accepting, what a request means.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Incoming};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, StatusCode, Version};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::drain::Guard;
use super::reply::{Refusal, Reply};
use super::route::{Route, route};
use super::{Gate, admit, pages};

/// A client that cannot shake hands in this time never will.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// For a request's head, and between two requests of one connection. Longer than the 90 s after
/// which an API server drops an idle connection itself: who closes second never cuts off a
/// request that is on its way.
const IDLE: Duration = Duration::from_secs(120);

/// Idle HTTP/2 connections are asked for a sign of life, so that dead ones do not pile up.
const PING_EVERY: Duration = Duration::from_secs(60);
const PING_PATIENCE: Duration = Duration::from_secs(20);

/// For requests on their way when the drain ends.
const LAST_CALL: Duration = Duration::from_millis(250);

/// At once on one HTTP/2 connection. Go's client waits when it is reached.
const MAX_STREAMS: u32 = 1024;

/// How HTTP is spoken, the same on every connection.
#[derive(Clone)]
pub(super) struct Protocols {
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
}

impl Protocols {
    pub(super) fn new() -> Protocols {
        let mut http1 = http1::Builder::new();
        http1
            .timer(TokioTimer::new())
            .header_read_timeout(IDLE)
            .pipeline_flush(true);
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PING_PATIENCE)
            .max_concurrent_streams(MAX_STREAMS)
            // A review fits into the first window: no client waits for leave to send the rest.
            .initial_stream_window_size(1024 * 1024)
            .initial_connection_window_size(8 * 1024 * 1024);
        Protocols { http1, http2 }
    }
}

/// Serves one connection until it ends.
pub(super) async fn serve(
    gate: Arc<Gate>,
    tls: TlsAcceptor,
    protocols: Arc<Protocols>,
    socket: TcpStream,
    mut guard: Guard,
) {
    let metrics = gate.metrics.clone();
    metrics.connections.inc();
    match timeout(HANDSHAKE, tls.accept(socket)).await {
        Ok(Ok(stream)) => {
            match stream.get_ref().1.handshake_kind() {
                Some(rustls::HandshakeKind::Resumed) => metrics.handshakes_resumed.inc(),
                _ => metrics.handshakes_full.inc(),
            };
            converse(gate, &protocols, stream, &mut guard).await;
        }
        Ok(Err(error)) => {
            metrics.handshakes_failed.inc();
            tracing::debug!(%error, "TLS handshake failed");
        }
        Err(_) => {
            metrics.handshakes_failed.inc();
            tracing::debug!("TLS handshake timed out");
        }
    }
    metrics.connections.dec();
}

/// Speaks the protocol that the handshake agreed on; a client without ALPN means HTTP/1.1.
async fn converse(
    gate: Arc<Gate>,
    protocols: &Protocols,
    stream: TlsStream<TcpStream>,
    guard: &mut Guard,
) {
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let io = TokioIo::new(stream);
    let service = service_fn(move |request: Request<Incoming>| {
        let gate = gate.clone();
        async move { Ok::<_, Infallible>(respond(&gate, request).await) }
    });
    // Asking a connection to end lets its running requests finish first.
    let ended = if is_http2 {
        let mut connection = pin!(protocols.http2.serve_connection(io, service));
        tokio::select! {
            ended = &mut connection => ended,
            () = guard.end_of_drain() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    } else {
        let mut connection = pin!(protocols.http1.serve_connection(io, service));
        tokio::select! {
            ended = &mut connection => ended,
            () = last_call(guard) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended early");
    }
}

/// When an HTTP/1.1 connection is told to end. Unlike HTTP/2, it cannot tell its client which
/// requests it still took, so those on their way get a moment to arrive; their answers close it.
async fn last_call(guard: &mut Guard) {
    guard.end_of_drain().await;
    sleep(LAST_CALL).await;
}

/// Answers one request.
pub(super) async fn respond<B>(gate: &Gate, request: Request<B>) -> Reply
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
    B::Error: std::fmt::Display,
{
    let version = request.version();
    let mut reply = match route(request.method(), request.uri().path()) {
        Route::Admit(endpoint) => admit::admit(gate, endpoint, request).await,
        Route::Page(page) => pages::page(gate, page),
        Route::WrongMethod { allow } => {
            let why = format!("this path takes {allow} only");
            let mut refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, why);
            refusal.allow = Some(allow);
            refusal.reply()
        }
        Route::Unknown => {
            let why = "nothing is served here; reviews go to /validate and /mutate";
            Refusal::new(StatusCode::NOT_FOUND, why).reply()
        }
    };
    // While draining, each answer also sends its connection elsewhere. When the drain ends, only
    // connections are left that nobody uses, and closing them cuts nothing off. And a body that
    // was refused for its size stands in the way of the next request.
    let last = gate.is_draining() || reply.status() == StatusCode::PAYLOAD_TOO_LARGE;
    if version < Version::HTTP_2 && last {
        let close = HeaderValue::from_static("close");
        reply.headers_mut().insert(CONNECTION, close);
    }
    reply
}
