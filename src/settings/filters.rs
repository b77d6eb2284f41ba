//! What requests are never looked at: by what they are about, and by who asks.
//!
//! Comes in:  `resourceFilters`, `excludeGroups`, `excludeUsernames`, `excludeRoles`,
//!            `excludeClusterRoles` of the ConfigMap.
//! Goes out:  [`ResourceFilters`], [`Exclusions`].
//! Never here: reading requests.

use portcullis_engine::doc::KindSelector;
use portcullis_lang::scalar::wildcard;

/// What a request is about, as far as filters look at it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct About<'a> {
    /// Of the resource's kind, also where the request is about a part of it.
    pub(crate) group: &'a str,
    pub(crate) version: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) subresource: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
}

/// `[kind,namespace,name]`, any number of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ResourceFilters(Vec<Filter>);

#[derive(Clone, Debug, PartialEq)]
struct Filter {
    kind: KindSelector,
    namespace: String,
    name: String,
}

/// Kinds of the engine's own that come and go by the thousand.
const TRANSIENT: [&str; 7] = [
    "AdmissionReport",
    "ClusterAdmissionReport",
    "BackgroundScanReport",
    "ClusterBackgroundScanReport",
    "EphemeralReport",
    "ClusterEphemeralReport",
    "UpdateRequest",
];

impl ResourceFilters {
    /// Reads the text of the key: whatever stands between brackets. Parts that are missing are `*`.
    pub(crate) fn read(text: &str) -> ResourceFilters {
        let mut filters = Vec::new();
        for part in text.split('[').skip(1) {
            let Some((inner, _)) = part.split_once(']') else {
                continue;
            };
            let mut parts = inner.split(',').map(str::trim);
            let mut next = || parts.next().filter(|part| !part.is_empty()).unwrap_or("*");
            let (kind, namespace, name) = (next(), next(), next());
            filters.push(Filter {
                kind: KindSelector::parse(kind),
                namespace: namespace.to_owned(),
                name: name.to_owned(),
            });
        }
        ResourceFilters(filters)
    }

    /// Is there any?
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Is a request about this never looked at?
    pub(crate) fn cover(&self, about: &About<'_>) -> bool {
        TRANSIENT.contains(&about.kind) || self.0.iter().any(|filter| filter.covers(about))
    }
}

impl Filter {
    fn covers(&self, about: &About<'_>) -> bool {
        let kind = wildcard::matches(&self.kind.group, about.group)
            && wildcard::matches(&self.kind.version, about.version)
            && wildcard::matches(&self.kind.kind, about.kind)
            && wildcard::matches(&self.kind.subresource, about.subresource);
        if !kind {
            return false;
        }
        // A Namespace is in itself, as it were.
        let is_namespace = (about.group, about.version, about.kind) == ("", "v1", "Namespace");
        is_namespace && wildcard::matches(&self.namespace, about.name)
            || wildcard::matches(&self.namespace, about.namespace)
                && wildcard::matches(&self.name, about.name)
    }
}

/// Wildcards with commas between them; those behind a `!` are meant all the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Names {
    left_out: Vec<String>,
    meant: Vec<String>,
}

impl Names {
    /// Reads the text of a key.
    pub(crate) fn read(text: &str) -> Names {
        let mut names = Names::default();
        for name in text
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            match name.strip_prefix('!') {
                Some(name) => names.meant.push(name.to_owned()),
                None => names.left_out.push(name.to_owned()),
            }
        }
        names
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.left_out.is_empty() && self.meant.is_empty()
    }
}

/// Whose requests are never looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Exclusions {
    pub(crate) users: Names,
    pub(crate) groups: Names,
    pub(crate) roles: Names,
    pub(crate) cluster_roles: Names,
}

/// What exclusions say of a user.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Standing {
    /// Meant in any case: no filter counts.
    Meant,
    /// Never looked at.
    LeftOut,
    /// Neither.
    Plain,
}

impl Exclusions {
    /// Is there any?
    pub(crate) fn is_empty(&self) -> bool {
        self.users.is_empty() && self.groups.is_empty() && !self.ask_roles()
    }

