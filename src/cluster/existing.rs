//! Objects that rules name, as they are now: whole ones, and the parts of them that subresources show.
//!
//! Comes in:  what is wanted, and what the API server serves.
//! Goes out:  [`Existing`]: each with the resource that it is a part of.
//! Never here: watches; what becomes of the objects.

use std::fmt;

use futures::{StreamExt as _, TryStreamExt as _};
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject};
use kube::core::PartialObjectMeta;
use portcullis_engine::doc::LabelSelector;
use portcullis_engine::reference::{Existent, Part, Wanted};
use portcullis_lang::value::{Document, Numbers};
use serde_json::json;

use super::kinds::{Kinds, Served};
use super::objects::{self, Pages};

/// Subresources that are read at a time: they cannot be listed.
const AT_ONCE: usize = 8;

/// One object.
#[derive(Clone, Debug)]
pub(crate) struct Existing {
    /// As its own API shows it.
    pub(crate) document: Document,
    /// Of a subresource: what it belongs to (its kind and metadata), and its name.
    part: Option<(Document, String)>,
}

impl Existing {
    /// For the engine.
    pub(crate) fn existent(&self) -> Existent<'_> {
        let part = self.part.as_ref();
        Existent {
            object: self.document.root(),
            part: part.map(|(owner, subresource)| Part {
                owner: owner.root(),
                subresource,
            }),
        }
    }
}

/// Why objects could not be found.
#[derive(Debug)]
pub(crate) enum Unfound {
    /// Nothing of the kind is served, or nothing of it can be read.
    Unserved(String),
    /// The API server's answer to one request.
    Refused { doing: String, error: kube::Error },
    /// An object that is no document.
    Broken(String),
}

impl fmt::Display for Unfound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfound::Unserved(text) | Unfound::Broken(text) => f.write_str(text),
            Unfound::Refused { doing, error } => write!(f, "{doing}: {error}"),
        }
    }
}

/// Everything that is wanted: one request where a name and a namespace say which object, otherwise a list
/// for each resource; and one request for each subresource.
///
/// # Errors
///
/// See [`Unfound`].
pub(crate) async fn find(
    client: &Client,
    kinds: &Kinds,
    wanted: &Wanted,
) -> Result<Vec<Existing>, Unfound> {
    let mut found = Vec::new();
    for served in served(kinds, wanted)? {
        let resource = served.resource();
        let place = Place {
            client,
            resource: &resource,
            namespaced: served.namespaced,
            wanted,
        };
        match &served.subresource {
            None => found.extend(place.wholes().await?),
            Some(part) => found.extend(place.parts(part).await?),
        }
    }
    Ok(found)
}

/// The resources and subresources that a kind names, as policies write it.
fn served<'k>(kinds: &'k Kinds, wanted: &Wanted) -> Result<Vec<&'k Served>, Unfound> {
    let version = &wanted.api_version;
    let (kind, part) = wanted.kind.split_once('/').unwrap_or((&wanted.kind, ""));
    let wild = version.contains('*') || wanted.kind.contains('*');
    let (group, version) = match version.split_once('/') {
        Some(both) => both,
        // A policy may name any version of any group: `*`.
        None if version == "*" => ("*", "*"),
        None => ("", version.as_str()),
    };
    let whole = kinds.by_kind(group, version, kind);
    let mut all: Vec<&Served> = match whole.filter(|_| part.is_empty()) {
        Some(whole) => vec![whole],
        None => kinds.matching(group, version, kind, part),
    };
    if wild {
        all.retain(|served| served.preferred);
    }
    let (kind, version) = (&wanted.kind, &wanted.api_version);
    if all.is_empty() {
        let text = format!("no matches for kind \"{kind}\" in version \"{version}\"");
        return Err(Unfound::Unserved(text));
    }
    all.retain(|served| match served.subresource {
        None => !wild || served.can("list"),
        Some(_) => served.can("get") && (!wild || served.is_kept_part()),
    });
    match all.is_empty() {
        true => Err(Unfound::Unserved(format!(
            "nothing of kind \"{kind}\" in version \"{version}\" can be read"
        ))),
        false => Ok(all),
    }
}

