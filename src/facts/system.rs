//! The facts that expressions may ask for, answered by this machine.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::{IpAddr, ToSocketAddrs};
use std::time::{SystemTime, UNIX_EPOCH};

use portcullis_lang::functions::Inputs;

/// The system's clock, randomness and resolver.
pub(crate) struct SystemInputs;

impl Inputs for SystemInputs {
    fn now(&self) -> i128 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => since.as_nanos() as i128,
            Err(before) => -(before.duration().as_nanos() as i128),
        }
    }

    fn random(&self) -> u64 {
        // The standard library seeds its hash tables from the system, anew for each.
        RandomState::new().build_hasher().finish()
    }

    fn resolve_host(&self, host: &str) -> Option<Result<Vec<IpAddr>, String>> {
        Some(match (host, 0).to_socket_addrs() {
            Ok(addresses) => Ok(addresses.map(|address| address.ip()).collect()),
            Err(_) => Err(format!("lookup {host}: no such host")),
        })
    }
}
