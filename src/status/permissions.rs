//! What the reports controller may read, as far as policies need it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec,
};
use kube::Client;
use kube::api::{Api, PostParams};
use serde_json::{Map, Value as Json};

const VERBS: [&str; 3] = ["get", "list", "watch"];

/// How long an answer counts. What is missing is asked again sooner: somebody is about to grant it.
const GRANTED: Duration = Duration::from_secs(300);
const MISSING: Duration = Duration::from_secs(5);

/// Group, version, resource, verb.
type Question = (String, String, String, &'static str);

/// Answers of the API server, for a while.
pub(super) struct Permissions {
    client: Client,
    user: String,
    answers: HashMap<Question, (bool, Instant)>,
}

impl Permissions {
    pub(super) fn new(client: Client, user: String) -> Permissions {
        Permissions {
            client,
            user,
            answers: HashMap::new(),
        }
    }

    /// What is missing for reports about what a policy matches, in Kyverno's words.
    pub(super) async fn missing(&mut self, spec: Option<&Map<String, Json>>) -> Vec<String> {
        let rules = spec
            .and_then(|spec| {
                spec.get("matchConstraints")?
                    .get("resourceRules")?
                    .as_array()
            })
            .map(Vec::as_slice);
        let mut missing = Vec::new();
        for rule in rules.unwrap_or_default() {
            for (group, version, resource) in resources(rule) {
                for verb in VERBS {
                    let question = (group.clone(), version.clone(), resource.clone(), verb);
                    if !self.may(question).await {
                        let text = format!("{verb} {group}/{version}, Resource={resource}: ");
                        missing.push(text);
                    }
                }
            }
        }
        missing
    }

    async fn may(&mut self, question: Question) -> bool {
        if let Some((granted, since)) = self.answers.get(&question) {
            let counts = if *granted { GRANTED } else { MISSING };
            if since.elapsed() < counts {
                return *granted;
            }
        }
        let (group, version, resource, verb) = &question;
        let review = SubjectAccessReview {
            spec: SubjectAccessReviewSpec {
                user: Some(self.user.clone()),
                groups: groups(&self.user),
                resource_attributes: Some(ResourceAttributes {
                    group: Some(group.clone()),
                    version: Some(version.clone()),
                    resource: Some(resource.clone()),
                    verb: Some((*verb).to_owned()),
                    ..ResourceAttributes::default()
                }),
                ..SubjectAccessReviewSpec::default()
            },
            ..SubjectAccessReview::default()
        };
        let api = Api::<SubjectAccessReview>::all(self.client.clone());
        match api.create(&PostParams::default(), &review).await {
            Ok(answer) => {
                let granted = answer.status.is_some_and(|status| status.allowed);
                self.answers.insert(question, (granted, Instant::now()));
                granted
            }
            // Nobody knows; the reports controller will hear of it.
            Err(error) => {
                tracing::debug!(%error, "cannot ask what the reports controller may read");
                true
            }
        }
    }
}

/// The groups that every service account is in.
fn groups(user: &str) -> Option<Vec<String>> {
    let namespace = user
        .strip_prefix("system:serviceaccount:")?
        .split(':')
        .next()?;
    Some(vec![
        "system:serviceaccounts".to_owned(),
        format!("system:serviceaccounts:{namespace}"),
        "system:authenticated".to_owned(),
    ])
}

/// Every group, version and resource of a rule.
fn resources(rule: &Json) -> impl Iterator<Item = (String, String, String)> {
    let texts = |key: &str| -> Vec<String> {
        let list = rule.get(key).and_then(Json::as_array).into_iter().flatten();
        list.filter_map(Json::as_str).map(str::to_owned).collect()
    };
    let (groups, versions, resources) =
        (texts("apiGroups"), texts("apiVersions"), texts("resources"));
    groups.into_iter().flat_map(move |group| {
        let resources = resources.clone();
        versions.clone().into_iter().flat_map(move |version| {
            let group = group.clone();
            let each = move |resource| (group.clone(), version.clone(), resource);
            resources.clone().into_iter().map(each)
        })
    })
}
