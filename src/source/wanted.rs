//! Which resources of a cluster hold policies.
//!
//! Comes in:  what the flags say about exceptions.
//! Goes out:  [`Wanted`] resources, and which version of each is read.
//! Never here: connections.

use crate::cluster::kinds::{Kinds, Served};

/// One resource that is followed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Wanted {
    /// `kyverno.io`
    pub(crate) group: &'static str,
    /// `clusterpolicies`
    pub(crate) plural: &'static str,
    /// Those that can be read; the first that is served is.
    versions: &'static [&'static str],
    /// Of this namespace only.
    pub(crate) namespace: Option<String>,
}

/// Which PolicyExceptions count: the flags `enablePolicyException` and `exceptionNamespace`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Exceptions {
    /// Any at all?
    pub(crate) enabled: bool,
    /// Of this namespace; `*` for all. Empty means none of kyverno.io's, but all of
    /// policies.kyverno.io's, as Kyverno has it.
    pub(crate) namespace: String,
}

const RULES: &[&str] = &["v1", "v2beta1"];
const CEL: &[&str] = &["v1", "v1beta1", "v1alpha1"];
/// The first version knew no policies of namespaces.
const CEL_OF_NAMESPACES: &[&str] = &["v1", "v1beta1"];
const CLEANUP: &[&str] = &["v2", "v2beta1"];

const POLICIES: &[(&str, &str, &[&str])] = &[
    ("kyverno.io", "clusterpolicies", RULES),
    ("kyverno.io", "policies", RULES),
    ("kyverno.io", "clustercleanuppolicies", CLEANUP),
    ("kyverno.io", "cleanuppolicies", CLEANUP),
    ("policies.kyverno.io", "validatingpolicies", CEL),
    (
        "policies.kyverno.io",
        "namespacedvalidatingpolicies",
        CEL_OF_NAMESPACES,
    ),
    ("policies.kyverno.io", "mutatingpolicies", CEL),
    (
        "policies.kyverno.io",
        "namespacedmutatingpolicies",
        CEL_OF_NAMESPACES,
    ),
    ("policies.kyverno.io", "generatingpolicies", CEL),
    (
        "policies.kyverno.io",
        "namespacedgeneratingpolicies",
        CEL_OF_NAMESPACES,
    ),
    ("policies.kyverno.io", "deletingpolicies", CEL),
    (
        "policies.kyverno.io",
        "namespaceddeletingpolicies",
        CEL_OF_NAMESPACES,
    ),
    ("policies.kyverno.io", "imagevalidatingpolicies", CEL),
    (
        "policies.kyverno.io",
        "namespacedimagevalidatingpolicies",
        CEL_OF_NAMESPACES,
    ),
];

/// Every resource with policies or with exceptions that count.
pub(crate) fn wanted(exceptions: &Exceptions) -> Vec<Wanted> {
    let everywhere = POLICIES.iter().map(|(group, plural, versions)| Wanted {
        group,
        plural,
        versions,
        namespace: None,
    });
    let mut wanted: Vec<_> = everywhere.collect();
    let namespace = match exceptions.namespace.as_str() {
        "" | "*" => None,
        namespace => Some(namespace.to_owned()),
    };
    let mut except = |group, versions| {
        wanted.push(Wanted {
            group,
            plural: "policyexceptions",
            versions,
            namespace: namespace.clone(),
        });
    };
    if exceptions.enabled {
        except("policies.kyverno.io", CEL);
        if exceptions.namespace.is_empty() {
            tracing::error!(
                "exceptionNamespace is empty: no PolicyException of kyverno.io counts; `*` means all"
            );
        } else {
            except("kyverno.io", CLEANUP);
        }
    }
    wanted
}

impl Wanted {
    /// What the API server serves of it, if anything.
    pub(crate) fn served<'k>(&self, kinds: &'k Kinds) -> Option<&'k Served> {
        let mut versions = self.versions.iter();
        versions.find_map(|version| kinds.by_plural(self.group, version, self.plural))
    }

    /// `clusterpolicies.kyverno.io`: the name of its definition.
    pub(crate) fn name(&self) -> String {
        format!("{}.{}", self.plural, self.group)
    }
}

#[cfg(test)]
mod tests {
    use super::{Exceptions, wanted};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn which_exceptions_count() {
        check(false, "*",    &[]);
        check(true,  "",     &["policies.kyverno.io in *"]);
        check(true,  "*",    &["policies.kyverno.io in *", "kyverno.io in *"]);
        check(true,  "team", &["policies.kyverno.io in team", "kyverno.io in team"]);
    }

    #[track_caller]
    fn check(enabled: bool, namespace: &str, expect: &[&str]) {
        let namespace = namespace.to_owned();
        let wanted = wanted(&Exceptions { enabled, namespace });
        let found = wanted
            .iter()
            .filter(|wanted| wanted.plural == "policyexceptions");
        let found = found.map(|wanted| {
            let namespace = wanted.namespace.as_deref().unwrap_or("*");
            format!("{} in {namespace}", wanted.group)
        });
        assert_eq!(found.collect::<Vec<_>>(), expect);
    }
}
