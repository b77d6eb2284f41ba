//! Whether the controllers may do what a policy has them do.

use std::time::Duration;

use futures::future::join_all;
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec,
};
use kube::Client;
use kube::api::{Api, ObjectMeta, PostParams};
use tokio::time::sleep;

use super::targets::Wanted;
use crate::cluster::kinds::Served;

/// Permissions that were granted just now take a moment to count: roles are aggregated first.
const MOMENT: Duration = Duration::from_millis(250);
const TRIES: usize = 4;

/// Who may what, as the API server sees it.
pub(super) struct Access {
    pub(super) client: Client,
    /// Users, in full: `system:serviceaccount:kyverno:kyverno-background-controller`.
    pub(super) background: String,
    pub(super) reports: String,
    pub(super) cleanup: String,
}

/// What a cleanup policy deletes.
pub(super) struct Deleted {
    /// As the policy names the kind.
    pub(super) kind: String,
    /// One object, or all of them where it is empty.
    pub(super) name: String,
    pub(super) served: Served,
}

/// One verb on one resource.
struct Question<'w> {
    wanted: &'w Wanted,
    verb: &'static str,
}

impl Access {
    /// Why the background controller cannot carry a policy out.
    pub(super) async fn background(&self, wanted: &[Wanted]) -> Vec<String> {
        let missing = self.missing(&self.background, wanted, TRIES).await;
        let mut refusals = Vec::new();
        for wanted in wanted {
            let verbs = verbs(&missing, wanted);
            if !verbs.is_empty() {
                refusals.push(format!(
                    "path: {}.: auth check fails, additional privileges are required for the \
                     service account '{}': {}\n{}",
                    wanted.path,
                    self.background,
                    lacking(wanted, &verbs),
                    role("background-controller", wanted)
                ));
            }
        }
        refusals
    }

    /// What a policy written in CEL will not be able to do to objects that are there.
    pub(super) async fn existing(&self, wanted: &[Wanted]) -> Vec<String> {
        let missing = self.missing(&self.background, wanted, 1).await;
        let lacks = wanted.iter().filter_map(|wanted| {
            let verbs = verbs(&missing, wanted);
            (!verbs.is_empty()).then(|| {
                format!(
                    "{}: the service account '{}' lacks permissions: {}",
                    wanted.path,
                    self.background,
                    lacking(wanted, &verbs)
                )
            })
        });
        lacks.collect()
    }

    /// What the background scan will not see.
    pub(super) async fn reports(&self, scanned: Vec<Served>) -> Vec<String> {
        let wanted = |served: Served| Wanted {
            path: String::new(),
            group: served.group,
            resource: served.plural,
            namespace: String::new(),
            name: String::new(),
            verbs: vec!["get", "list", "watch"],
        };
        let wanted: Vec<_> = scanned.into_iter().map(wanted).collect();
        let missing = self.missing(&self.reports, &wanted, 1).await;
        let lacking = wanted.iter().filter_map(|wanted| {
            let verbs = verbs(&missing, wanted);
            (!verbs.is_empty()).then(|| lacking(wanted, &verbs))
        });
        let lacking: Vec<_> = lacking.collect();
        match lacking.is_empty() {
            true => Vec::new(),
            false => vec![format!(
                "the service account '{}' lacks permissions to scan in the background: {}",
                self.reports,
                lacking.join("; ")
            )],
        }
    }

    /// Which of these the cleanup controller may not delete, or not even list.
    pub(super) async fn cleanup(&self, deleted: &[Deleted]) -> Vec<String> {
        let wanted = deleted.iter().map(|Deleted { kind, name, served }| Wanted {
            path: kind.clone(),
            name: name.clone(),
            group: served.group.clone(),
            resource: served.plural.clone(),
            namespace: String::new(),
            verbs: vec!["list", "delete"],
        });
        let wanted: Vec<_> = wanted.collect();
        let missing = self.missing(&self.cleanup, &wanted, TRIES).await;
        let missing = missing.iter().map(|question| {
            let (verb, kind) = (question.verb, &question.wanted.path);
            format!("cleanup controller has no permission to {verb} kind {kind}")
        });
        let mut missing: Vec<_> = missing.collect();
        missing.dedup();
        missing
    }

