//! The three servers of a comparison.
//!
//! Comes in:  the gate's binary and its policies.
//! Goes out:  running processes with one certificate.
//! Never here: requests.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use drive::{Keys, Server, rules};

/// Who is asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Who {
    /// Reads bodies and throws them away.
    Discard,
    /// Parses bodies to a tape.
    Tape,
    /// The gate.
    Gate,
}

impl Who {
    pub(crate) const ALL: [Who; 3] = [Who::Discard, Who::Tape, Who::Gate];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Who::Discard => "body thrown away",
            Who::Tape => "body parsed",
            Who::Gate => "gate",
        }
    }
}

/// All of them, running.
pub(crate) struct Servers {
    discard: Server,
    tape: Server,
    gate: Server,
    pub(crate) keys: Keys,
}

impl Servers {
    /// Starts all of them, with their files in `folder`.
    pub(crate) fn start(folder: &Path, gate: &Path, policies: &Path) -> anyhow::Result<Servers> {
        let keys = Keys::make(folder)?;
        let enforced = folder.join("rules");
        rules::enforce(policies, &enforced)?;
        let mut serve = Command::new(gate);
        serve
            .args(["serve", "--listen", "127.0.0.1:0", "--log-level", "warn"])
            .arg("--rules")
            .arg(&enforced)
            .arg("--state-dir")
            .arg(folder.join("state"));
        Ok(Servers {
            discard: bare("discard", &keys)?,
            tape: bare("tape", &keys)?,
            gate: with_keys(serve, &keys)?,
            keys,
        })
    }

    pub(crate) fn get(&self, who: Who) -> &Server {
        match who {
            Who::Discard => &self.discard,
            Who::Tape => &self.tape,
            Who::Gate => &self.gate,
        }
    }
}

/// The bare server is built beside this program.
fn bare(body: &str, keys: &Keys) -> anyhow::Result<Server> {
    let here = std::env::current_exe()?;
    let mut limit = Command::new(
        here.parent()
            .context("a program is in a folder")?
            .join("limit"),
    );
    limit.args(["--body", body]);
    with_keys(limit, keys)
}

fn with_keys(mut command: Command, keys: &Keys) -> anyhow::Result<Server> {
    command.arg("--tls-cert").arg(&keys.certificate);
    command.arg("--tls-key").arg(&keys.key);
    Server::start(command)
}
