//! What a policy matches, against what the API server serves.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use kube::Client;
use portcullis_engine::doc::{Filters, KindSelector, Policy, Rule};

use super::Answer;
use super::rules::validates;
use crate::cluster::kinds::{Followed, Kinds, Served};

/// What is served, as far as this process knows.
pub(super) struct Known {
    client: Client,
    followed: Box<dyn Fn() -> BoxFuture<'static, Followed> + Send + Sync>,
}

impl Known {
    pub(super) fn new(
        client: Client,
        followed: impl Future<Output = Followed> + Clone + Send + Sync + 'static,
    ) -> Known {
        Known {
            client,
            followed: Box::new(move || followed.clone().boxed()),
        }
    }

    /// The table that is kept.
    pub(super) async fn now(&self) -> Arc<Kinds> {
        (self.followed)().await.load()
    }

    /// The table of this moment; `None` where the API server does not say.
    pub(super) async fn anew(&self) -> Option<Arc<Kinds>> {
        Kinds::discover(&self.client).await.ok().map(Arc::new)
    }
}

/// One kind that a rule names, and where.
struct Named<'p> {
    rule: &'p Rule,
    path: String,
    selector: &'p KindSelector,
}

fn named(policy: &Policy) -> impl Iterator<Item = Named<'_>> {
    let rules = policy.declared().iter().enumerate();
    rules.flat_map(|(index, rule)| {
        let of = |section: &'static str, filters| {
            let selectors = selectors(filters).into_iter();
            selectors.map(move |(place, selector)| Named {
                rule,
                path: format!("spec.rules[{index}].{section}{place}.resources.kinds"),
                selector,
            })
        };
        of("match", &rule.matches).chain(of("exclude", &rule.excludes))
    })
}

fn selectors(filters: &Filters) -> Vec<(String, &KindSelector)> {
    let listed = |list: &'static str, index| format!(".{list}[{index}]");
    let any = filters.any.iter().enumerate();
    let any = any.map(|(index, filter)| (listed("any", index), filter));
    let all = filters.all.iter().enumerate();
    let all = all.map(|(index, filter)| (listed("all", index), filter));
    let direct = std::iter::once((String::new(), &filters.direct));
    let filters = any.chain(all).chain(direct);
    let kinds = filters.flat_map(|(place, filter)| {
        let kinds = filter.kinds.iter();
        kinds.map(move |selector| (place.clone(), selector))
    });
    kinds.collect()
}

fn is_wild(selector: &KindSelector) -> bool {
    selector.kind.contains(['*', '?'])
}

/// Names the policy a kind that is not in the table?
pub(super) fn unknown(policy: &Policy, kinds: &Kinds) -> bool {
    let missing = |named: Named<'_>| kinds.selected(named.selector).is_empty();
    named(policy).any(missing) || super::targets::unknown(policy, kinds)
}

/// Refuses subresources that are not named as such, or that background scans would have to look at, and
/// kinds without a namespace in a policy of one. Tells of kinds that nobody serves.
pub(super) fn judge(policy: &Policy, kinds: &Kinds) -> Answer {
    let mut answer = Answer::default();
    let id = policy.id();
    let background = policy.settings().background;
    for Named {
        rule,
        path,
        selector,
    } in named(policy)
    {
        let text = &selector.text;
        let found = kinds.selected(selector);
        let scanned = background && validates(&rule.body);
        let parts = found.iter().filter(|served| served.subresource.is_some());
        let parts: Vec<_> = parts.map(|served| part_name(served)).collect();
        let only_parts = !found.is_empty() && parts.len() == found.len();
        if scanned && (!selector.subresource.is_empty() || only_parts) {
            answer.refusals.push(format!(
                "{path}: background scans cannot look at the subresource {text}; set \
                 spec.background to false"
            ));
        } else if selector.subresource.is_empty() && only_parts && distinct(&parts).len() > 1 {
            answer.refusals.push(format!(
                "{path}: unable to convert GVK to GVR for kinds {text}: it is the kind of several \
                 subresources, name the one that is meant: {}",
                distinct(&parts).join(", ")
            ));
        } else if found.is_empty() && !is_wild(selector) {
            answer.warnings.push(format!(
                "{path}: unable to convert GVK to GVR for kinds {text}: the API server does not \
                 serve it now"
            ));
        } else if id.kind.is_namespaced()
            && !is_wild(selector)
            && found.iter().all(|served| !served.namespaced)
        {
            answer.refusals.push(format!(
                "{path}: Forbidden: a namespaced policy cannot match the cluster-wide resource {text}"
            ));
        }
    }
    answer
}

/// `Deployment/scale`
fn part_name(served: &Served) -> String {
    let name = served.subresource.as_deref().unwrap_or_default();
    format!("{}/{name}", served.parent_kind)
}

fn distinct(names: &[String]) -> Vec<String> {
    let mut names = names.to_vec();
    names.sort_unstable();
    names.dedup();
    names
}

/// The resources that background scans have to look at.
pub(super) fn scanned(policy: &Policy, kinds: &Kinds) -> Vec<Served> {
    let mut scanned: Vec<Served> = Vec::new();
    if !policy.settings().background {
        return scanned;
    }
    for rule in policy
        .declared()
        .iter()
        .filter(|rule| validates(&rule.body))
    {
        for (_, selector) in selectors(&rule.matches) {
            if is_wild(selector) {
                continue;
            }
            let whole = kinds.selected(selector).into_iter();
            let whole = whole.filter(|served| served.subresource.is_none() && served.can("list"));
            for served in whole {
                let known =
                    |it: &Served| (&it.group, &it.plural) == (&served.group, &served.plural);
                if !scanned.iter().any(known) {
                    scanned.push(served.clone());
                }
            }
        }
    }
    scanned
}
