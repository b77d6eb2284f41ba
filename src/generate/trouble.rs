//! Why something could not be carried out, and what follows from it.

use std::fmt;
use std::time::Duration;

use portcullis_engine::facts::Fault;

/// Why something could not be carried out.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Trouble {
    /// Not yet: the API server has not stored what a request asked for. No failure.
    Early(Duration),
    /// It may go well another time: somebody else wrote, a right is missing, a source is not there.
    Again(String),
    /// It never will, as things are: the policy is wrong for this object.
    Never(String),
}

impl Trouble {
    /// The API server's answer, in words that say what was asked of it.
    pub(super) fn of(doing: &str, error: &kube::Error) -> Trouble {
        match error {
            kube::Error::Api(status) => {
                let text = format!("{doing}: {}", status.message);
                match status.code {
                    // What the object says is wrong, whoever sends it.
                    400 | 422 => Trouble::Never(text),
                    _ => Trouble::Again(text),
                }
            }
            other => Trouble::Again(format!("{doing}: {other}")),
        }
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Trouble {
        match fault {
            Fault::Error(text) => Trouble::Again(text),
            other => Trouble::Again(other.to_string()),
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Early(_) => f.write_str("not stored yet"),
            Trouble::Again(text) | Trouble::Never(text) => f.write_str(text),
        }
    }
}

/// Is the namespace on its way out? Then nothing can be made in it, and need not be.
pub(super) fn is_leaving(error: &kube::Error) -> bool {
    match error {
        kube::Error::Api(status) => {
            status.code == 403 && status.message.contains("because it is being terminated")
        }
        _ => false,
    }
}

/// Is it an answer with this code?
pub(super) fn is_code(error: &kube::Error, code: u16) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == code)
}
