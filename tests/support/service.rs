//! A service that policies ask over HTTP, on the loopback.
//!
//! Comes in: what its paths do, by their names.
//! Goes out: its address; how often each path was asked.
//! Never here: policies.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A service that runs until the test ends.
pub(crate) struct Service {
    address: SocketAddr,
    asked: Asked,
    /// The authority (PEM) that signed its certificate; empty without TLS.
    pub(crate) authority: String,
}

type Asked = Arc<Mutex<BTreeMap<String, usize>>>;

impl Service {
    /// Speaks HTTP.
    pub(crate) async fn start() -> anyhow::Result<Service> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        Ok(Service::serve(listener, None, String::new())?)
    }

    /// Speaks HTTPS as `localhost`, by an authority of its own.
    pub(crate) async fn start_tls() -> anyhow::Result<Service> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = params.self_signed(&key)?;
        let issuer = Issuer::new(params, key);
        let own = KeyPair::generate()?;
        let leaf = CertificateParams::new(["localhost".to_owned()])?.signed_by(&own, &issuer)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf.der().clone()],
                PrivateKeyDer::try_from(own.serialize_der()).map_err(anyhow::Error::msg)?,
            )?;
        let tls = TlsAcceptor::from(Arc::new(config));
        Ok(Service::serve(listener, Some(tls), root.pem())?)
    }

    fn serve(
        listener: TcpListener,
        tls: Option<TlsAcceptor>,
        authority: String,
    ) -> std::io::Result<Service> {
        let address = listener.local_addr()?;
        let asked = Asked::default();
        let counted = asked.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (tls, asked) = (tls.clone(), counted.clone());
                tokio::spawn(async move {
                    match tls {
                        None => converse(socket, asked).await,
                        Some(tls) => {
                            if let Ok(socket) = tls.accept(socket).await {
                                converse(socket, asked).await;
                            }
                        }
                    }
                });
            }
        });
        Ok(Service {
            address,
            asked,
            authority,
        })
    }

    /// `http://127.0.0.1:port`, or `https://localhost:port`.
    pub(crate) fn origin(&self) -> String {
        match self.authority.is_empty() {
            true => format!("http://{}", self.address),
            false => format!("https://localhost:{}", self.address.port()),
        }
    }

    /// How often `path` was asked.
    pub(crate) fn asked(&self, path: &str) -> usize {
        let asked = self.asked.lock().map(|asked| asked.get(path).copied());
        asked.ok().flatten().unwrap_or_default()
    }
}

async fn converse(socket: impl AsyncRead + AsyncWrite + Unpin, asked: Asked) {
    let service = service_fn(move |request| answer(request, asked.clone()));
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(socket), service)
        .await;
}

async fn answer(
    request: Request<Incoming>,
    asked: Asked,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    if let Ok(mut asked) = asked.lock() {
        *asked.entry(path.clone()).or_default() += 1;
    }
    let reply = match path.as_str() {
        "/allowed" => reply(200, r#"{"allowed": true}"#),
        "/denied" => reply(200, r#"{"allowed": false}"#),
        "/items" => reply(200, r#"{"items": [1, 2, 3]}"#),
        "/number" => reply(200, "7"),
        "/text" => reply(200, "hello"),
        "/slow" => {
            tokio::time::sleep(Duration::from_millis(200)).await;
            reply(200, r#"{"allowed": true}"#)
        }
        "/hangs" => pending().await,
        "/long" => reply(200, format!("\"{}\"", "x".repeat(5_000))),
        "/moved" => Response::builder()
            .status(302)
            .header("location", "/allowed")
            .body(Full::default()),
        "/lost" => Response::builder()
            .status(302)
            .header("location", "file:///etc/passwd")
            .body(Full::default()),
        "/echo" => reply(200, echo(request).await.unwrap_or_default()),
        "/broken" => reply(500, "out of order"),
        _ => reply(404, r#"{"reason": "no such page"}"#),
    };
    Ok(reply.unwrap_or_default())
}

fn reply(status: u16, body: impl Into<Bytes>) -> hyper::http::Result<Response<Full<Bytes>>> {
    Response::builder()
        .status(status)
        .body(Full::new(body.into()))
}

/// What was asked: `GET` or `POST`, the headers that matter, the body.
async fn echo(request: Request<Incoming>) -> anyhow::Result<String> {
    let (head, body) = request.into_parts();
    let header = |name| head.headers.get(name).map(|value| value.to_str());
    let header = |name| header(name).and_then(Result::ok).unwrap_or("-").to_owned();
    let names = ["authorization", "content-type", "x-team"].map(header);
    let body = body.collect().await?.to_bytes();
    let body = String::from_utf8(body.to_vec()).context("a text")?;
    let told = format!("{} {} {body}", head.method, names.join(" "));
    Ok(json!({ "told": told.trim_end() }).to_string())
}
