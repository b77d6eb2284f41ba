//! Clients of a gate: kept-alive connections over HTTP/1.1 and HTTP/2.
//!
//! Comes in: an address, the certificate to trust.
//! Goes out: a [`Connection`] and its [`Reply`]s.
//! Never here: what the answers should be.

#![allow(
    clippy::indexing_slicing,
    reason = "a test that panics has failed, as it should"
)]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Which HTTP a connection speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Http {
    /// HTTP/1.1.
    One,
    /// HTTP/2.
    Two,
}

/// A kept-alive connection to a gate.
pub(crate) struct Connection {
    sender: Sender,
    address: SocketAddr,
}

enum Sender {
    One(http1::SendRequest<Full<Bytes>>),
    Two(http2::SendRequest<Full<Bytes>>),
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The whole body.
    pub(crate) body: Bytes,
    /// The server will not take another request on this connection.
    pub(crate) last: bool,
}

impl Connection {
    /// Connects and shakes hands.
    pub(crate) async fn open(address: SocketAddr, ca: &Path, http: Http) -> anyhow::Result<Self> {
        let io = TokioIo::new(shake_hands(address, ca, http).await?);
        let sender = match http {
            Http::One => {
                let (sender, connection) = http1::handshake(io).await?;
                tokio::spawn(connection);
                Sender::One(sender)
            }
            Http::Two => {
                let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await?;
                tokio::spawn(connection);
                Sender::Two(sender)
            }
        };
        Ok(Connection { sender, address })
    }

    /// Waits until the next request may be sent; `false` when the server has closed or said GOAWAY.
    pub(crate) async fn is_open(&mut self) -> bool {
        match &mut self.sender {
            Sender::One(sender) => sender.ready().await.is_ok(),
            Sender::Two(sender) => sender.ready().await.is_ok(),
        }
    }

    /// A GET.
    pub(crate) async fn get(&mut self, path: &str) -> anyhow::Result<Reply> {
        let request = Request::get(self.uri(path)).header("host", "localhost");
        self.send(request.body(Full::default())?).await
    }

    /// A POST of JSON.
    pub(crate) async fn post(
        &mut self,
        path: &str,
        body: impl Into<Bytes>,
    ) -> anyhow::Result<Reply> {
        let request = Request::post(self.uri(path))
            .header("host", "localhost")
            .header("content-type", "application/json");
        self.send(request.body(Full::new(body.into()))?).await
    }

    /// HTTP/2 wants to know the authority, HTTP/1.1 the path alone.
    fn uri(&self, path: &str) -> String {
        match self.sender {
            Sender::One(_) => path.to_owned(),
            Sender::Two(_) => format!("https://{}{path}", self.address),
        }
    }

    /// Any request.
    pub(crate) async fn send(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<Reply> {
        let reply = match &mut self.sender {
            Sender::One(sender) => {
                sender.ready().await?;
                sender.send_request(request).await?
            }
            Sender::Two(sender) => {
                sender.ready().await?;
                sender.send_request(request).await?
            }
        };
        let last = reply
            .headers()
            .get("connection")
            .is_some_and(|value| value == "close");
        Ok(Reply {
            status: reply.status().as_u16(),
            body: reply.into_body().collect().await?.to_bytes(),
            last,
        })
    }
}

impl Reply {
    /// The body, parsed.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Allowed or not, and the message; `None` when it is no verdict.
    pub(crate) fn verdict(&self) -> Option<(bool, String)> {
        let json = self.json();
        let response = json.get("response")?;
        let message = response["status"]["message"].as_str().unwrap_or_default();
        Some((response["allowed"].as_bool()?, message.to_owned()))
    }
}

/// A TLS connection on which nothing is said yet.
pub(crate) async fn shake_hands(
    address: SocketAddr,
    ca: &Path,
    http: Http,
) -> anyhow::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca)?)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![match http {
        Http::One => b"http/1.1".to_vec(),
        Http::Two => b"h2".to_vec(),
    }];
    let socket = TcpStream::connect(address).await?;
    socket.set_nodelay(true)?;
    let name = ServerName::try_from("localhost")?;
    Ok(TlsConnector::from(Arc::new(config))
        .connect(name, socket)
        .await?)
}
