//! Why there is no certificate to serve with.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// What went wrong with a certificate, its key or the state folder.
#[derive(Debug)]
pub(crate) enum TlsError {
    /// A file could not be read.
    Read { path: PathBuf, error: io::Error },
    /// A file could not be written.
    Write { path: PathBuf, error: io::Error },
    /// A file holds something else than it should.
    Content { path: PathBuf, why: String },
    /// A name that cannot stand in a certificate.
    Name { name: String },
    /// A certificate could not be made.
    Make(rcgen::Error),
    /// A certificate made here cannot be used.
    Own(String),
    /// The TLS library refuses a certificate or a setting.
    Refused(rustls::Error),
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TlsError::Read { path, error } => {
                write!(f, "cannot read `{}`: {error}", path.display())
            }
            TlsError::Write { path, error } => {
                write!(f, "cannot write `{}`: {error}", path.display())
            }
            TlsError::Content { path, why } => write!(f, "`{}`: {why}", path.display()),
            TlsError::Name { name } => {
                write!(f, "`{name}` is neither a host name nor an IP address")
            }
            TlsError::Make(error) => write!(f, "cannot make a certificate: {error}"),
            TlsError::Own(why) => write!(f, "a certificate of our own: {why}"),
            TlsError::Refused(error) => write!(f, "TLS: {error}"),
        }
    }
}

impl std::error::Error for TlsError {}

impl From<rcgen::Error> for TlsError {
    fn from(error: rcgen::Error) -> Self {
        TlsError::Make(error)
    }
}

impl From<rustls::Error> for TlsError {
    fn from(error: rustls::Error) -> Self {
        TlsError::Refused(error)
    }
}
