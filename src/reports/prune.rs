//! Results of policies that are gone.
//!
//! Comes in:  every report, page by page, and which policies and rules there are.
//! Goes out:  the same reports without the results that nobody stands behind any more.
//! Never here: reports of objects that are gone; Kubernetes deletes them with their objects.

use kube::api::ListParams;
use kube::core::Request;
use serde::Deserialize;

use super::entry::Entry;
use super::report::{Report, SELECTOR};
use super::writer::{Before, Writer};

/// Reports in one answer.
const PAGE: u32 = 200;

/// A list of reports.
#[derive(Deserialize)]
struct List {
    #[serde(default)]
    metadata: ListMetadata,
    items: Vec<Report>,
}

#[derive(Default, Deserialize)]
struct ListMetadata {
    #[serde(default, rename = "continue")]
    more: String,
}

/// Looks at every report, and drops the results for which `stands` is false. `seen` is told of each
/// report as it is left.
///
/// # Errors
///
/// The API server's: what was done by then stays done.
pub(crate) async fn prune(
    writer: &Writer,
    stands: &(impl Fn(&Entry) -> bool + Sync),
    mut seen: impl FnMut(&str, &[Entry]),
) -> kube::Result<()> {
    if !writer.keeps_objects() {
        return Ok(());
    }
    let format = writer.options().format;
    for namespaced in [false, true] {
        let reports = Request::new(format.all(namespaced));
        let mut params = ListParams::default().labels(SELECTOR).limit(PAGE);
        loop {
            let request = reports.list(&params).map_err(kube::Error::BuildRequest)?;
            let page: List = match writer.client().request(request).await {
                // Nobody installed this group.
                Err(kube::Error::Api(status)) if status.code == 404 => break,
                page => page?,
            };
            for report in &page.items {
                let left = pruned(&report.results, stands);
                let (name, namespace) = (&report.metadata.name, &report.metadata.namespace);
                if let Some(left) = &left {
                    let path = format.path(namespace);
                    let empty = || report.clone();
                    let make = |known: &[Entry]| pruned(known, stands);
                    writer
                        .change(&path, name, Before::Unknown, empty, make)
                        .await?;
                    seen(name, left);
                } else {
                    seen(name, &report.results);
                }
            }
            if page.metadata.more.is_empty() {
                break;
            }
            params.continue_token = Some(page.metadata.more);
        }
    }
    Ok(())
}

/// The results that are left; `None` where that is all of them.
fn pruned(known: &[Entry], stands: &impl Fn(&Entry) -> bool) -> Option<Vec<Entry>> {
    let left: Vec<_> = known
        .iter()
        .filter(|entry| stands(entry))
        .cloned()
        .collect();
    (left.len() < known.len()).then_some(left)
}
