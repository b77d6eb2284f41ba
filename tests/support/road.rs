//! A road to the API server that can be cut.
//!
//! Comes in: the address of a server.
//! Goes out: a [`Road`]: another address for it on loopback.
//! Never here: what goes over it.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Passes connections on while it is open. It ends with the runtime that it belongs to.
pub(crate) struct Road {
    address: SocketAddr,
    /// Whether it is open, and how often it was cut.
    state: watch::Sender<(bool, u64)>,
}

impl Road {
    /// An open road to a server.
    ///
    /// # Errors
    ///
    /// No port is free.
    pub(crate) async fn to(server: SocketAddr) -> anyhow::Result<Road> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (state, states) = watch::channel((true, 0));
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if states.borrow().0 {
                    tokio::spawn(pass(near, server, states.clone()));
                }
            }
        });
        Ok(Road { address, state })
    }

    /// Its near end.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends every connection; new ones are passed on.
    pub(crate) fn cut(&self) {
        self.state.send_modify(|(_, cuts)| *cuts += 1);
    }

    /// Ends every connection, and refuses new ones until it is opened.
    pub(crate) fn close(&self) {
        self.state.send_modify(|(open, cuts)| {
            *open = false;
            *cuts += 1;
        });
    }

    /// Passes connections on again.
    pub(crate) fn open(&self) {
        self.state.send_modify(|(open, _)| *open = true);
    }
}

async fn pass(mut near: TcpStream, server: SocketAddr, mut states: watch::Receiver<(bool, u64)>) {
    let cuts = states.borrow_and_update().1;
    let Ok(mut far) = TcpStream::connect(server).await else {
        return;
    };
    tokio::select! {
        _ = copy_bidirectional(&mut near, &mut far) => {}
        _ = states.wait_for(|(_, now)| *now != cuts) => {}
    }
}
