//! Clients that mean no good, over real connections.

mod support;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::json;
use support::gate::Gate;
use support::https::{Http, shake_hands};
use support::review::{config_map, policy, review};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;

/// A certificate and its key, PEM.
struct Identity {
    certificate: String,
    key: String,
}

/// An authority, and a client that it vouches for.
fn authority() -> anyhow::Result<(String, Identity)> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key)?.pem();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate()?;
    let client = CertificateParams::new(vec!["apiserver".to_owned()])?.signed_by(&key, &issuer)?;
    let identity = Identity {
        certificate: client.pem(),
        key: key.serialize_pem(),
    };
    Ok((certificate, identity))
}

/// Sends one review as `identity`; the status of the answer.
async fn post_as(gate: &Gate, identity: Option<&Identity>) -> anyhow::Result<u16> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(gate.ca())?)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    let config = match identity {
        None => config.with_no_client_auth(),
        Some(Identity { certificate, key }) => config.with_client_auth_cert(
            vec![CertificateDer::from_pem_slice(certificate.as_bytes())?],
            PrivateKeyDer::from_pem_slice(key.as_bytes())?,
        )?,
    };
    let socket = TcpStream::connect(gate.address()).await?;
    let name = ServerName::try_from("localhost")?;
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, socket)
        .await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::post("/validate")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(config_map("good"))))?;
    let reply = sender.send_request(request).await?;
    let status = reply.status().as_u16();
    reply.into_body().collect().await?;
    Ok(status)
}

#[tokio::test]
async fn only_clients_that_somebody_vouches_for_may_send_reviews() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let (authority, client) = self::authority()?;
    let (_, stranger) = self::authority()?;
    let path = dir.path().join("clients.crt");
    fs::write(&path, authority)?;
    let flags = ["--client-ca", &path.to_string_lossy()];
    let gate = Gate::start(&[("a.yaml", &policy("p", "good"))], &flags)?;
    assert_eq!(post_as(&gate, Some(&client)).await?, 200);
    assert_eq!(post_as(&gate, None).await?, 403);
    assert!(
        post_as(&gate, Some(&stranger)).await.is_err(),
        "the handshake fails"
    );
    // Probes have no certificate.
    assert_eq!(
        gate.connect(Http::Two).await?.get("/readyz").await?.status,
        200
    );

    fs::write(&path, "nothing")?;
    let error = Gate::start::<&str>(&[], &flags)
        .err()
        .context("no authority")?
        .to_string();
    assert!(
        error.contains("holds no certificate in PEM form"),
        "{error}"
    );
    Ok(())
}

