//! The end of a gate under load.

mod support;

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use support::gate::Gate;
use support::https::{Connection, Http};
use support::review::{config_map, policy};
use tokio::time::sleep;

/// Every request on a connection that was accepted is answered, and the exit code is 0.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_the_gate_is_told_to_stop() -> anyhow::Result<()> {
    for drain in ["0s", "300ms"] {
        let flags = ["--drain", drain];
        let mut gate = Gate::start(&[("a.yaml", &policy("want-good", "good"))], &flags)?;
        let address = gate.address();
        let ca = Arc::new(gate.ca());
        let stopping = Arc::new(AtomicBool::new(false));
        let mut clients = Vec::new();
        for number in 0..16 {
            let (ca, stopping) = (ca.clone(), stopping.clone());
            let http = if number % 2 == 0 {
                Http::One
            } else {
                Http::Two
            };
            clients.push(tokio::spawn(async move {
                load(address, &ca, http, &stopping).await
            }));
        }
        sleep(Duration::from_millis(500)).await;
        stopping.store(true, Ordering::SeqCst);
        gate.terminate()?;
        let status = gate.wait(Duration::from_secs(20))?;
        assert!(status.success(), "{status}\n{}", gate.log());
        let mut answered = 0;
        for client in clients {
            answered += client.await??;
        }
        println!("drain {drain}: {answered} answered, none lost");
        assert!(answered > 100, "{answered}");
    }
    Ok(())
}

/// While the gate drains it is not ready, and still decides.
#[tokio::test]
async fn a_draining_gate_is_not_ready_and_still_decides() -> anyhow::Result<()> {
    let mut gate = Gate::start(&[("a.yaml", &policy("p", "good"))], &["--drain", "1s"])?;
    let mut kept = gate.connect(Http::Two).await?;
    assert_eq!(kept.get("/readyz").await?.status, 200);
    gate.terminate()?;
    let start = Instant::now();
    while kept.get("/readyz").await?.status != 503 {
        anyhow::ensure!(start.elapsed() < Duration::from_secs(5), "still ready");
        sleep(Duration::from_millis(5)).await;
    }
    for http in [Http::One, Http::Two] {
        let mut fresh = gate.connect(http).await?;
        let reply = fresh.post("/validate", config_map("good")).await?;
        assert_eq!(reply.verdict(), Some((true, String::new())));
        assert_eq!(
            reply.last,
            http == Http::One,
            "HTTP/1.1 answers say goodbye"
        );
    }
    let status = gate.wait(Duration::from_secs(20))?;
    assert!(status.success(), "{status}");
    Ok(())
}

/// Requests one after the other until the gate takes no new connection. Counts them.
///
/// # Errors
///
/// A request on an open connection that got no answer, or a wrong one.
async fn load(
    address: std::net::SocketAddr,
    ca: &std::path::Path,
    http: Http,
    stopping: &AtomicBool,
) -> anyhow::Result<usize> {
    let mut answered = 0;
    'connections: loop {
        let mut connection = match Connection::open(address, ca, http).await {
            Ok(connection) => connection,
            // The listener is closed: this connection was not accepted.
            Err(_) if stopping.load(Ordering::SeqCst) => return Ok(answered),
            Err(error) => return Err(error),
        };
        loop {
            if !connection.is_open().await {
                // It said so before this request was sent.
                continue 'connections;
            }
            let reply = match connection.post("/validate", config_map("good")).await {
                Err(error) if never_taken(&error) => continue 'connections,
                reply => reply?,
            };
            anyhow::ensure!(reply.verdict() == Some((true, String::new())), "{reply:?}");
            answered += 1;
            if reply.last {
                continue 'connections;
            }
        }
    }
}

/// The gate never took this request: the connection had ended before anything was sent, or, over
/// HTTP/2, a GOAWAY says that this stream comes after the last one that it took.
fn never_taken(error: &anyhow::Error) -> bool {
    let Some(error) = error.downcast_ref::<hyper::Error>() else {
        return false;
    };
    let goodbye = "connection error received: not a result of an error";
    error.is_canceled()
        || error
            .source()
            .is_some_and(|source| source.to_string() == goodbye)
}