    /// What of it the user may not do. What the API server does not say counts as allowed: the
    /// controller will hear of it.
    async fn missing<'w>(
        &self,
        user: &str,
        wanted: &'w [Wanted],
        tries: usize,
    ) -> Vec<Question<'w>> {
        let all = wanted.iter().flat_map(|wanted| {
            let verbs = wanted.verbs.iter();
            verbs.map(move |verb| Question { wanted, verb })
        });
        let mut open: Vec<_> = all.collect();
        for attempt in 0..tries {
            if attempt > 0 && !open.is_empty() {
                sleep(MOMENT).await;
            }
            let answers = join_all(open.iter().map(|question| self.may(user, question))).await;
            let denied = open.into_iter().zip(answers).filter(|(_, may)| !may);
            open = denied.map(|(question, _)| question).collect();
        }
        open
    }

    async fn may(&self, user: &str, question: &Question<'_>) -> bool {
        let Question { wanted, verb } = question;
        let (resource, part) = match wanted.resource.split_once('/') {
            Some((resource, part)) => (resource, Some(part.to_owned())),
            None => (wanted.resource.as_str(), None),
        };
        let stated = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let review = SubjectAccessReview {
            metadata: ObjectMeta::default(),
            spec: SubjectAccessReviewSpec {
                user: Some(user.to_owned()),
                groups: groups(user),
                resource_attributes: Some(ResourceAttributes {
                    group: stated(&wanted.group),
                    resource: Some(resource.to_owned()),
                    subresource: part,
                    namespace: stated(&wanted.namespace),
                    // What is made has no name yet, as far as roles can tell.
                    name: stated(&wanted.name).filter(|_| *verb != "create"),
                    verb: Some((*verb).to_owned()),
                    ..ResourceAttributes::default()
                }),
                ..SubjectAccessReviewSpec::default()
            },
            status: None,
        };
        let api = Api::<SubjectAccessReview>::all(self.client.clone());
        match api.create(&PostParams::default(), &review).await {
            Ok(answer) => answer.status.is_none_or(|status| status.allowed),
            Err(error) => {
                tracing::warn!(%error, "cannot ask what a controller may do");
                true
            }
        }
    }
}

/// The groups that every service account is in.
fn groups(user: &str) -> Option<Vec<String>> {
    let account = user.strip_prefix("system:serviceaccount:")?;
    let (namespace, _) = account.split_once(':')?;
    Some(vec![
        "system:serviceaccounts".to_owned(),
        format!("system:serviceaccounts:{namespace}"),
        "system:authenticated".to_owned(),
    ])
}

fn verbs(missing: &[Question<'_>], wanted: &Wanted) -> Vec<&'static str> {
    let of = missing.iter().filter(|question| question.wanted == wanted);
    let mut verbs: Vec<_> = of.map(|question| question.verb).collect();
    verbs.dedup();
    verbs
}

/// `cannot create, update apps/deployments in namespace n`
fn lacking(wanted: &Wanted, verbs: &[&str]) -> String {
    let Wanted {
        group,
        resource,
        namespace,
        ..
    } = wanted;
    let slash = if group.is_empty() { "" } else { "/" };
    let place = match namespace.as_str() {
        "" => String::new(),
        namespace => format!(" in namespace {namespace}"),
    };
    format!(
        "cannot {} {group}{slash}{resource}{place}",
        verbs.join(", ")
    )
}

/// A ClusterRole that grants it.
fn role(controller: &str, wanted: &Wanted) -> String {
    let name = wanted.resource.replace('/', "-");
    let (group, resource) = (&wanted.group, &wanted.resource);
    let verbs = wanted.verbs.join(", ");
    format!(
        "grant them with:\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  \
         name: kyverno:{controller}:{name}\n  labels:\n    \
         rbac.kyverno.io/aggregate-to-{controller}: \"true\"\nrules:\n- apiGroups: [\"{group}\"]\n  \
         resources: [\"{resource}\"]\n  verbs: [{verbs}]"
    )
}
