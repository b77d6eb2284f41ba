//! Certificates while the gate serves.

mod support;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rcgen::generate_simple_self_signed;
use support::gate::Gate;
use support::https::{Connection, Http};
use tokio::time::sleep;

/// A new certificate is used for new connections; the old ones go on.
#[tokio::test]
async fn given_certificates_are_replaced_while_serving() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (certificate, key) = (folder.path().join("tls.crt"), folder.path().join("tls.key"));
    put(&certificate, &key)?;
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let flags = ["--tls-cert", &text(&certificate), "--tls-key", &text(&key)];
    let gate = Gate::start::<&str>(&[], &flags)?;
    let open = || Connection::open(gate.address(), &certificate, Http::One);

    let mut kept = open().await?;
    assert_eq!(kept.get("/livez").await?.status, 200);
    put(&certificate, &key)?;
    let start = Instant::now();
    while let Err(error) = open().await {
        anyhow::ensure!(start.elapsed() < Duration::from_secs(10), "{error:#}");
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(kept.get("/livez").await?.status, 200);

    // One that cannot be used leaves the last good one serving.
    fs::write(&key, "no key")?;
    sleep(Duration::from_millis(1500)).await;
    let mut fresh = open().await?;
    let metrics = fresh.get("/metrics").await?;
    let metrics = String::from_utf8_lossy(&metrics.body).into_owned();
    assert!(
        metrics.contains("portcullis_certificate_errors_total 1\n"),
        "{metrics}"
    );
    Ok(())
}

/// A new certificate that vouches for itself, and its key: renamed into place, one after the other.
fn put(certificate: &Path, key: &Path) -> anyhow::Result<()> {
    let made = generate_simple_self_signed(["localhost".to_owned()])?;
    let draft = certificate.with_extension("new");
    fs::write(&draft, made.signing_key.serialize_pem())?;
    fs::rename(&draft, key)?;
    fs::write(&draft, made.cert.pem())?;
    fs::rename(&draft, certificate)?;
    Ok(())
}
