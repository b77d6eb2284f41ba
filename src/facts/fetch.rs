//! Asking the world: the cluster's API server, services, name servers.
//!
//! Comes in:  a fact.
//! Goes out:  its answer, or why there is none.
//! Never here: deadlines; whoever waits gives up when it must.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bumpalo::Bump;
use portcullis_engine::facts::{ApiTarget, Fact};
use portcullis_lang::value::{Document, Value, list};

use super::GlobalContext;
use super::namespaces::Namespaces;
use super::service::{Calls, Services};
use crate::cluster::Cluster;

/// A document, or why there is none, in words for the user.
pub(crate) type Fetched = Result<Document, String>;

/// Why asking brought no document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum NoAnswer {
    /// Whoever was asked said so: there is no such object, or it is nobody's business.
    Said(String),
    /// Nobody answered sensibly, so that asking the same source again is likely in vain.
    Trouble(String),
}

impl NoAnswer {
    /// In words for the user.
    pub(crate) fn into_text(self) -> String {
        match self {
            NoAnswer::Said(text) | NoAnswer::Trouble(text) => text,
        }
    }
}

/// How asking ended.
pub(crate) type Asked = Result<Document, NoAnswer>;

/// Fetches facts.
pub(crate) trait Fetch: Send + Sync {
    /// The answer to `fact` where it is kept as the world changes: nobody need be asked.
    fn at_hand(&self, _: &Fact) -> Option<Document> {
        None
    }

    /// The answer to `fact`. May be dropped at any time.
    fn fetch<'a>(&'a self, fact: &'a Fact) -> Pin<Box<dyn Future<Output = Asked> + Send + 'a>>;
}

/// The sources that a gate can reach.
#[derive(Default)]
pub(crate) struct Network {
    /// None where the gate runs in no cluster.
    pub(crate) cluster: Option<Cluster>,
    /// Followed by processes that stay; none where a command asks once.
    pub(crate) global: Option<GlobalContext>,
    /// Likewise.
    pub(crate) namespaces: Option<Namespaces>,
    /// Whoever is asked over HTTP.
    pub(crate) services: Arc<Services>,
}

impl Network {
    /// What a process that stays can reach, in a cluster or in none.
    pub(crate) fn of(cluster: Option<Cluster>, calls: &Calls) -> Network {
        let services = Arc::new(Services::new(calls.clone()));
        let global = cluster.as_ref();
        let global = global.map(|it| GlobalContext::start(it, &services, calls.max_entries));
        let namespaces = cluster.as_ref().map(Namespaces::follow);
        Network {
            cluster,
            global,
            namespaces,
            services,
        }
    }
}

impl Fetch for Network {
    fn at_hand(&self, fact: &Fact) -> Option<Document> {
        match fact {
            Fact::NamespaceLabels { name } => self.namespaces.as_ref()?.labels(name),
            _ => None,
        }
    }

    fn fetch<'a>(&'a self, fact: &'a Fact) -> Pin<Box<dyn Future<Output = Asked> + Send + 'a>> {
        Box::pin(async move {
            match (fact, &self.cluster) {
                (Fact::Host { name }, _) => resolve(name).await,
                (Fact::GlobalContext { name }, _) => match &self.global {
                    Some(global) => global.get(name).map_err(NoAnswer::Said),
                    None => Err(NoAnswer::Said(no_source(fact))),
                },
                (Fact::ConfigMap { namespace, name }, Some(cluster)) => {
                    cluster.config_map(namespace, name).await
                }
                (Fact::NamespaceLabels { name }, Some(cluster)) => {
                    cluster.namespace_labels(name).await
                }
                (Fact::Api(call), cluster) => match (&call.target, cluster) {
                    (ApiTarget::Kubernetes { path }, Some(cluster)) => {
                        cluster.call(path, call).await
                    }
                    (ApiTarget::Kubernetes { .. }, None) => Err(NoAnswer::Said(no_source(fact))),
                    (ApiTarget::Service { .. }, _) => self.services.call(call).await,
                },
                (Fact::Http(call), _) => self.services.http(call).await,
                _ => Err(NoAnswer::Said(no_source(fact))),
            }
        })
    }
}

fn no_source(fact: &Fact) -> String {
    format!("this gate has no source for {fact}")
}

async fn resolve(name: &str) -> Asked {
    let found = tokio::net::lookup_host((name, 0)).await;
    let addresses = found.map_err(|_| NoAnswer::Said(format!("lookup {name}: no such host")))?;
    let texts: Vec<_> = addresses.map(|address| address.ip().to_string()).collect();
    let bump = Bump::new();
    let texts = list(&bump, texts.iter().map(|text| Value::Str(text)));
    Ok(Document::from_value(texts))
}