/// One resource, and which of its objects.
struct Place<'p> {
    client: &'p Client,
    resource: &'p ApiResource,
    namespaced: bool,
    wanted: &'p Wanted,
}

impl Place<'_> {
    /// The name of the only object that is meant, if one is.
    fn only(&self) -> Option<&str> {
        let in_place = !self.namespaced || is_plain(&self.wanted.namespace);
        Some(self.wanted.name.as_str()).filter(|name| is_plain(name) && in_place)
    }

    fn api(&self) -> Api<DynamicObject> {
        let namespace = Some(self.wanted.namespace.as_str());
        let namespace = namespace.filter(|text| self.namespaced && is_plain(text));
        objects::api(self.client, self.resource, namespace)
    }

    /// Where one object is, which may be anywhere in the list.
    fn api_of(&self, namespace: Option<&str>) -> Api<DynamicObject> {
        objects::api(self.client, self.resource, namespace)
    }

    fn labels(&self) -> Option<String> {
        self.wanted.selector.as_ref().and_then(as_text)
    }

    fn refused(&self, error: kube::Error) -> Unfound {
        let doing = format!("cannot read {}", self.resource.plural);
        Unfound::Refused { doing, error }
    }

    async fn wholes(&self) -> Result<Vec<Existing>, Unfound> {
        let refused = |error| self.refused(error);
        let mut found = Vec::new();
        match self.only() {
            Some(name) => found.extend(self.api().get_opt(name).await.map_err(refused)?),
            None => {
                let mut pages = Pages::new(self.api(), self.labels().as_deref());
                while let Some(page) = pages.next().await.map_err(refused)? {
                    found.extend(page);
                }
            }
        }
        let documents = found.into_iter().map(|object| self.document(object));
        let documents: Vec<Document> = documents.collect::<Result<_, _>>()?;
        let fitting = documents
            .into_iter()
            .filter(|document| self.wanted.fits(document.root()));
        let whole = |document| Existing {
            document,
            part: None,
        };
        Ok(fitting.map(whole).collect())
    }

    /// Reads the subresource of each object that is meant.
    async fn parts(&self, part: &str) -> Result<Vec<Existing>, Unfound> {
        let owners = self.owners().await?;
        let reads = owners.into_iter().map(|owner| self.part(part, owner));
        let reads: Vec<_> = reads.collect();
        let found = futures::stream::iter(reads).buffered(AT_ONCE);
        let found: Vec<Option<Existing>> = found.try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// What the subresources are parts of: kind and metadata of each.
    async fn owners(&self) -> Result<Vec<Document>, Unfound> {
        let refused = |error| self.refused(error);
        let mut owners = Vec::new();
        match self.only() {
            // Its labels are not asked for: it need not be read.
            Some(name) if self.wanted.selector.is_none() => {
                let namespace = self.namespaced.then_some(&self.wanted.namespace);
                let metadata = json!({ "name": name, "namespace": namespace });
                owners.push(self.owner(metadata)?);
            }
            Some(name) => {
                if let Some(found) = self.api().get_metadata_opt(name).await.map_err(refused)? {
                    owners.push(self.owner_of(found)?);
                }
            }
            None => {
                let mut pages = Pages::new(self.api(), self.labels().as_deref());
                while let Some(page) = pages.next_metadata().await.map_err(refused)? {
                    for object in page {
                        owners.push(self.owner_of(object)?);
                    }
                }
            }
        }
        owners.retain(|owner| self.wanted.chooses(owner.root()));
        Ok(owners)
    }

    fn owner_of(&self, object: PartialObjectMeta<DynamicObject>) -> Result<Document, Unfound> {
        self.owner(json!(object.metadata))
    }

    fn owner(&self, metadata: serde_json::Value) -> Result<Document, Unfound> {
        let owner = json!({
            "apiVersion": self.resource.api_version,
            "kind": self.resource.kind,
            "metadata": metadata,
        });
        Document::from_json(owner.to_string().as_bytes(), Numbers::Doubles)
            .map_err(|error| Unfound::Broken(error.to_string()))
    }

    /// One subresource; none where its object went in the meantime.
    async fn part(&self, part: &str, owner: Document) -> Result<Option<Existing>, Unfound> {
        let metadata = owner.root().get("metadata").unwrap_or_default();
        let namespace = Some(metadata.text("namespace")).filter(|text| !text.is_empty());
        let api = self.api_of(namespace);
        match api.get_subresource(part, metadata.text("name")).await {
            Ok(object) => Ok(Some(Existing {
                document: self.document(object)?,
                part: Some((owner, part.to_owned())),
            })),
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
            Err(error) => Err(Unfound::Refused {
                doing: format!("cannot read {}/{part}", self.resource.plural),
                error,
            }),
        }
    }

    fn document(&self, object: DynamicObject) -> Result<Document, Unfound> {
        objects::document(object, self.resource).map_err(Unfound::Broken)
    }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.contains(['*', '?'])
}

