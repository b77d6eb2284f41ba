//! The custom resource definitions: what the API server knows about policies, exceptions and reports.
//!
//! Comes in:  nothing but the Rust types of this room.
//! Goes out:  one `CustomResourceDefinition` for each kind, as JSON; a file of YAML for each group.
//! Never here: reading a policy. The engine reads documents by itself, and takes more than a schema
//!            can say; these types are the shape, not the meaning.
//!
//! ```text
//! struct + doc comments -> schema (schema.rs) -> definition (kind.rs) -> deploy/manifests/crds
//! ```
//!
//! The files under `deploy/manifests/crds` are what these types print; a test compares them.

#![expect(
    dead_code,
    reason = "the types are shapes, of which no value is ever made"
)]

mod kind;
mod kyverno;
mod policies;
mod policy_reports;
mod reports;
mod results;
mod schema;
mod shared;
#[cfg(test)]
mod tests;

use clap::ValueEnum;
use portcullis_lang::value::{Document, Numbers, yaml};

use kind::Kind;

/// An API group whose kinds are defined here.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Group {
    /// Cluster policies, policies, exceptions, clean-up, update requests, global context.
    #[value(name = "kyverno.io")]
    Kyverno,
    /// Policies written in CEL.
    #[value(name = "policies.kyverno.io")]
    Policies,
    /// Reports on their way to be aggregated.
    #[value(name = "reports.kyverno.io")]
    Reports,
    /// Policy reports of the Kubernetes policy working group.
    #[value(name = "wgpolicyk8s.io")]
    WgPolicy,
    /// Reports of the OpenReports project.
    #[value(name = "openreports.io")]
    OpenReports,
}

impl Group {
    /// Every group, in the order in which they are printed.
    pub(crate) const ALL: [Group; 5] = [
        Group::Kyverno,
        Group::Policies,
        Group::Reports,
        Group::WgPolicy,
        Group::OpenReports,
    ];

    /// As in `apiVersion`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Group::Kyverno => "kyverno.io",
            Group::Policies => "policies.kyverno.io",
            Group::Reports => "reports.kyverno.io",
            Group::WgPolicy => "wgpolicyk8s.io",
            Group::OpenReports => "openreports.io",
        }
    }

    fn kinds(self) -> Vec<Kind> {
        match self {
            Group::Kyverno => kyverno::kinds(),
            Group::Policies => policies::kinds(),
            Group::Reports => reports::kinds(),
            Group::WgPolicy => policy_reports::wgpolicy(),
            Group::OpenReports => policy_reports::openreports(),
        }
    }

    /// The definitions of the group's kinds, in the order of their names, as JSON objects.
    pub(crate) fn definitions(self) -> Vec<serde_json::Value> {
        let mut kinds = self.kinds();
        kinds.sort_by_key(|kind| kind.plural);
        kinds
            .iter()
            .map(|kind| kind.definition(self.name()))
            .collect()
    }

    /// The same as YAML documents in one text, each begun by `---`.
    pub(crate) fn yaml(self) -> String {
        let mut text = String::new();
        for definition in self.definitions() {
            text.push_str("---\n");
            text.push_str(&to_yaml(&definition));
        }
        text
    }
}

fn to_yaml(json: &serde_json::Value) -> String {
    // A JSON text that was just written can be read.
    match Document::from_json(json.to_string().as_bytes(), Numbers::default()) {
        Ok(document) => yaml::write(document.root()),
        Err(_) => String::new(),
    }
}
