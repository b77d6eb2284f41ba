//! Load on webhook servers: processes, connections, and what their answers took.
//!
//! Comes in:  the command of a server, reviews, how hard to ask.
//! Goes out:  [`Tally`]s: counts, latencies, and the server's own CPU time.
//! Never here: which servers are compared, and what a good figure is.

pub mod client;
pub mod keys;
pub mod load;
pub mod process;
pub mod tally;

pub use client::{Http, Target};
pub use keys::Keys;
pub use load::{Load, Pace};
pub use process::Server;
pub use tally::Tally;
