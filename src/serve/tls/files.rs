//! A certificate and key that somebody else puts on the disk: cert-manager, a Secret mount.
//!
//! Comes in:  two paths.
//! Goes out:  a certificate to serve with, whenever the files changed.
//! Never here: when to look (see `keep`).

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::CertifiedKey;

use super::TlsError;
use super::authority::read;
use super::issue::certificates;

/// Where the files are, and what they were when they were last read.
#[derive(Debug)]
pub(crate) struct Files {
    certificate: PathBuf,
    key: PathBuf,
    seen: Option<[Stamp; 2]>,
}

/// Inode, length, time of change: enough to notice a rewrite and a swapped link.
type Stamp = (u64, u64, i64, i64);

impl Files {
    pub(crate) fn new(certificate: &Path, key: &Path) -> Files {
        Files {
            certificate: certificate.to_path_buf(),
            key: key.to_path_buf(),
            seen: None,
        }
    }

    /// What the files hold, if they changed since the last call.
    ///
    /// Between the writing of one and of the other they do not fit each other: an error, which the
    /// next change mends.
    pub(super) fn changed(&mut self) -> Option<Result<CertifiedKey, TlsError>> {
        let now = [stamp(&self.certificate), stamp(&self.key)];
        if self.seen == Some(now) {
            return None;
        }
        self.seen = Some(now);
        Some(self.load())
    }

    fn load(&self) -> Result<CertifiedKey, TlsError> {
        let content = |path: &Path, why: String| TlsError::Content {
            path: path.to_path_buf(),
            why,
        };
        let certificate = read(&self.certificate)?;
        let chain = certificates(&certificate).map_err(|why| content(&self.certificate, why))?;
        let key = PrivateKeyDer::from_pem_slice(read(&self.key)?.as_bytes())
            .map_err(|error| content(&self.key, error.to_string()))?;
        let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key)
            .map_err(|error| content(&self.key, error.to_string()))?;
        let certified = CertifiedKey::new(chain, key);
        certified.keys_match().map_err(|_| {
            let why = format!("does not belong to `{}`", self.key.display());
            content(&self.certificate, why)
        })?;
        Ok(certified)
    }
}

/// Zeros for a file that is not there.
fn stamp(path: &Path) -> Stamp {
    fs::metadata(path).map_or((0, 0, 0, 0), |file| {
        (file.ino(), file.len(), file.mtime(), file.mtime_nsec())
    })
}
