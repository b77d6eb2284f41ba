//! Cleanup policies.

use portcullis_engine::doc::{Filter, read_cleanup};
use tokio::time::timeout;

use super::access::Deleted;
use super::request::Request;
use super::{Answer, PATIENCE, Policies};

/// Judges a cleanup policy.
pub(super) async fn judge(policies: &Policies, request: Request) -> Answer {
    let policy = match read_cleanup(&request.object) {
        None => return Answer::denied(vec!["this is no cleanup policy".to_owned()]),
        Some(Err(broken)) => {
            let found = broken.diagnostics.into_iter();
            return Answer::denied(found.map(|finding| finding.message).collect());
        }
        Some(Ok(policy)) => policy,
    };
    let Some(cluster) = policies
        .cluster
        .as_ref()
        .filter(|_| !request.changes_nothing())
    else {
        return Answer::default();
    };
    let asked = async {
        let kinds = cluster.kinds.now().await;
        let mut deleted = Vec::new();
        for filter in policy.matches.filters() {
            let names = names(filter);
            for selector in &filter.kinds {
                // A wildcard means whatever may be deleted.
                if is_wild(&selector.kind) {
                    continue;
                }
                let (group, version) = (&selector.group, &selector.version);
                let found = kinds.matching(group, version, &selector.kind, "");
                for served in found.into_iter().filter(|it| it.subresource.is_none()) {
                    deleted.extend(names.iter().map(|name| Deleted {
                        kind: selector.text.clone(),
                        name: name.clone(),
                        served: served.clone(),
                    }));
                }
            }
        }
        cluster.access.cleanup(&deleted).await
    };
    match timeout(PATIENCE, asked).await {
        Ok(refusals) => Answer::denied(refusals),
        Err(_) => Answer::warned(
            "the API server did not answer in time: the controller's permissions are not checked",
        ),
    }
}

fn is_wild(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// The objects that a filter names, if it names each; otherwise the empty name, for all.
fn names(filter: &Filter) -> Vec<String> {
    let stated = filter.names.iter().chain(std::iter::once(&filter.name));
    let stated: Vec<_> = stated.filter(|name| !name.is_empty()).cloned().collect();
    match stated.is_empty() || stated.iter().any(|name| is_wild(name)) {
        true => vec![String::new()],
        false => stated,
    }
}
