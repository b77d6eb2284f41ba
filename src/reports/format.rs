//! The two groups that reports can be of; their fields are the same.

use super::report::Owner;

/// A group of reports.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Format {
    /// `wgpolicyk8s.io/v1alpha2`: PolicyReport, ClusterPolicyReport.
    #[default]
    PolicyReports,
    /// `openreports.io/v1alpha1`: Report, ClusterReport.
    OpenReports,
}

impl Format {
    /// The group.
    pub(crate) fn group(self) -> &'static str {
        match self {
            Format::PolicyReports => "wgpolicyk8s.io",
            Format::OpenReports => "openreports.io",
        }
    }

    /// The version.
    pub(crate) fn version(self) -> &'static str {
        match self {
            Format::PolicyReports => "v1alpha2",
            Format::OpenReports => "v1alpha1",
        }
    }

    /// Of reports in namespaces, or of the others.
    pub(crate) fn kind(self, namespaced: bool) -> &'static str {
        match (self, namespaced) {
            (Format::PolicyReports, true) => "PolicyReport",
            (Format::PolicyReports, false) => "ClusterPolicyReport",
            (Format::OpenReports, true) => "Report",
            (Format::OpenReports, false) => "ClusterReport",
        }
    }

    /// As addresses have it.
    pub(crate) fn plural(self, namespaced: bool) -> &'static str {
        match (self, namespaced) {
            (Format::PolicyReports, true) => "policyreports",
            (Format::PolicyReports, false) => "clusterpolicyreports",
            (Format::OpenReports, true) => "reports",
            (Format::OpenReports, false) => "clusterreports",
        }
    }

    /// `group/version`
    pub(super) fn api_version(self) -> String {
        format!("{}/{}", self.group(), self.version())
    }

    /// Where the reports of a namespace are, or those of objects without one.
    pub(super) fn path(self, namespace: &str) -> String {
        let api = self.api_version();
        let plural = self.plural(!namespace.is_empty());
        match namespace {
            "" => format!("/apis/{api}/{plural}"),
            namespace => format!("/apis/{api}/namespaces/{namespace}/{plural}"),
        }
    }

    /// Where all of them are: of every namespace, or of objects without one.
    pub(super) fn all(self, namespaced: bool) -> String {
        format!("/apis/{}/{}", self.api_version(), self.plural(namespaced))
    }

    /// Can the object have a report? Events and what is made for each request are too many.
    pub(crate) fn takes(self, owner: &Owner) -> bool {
        let group = owner
            .api_version
            .split_once('/')
            .map_or("", |(group, _)| group);
        !is_transient(group, &owner.kind)
    }
}

/// Is it a kind of object that comes and goes in numbers, or a report itself?
pub(crate) fn is_transient(group: &str, kind: &str) -> bool {
    match group {
        "" | "events.k8s.io" => kind == "Event",
        "coordination.k8s.io" => kind == "Lease",
        "wgpolicyk8s.io" | "openreports.io" | "reports.kyverno.io" => true,
        "kyverno.io" => kind == "UpdateRequest",
        "metrics.k8s.io" => true,
        "authorization.k8s.io" | "authentication.k8s.io" => true,
        _ => false,
    }
}
