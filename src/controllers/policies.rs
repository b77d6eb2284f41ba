//! The policies and exceptions of the cluster, kept in force beside the rooms.

use std::io;
use std::sync::Arc;

use futures::FutureExt as _;
use kube::Client;

use portcullis_engine::doc::FailurePolicy;

use super::Options;
use crate::cluster::kinds::Followed;
use crate::observe::metrics::Metrics;
use crate::snapshot::{self, InCluster, InForce, Sources};
use crate::source::object::Objects;
use crate::source::wanted;

/// Follows those that any of the rooms reads, for as long as the process lives. Returns when every kind was listed once, so that no
/// room takes a policy for gone that it has not heard of yet.
///
/// # Errors
///
/// A system that gives no thread.
pub(super) async fn follow(
    client: &Client,
    kinds: &Followed,
    options: &Options,
    metrics: &Arc<Metrics>,
) -> io::Result<Arc<InForce>> {
    let in_force = Arc::<InForce>::default();
    let mut wanted = wanted::wanted(&options.exceptions);
    wanted.retain(|wanted| options.rooms.iter().any(|room| room.reads(wanted.plural)));
    let sources = Sources {
        rules: Vec::new(),
        cluster: Some(InCluster {
            client: client.clone(),
            kinds: std::future::ready(kinds.clone()).boxed().shared(),
            wanted,
            objects: Objects::new(),
            state_dir: None,
        }),
        default: FailurePolicy::default(),
        force_ignore: false,
    };
    let first = snapshot::start(sources, &in_force, metrics)?;
    // An error means that the first load panicked, which is in the log.
    let _ = first.await;
    Ok(in_force)
}