    /// Do they depend on the roles of a user?
    pub(crate) fn ask_roles(&self) -> bool {
        !self.roles.is_empty() || !self.cluster_roles.is_empty()
    }

    /// What they say of a user.
    pub(crate) fn standing(
        &self,
        user: &str,
        groups: &[&str],
        roles: &[&str],
        cluster_roles: &[&str],
    ) -> Standing {
        let user = [user];
        let pairs = [
            (&self.users, &user[..]),
            (&self.groups, groups),
            (&self.roles, roles),
            (&self.cluster_roles, cluster_roles),
        ];
        let any = |side: fn(&Names) -> &[String]| {
            pairs.iter().any(|(names, own)| {
                let fits = |name: &String| own.iter().any(|own| wildcard::matches(name, own));
                side(names).iter().any(fits)
            })
        };
        if any(|names| &names.meant) {
            Standing::Meant
        } else if any(|names| &names.left_out) {
            Standing::LeftOut
        } else {
            Standing::Plain
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{About, Exclusions, Names, ResourceFilters, Standing};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn resource_filters() {
        check("[Event,*,*]",            "/v1/Event",        "a/b",           true);
        check("[Event,*,*]",            "/v1/Pod",          "a/b",           false);
        check("[Event]",                "events.k8s.io/v1/Event", "a/b",     true);
        check("[*/*,kube-system,*]",    "/v1/Pod",          "kube-system/b", true);
        check("[*/*,kube-system,*]",    "/v1/Pod/exec",     "kube-system/b", true);
        check("[*,kube-system,*]",      "/v1/Pod/exec",     "kube-system/b", false);
        check("[*,kube-system,*]",      "/v1/Namespace",    "/kube-system",  true);
        check("[*,kube-system,*]",      "/v1/Namespace",    "/other",        false);
        check("[Node/?*,*,*]",          "/v1/Node/status",  "/n",            true);
        check("[Node/?*,*,*]",          "/v1/Node",         "/n",            false);
        check("[Pod,a,b] [Pod,a,c-*]",  "/v1/Pod",          "a/c-1",         true);
        check("[Pod,a,b] [Pod,a,c-*]",  "/v1/Pod",          "a/d",           false);
        check("[apps/v1/Deployment,*,x]", "apps/v1/Deployment", "a/x",       true);
        check("[Pod,,]",                "/v1/Pod",          "a/b",           true);
        check("",                       "reports.kyverno.io/v1/EphemeralReport", "a/b", true);
        check("[Pod",                   "/v1/Pod",          "a/b",           false);
    }

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn exclusions() {
        user("",               "",      "me", &["a"],     Standing::Plain);
        user("system:*",       "",      "system:x", &[],  Standing::LeftOut);
        user("system:*, !system:x", "", "system:x", &[],  Standing::Meant);
        user("",               "a,b",   "me", &["c", "b"], Standing::LeftOut);
        user("me",             "!b",    "me", &["b"],     Standing::Meant);
        user("m",              "",      "me", &[],        Standing::Plain);
    }

    /// `group/version/Kind[/subresource]`, `namespace/name`.
    #[track_caller]
    fn check(filters: &str, kind: &str, object: &str, expect: bool) {
        let mut parts = kind.split('/');
        let mut next = || parts.next().unwrap_or_default();
        let (group, version, kind, subresource) = (next(), next(), next(), next());
        let (namespace, name) = object.split_once('/').unwrap();
        let about = About {
            group,
            version,
            kind,
            subresource,
            namespace,
            name,
        };
        assert_eq!(
            ResourceFilters::read(filters).cover(&about),
            expect,
            "{filters} on {about:?}"
        );
    }

    #[track_caller]
    fn user(users: &str, groups: &str, name: &str, own: &[&str], expect: Standing) {
        let exclusions = Exclusions {
            users: Names::read(users),
            groups: Names::read(groups),
            ..Exclusions::default()
        };
        assert_eq!(
            exclusions.standing(name, own, &[], &[]),
            expect,
            "{exclusions:?}"
        );
    }
}
