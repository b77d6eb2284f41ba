//! ClusterPolicy and Policy.

use std::sync::Arc;

use portcullis_engine::doc::{Body, Policy, read_document};
use portcullis_lang::value::Document;
use tokio::time::timeout;

use super::request::Request;
use super::{
    Answer, PATIENCE, Policies, Surroundings, kinds, off_thread, targets, update, warnings,
};

/// Judges a policy with rules.
pub(super) async fn judge(policies: Arc<Policies>, request: Request) -> Answer {
    let object = request.object.clone();
    let mut answer = off_thread(move || alone(&object)).await;
    let Some(Ok(policy)) = read_document(request.object.clone()) else {
        return answer;
    };
    let old = request.old.clone().and_then(read_document);
    if let Some(Ok(old)) = old.filter(|_| !request.changes_nothing()) {
        answer.and(update::judge(&policy, &old));
    }
    // Whatever else is asked of the cluster counts for policies that may come into force only.
    let Some(cluster) = policies
        .cluster
        .as_ref()
        .filter(|_| answer.refusals.is_empty())
    else {
        return answer;
    };
    if !request.changes_nothing() {
        match timeout(PATIENCE, in_cluster(&policy, cluster)).await {
            Ok(found) => answer.and(found),
            Err(_) => answer.and(Answer::warned(
                "the API server did not answer in time: kinds and permissions are not checked",
            )),
        }
    }
    answer
}

/// What the policy itself tells.
fn alone(object: &Document) -> Answer {
    let read = match read_document(object.clone()) {
        Some(read) => read,
        None => return Answer::denied(vec!["this is no ClusterPolicy and no Policy".to_owned()]),
    };
    let refusals = match read {
        Ok(policy) => match_conditions(&policy),
        Err(broken) => broken
            .diagnostics
            .into_iter()
            .map(|it| it.message)
            .collect(),
    };
    Answer {
        refusals,
        warnings: warnings::of(object),
        patch: None,
    }
}

/// What API servers would refuse to register.
fn match_conditions(policy: &Policy) -> Vec<String> {
    let conditions = policy.settings().match_conditions.iter().enumerate();
    let broken = conditions.filter_map(|(index, condition)| {
        let expression = &condition.expression;
        let error = expression.program.as_ref().err()?;
        let text = &expression.text;
        Some(format!(
            "spec.webhookConfiguration.matchConditions[{index}].expression: Invalid value: {text:?}: \
             compilation failed: {error}"
        ))
    });
    broken.collect()
}

/// What the cluster has to say.
async fn in_cluster(policy: &Policy, cluster: &Surroundings) -> Answer {
    let mut served = cluster.kinds.now().await;
    if kinds::unknown(policy, &served) {
        // A definition may be younger than the table.
        served = cluster.kinds.anew().await.unwrap_or(served);
    }
    let mut answer = kinds::judge(policy, &served);
    answer.and(targets::judge(policy, &served));
    if !answer.refusals.is_empty() {
        return answer;
    }
    let access = &cluster.access;
    let wanted = targets::wanted(policy, &served);
    let (denied, missing) = tokio::join!(
        access.background(&wanted),
        access.reports(kinds::scanned(policy, &served)),
    );
    answer.refusals.extend(denied);
    answer.warnings.extend(missing);
    answer
}

/// Does a rule say yes or no about resources?
pub(super) fn validates(body: &Body) -> bool {
    matches!(body, Body::Validate(_))
}
