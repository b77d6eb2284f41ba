//! The objects of a cluster that policies speak about, for `apply --cluster`.
//!
//! Comes in:  a connection, the kinds that policies name.
//! Goes out:  resources, as if they had been read from files.
//! Never here: evaluation.

use anyhow::Result;
use kube::Api;
use kube::api::{DynamicObject, ListParams};
use kube::discovery::{ApiResource, Discovery, Scope};
use portcullis_engine::doc::{AnyPolicy, Constraints, KindSelector, Policy};
use portcullis_engine::reference::matching::fits_kind;
use portcullis_engine::review::ResourceKind;
use portcullis_lang::value::{Document, Numbers};

use super::Resource;
use super::resources::normalised;
use crate::cli::cluster::Which;
use crate::facts::{Live, Network};

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Selection<'a> {
    /// Only this namespace.
    pub(crate) namespace: Option<&'a str>,
    /// Objects outside namespaces too, where rules name their kinds.
    pub(crate) cluster_wide: bool,
    /// How many objects one answer of the API server may hold.
    pub(crate) page: u32,
    /// A kind that cannot be listed is passed over.
    pub(crate) lenient: bool,
}

/// Connects to a cluster.
pub(in crate::cli) fn connect(which: &Which) -> Result<Live> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let cluster = runtime.block_on(which.connect())?;
    Ok(Live::new(
        runtime,
        Network {
            cluster: Some(cluster),
            ..Network::default()
        },
    ))
}

/// Lists every object of a kind that one of the policies names, page by page.
pub(crate) fn list(
    live: &Live,
    policies: &[AnyPolicy],
    selection: Selection<'_>,
) -> Result<Vec<Resource>> {
    let rules = policies.iter().filter_map(AnyPolicy::as_rules);
    let selectors: Vec<&KindSelector> = rules.flat_map(|policy| kinds(policy)).collect();
    let constraints: Vec<&Constraints> = policies.iter().flat_map(constraints_of).collect();
    let Some(cluster) = &live.network().cluster else {
        return Ok(Vec::new());
    };
    let client = cluster.client();
    live.wait(async {
        let discovery = Discovery::new(client.clone()).run().await?;
        let mut resources = Vec::new();
        for (resource, capabilities) in discovery
            .groups()
            .flat_map(|group| group.recommended_resources())
        {
            let is_cluster_wide = capabilities.scope == Scope::Cluster;
            let listed = capabilities.supports_operation("list");
            // The flag is about what rules name; constraints say what they mean.
            let named =
                wanted(&selectors, &resource) && (selection.cluster_wide || !is_cluster_wide);
            if !listed || !(named || constrained(&constraints, &resource)) {
                continue;
            }
            let api: Api<DynamicObject> = match selection.namespace.filter(|_| !is_cluster_wide) {
                Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
                None => Api::all_with(client.clone(), &resource),
            };
            let kind = &resource.kind;
            match pages(&api, &resource, selection.page, &mut resources).await {
                Ok(()) => {}
                Err(error) if selection.lenient => {
                    anstream::eprintln!("warning: failed to list {kind}: {error:#}");
                }
                Err(error) => return Err(error.context(format!("failed to list {kind}"))),
            }
        }
        Ok(resources)
    })
}

async fn pages(
    api: &Api<DynamicObject>,
    kind: &ApiResource,
    page: u32,
    resources: &mut Vec<Resource>,
) -> Result<()> {
    let mut params = ListParams::default().limit(page);
    loop {
        let page = api.list(&params).await?;
        for mut object in page.items {
            // A list's items come without their kind; policies look at it.
            object.types.get_or_insert_with(|| kube::api::TypeMeta {
                api_version: kind.api_version.clone(),
                kind: kind.kind.clone(),
            });
            let json = serde_json::to_vec(&object)?;
            let document = Document::from_json(&json, Numbers::Doubles)?;
            resources.push(Resource {
                document: normalised(document.root())?,
            });
        }
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => params = params.continue_token(&token),
            None => return Ok(()),
        }
    }
}

fn kinds(policy: &Policy) -> impl Iterator<Item = &KindSelector> {
    policy
        .rules()
        .iter()
        .flat_map(|rule| rule.matches.filters())
        .flat_map(|filter| &filter.kinds)
}

/// The constraints of a policy written in CEL, in all its forms.
fn constraints_of(policy: &AnyPolicy) -> Vec<&Constraints> {
    match policy {
        AnyPolicy::Validating(policy) => {
            let forms = policy.variants.iter();
            forms.filter_map(|form| form.constraints.as_ref()).collect()
        }
        AnyPolicy::Mutating(policy) => {
            let forms = policy.variants.iter();
            forms.filter_map(|form| form.constraints.as_ref()).collect()
        }
        AnyPolicy::Admission(policy) => policy.constraints.iter().collect(),
        AnyPolicy::Generating(policy) => policy.constraints.iter().collect(),
        AnyPolicy::Deleting(policy) => policy.constraints.iter().collect(),
        AnyPolicy::Images(policy) => policy.constraints.iter().collect(),
        _ => Vec::new(),
    }
}

/// Is the kind one that constraints name?
fn constrained(constraints: &[&Constraints], resource: &ApiResource) -> bool {
    let mut rules = constraints.iter().flat_map(|block| &block.rules);
    rules.any(|rule| rule.is_about(&resource.group, &resource.version, &resource.plural, ""))
}

fn wanted(selectors: &[&KindSelector], resource: &ApiResource) -> bool {
    let kind = ResourceKind {
        group: &resource.group,
        version: &resource.version,
        kind: &resource.kind,
        subresource: "",
    };
    selectors.iter().any(|selector| fits_kind(selector, &kind))
}
