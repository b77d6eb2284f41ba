//! The bare servers answer, and the driver counts what they answered.

use std::process::Command;
use std::time::Duration;

use drive::{Arrivals, Closed, Http, Keys, Open, Review, Server, Tally, Target};

const LASTS: Duration = Duration::from_millis(300);

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_throws_bodies_away() -> anyhow::Result<()> {
    check("discard", Http::One, None).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_parses() -> anyhow::Result<()> {
    check("tape", Http::Two, None).await
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_each_second() -> anyhow::Result<()> {
    check("tape", Http::One, Some(200.0)).await?;
    check("discard", Http::Two, Some(200.0)).await
}

async fn check(body: &str, http: Http, rate: Option<f64>) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let keys = Keys::make(folder.path())?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_limit"));
    command.args(["--body", body]);
    command.arg("--tls-cert").arg(&keys.certificate);
    command.arg("--tls-key").arg(&keys.key);
    let server = Server::start(command)?;
    let target = Target::new(server.address, http, "/validate", &keys, true)?;

    let right = ask(&target, true, rate).await?;
    assert!(right.right > 0, "{right:?}");
    assert_eq!(right.right, right.requests());
    assert!(right.millis_at(0.5) > 0.01 && right.rate() > 0.0);
    if let Some(rate) = rate {
        let due = (rate * LASTS.as_secs_f64()) as u64;
        assert_eq!(right.right, due, "one answer for each request that was due");
    }
    assert!(server.cpu()? > Duration::ZERO && server.memory()? > 0);

    let wrong = ask(&target, false, rate).await?;
    assert!(wrong.wrong > 0 && wrong.right == 0, "{wrong:?}");
    Ok(())
}

async fn ask(target: &Target, allowed: bool, rate: Option<f64>) -> anyhow::Result<Tally> {
    let review = Review {
        name: "empty".to_owned(),
        body: "{}".into(),
        allowed,
    };
    let Some(rate) = rate else {
        let closed = Closed {
            in_flight: 12,
            lasts: LASTS,
        };
        return closed.run(target, &review).await;
    };
    let open = Open {
        arrivals: Arrivals::steady(LASTS, rate),
        patience: Duration::from_secs(10),
        keep_idle: 4,
        opened: 2,
    };
    open.run(target, &[review]).await?.total()
}
