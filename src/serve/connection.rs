//! One connection, from its TLS handshake to its end.
//!
//! Comes in:  an accepted socket.
//! Goes out:  HTTP requests, to their routes.
//! Never here: accepting, what a request means.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::body::{Body, Incoming};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::http::request::Parts;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, StatusCode, Version};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::admit::{Asked, admit};
use super::ahead::Ahead;
use super::caught::caught;
use super::drain::Guard;
use super::load::{Seat, Share};
use super::reply::{Refusal, Reply};
use super::route::{Route, route};
use super::watch::{Watch, Watched};
use super::{Gate, pages, policies};

/// A client that cannot shake hands in this time never will.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Idle HTTP/2 connections are asked for a sign of life, so that dead ones do not pile up.
const PING_EVERY: Duration = Duration::from_secs(60);
const PING_PATIENCE: Duration = Duration::from_secs(20);

/// For requests on their way when the drain ends.
const LAST_CALL: Duration = Duration::from_millis(250);

/// At once on one HTTP/2 connection. Go's client waits when it is reached.
const MAX_STREAMS: u32 = 1024;

/// The largest head of a request: API servers send less than 2 KB.
const MOST_HEAD: u32 = 16 * 1024;

/// The largest piece that is read at once, head or body, and the most that is kept back for writing.
const MOST_BUFFER: usize = 128 * 1024;

/// A client that opens a connection for a request sends it in this time, or in what opening it took.
const AT_ONCE: Duration = Duration::from_millis(20);

/// Who is at the other end.
#[derive(Debug, Default)]
pub(super) struct Peer {
    /// Did it show a certificate of `--client-ca`?
    pub(super) vouched: bool,
    /// What it has on its way.
    pub(super) share: Share,
    /// When its connection was accepted, and when it was open.
    opened: Option<(Instant, Instant)>,
    /// Has it sent anything?
    spoke: AtomicBool,
}

impl Peer {
    /// What opening the connection took, for a request that was the reason for it: its client waits since
    /// then. Asked once for each request, `seen` now.
    pub(super) fn opening(&self, seen: Instant) -> Duration {
        match self.opened {
            Some((accepted, open))
                if !self.spoke.swap(true, Relaxed) && seen - open < (open - accepted) + AT_ONCE =>
            {
                seen - accepted
            }
            _ => Duration::ZERO,
        }
    }
}

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
            // See `Watch`.
            .header_read_timeout(None)
            .max_buf_size(MOST_BUFFER);
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PING_PATIENCE)
            .max_concurrent_streams(MAX_STREAMS)
            // A client that gives up on many requests at once does not lose all others with them.
            .max_pending_accept_reset_streams(MAX_STREAMS as usize)
            .max_header_list_size(MOST_HEAD)
            .max_send_buf_size(MOST_BUFFER)
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
    seat: Seat,
) {
    let metrics = gate.metrics.clone();
    metrics.connections.inc();
    match timeout(HANDSHAKE, tls.accept(Ahead::new(socket))).await {
        Ok(Ok(stream)) => {
            match stream.get_ref().1.handshake_kind() {
                Some(rustls::HandshakeKind::Resumed) => metrics.handshakes_resumed.inc(),
                _ => metrics.handshakes_full.inc(),
            };
            converse(gate, &protocols, stream, seat.since, &mut guard).await;
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
    stream: TlsStream<Ahead<TcpStream>>,
    accepted: Instant,
    guard: &mut Guard,
) {
    let session = stream.get_ref().1;
    let is_http2 = session.alpn_protocol() == Some(b"h2");
    let peer = Arc::new(Peer {
        vouched: session.peer_certificates().is_some(),
        share: Share::default(),
        opened: Some((accepted, Instant::now())),
        spoke: AtomicBool::new(false),
    });
    let watch = Watch::new();
    let io = TokioIo::new(Watched::new(stream, watch.clone()));
    let watched = (!is_http2).then(|| watch.clone());
    let service = service_fn(move |request: Request<Incoming>| {
        let (gate, peer, watch) = (gate.clone(), peer.clone(), watched.clone());
        // Over HTTP/2 the request is a task of its own, which has to wait for its turn.
        let seen = Instant::now();
        async move {
            if let Some(watch) = &watch {
                watch.began();
            }
            let reply = respond(&gate, &peer, request, seen).await;
            if let Some(watch) = &watch {
                watch.answered();
            }
            Ok::<_, Infallible>(reply)
        }
    });
    // HTTP/2 asks for signs of life, and heads of many streams cross each other.
    if is_http2 {
        watch.began();
    }
    // Asking a connection to end lets its running requests finish first.
    let ended = if is_http2 {
        let mut connection = pin!(protocols.http2.serve_connection(io, service));
        tokio::select! {
            biased;
            ended = &mut connection => ended,
            () = watch.patience() => Ok(()),
            () = guard.end_of_drain() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    } else {
        let mut connection = pin!(protocols.http1.serve_connection(io, service));
        tokio::select! {
            biased;
            ended = &mut connection => ended,
            () = watch.patience() => Ok(()),
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

/// Answers one request, which was first seen at `seen`.
pub(super) async fn respond<B>(
    gate: &Gate,
    peer: &Peer,
    request: Request<B>,
    seen: Instant,
) -> Reply
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
    B::Error: std::fmt::Display,
{
    let (head, body) = request.into_parts();
    let mut reply = caught(gate, answer(gate, peer, &head, body, seen)).await;
    // While draining, each answer also sends its connection elsewhere. When the drain ends, only
    // connections are left that nobody uses, and closing them cuts nothing off. And a body that
    // was refused unread stands in the way of the next request.
    let unread = [
        StatusCode::PAYLOAD_TOO_LARGE,
        StatusCode::FORBIDDEN,
        StatusCode::SERVICE_UNAVAILABLE,
    ];
    let last = gate.is_draining() || unread.contains(&reply.status());
    if head.version < Version::HTTP_2 && last {
        let close = HeaderValue::from_static("close");
        reply.headers_mut().insert(CONNECTION, close);
    }
    reply
}

/// What the request's route makes of it.
async fn answer<B>(gate: &Gate, peer: &Peer, head: &Parts, body: B, seen: Instant) -> Reply
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
    B::Error: std::fmt::Display,
{
    match route(&head.method, head.uri.path()) {
        Route::Admit(endpoint, lane) => {
            let asked = Asked {
                endpoint,
                lane,
                head,
                seen,
            };
            admit(gate, peer, asked, body).await
        }
        // Seldom and large: a request's future is moved several times before it runs.
        Route::Policies(hook) => Box::pin(policies::judge(gate, peer, hook, head, body)).await,
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
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Peer;

    #[test]
    fn a_connection_counts_for_the_request_that_it_was_opened_for() {
        let accepted = Instant::now();
        let after = |millis| accepted + Duration::from_millis(millis);
        let opened = || Peer {
            opened: Some((accepted, after(100))),
            ..Peer::default()
        };
        let peer = opened();
        assert_eq!(peer.opening(after(150)), Duration::from_millis(150));
        assert_eq!(peer.opening(after(150)), Duration::ZERO, "only the first");
        assert_eq!(
            opened().opening(after(900)),
            Duration::ZERO,
            "opened in advance"
        );
    }
}
