//! Requests that are never looked at: what the ConfigMap filters out.
//!
//! Comes in:  the body of a review, the settings of the ConfigMap.
//! Goes out:  the answer, where it is that nobody looks: allowed.
//! Never here: policies.
//!
//! A body as API servers write it is read up to its objects, and nothing is allocated but the answer.

use bytes::Bytes;
use portcullis_engine::facts::Role;
use portcullis_engine::review::Heading;
use portcullis_engine::verdict::{Verdict, write_response};
use serde::Deserialize;

use crate::facts::Roles;
use crate::settings::config_map::{Config, ConfigInForce};
use crate::settings::filters::{About, Standing};
use crate::source::cluster::Kinds;

/// What decides which requests are looked at.
pub(super) struct Sift {
    pub(super) config: ConfigInForce,
    pub(super) roles: Roles,
    pub(super) kinds: Kinds,
}

/// What of a request counts here.
struct Asked<'b> {
    uid: &'b str,
    kind: [&'b str; 3],
    resource: [&'b str; 3],
    subresource: &'b str,
    namespace: &'b str,
    name: &'b str,
    user: &'b str,
    groups: &'b [&'b str],
}

impl Sift {
    /// The answer to a review that is left out; `None` for one that policies shall see.
    pub(super) fn left_out(&self, body: &[u8]) -> Option<Bytes> {
        let config = self.config.load();
        if config.filters.is_empty() && config.exclusions.is_empty() {
            return None;
        }
        if let Some(heading) = Heading::read(body) {
            let asked = Asked {
                uid: heading.uid,
                kind: heading.kind,
                resource: heading.resource,
                subresource: heading.subresource,
                namespace: heading.namespace,
                name: heading.name,
                user: heading.username,
                groups: heading.groups(),
            };
            return self.answer(&config, &asked);
        }
        // What is no review is refused by whoever decides.
        let review: Written = serde_json::from_slice(body).ok()?;
        let request = &review.request;
        let groups: Vec<_> = request
            .user_info
            .groups
            .iter()
            .map(String::as_str)
            .collect();
        let asked = Asked {
            uid: &request.uid,
            kind: request.kind.three(&request.kind.kind),
            resource: request.resource.three(&request.resource.resource),
            subresource: &request.sub_resource,
            namespace: &request.namespace,
            name: &request.name,
            user: &request.user_info.username,
            groups: &groups,
        };
        self.answer(&config, &asked)
    }

    fn answer(&self, config: &Config, asked: &Asked<'_>) -> Option<Bytes> {
        let left_out = match self.standing(config, asked) {
            Standing::Meant => false,
            Standing::LeftOut => true,
            Standing::Plain => self.is_filtered(config, asked),
        };
        left_out.then(|| {
            let mut out = String::with_capacity(160);
            write_response(&mut out, asked.uid, &Verdict::default());
            out.into()
        })
    }

    fn standing(&self, config: &Config, asked: &Asked<'_>) -> Standing {
        let exclusions = &config.exclusions;
        if exclusions.is_empty() {
            return Standing::Plain;
        }
        let table = exclusions.ask_roles().then(|| self.roles.load()).flatten();
        let (mut own, mut cluster) = (Vec::new(), Vec::new());
        for role in table
            .iter()
            .flat_map(|table| table.of(asked.user, asked.groups.iter()))
        {
            match role {
                Role::Own(role) => own.push(role),
                Role::Cluster(role) => cluster.push(role),
            }
        }
        exclusions.standing(asked.user, asked.groups, &own, &cluster)
    }

    fn is_filtered(&self, config: &Config, asked: &Asked<'_>) -> bool {
        let [group, version, kind] = asked.kind;
        let about = About {
            group,
            version,
            kind,
            subresource: asked.subresource,
            namespace: asked.namespace,
            name: asked.name,
        };
        if asked.subresource.is_empty() {
            return config.filters.cover(&about);
        }
        // A filter names the kind of the resource, also where a part of it is of another kind.
        let kinds = self.kinds.peek().map(|followed| followed.load());
        let [group, version, plural] = asked.resource;
        let parent = kinds
            .as_ref()
            .and_then(|kinds| kinds.by_plural(group, version, plural));
        config.filters.cover(&match parent {
            Some(parent) => About {
                group,
                version,
                kind: &parent.kind,
                ..about
            },
            None => about,
        })
    }
}

/// A review that is not written as API servers do.
#[derive(Deserialize)]
struct Written {
    request: Request,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Request {
    uid: String,
    kind: Three,
    resource: Three,
    sub_resource: String,
    namespace: String,
    name: String,
    user_info: User,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Three {
    group: String,
    version: String,
    kind: String,
    resource: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct User {
    username: String,
    groups: Vec<String>,
}

impl Three {
    fn three<'t>(&'t self, last: &'t str) -> [&'t str; 3] {
        [&self.group, &self.version, last]
    }
}
