//! Clients by the authorities that they trust, with the connections that they keep.
//!
//! Comes in:  certificates (PEM) that may have signed a server's; none for those of the system.
//! Goes out:  a client.
//! Never here: requests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::RootCertStore;
use tokio::sync::OnceCell;

use super::Guard;
use super::dial::Checked;
use crate::trust;

/// Bundles whose clients are kept. They are written in policies, but may be made of variables.
const MOST: usize = 64;

/// How long a connection is kept that nobody uses: less than most servers do.
const IDLE: Duration = Duration::from_secs(30);

/// Connections that are kept for one server.
const MOST_IDLE: usize = 32;

/// Sends requests and keeps connections. Cloning it shares it.
pub(super) type Client = legacy::Client<HttpsConnector<HttpConnector<Checked>>, Full<Bytes>>;

/// Clients, made when they are needed.
pub(super) struct Clients {
    guard: Guard,
    made: Mutex<HashMap<Key, Made>>,
    /// The authorities of the system: read once, by the first call that needs them.
    system: OnceCell<Arc<RootCertStore>>,
}

/// Whom a client trusts, and whether it minds whom it asks.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct Key {
    ca_bundle: String,
    guarded: bool,
}

struct Made {
    client: Client,
    used: Instant,
}

impl Clients {
    /// `guard`: whom guarded clients may ask.
    pub(super) fn new(guard: Guard) -> Clients {
        Clients {
            guard,
            made: Mutex::default(),
            system: OnceCell::new(),
        }
    }

    /// The client that trusts these certificates and no others; with none given, those of the system.
    ///
    /// # Errors
    ///
    /// They are no certificates.
    pub(super) async fn of(&self, ca_bundle: &str, guarded: bool) -> Result<Client, String> {
        let key = Key {
            ca_bundle: ca_bundle.to_owned(),
            guarded,
        };
        if let Some(client) = self.kept(&key) {
            return Ok(client);
        }
        let roots = match ca_bundle {
            "" => self.system.get_or_init(system).await.clone(),
            bundle => Arc::new(read(bundle)?),
        };
        let client = client(roots, guarded.then(|| self.guard.clone()))?;
        self.keep(key, client.clone());
        Ok(client)
    }

    fn kept(&self, key: &Key) -> Option<Client> {
        // What a panic left behind is as good as ever: nothing here is half done.
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let made = made.get_mut(key)?;
        made.used = Instant::now();
        Some(made.client.clone())
    }

    fn keep(&self, key: Key, client: Client) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.len() >= MOST {
            let oldest = made.iter().min_by_key(|(_, made)| made.used);
            let oldest = oldest.map(|(key, _)| key.clone());
            oldest.map(|key| made.remove(&key));
        }
        let used = Instant::now();
        made.insert(key, Made { client, used });
    }
}

fn client(roots: Arc<RootCertStore>, guard: Option<Guard>) -> Result<Client, String> {
    let mut dialer = HttpConnector::new_with_resolver(Checked { guard });
    dialer.enforce_http(false);
    dialer.set_nodelay(true);
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(trust::client(roots)?)
        .https_or_http()
        .enable_http1()
        .wrap_connector(dialer);
    Ok(legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(MOST_IDLE)
        .build(connector))
}

fn read(bundle: &str) -> Result<RootCertStore, String> {
    let roots = match trust::roots(bundle.as_bytes()) {
        Ok(roots) if roots.is_empty() => Err("no certificate is in it".to_owned()),
        read => read,
    };
    roots.map_err(|why| format!("failed to parse the PEM of the CA bundle: {why}"))
}

/// The authorities of the system, as `SSL_CERT_FILE` and `SSL_CERT_DIR` have it, too. Without any, no
/// certificate is trusted.
async fn system() -> Arc<RootCertStore> {
    let found = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs).await;
    let mut roots = RootCertStore::empty();
    if let Ok(found) = found {
        let (read, _) = roots.add_parsable_certificates(found.certs);
        if read == 0 {
            let errors: Vec<_> = found.errors.iter().map(ToString::to_string).collect();
            let errors = errors.join("; ");
            tracing::warn!(errors, "the system knows no certificate authorities");
        }
    }
    Arc::new(roots)
}
