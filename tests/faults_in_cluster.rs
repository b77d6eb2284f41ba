//! The installed gate while replicas come and go: no good object is refused, no bad one is made.
//!
//! The faults that are over in seconds; `tests/cluster/faults/run` has all of them, under more load.

mod support;

use std::process::Command;

use anyhow::ensure;

use support::go::{self, Program};
use support::installed::Installed;

#[test]
fn replicas_come_and_go_and_no_policy_is_passed_by() -> anyhow::Result<()> {
    let Some(cluster) = Installed::start(&["--replicas=3", "--endpoints-delay=1s"])? else {
        return Ok(());
    };
    let Some(program) = go::binary(Program::Faults)? else {
        return Ok(());
    };
    // A rate that an unoptimised gate on a busy machine can do.
    let done = Command::new(program)
        .args(["--short", "--rate", "50"])
        .env("KUBECONFIG", cluster.kubeconfig())
        .env("PORTCULLIS_INSTALLED", cluster.control())
        .output()?;
    ensure!(
        done.status.success(),
        "{}\n{}{}",
        done.status,
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    Ok(())
}