/// TLS 1.1 and older are answered with an alert.
#[tokio::test]
async fn old_protocols_are_refused() -> anyhow::Result<()> {
    let gate = Gate::start::<&str>(&[], &[])?;
    for version in [[3, 0], [3, 1], [3, 2]] {
        let mut hello = vec![1, 0, 0, 0];
        hello.extend(version);
        hello.extend([7; 32]);
        // No session; ECDHE with AES-128-CBC, no compression, no extensions.
        hello.extend([0, 0, 2, 0xc0, 0x13, 1, 0]);
        hello[3] = u8::try_from(hello.len() - 4)?;
        let mut record = vec![0x16, 3, 1, 0, u8::try_from(hello.len())?];
        record.extend(hello);
        let mut socket = TcpStream::connect(gate.address()).await?;
        socket.write_all(&record).await?;
        let mut answer = Vec::new();
        timeout(Duration::from_secs(10), socket.read_to_end(&mut answer)).await??;
        assert_eq!(answer.first(), Some(&0x15), "{version:?}: {answer:?}");
        assert_eq!(answer.get(5), Some(&2), "fatal: {answer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_head_that_never_ends_costs_its_connection() -> anyhow::Result<()> {
    let gate = Gate::start::<&str>(&[], &[])?;
    let mut stream = shake_hands(gate.address(), &gate.ca(), Http::One).await?;
    let mut idle = gate.connect(Http::One).await?;
    assert_eq!(idle.get("/livez").await?.status, 200);
    let started = Instant::now();
    stream
        .write_all(b"POST /validate HTTP/1.1\r\nhost: x\r\n")
        .await?;
    let closed = loop {
        // A byte now and then, as if it went on.
        if stream.write_all(b"x").await.is_err() {
            break started.elapsed();
        }
        let mut answer = [0; 64];
        if let Ok(read) = timeout(Duration::from_millis(500), stream.read(&mut answer)).await {
            assert_eq!(read.unwrap_or(0), 0, "{answer:?}");
            break started.elapsed();
        }
        anyhow::ensure!(started.elapsed() < Duration::from_secs(40), "still open");
    };
    assert!(closed > Duration::from_secs(8), "{closed:?}");
    assert_eq!(idle.get("/livez").await?.status, 200, "an idle one stays");
    Ok(())
}

#[tokio::test]
async fn heads_have_a_limit() -> anyhow::Result<()> {
    let gate = Gate::start::<&str>(&[], &[])?;
    let mut stream = shake_hands(gate.address(), &gate.ca(), Http::One).await?;
    stream
        .write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n")
        .await?;
    let line = format!("x-long: {}\r\n", "y".repeat(8_000));
    for _ in 0..17 {
        if stream.write_all(line.as_bytes()).await.is_err() {
            break;
        }
    }
    // Answered or cut off, but not read to its end.
    let mut answer = Vec::new();
    let _ = timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await?;
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
    let mut connection = gate.connect(Http::Two).await?;
    let request = Request::get(format!("https://{}/livez", gate.address()));
    let request = request
        .header("x-long", "y".repeat(20_000))
        .body(Full::default())?;
    let refused = connection.send(request).await;
    assert!(
        refused.as_ref().map_or(true, |reply| reply.status == 431),
        "{refused:?}"
    );
    Ok(())
}

#[tokio::test]
async fn connections_have_a_limit_and_come_back() -> anyhow::Result<()> {
    let gate = Gate::start(
        &[("a.yaml", &policy("p", "good"))],
        &["--max-connections", "3"],
    )?;
    let mut kept = Vec::new();
    for _ in 0..3 {
        let mut connection = gate.connect(Http::Two).await?;
        assert_eq!(connection.get("/livez").await?.status, 200);
        kept.push(connection);
    }
    assert!(gate.connect(Http::Two).await.is_err(), "one too many");
    for connection in &mut kept {
        let reply = connection.post("/validate", config_map("good")).await?;
        assert_eq!(reply.verdict(), Some((true, String::new())));
    }
    let metrics = kept[0].get("/metrics").await?;
    let metrics = String::from_utf8_lossy(&metrics.body).into_owned();
    assert!(
        metrics.contains("portcullis_connections_refused_total 1\n"),
        "{metrics}"
    );
    kept.pop();
    let started = Instant::now();
    while gate.connect(Http::Two).await.is_err() {
        anyhow::ensure!(
            started.elapsed() < Duration::from_secs(10),
            "no seat came free"
        );
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Not at any level: of a review that is decided, denied, broken, or too large.
#[tokio::test]
async fn no_secret_is_logged() -> anyhow::Result<()> {
    const SECRET: &str = "czNjcjN0LXdvcmQ";
    let policy = policy("p", "good").replace("ConfigMap", "Secret");
    let flags = ["--log-level", "trace", "--log-format", "json"];
    let gate = Gate::start(&[("a.yaml", &policy)], &flags)?;
    let secret = review(&json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "s", "namespace": "shop" },
        "data": { "key": SECRET, "other": SECRET },
    }));
    let mut connection = gate.connect(Http::Two).await?;
    let denied = connection.post("/validate", secret.clone()).await?;
    assert_eq!(denied.verdict().map(|verdict| verdict.0), Some(false));
    let bodies = [
        secret.replace("\"uid\"", "\"id\""),
        secret.replace(
            "\"operation\":\"CREATE\"",
            &format!("\"operation\":\"{SECRET}\""),
        ),
        format!("{secret}{SECRET}"),
        secret.replacen('{', SECRET, 1),
    ];
    for body in bodies {
        connection.post("/validate", body).await?;
    }
    connection
        .post(&format!("/validate?timeout={SECRET}"), secret)
        .await?;
    let log = gate.log();
    assert!(log.contains("decided") && log.contains("refused"), "{log}");
    assert!(!log.contains(SECRET), "{log}");
    assert!(Path::new(&gate.ca()).exists());
    Ok(())
}
