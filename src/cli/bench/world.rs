//! What policies ask for while they are measured, answered from memory.
//!
//! Comes in:  objects of a cluster, from files.
//! Goes out:  facts: those objects; for everything else an error, as from a cluster without them.
//! Never here: a network.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Mutex;

use anyhow::Result;
use bumpalo::Bump;
use portcullis_engine::facts::{Answer, ApiTarget, Fact, FactKind, Facts, Method, object_path};
use portcullis_engine::review::plural;
use portcullis_lang::functions::Inputs;
use portcullis_lang::value::Document;

use crate::cli::load::read_resources;
use crate::facts::system::SystemInputs;

/// A cluster that holds only what was given.
#[derive(Debug)]
pub(super) struct World {
    now: i128,
    /// By their paths at the API server.
    objects: HashMap<String, Document>,
    /// Of the namespaces among them, by name.
    labels: HashMap<String, Document>,
    /// Of every other namespace.
    no_labels: Document,
    /// What was asked for and is not here.
    lacking: Mutex<BTreeSet<String>>,
}

impl World {
    /// Reads the objects.
    pub(super) fn read(paths: &[PathBuf]) -> Result<World> {
        let bump = Bump::new();
        let empty = || Document::from_value(portcullis_lang::value::object(&bump, []));
        let mut world = World {
            now: SystemInputs.now(),
            objects: HashMap::new(),
            labels: HashMap::new(),
            no_labels: empty(),
            lacking: Mutex::default(),
        };
        for resource in read_resources(paths)? {
            if resource.kind() == "Namespace" {
                let labels = resource.document.root().at(&["metadata", "labels"]);
                let labels = labels.map_or_else(empty, Document::from_value);
                world.labels.insert(resource.name().to_owned(), labels);
            }
            let plural = plural(resource.kind(), &bump);
            let path = object_path(
                resource.api_version(),
                plural,
                resource.namespace(),
                resource.name(),
            );
            world.objects.insert(path, resource.document);
        }
        Ok(world)
    }

    /// What was asked for in vain so far.
    pub(super) fn lacking(&self) -> Vec<String> {
        let lacking = self.lacking.lock();
        lacking.map_or_else(|_| Vec::new(), |lacking| lacking.iter().cloned().collect())
    }

    fn object(&self, path: &str, fact: &Fact) -> Answer<'_> {
        self.objects.get(path).ok_or_else(|| self.lacks(fact))
    }

    fn lacks(&self, fact: &Fact) -> String {
        if let Ok(mut lacking) = self.lacking.lock() {
            lacking.insert(fact.to_string());
        }
        "not found".to_owned()
    }
}

impl Facts for World {
    fn offers(&self, _: FactKind) -> bool {
        true
    }

    fn get(&self, fact: &Fact) -> Option<Answer<'_>> {
        Some(match fact {
            Fact::NamespaceLabels { name } => Ok(self.labels.get(name).unwrap_or(&self.no_labels)),
            Fact::ConfigMap { namespace, name } => {
                let path = object_path("v1", "configmaps", namespace, name);
                self.object(&path, fact)
            }
            Fact::Api(call) => match &call.target {
                ApiTarget::Kubernetes { path } if call.method == Method::Get => {
                    self.object(path, fact)
                }
                _ => Err(self.lacks(fact)),
            },
            other => Err(self.lacks(other)),
        })
    }
}

impl Inputs for World {
    fn now(&self) -> i128 {
        self.now
    }

    fn random(&self) -> u64 {
        SystemInputs.random()
    }

    fn resolve_host(&self, host: &str) -> Option<Result<Vec<IpAddr>, String>> {
        let name = host.to_owned();
        Some(Err(self.lacks(&Fact::Host { name })))
    }
}
