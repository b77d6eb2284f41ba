//! Objects that are there already and set a rule off.
//!
//! Comes in:  a policy that came or changed, or of which a gate missed something, and the resources that it
//!            speaks about.
//! Goes out:  a duty for each object that sets it off.
//! Never here: whether a policy wants that, and what becomes of the duties.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::ApiResource;
use portcullis_engine::doc::{Constraints, KindSelector, Policy, PolicyId, Rule};
use portcullis_engine::outcome::Status;
use portcullis_engine::program::Program;
use portcullis_engine::reference::evaluate_generating;
use portcullis_engine::reference::generate::generate_by;
use portcullis_engine::reference::matching::{self, Target};
use portcullis_lang::value::Document;

use super::cel;
use super::duty::{Duty, Trigger, What, policy_key};
use super::evaluate::evaluate;
use super::missed;
use super::request::Cause;
use super::rules;
use super::shop::Shop;
use super::sources::Sources;
use super::trouble::Trouble;
use super::work::Work;
use crate::cluster::kinds::{Kinds, Served};
use crate::cluster::objects::{self, Pages};
use crate::settings::filters::About;

/// The pause after a list that broke.
const PAUSE: Duration = Duration::from_secs(5);

/// Which objects may set a policy off.
pub(super) struct Setting {
    pub(super) what: What,
    /// Its key.
    pub(super) policy: String,
    /// Empty for a policy written in CEL.
    pub(super) rule: String,
    /// Of a policy of one namespace; otherwise empty.
    pub(super) namespace: String,
    /// Each with whether it lives in namespaces.
    pub(super) resources: Vec<(ApiResource, bool)>,
    /// Subresources that tell what was sent to them.
    pub(super) parts: Vec<Served>,
    /// Only objects that were written since then.
    pub(super) since: Option<Timestamp>,
}

impl Setting {
    /// Of one rule, for all objects.
    pub(super) fn of_rule(kinds: &Kinds, what: What, policy: &Policy, rule: &Rule) -> Setting {
        let filters = rule.matches.filters();
        let selectors = filters.flat_map(|filter| filter.kinds.iter());
        let found = of_selectors(kinds, selectors);
        Setting {
            what,
            policy: policy_key(policy.id()),
            rule: rule.name.clone(),
            namespace: match policy.id().kind.is_namespaced() {
                true => policy.id().namespace.clone(),
                false => String::new(),
            },
            resources: listed(&found),
            parts: parts(&found),
            since: None,
        }
    }

    /// Of a policy written in CEL, for all objects; none where it speaks about nothing.
    pub(super) fn of_policy(
        kinds: &Kinds,
        what: What,
        id: &PolicyId,
        constraints: Option<&Constraints>,
    ) -> Option<Setting> {
        let found = of_constraints(kinds, constraints?);
        Some(Setting {
            what,
            policy: policy_key(id),
            rule: String::new(),
            namespace: id.namespace.clone(),
            resources: listed(&found),
            parts: parts(&found),
            since: None,
        })
    }

    fn concerns(&self, metadata: &ObjectMeta) -> bool {
        let old = |since| missed::changed(metadata).is_some_and(|changed| changed < since);
        metadata.deletion_timestamp.is_none() && !self.since.is_some_and(old)
    }
}

/// The resources and subresources that kind selectors name.
fn of_selectors<'k>(
    kinds: &'k Kinds,
    selectors: impl Iterator<Item = &'k KindSelector>,
) -> Vec<&'k Served> {
    selectors
        .flat_map(|selector| kinds.selected(selector))
        .collect()
}

/// The resources and subresources that constraints name.
fn of_constraints<'k>(kinds: &'k Kinds, constraints: &Constraints) -> Vec<&'k Served> {
    let found = kinds.iter().filter(|served| {
        let mut rules = constraints.rules.iter();
        rules.any(|rule| served.is_named_by(rule))
    });
    found.collect()
}

/// The subresources that are kept with their objects. Each once.
fn parts(found: &[&Served]) -> Vec<Served> {
    let found = found.iter().copied().filter(|served| served.is_kept_part());
    let mut parts: Vec<Served> = found.cloned().collect();
    parts.sort_by_key(|served| (part_of(served), !served.preferred));
    parts.dedup_by_key(|served| part_of(served));
    parts
}

fn part_of(served: &Served) -> (String, String, Option<String>) {
    let Served {
        group,
        plural,
        subresource,
        ..
    } = served;
    (group.clone(), plural.clone(), subresource.clone())
}

/// Each resource once, in the version that the API server prefers where several are named.
fn listed(found: &[&Served]) -> Vec<(ApiResource, bool)> {
    let mut found: Vec<&Served> = found
        .iter()
        .copied()
        .filter(|served| served.subresource.is_none() && served.can("list"))
        .collect();
    found.sort_by_key(|served| {
        (
            served.group.clone(),
            served.plural.clone(),
            !served.preferred,
        )
    });
    found.dedup_by(|a, b| a.group == b.group && a.plural == b.plural);
    let resource = |served: &Served| (served.resource(), served.namespaced);
    found.into_iter().map(resource).collect()
}

