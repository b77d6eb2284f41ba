//! The listener: sockets in, one task for each.
//!
//! Comes in:  an address.
//! Goes out:  connections.
//! Never here: TLS, HTTP.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};
use tokio_rustls::TlsAcceptor;

use super::Gate;
use super::connection::{self, Protocols};
use super::drain::Drain;

/// After an error that is ours, such as too many open files: accepting again at once would spin.
const PAUSE: Duration = Duration::from_millis(50);

/// A gate whose tasks run so late opens few connections at once, each time it comes to it: a handshake takes
/// as long as a review, and a client with requests that wait takes connections that others are done with, as
/// API servers do, if they are free first.
const BEHIND: Duration = Duration::from_millis(50);
const AT_ONCE: usize = 8;

/// The length of the system's queue of connections to be accepted. A client that finds no place in it tries
/// again after a second, which is too late.
const BACKLOG: u16 = 4096;

/// Listens on an address, `host:port`.
///
/// # Errors
///
/// Nobody may listen there, or somebody does.
pub(super) async fn listen(address: &str) -> io::Result<TcpListener> {
    let mut last = io::Error::from(ErrorKind::AddrNotAvailable);
    for address in lookup_host(address).await? {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4(),
            SocketAddr::V6(_) => TcpSocket::new_v6(),
        }?;
        // As `TcpListener::bind` does: a gate that starts anew finds its port.
        socket.set_reuseaddr(true)?;
        match socket
            .bind(address)
            .and_then(|()| socket.listen(BACKLOG.into()))
        {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Accepts connections and starts to serve them.
pub(super) struct Acceptor {
    pub(super) listener: TcpListener,
    pub(super) gate: Arc<Gate>,
    pub(super) tls: TlsAcceptor,
    pub(super) protocols: Arc<Protocols>,
    pub(super) drain: Drain,
}

impl Acceptor {
    /// Accepts for as long as the future is polled. May be dropped between two connections.
    pub(super) async fn accept(&self) {
        let mut at_once = 0;
        loop {
            match self.listener.accept().await {
                Ok(accepted) => self.start(accepted),
                Err(error) if is_of_client(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot accept connections");
                    tokio::time::sleep(PAUSE).await;
                }
            }
            at_once += 1;
            if self.gate.load.lag() > BEHIND && at_once >= AT_ONCE {
                at_once = 0;
                // Ends as late as everything else.
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }

    /// Takes what the system has accepted already, closes the listener, and waits until every
    /// connection has finished.
    pub(super) async fn finish(self) {
        // A connection in the system's queue is one that a client believes to be open.
        for _ in 0..BACKLOG {
            match poll_fn(|cx| Poll::Ready(self.listener.poll_accept(cx))).await {
                Poll::Ready(Ok(accepted)) => self.start(accepted),
                Poll::Ready(Err(_)) => {}
                Poll::Pending => break,
            }
        }
        drop(self.listener);
        self.drain.finish().await;
    }

    fn start(&self, (socket, _): (TcpStream, SocketAddr)) {
        // One more connection than there may be is closed without a word: shaking hands would cost
        // more than it is worth.
        let Some(seat) = self.gate.load.seat() else {
            self.gate.metrics.connections_refused.inc();
            return;
        };
        // Answers are small and whole: waiting for more to send would only delay them.
        let _ = socket.set_nodelay(true);
        tokio::spawn(connection::serve(
            self.gate.clone(),
            self.tls.clone(),
            self.protocols.clone(),
            socket,
            self.drain.guard(),
            seat,
        ));
    }
}

/// The client went away before it was accepted.
fn is_of_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused
    )
}
