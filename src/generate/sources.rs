//! Objects that rules copy or change: listed when a rule names them.
//!
//! Comes in:  what an evaluation wants.
//! Goes out:  the objects, as they are now.
//! Never here: watches; a duty looks once.

use kube::api::{ApiResource, DynamicObject};
use portcullis_engine::doc::LabelSelector;
use portcullis_engine::reference::Wanted;
use portcullis_lang::value::Document;

use super::trouble::{Trouble, is_code};
use crate::cluster::kinds::Served;
use crate::cluster::objects::{self, Pages};
use crate::controllers::Site;

/// What one duty has listed so far.
#[derive(Debug, Default)]
pub(super) struct Sources {
    pub(super) listed: Vec<(Wanted, Vec<Document>)>,
}

impl Sources {
    /// Lists what is wanted.
    ///
    /// # Errors
    ///
    /// The API server's; and that there is no such kind.
    pub(super) async fn list(&mut self, site: &Site, wanted: Wanted) -> Result<(), Trouble> {
        let kinds = site.kinds.load();
        let (kind, part) = wanted.kind.split_once('/').unwrap_or((&wanted.kind, ""));
        let (group, version) = match wanted.api_version.split_once('/') {
            Some((group, version)) => (group, version),
            None => ("", wanted.api_version.as_str()),
        };
        // A policy may name any version of a group: `*`, `apps/*`.
        let all: Vec<&Served> = match wanted.api_version.contains('*') || kind.contains('*') {
            true => {
                let group = if wanted.api_version == "*" {
                    "*"
                } else {
                    group
                };
                let mut found = kinds.matching(group, version, kind, "");
                found.retain(|served| served.preferred && served.can("list"));
                found
            }
            false => kinds.by_kind(group, version, kind).into_iter().collect(),
        };
        if all.is_empty() {
            let text = format!(
                "no matches for kind \"{kind}\" in version \"{}\"",
                wanted.api_version
            );
            return Err(Trouble::Again(text));
        }
        let mut found = Vec::new();
        for served in all {
            let namespaced = served.namespaced;
            let resource = served.resource();
            found.extend(of_resource(site, &wanted, &resource, namespaced, part).await?);
        }
        self.listed.push((wanted, found));
        Ok(())
    }
}

async fn of_resource(
    site: &Site,
    wanted: &Wanted,
    resource: &ApiResource,
    namespaced: bool,
    part: &str,
) -> Result<Vec<Document>, Trouble> {
    let plain = |text: &str| !text.is_empty() && !text.contains(['*', '?']);
    let namespace = Some(wanted.namespace.as_str()).filter(|text| namespaced && plain(text));
    let api = objects::api(&site.client, resource, namespace);
    let doing = format!("cannot read {}", resource.plural);
    let trouble = |error: &kube::Error| Trouble::of(&doing, error);
    let in_place = !namespaced || namespace.is_some();
    let mut found = Vec::new();
    if plain(&wanted.name) && in_place {
        let object = match part {
            "" => api.get_opt(&wanted.name).await,
            part => match api.get_subresource(part, &wanted.name).await {
                Err(error) if is_code(&error, 404) => Ok(None),
                other => other.map(Some),
            },
        };
        found.extend(object.map_err(|error| trouble(&error))?);
    } else {
        let labels = wanted.selector.as_ref().and_then(as_text);
        let mut pages = Pages::new(api, labels.as_deref());
        while let Some(page) = pages.next().await.map_err(|error| trouble(&error))? {
            found.extend(page);
        }
    }
    let document = |object: DynamicObject| {
        let kept = objects::document(object, resource).map_err(Trouble::Never)?;
        Ok(kept)
    };
    let documents: Result<Vec<Document>, Trouble> = found.into_iter().map(document).collect();
    let documents = documents?;
    Ok(documents
        .into_iter()
        .filter(|document| part.is_empty() && wanted.fits(document.root()) || !part.is_empty())
        .collect())
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
