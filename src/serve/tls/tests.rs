//! Authorities that last, certificates that are replaced.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, HandshakeKind, RootCertStore, ServerConfig, ServerConnection,
};
use tempfile::tempdir;

use super::authority::Authority;
use super::{Algorithm, Certificates, Files, Origin, Term, make_authority, settings};

#[test]
fn a_restart_keeps_the_authority() {
    let folder = tempdir().unwrap();
    let state = folder.path().join("deep/state");
    let first = Authority::open(&state).unwrap();
    let text = fs::read(first.certificate()).unwrap();
    let mode = |name: &str| {
        let metadata = fs::metadata(state.join(name)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    assert_eq!((mode("ca.crt"), mode("ca.key")), (0o644, 0o600));

    let second = Authority::open(&state).unwrap();
    assert_eq!(fs::read(second.certificate()).unwrap(), text);
    // Trust in the first covers what the second signs.
    let certificates = own(&state, &[]);
    assert_eq!(
        shake(&certificates, &state.join("ca.crt"), "localhost"),
        Ok(())
    );
}

#[test]
fn a_client_that_comes_back_resumes_its_session() {
    let folder = tempdir().unwrap();
    let server = Arc::new(settings(own(folder.path(), &[]), None).unwrap());
    let client = client(&folder.path().join("ca.crt"));
    let kinds = [0, 1].map(|_| shake_as(&client, &server, "localhost"));
    let expect = [HandshakeKind::Full, HandshakeKind::Resumed];
    assert_eq!(kinds, expect.map(|kind| Ok(Some(kind))));
}

#[test]
fn the_names_of_a_certificate() {
    let folder = tempdir().unwrap();
    let certificates = own(
        folder.path(),
        &["gate.example.org", "*.shop.svc", "10.1.2.3"],
    );
    let ca = folder.path().join("ca.crt");
    for name in [
        "localhost",
        "127.0.0.1",
        "::1",
        "gate.example.org",
        "a.shop.svc",
        "10.1.2.3",
    ] {
        assert_eq!(shake(&certificates, &ca, name), Ok(()), "{name}");
    }
    for name in ["example.org", "127.0.0.2"] {
        assert!(shake(&certificates, &ca, name).is_err(), "{name}");
    }
}

#[test]
fn keys_of_every_algorithm() {
    let names = ["gate.example.org".to_owned()];
    for algorithm in [Algorithm::Ecdsa, Algorithm::Ed25519, Algorithm::Rsa] {
        let term = Term::lasting(Duration::from_secs(60));
        let authority = make_authority("own", algorithm, term).unwrap();
        let pair = authority.sign("leaf", &names, algorithm, term).unwrap();
        let verified = pair.verify(&authority.certificate, &names, Timestamp::now());
        assert_eq!(verified, Ok(()), "{algorithm:?}");
        assert!(pair.certified().is_ok(), "{algorithm:?}");
    }
}

#[test]
fn a_name_that_is_none() {
    let folder = tempdir().unwrap();
    let origin = Origin::Own {
        authority: Box::new(Authority::open(folder.path()).unwrap()),
        names: vec!["not a name".to_owned()],
    };
    let error = Certificates::open(origin).err().unwrap().to_string();
    assert_eq!(
        error,
        "`not a name` is neither a host name nor an IP address"
    );
}

#[test]
fn an_authority_whose_key_is_another_ones() {
    let (one, two) = (tempdir().unwrap(), tempdir().unwrap());
    Authority::open(one.path()).unwrap();
    Authority::open(two.path()).unwrap();
    fs::copy(one.path().join("ca.key"), two.path().join("ca.key")).unwrap();
    let error = Authority::open(two.path()).err().unwrap().to_string();
    assert!(
        error.contains("does not belong to the key beside it"),
        "{error}"
    );
}

#[test]
fn given_files_are_read_again_when_they_change() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    // An authority's own certificate will do as a certificate with its key.
    Authority::open(&at("one")).unwrap();
    Authority::open(&at("two")).unwrap();
    let put = |from: &str, name: &str| {
        fs::copy(at(from).join(format!("ca.{name}")), at(name)).unwrap();
    };
    put("one", "crt");
    put("one", "key");
    let mut files = Files::new(&at("crt"), &at("key"));
    let first = files.changed().unwrap().unwrap();
    assert!(files.changed().is_none(), "nothing changed");

    put("two", "crt");
    let error = files.changed().unwrap().err().unwrap().to_string();
    assert!(error.contains("does not belong to"), "{error}");
    assert!(files.changed().is_none(), "an error is reported once");

    put("two", "key");
    let second = files.changed().unwrap().unwrap();
    assert_ne!(first.cert, second.cert);

    fs::remove_file(at("crt")).unwrap();
    assert!(files.changed().unwrap().is_err());
}

fn own(state: &Path, names: &[&str]) -> Arc<Certificates> {
    let origin = Origin::Own {
        authority: Box::new(Authority::open(state).unwrap()),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
    };
    Certificates::open(origin).unwrap().0
}

/// A handshake in memory with a client that trusts `ca` and asks for `name`.
fn shake(certificates: &Arc<Certificates>, ca: &Path, name: &str) -> Result<(), rustls::Error> {
    let server = Arc::new(settings(certificates.clone(), None).unwrap());
    shake_as(&client(ca), &server, name).map(drop)
}

fn client(ca: &Path) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(ca).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

fn shake_as(
    client: &Arc<ClientConfig>,
    server: &Arc<ServerConfig>,
    name: &str,
) -> Result<Option<HandshakeKind>, rustls::Error> {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut client = ClientConnection::new(client.clone(), name)?;
    let mut server = ServerConnection::new(server.clone())?;
    while client.is_handshaking() || server.is_handshaking() || server.wants_write() {
        let mut wire = Vec::new();
        client.write_tls(&mut wire).unwrap();
        let mut wire = wire.as_slice();
        while server.read_tls(&mut wire).unwrap() > 0 {}
        server.process_new_packets()?;
        let mut wire = Vec::new();
        server.write_tls(&mut wire).unwrap();
        let mut wire = wire.as_slice();
        while client.read_tls(&mut wire).unwrap() > 0 {}
        client.process_new_packets()?;
    }
    Ok(server.handshake_kind())
}
