//! The connection to a collector: one call of gRPC, again and again.
//!
//! Comes in:  messages.
//! Goes out:  the collector's word that it has them.
//! Never here: trying again.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use futures::future::BoxFuture;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http2::{self, SendRequest};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue, TE, USER_AGENT};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::trust;

/// For one call, the connection included.
const PATIENCE: Duration = Duration::from_secs(10);

/// A collector has little to say.
const MOST_ANSWER: usize = 64 * 1024;

/// Certificates (PEM) that vouch for a collector, from where they are kept.
pub(crate) type Authority =
    Arc<dyn Fn() -> BoxFuture<'static, Result<Vec<u8>, String>> + Send + Sync>;

/// Where a collector is.
#[derive(Clone)]
pub(crate) struct Collector {
    /// A name or an address.
    pub(crate) host: String,
    /// Where it listens for OTLP over gRPC.
    pub(crate) port: u16,
    /// Who vouches for it; without, there is no TLS.
    pub(crate) authority: Option<Authority>,
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.authority.is_some() {
            "https"
        } else {
            "http"
        };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

/// A connection to it, made when there is something to say.
pub(crate) struct Line {
    collector: Collector,
    /// The path of the call.
    method: &'static str,
    open: Option<SendRequest<Full<Bytes>>>,
}

impl Line {
    /// For a call such as `/opentelemetry.proto.collector.trace.v1.TraceService/Export`.
    pub(crate) fn new(collector: Collector, method: &'static str) -> Line {
        Line {
            collector,
            method,
            open: None,
        }
    }

    /// Hands a message over.
    ///
    /// # Errors
    ///
    /// In words, where the collector did not take them in time.
    pub(crate) async fn send(&mut self, message: &impl Message) -> Result<(), String> {
        let (body, was_open) = (framed(message), self.open.is_some());
        let send = async {
            match self.call(body.clone()).await {
                // The connection may have gone out of use in the meantime.
                Err(_) if was_open => self.call(body).await,
                sent => sent,
            }
        };
        let sent = timeout(PATIENCE, send).await;
        let sent = sent.unwrap_or_else(|_| Err("it does not answer".to_owned()));
        if sent.is_err() {
            self.open = None;
        }
        sent
    }

    async fn call(&mut self, body: Bytes) -> Result<(), String> {
        let mut open = match self.open.take().filter(|open| !open.is_closed()) {
            Some(open) => open,
            None => connect(&self.collector).await?,
        };
        let wrong = |error: hyper::Error| error.to_string();
        open.ready().await.map_err(wrong)?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{:?}{}", self.collector, self.method))
            .header(CONTENT_TYPE, HeaderValue::from_static("application/grpc"))
            .header(TE, HeaderValue::from_static("trailers"))
            .header(
                USER_AGENT,
                HeaderValue::from_static(concat!("portcullis/", env!("CARGO_PKG_VERSION"))),
            )
            .body(Full::new(body))
            .map_err(|error| error.to_string())?;
        let answer = open.send_request(request).await.map_err(wrong)?;
        let (head, body) = answer.into_parts();
        if head.status != StatusCode::OK {
            return Err(format!("it answers {}", head.status));
        }
        let body = Limited::new(body, MOST_ANSWER).collect().await;
        let body = body.map_err(|error| error.to_string())?;
        // Without a message, the trailers come as headers.
        status(body.trailers().unwrap_or(&head.headers))?;
        self.open = Some(open);
        Ok(())
    }
}

/// What gRPC says of the call.
fn status(trailers: &HeaderMap) -> Result<(), String> {
    let text = |name| {
        trailers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    match text("grpc-status") {
        Some("0") => Ok(()),
        Some(code) => {
            let message = text("grpc-message").unwrap_or_default();
            Err(format!("it answers gRPC status {code} {message}"))
        }
        None => Err("it does not speak gRPC".to_owned()),
    }
}

/// A message as gRPC frames it: not compressed, its length in front.
fn framed(message: &impl Message) -> Bytes {
    let length = message.encoded_len();
    let mut bytes = BytesMut::with_capacity(5 + length);
    bytes.put_u8(0);
    bytes.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
    // There is room for all of it.
    let _ = message.encode(&mut bytes);
    bytes.freeze()
}

async fn connect(collector: &Collector) -> Result<SendRequest<Full<Bytes>>, String> {
    let host = collector.host.as_str();
    let socket = TcpStream::connect((host, collector.port)).await;
    let socket = socket.map_err(|error| error.to_string())?;
    let Some(authority) = &collector.authority else {
        return greet(TokioIo::new(socket)).await;
    };
    let settings = trusting(&authority().await?)?;
    let name = ServerName::try_from(host.to_owned());
    let name = name.map_err(|error| format!("`{host}`: {error}"))?;
    let connector = TlsConnector::from(Arc::new(settings));
    let stream = connector.connect(name, socket).await;
    greet(TokioIo::new(stream.map_err(|error| error.to_string())?)).await
}

async fn greet<S>(stream: S) -> Result<SendRequest<Full<Bytes>>, String>
where
    S: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let shaken = http2::handshake(TokioExecutor::new(), stream).await;
    let (open, connection) = shaken.map_err(|error| error.to_string())?;
    // Its end is seen by the next call.
    tokio::spawn(connection);
    Ok(open)
}

fn trusting(pem: &[u8]) -> Result<ClientConfig, String> {
    let roots = trust::roots(pem)?;
    if roots.is_empty() {
        return Err("there is no certificate that vouches for it".to_owned());
    }
    let mut settings = trust::client(roots)?;
    settings.alpn_protocols = vec![b"h2".to_vec()];
    Ok(settings)
}
