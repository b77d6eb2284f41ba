//! Load on webhook servers: processes, connections, and what their answers took.
//!
//! Comes in:  the command of a server, reviews, how hard to ask.
//! Goes out:  [`Tally`]s and [`Timeline`]s: counts, latencies, and the server's own CPU time.
//! Never here: which servers are compared, and what a good figure is.

pub mod arrivals;
pub mod balancer;
pub mod client;
pub mod closed;
pub mod keys;
pub mod open;
mod pool;
pub mod process;
pub mod review;
pub mod rules;
pub mod tally;
pub mod timeline;

pub use arrivals::Arrivals;
pub use balancer::Balancer;
pub use client::{Http, Target};
pub use closed::Closed;
pub use keys::Keys;
pub use open::{GO_KEEPS_IDLE, Open};
pub use process::Server;
pub use review::{Outcome, Review};
pub use tally::Tally;
pub use timeline::Timeline;