/// Looks through all objects of the resources and queues those that set the rule off. A list that breaks
/// is begun anew, for as long as the policy is what it was.
pub(super) async fn look(shop: &Shop, program: &Program, setting: &Setting) {
    for resource in setting.places() {
        while let Err(error) = look_through(shop, program, setting, resource).await {
            let (policy, plural) = (&setting.policy, &resource.plural);
            tracing::warn!(policy, plural, %error, "cannot look for what sets a policy off");
            if matches!(error, Trouble::Never(_)) {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

async fn look_through(
    shop: &Shop,
    program: &Program,
    setting: &Setting,
    resource: &ApiResource,
) -> Result<(), Trouble> {
    let mut search = Search::new(shop, program, setting, resource);
    while let Some(found) = search.next().await? {
        let duties = found.into_iter().map(Work::Duty);
        duties.for_each(|duty| shop.queue.add(duty));
    }
    Ok(())
}

impl Setting {
    /// A policy of one namespace is set off by nothing outside of it.
    pub(super) fn places(&self) -> impl Iterator<Item = &ApiResource> {
        let all = self.resources.iter();
        let reached = all.filter(|(_, namespaced)| *namespaced || self.namespace.is_empty());
        reached.map(|(resource, _)| resource)
    }
}

/// Objects of one resource that set a rule off, page by page.
pub(super) struct Search<'s> {
    shop: &'s Shop,
    program: &'s Program,
    setting: &'s Setting,
    resource: &'s ApiResource,
    pages: Pages,
}

impl<'s> Search<'s> {
    pub(super) fn new(
        shop: &'s Shop,
        program: &'s Program,
        setting: &'s Setting,
        resource: &'s ApiResource,
    ) -> Search<'s> {
        let namespace = Some(setting.namespace.as_str()).filter(|text| !text.is_empty());
        let api = objects::api(&shop.site.client, resource, namespace);
        Search {
            shop,
            program,
            setting,
            resource,
            pages: Pages::new(api, None),
        }
    }

    /// What the ConfigMap leaves out of requests sets nothing off; what exists is another matter.
    fn leaves_out(&self, metadata: &ObjectMeta) -> bool {
        let about = About {
            group: &self.resource.group,
            version: &self.resource.version,
            kind: &self.resource.kind,
            subresource: "",
            namespace: metadata.namespace.as_deref().unwrap_or_default(),
            name: metadata.name.as_deref().unwrap_or_default(),
        };
        let filters = || self.shop.site.config.load().filters.cover(&about);
        self.setting.since.is_some() && filters()
    }

    /// What the next page holds; `None` behind the last one.
    ///
    /// # Errors
    ///
    /// The API server's. The search has to be begun anew.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Duty>>, Trouble> {
        let (setting, resource) = (self.setting, self.resource);
        let page = self.pages.next().await;
        let page =
            page.map_err(|error| Trouble::of(&format!("cannot list {}", resource.plural), &error))?;
        let Some(page) = page else { return Ok(None) };
        let mut found = Vec::new();
        for object in page {
            if !setting.concerns(&object.metadata) || self.leaves_out(&object.metadata) {
                continue;
            }
            let metadata = object.metadata.clone();
            let document = objects::document(object, resource).map_err(Trouble::Never)?;
            let cause = Cause::default();
            if !is_trigger(self.shop, self.program, setting, &cause, Some(&document)).await {
                continue;
            }
            found.push(Duty {
                what: setting.what,
                policy: setting.policy.clone(),
                rule: setting.rule.clone(),
                trigger: Trigger {
                    api_version: resource.api_version.clone(),
                    kind: resource.kind.clone(),
                    namespace: metadata.namespace.unwrap_or_default(),
                    name: metadata.name.unwrap_or_default(),
                    uid: metadata.uid.unwrap_or_default(),
                },
            });
        }
        Ok(Some(found))
    }
}

/// Does an object set the rule off, as far as can be told without looking at anything else? Carrying the
/// duty out decides.
/// `object`: none where the cause holds it.
pub(super) async fn is_trigger(
    shop: &Shop,
    program: &Program,
    setting: &Setting,
    cause: &Cause,
    object: Option<&Document>,
) -> bool {
    let duty = Duty {
        what: setting.what,
        policy: setting.policy.clone(),
        rule: setting.rule.clone(),
        trigger: Trigger::default(),
    };
    let mut sources = Sources::default();
    let said = evaluate(
        &shop.site,
        program,
        setting.what,
        cause,
        object,
        &mut sources,
        |view| match setting.what {
            What::Generate => {
                let Some((policy, rule)) = rules::find(view.program, &duty) else {
                    return Ok(false);
                };
                let none = |_: &_| Vec::new();
                let (review, surroundings) = (&view.review, &view.surroundings);
                let said = generate_by(policy, rule, review, surroundings, &none, view.bump)?;
                Ok(said.is_some_and(|said| {
                    !matches!(said.outcome.status, Status::Skip | Status::Fail)
                }))
            }
            What::Mutate => Ok(rules::find(view.program, &duty)
                .is_some_and(|(_, rule)| matching::applies(rule, &Target::of(&view.review)))),
            What::CelGenerate => {
                let Some(policy) = cel::generating(view.program, &duty) else {
                    return Ok(false);
                };
                let (review, surroundings) = (&view.review, &view.surroundings);
                Ok(evaluate_generating(policy, review, surroundings, view.bump)?.is_some())
            }
            // The first object that fits changes all of them.
            What::CelMutate => Ok(true),
        },
    );
    // What cannot be evaluated is not passed over.
    said.await.unwrap_or(true)
}
