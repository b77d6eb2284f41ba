//! The bare servers answer, and the driver counts what they answered.

use std::process::Command;
use std::time::Duration;

use drive::{Http, Keys, Load, Pace, Server, Target};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_throws_bodies_away() -> anyhow::Result<()> {
    check("discard", Http::One, Pace::Closed).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_parses() -> anyhow::Result<()> {
    check("tape", Http::Two, Pace::Closed).await
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_each_second() -> anyhow::Result<()> {
    check("tape", Http::One, Pace::Open(200.0)).await
}

async fn check(body: &str, http: Http, pace: Pace) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let keys = Keys::make(folder.path())?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_limit"));
    command.args(["--body", body]);
    command.arg("--tls-cert").arg(&keys.certificate);
    command.arg("--tls-key").arg(&keys.key);
    let server = Server::start(command)?;
    let target = Target::new(server.address, http, "/validate", &keys, true)?;
    let load = Load {
        in_flight: 12,
        pace,
        lasts: Duration::from_millis(300),
    };
    let right = load.run(&target, "{}".into(), "\"allowed\":true").await?;
    assert!(right.right > 0, "{right:?}");
    assert_eq!((right.wrong, right.lost), (0, 0));
    assert!(right.millis_at(0.5) > 0.01 && right.rate() > 0.0);
    if let Pace::Open(rate) = pace {
        let due = (rate * 0.3) as u64;
        assert_eq!(right.right, due, "one answer for each request that was due");
    }
    assert!(server.cpu()? > Duration::ZERO && server.memory()? > 0);

    let wrong = load.run(&target, "{}".into(), "\"allowed\":false").await?;
    assert!(wrong.wrong > 0 && wrong.right == 0, "{wrong:?}");
    Ok(())
}
