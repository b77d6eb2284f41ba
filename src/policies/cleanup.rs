//! Cleanup policies.

use portcullis_engine::doc::read_cleanup;
use tokio::time::timeout;

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
        let filters = policy.matches.filters();
        let selectors = filters.flat_map(|filter| &filter.kinds);
        let deleted = selectors.flat_map(|selector| {
            let (group, version) = (&selector.group, &selector.version);
            let found = kinds.matching(group, version, &selector.kind, "");
            // A wildcard means whatever may be deleted.
            let wild = selector.kind.contains(['*', '?']);
            let whole = found
                .into_iter()
                .filter(move |it| !wild && it.subresource.is_none());
            whole.map(|served| (selector.text.clone(), served.clone()))
        });
        let deleted: Vec<_> = deleted.collect();
        cluster.access.cleanup(&deleted).await
    };
    match timeout(PATIENCE, asked).await {
        Ok(refusals) => Answer::denied(refusals),
        Err(_) => Answer::warned(
            "the API server did not answer in time: the controller's permissions are not checked",
        ),
    }
}
