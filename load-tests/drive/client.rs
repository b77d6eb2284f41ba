//! Connections as an API server holds them: TLS, kept alive, HTTP/1.1 or HTTP/2.
//!
//! Comes in:  an address and client settings.
//! Goes out:  [`Connection`]s that send one request and read its whole answer.
//! Never here: how often.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::Keys;

/// Which HTTP is spoken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Http {
    /// HTTP/1.1: one request at a time on each connection.
    One,
    /// HTTP/2: many.
    Two,
}

impl fmt::Display for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Http::One => "HTTP/1.1",
            Http::Two => "HTTP/2",
        })
    }
}

/// Where requests go, and how.
#[derive(Clone)]
pub struct Target {
    address: SocketAddr,
    http: Http,
    tls: Arc<ClientConfig>,
    uri: String,
}

impl Target {
    /// A server's endpoint, such as `/validate?timeout=10s`.
    ///
    /// # Errors
    ///
    /// The keys cannot be read.
    pub fn new(
        address: SocketAddr,
        http: Http,
        path: &str,
        keys: &Keys,
        resume: bool,
    ) -> anyhow::Result<Target> {
        let (alpn, uri) = match http {
            Http::One => (&b"http/1.1"[..], path.to_owned()),
            Http::Two => (&b"h2"[..], format!("https://{address}{path}")),
        };
        let tls = keys.client(alpn, resume)?;
        Ok(Target {
            address,
            http,
            tls,
            uri,
        })
    }

    /// Which HTTP it speaks.
    #[must_use]
    pub fn http(&self) -> Http {
        self.http
    }

    /// Opens a connection and shakes hands.
    ///
    /// # Errors
    ///
    /// The server refuses.
    pub async fn connect(&self) -> anyhow::Result<Connection> {
        let socket = TcpStream::connect(self.address).await?;
        socket.set_nodelay(true)?;
        let name = ServerName::from(self.address.ip());
        let stream = TlsConnector::from(self.tls.clone());
        let io = TokioIo::new(
            stream
                .connect(name, socket)
                .await
                .context("TLS handshake")?,
        );
        let sender = match self.http {
            Http::One => {
                let (sender, connection) = http1::handshake(io).await?;
                tokio::spawn(connection);
                Sender::One(sender)
            }
            Http::Two => {
                let (sender, connection) = http2::Builder::new(TokioExecutor::new())
                    .initial_stream_window_size(1024 * 1024)
                    .initial_connection_window_size(8 * 1024 * 1024)
                    .handshake(io)
                    .await?;
                tokio::spawn(connection);
                Sender::Two(sender)
            }
        };
        Ok(Connection {
            sender,
            uri: self.uri.clone(),
            host: self.address.to_string(),
        })
    }
}

/// An open connection.
pub struct Connection {
    sender: Sender,
    uri: String,
    host: String,
}

enum Sender {
    One(http1::SendRequest<Full<Bytes>>),
    Two(http2::SendRequest<Full<Bytes>>),
}

impl Connection {
    /// A second user of an HTTP/2 connection; `None` over HTTP/1.1.
    #[must_use]
    pub fn share(&self) -> Option<Connection> {
        let Sender::Two(sender) = &self.sender else {
            return None;
        };
        Some(Connection {
            sender: Sender::Two(sender.clone()),
            uri: self.uri.clone(),
            host: self.host.clone(),
        })
    }

    /// Waits until the next request may be sent; `false` when the server has closed.
    pub async fn is_open(&mut self) -> bool {
        match &mut self.sender {
            Sender::One(sender) => sender.ready().await.is_ok(),
            Sender::Two(sender) => sender.ready().await.is_ok(),
        }
    }

    /// Asks for a page, and tells its status.
    ///
    /// # Errors
    ///
    /// The connection broke.
    pub async fn get(&mut self, path: &str) -> anyhow::Result<StatusCode> {
        let Sender::One(sender) = &mut self.sender else {
            anyhow::bail!("pages are asked for over HTTP/1.1");
        };
        let request = Request::get(path).header(HOST, &self.host);
        sender.ready().await?;
        let response = sender.send_request(request.body(Full::default())?).await?;
        let status = response.status();
        response.into_body().collect().await?;
        Ok(status)
    }

    /// Posts a review and reads the whole answer.
    ///
    /// # Errors
    ///
    /// The connection broke.
    pub async fn post(&mut self, body: Bytes) -> anyhow::Result<(StatusCode, Bytes)> {
        let request = Request::post(&self.uri)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json, */*");
        let response: Response<Incoming> = match &mut self.sender {
            Sender::One(sender) => {
                let request = request.header(HOST, &self.host).body(Full::new(body))?;
                sender.ready().await?;
                sender.send_request(request).await?
            }
            Sender::Two(sender) => {
                sender.ready().await?;
                sender.send_request(request.body(Full::new(body))?).await?
            }
        };
        let status = response.status();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }
}
