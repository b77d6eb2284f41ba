//! Objects of a cluster as changes, once and not followed.
//!
//! Comes in:  a connection, the resources that are wanted.
//! Goes out:  one [`Change`] for each object, as [`super::cluster`] would tell it.
//! Never here: watching.

use kube::Client;

use super::wanted::Wanted;
use super::{Change, Content, object};
use crate::cluster::kinds::Kinds;
use crate::cluster::objects::{self, Pages};

/// Lists every object of the resources that are served.
///
/// # Errors
///
/// The API server's.
pub(crate) async fn list(
    client: &Client,
    kinds: &Kinds,
    wanted: &[Wanted],
) -> kube::Result<Vec<Change>> {
    let mut changes = Vec::new();
    for wanted in wanted {
        let Some(served) = wanted.served(kinds) else {
            continue;
        };
        let resource = served.resource();
        let api = objects::api(client, &resource, wanted.namespace.as_deref());
        let mut pages = Pages::new(api, None);
        while let Some(page) = pages.next().await? {
            changes.extend(page.into_iter().map(|found| {
                let metadata = &found.metadata;
                let name = metadata.name.as_deref().unwrap_or_default();
                Change {
                    path: object::path(&wanted.name(), metadata.namespace.as_deref(), name),
                    content: Content::Text(object::text(&found, &resource)),
                }
            }));
        }
    }
    Ok(changes)
}