/// As `kubectl --selector` writes it, where the API server understands it: labels may be wildcards here.
fn as_text(selector: &LabelSelector) -> Option<String> {
    let wild = |text: &str| text.contains(['*', '?']);
    let labels = selector.match_labels.iter();
    if labels.clone().any(|(key, value)| wild(key) || wild(value)) {
        return None;
    }
    let labels = labels.map(|(key, value)| format!("{key}={value}"));
    let parts: Vec<String> = labels.collect();
    (!parts.is_empty()).then(|| parts.join(","))
}

#[cfg(test)]
mod tests {
    use portcullis_engine::reference::Wanted;

    use super::served;
    use crate::cluster::kinds::{Kinds, Served};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn kinds_name_resources_and_their_parts() {
        check("apps/v1", "Deployment",        "deployments");
        check("apps/v1", "Deployment/scale",  "deployments/scale");
        check("apps/v1", "Deployment/*",      "deployments/scale");
        check("*",       "*/scale",           "deployments/scale");
        check("*",       "*",                 "deployments");
        check("autoscaling/v1", "Scale",      "deployments/scale");
        check("apps/v1", "Deployment/proxy",  "deployments/proxy");
        check("*",       "*/proxy",           "nothing of kind \"*/proxy\" in version \"*\" can be read");
        check("apps/v1", "Deployment/nothing", "no matches for kind \"Deployment/nothing\" in version \"apps/v1\"");
        check("apps/v1", "Deployment/restart", "nothing of kind \"Deployment/restart\" in version \"apps/v1\" can be read");
        check("apps/v9", "Deployment",        "no matches for kind \"Deployment\" in version \"apps/v9\"");
    }

    #[track_caller]
    fn check(api_version: &str, kind: &str, expect: &str) {
        let verbs = |all: &[&str]| all.iter().map(|&verb| verb.to_owned()).collect();
        let whole = Served {
            group: "apps".to_owned(),
            version: "v1".to_owned(),
            plural: "deployments".to_owned(),
            subresource: None,
            kind: "Deployment".to_owned(),
            parent_kind: "Deployment".to_owned(),
            kind_group: "apps".to_owned(),
            kind_version: "v1".to_owned(),
            namespaced: true,
            preferred: true,
            verbs: verbs(&["get", "list"]),
        };
        let part = |name: &str, kind: &str, can: &[&str]| Served {
            subresource: Some(name.to_owned()),
            kind: kind.to_owned(),
            kind_group: "autoscaling".to_owned(),
            verbs: verbs(can),
            ..whole.clone()
        };
        let kinds = Kinds::new(vec![
            part("scale", "Scale", &["get", "update"]),
            part("restart", "Restart", &["create"]),
            part("proxy", "ProxyOptions", &["create", "get", "update"]),
            whole.clone(),
        ]);
        let wanted = Wanted {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: String::new(),
            name: String::new(),
            selector: None,
        };
        let found = match served(&kinds, &wanted) {
            Ok(found) => {
                let name = |served: &&Served| match &served.subresource {
                    Some(part) => format!("{}/{part}", served.plural),
                    None => served.plural.clone(),
                };
                found.iter().map(name).collect::<Vec<_>>().join(" ")
            }
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expect, "{api_version} {kind}");
    }
}
