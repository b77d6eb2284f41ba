//! Looking up whom to connect to. The addresses that were checked are the ones that are connected to.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec;

use hyper_util::client::legacy::connect::dns::Name;
use tower::Service;

use super::Guard;

/// The system's resolver, and what may come of it.
#[derive(Clone)]
pub(super) struct Checked {
    /// None where everybody may be asked.
    pub(super) guard: Option<Guard>,
}

impl Service<Name> for Checked {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let guard = self.guard.clone();
        Box::pin(async move {
            let name = name.as_str();
            let found = tokio::net::lookup_host((name, 0)).await;
            let found =
                found.map_err(|_| io::Error::other(format!("lookup {name}: no such host")))?;
            let found: Vec<_> = found.collect();
            if let Some(guard) = &guard {
                // One that is blocked spoils them all: the name is not to be trusted.
                let checked = found.iter().try_for_each(|at| guard.check_address(at.ip()));
                checked.map_err(io::Error::other)?;
            }
            Ok(found.into_iter())
        })
    }
}
