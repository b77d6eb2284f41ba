//! The certificate that serves now, and its replacement.
//!
//! Comes in:  where certificates come from.
//! Goes out:  the current one, to every handshake.
//! Never here: how one is made or read.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::TlsError;
use super::authority::{Authority, Leaf};
use super::files::Files;
use crate::observe::metrics::Metrics;

/// How often files and expiry are looked at. Two calls of `stat`, so often is cheap.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Where certificates come from.
pub(crate) enum Origin {
    /// The gate's own authority signs them, for the local names and these.
    Own {
        authority: Box<Authority>,
        names: Vec<String>,
    },
    /// Somebody writes them.
    Given(Files),
}

/// The certificate in use. Replacing it needs no new listener and hurts no connection.
#[derive(Debug)]
pub(crate) struct Certificates(ArcSwap<CertifiedKey>);

impl Certificates {
    /// The first certificate, and the origin to ask for the next ones.
    pub(crate) fn open(origin: Origin) -> Result<(Arc<Certificates>, Renewal), TlsError> {
        let mut renewal = Renewal {
            origin,
            renew_at: Timestamp::MIN,
        };
        let first = renewal.next().unwrap_or_else(|| {
            let nothing = rustls::Error::General("no certificate".to_owned());
            Err(TlsError::Refused(nothing))
        })?;
        let certificates = Arc::new(Certificates(ArcSwap::from_pointee(first)));
        Ok((certificates, renewal))
    }
}

impl Certificates {
    /// Those that somebody else replaces.
    pub(crate) fn holding(first: CertifiedKey) -> Arc<Certificates> {
        Arc::new(Certificates(ArcSwap::from_pointee(first)))
    }

    /// Every handshake from now on shows this one.
    pub(crate) fn replace(&self, next: CertifiedKey) {
        self.0.store(Arc::new(next));
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// Asks an origin for new certificates.
pub(crate) struct Renewal {
    origin: Origin,
    renew_at: Timestamp,
}

impl Renewal {
    /// The next certificate, when there is one.
    fn next(&mut self) -> Option<Result<CertifiedKey, TlsError>> {
        match &mut self.origin {
            Origin::Given(files) => files.changed(),
            // The wall clock, asked each time: a sleep of two months would not notice a clock
            // that was set forward.
            Origin::Own { .. } if Timestamp::now() < self.renew_at => None,
            Origin::Own { authority, names } => {
                let leaf = authority.sign(names);
                Some(leaf.map(
                    |Leaf {
                         certified,
                         renew_at,
                     }| {
                        self.renew_at = renew_at;
                        certified
                    },
                ))
            }
        }
    }

    /// Keeps `certificates` up to date for as long as the process lives. One that cannot be used
    /// leaves the last good one serving.
    pub(crate) fn run(mut self, certificates: &Certificates, metrics: &Metrics) -> ! {
        loop {
            std::thread::sleep(LOOK_EVERY);
            match self.next() {
                None => {}
                Some(Ok(certified)) => {
                    certificates.replace(certified);
                    tracing::info!("new serving certificate in use");
                }
                Some(Err(error)) => {
                    metrics.certificate_errors.inc();
                    tracing::error!(%error, "no new serving certificate; the last one stays");
                }
            }
        }
    }
}
