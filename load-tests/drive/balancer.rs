//! A load balancer as a Service is one: each new connection goes to one of the ready replicas.
//!
//! Comes in:  replicas, which come and go.
//! Goes out:  an address in front of them.
//! Never here: requests; it sees bytes only.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::StatusCode;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::Keys;
use crate::client::{Http, Target};

/// How often readiness is asked for.
const PROBE_EVERY: Duration = Duration::from_millis(200);
const PROBE_PATIENCE: Duration = Duration::from_secs(1);

/// A balancer that listens; ends on drop.
pub struct Balancer {
    /// Where it listens.
    pub address: SocketAddr,
    replicas: Arc<Replicas>,
    accepts: JoinHandle<()>,
}

#[derive(Default)]
struct Replicas {
    ready: Mutex<Vec<SocketAddr>>,
    next: AtomicUsize,
}

impl Balancer {
    /// Listens on a free port, with no replica behind it yet.
    ///
    /// # Errors
    ///
    /// No port is free.
    pub async fn start() -> anyhow::Result<Balancer> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let replicas = Arc::new(Replicas::default());
        let accepts = tokio::spawn(accept(listener, replicas.clone()));
        Ok(Balancer {
            address,
            replicas,
            accepts,
        })
    }

    /// Sends connections to `replica` too, while its `/readyz` says so. Ends when it is gone.
    ///
    /// # Errors
    ///
    /// The keys cannot be read.
    pub fn watch(&self, replica: SocketAddr, keys: &Keys) -> anyhow::Result<JoinHandle<()>> {
        let target = Target::new(replica, Http::One, "/readyz", keys, true)?;
        let replicas = self.replicas.clone();
        Ok(tokio::spawn(async move {
            let mut failures = 0;
            while failures < 3 {
                let ready = timeout(PROBE_PATIENCE, is_ready(&target)).await;
                match ready {
                    Ok(Ok(ready)) => {
                        failures = 0;
                        replicas.set(replica, ready);
                    }
                    _ => {
                        failures += 1;
                        replicas.set(replica, false);
                    }
                }
                sleep(PROBE_EVERY).await;
            }
        }))
    }

    /// Replicas that connections are sent to now.
    #[must_use]
    pub fn ready(&self) -> usize {
        self.replicas.ready().len()
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.accepts.abort();
    }
}

impl Replicas {
    fn ready(&self) -> std::sync::MutexGuard<'_, Vec<SocketAddr>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, replica: SocketAddr, is_ready: bool) {
        let mut ready = self.ready();
        ready.retain(|other| *other != replica);
        if is_ready {
            ready.push(replica);
        }
    }

    /// One after the other.
    fn choose(&self) -> Option<SocketAddr> {
        let ready = self.ready();
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        ready.get(turn.checked_rem(ready.len())?).copied()
    }
}

async fn is_ready(target: &Target) -> anyhow::Result<bool> {
    let status = target.connect().await?.get("/readyz").await?;
    Ok(status == StatusCode::OK)
}

async fn accept(listener: TcpListener, replicas: Arc<Replicas>) {
    loop {
        let Ok((mut client, _)) = listener.accept().await else {
            continue;
        };
        let Some(replica) = replicas.choose() else {
            continue;
        };
        let _ = client.set_nodelay(true);
        tokio::spawn(async move {
            // Either side may end it at any time; the other side then sees that.
            if let Ok(mut server) = TcpStream::connect(replica).await {
                let _ = server.set_nodelay(true);
                let _ = copy_bidirectional(&mut client, &mut server).await;
            }
        });
    }
}
