//! `matchConstraints`: which requests a policy of the API server's form is about.

use super::fields::Fields;
use super::filter::LabelSelector;

/// A `matchConstraints` block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Constraints {
    /// One must fit, where there are any.
    pub rules: Vec<ResourceRule>,
    /// None may fit.
    pub excludes: Vec<ResourceRule>,
    /// On the labels of the object's namespace.
    pub namespace_selector: Option<LabelSelector>,
    /// On the labels of the object, before or after the request.
    pub object_selector: Option<LabelSelector>,
}

/// One entry of `resourceRules`; `*` in a list fits everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResourceRule {
    /// API groups.
    pub groups: Vec<String>,
    /// API versions.
    pub versions: Vec<String>,
    /// `CREATE`, `UPDATE`, `DELETE`, `CONNECT`.
    pub operations: Vec<String>,
    /// `pods`, `pods/status`, `pods/*`, `*/scale`.
    pub resources: Vec<String>,
    /// `Cluster`, `Namespaced`; anything where empty.
    pub scope: String,
    /// Object names; all where empty.
    pub names: Vec<String>,
}

impl Constraints {
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Constraints {
        fields.ignore(&["matchPolicy"]);
        Constraints {
            rules: fields.each("resourceRules", ResourceRule::read),
            excludes: fields.each("excludeResourceRules", ResourceRule::read),
            namespace_selector: selector(fields, "namespaceSelector"),
            object_selector: selector(fields, "objectSelector"),
        }
    }

    /// Is it about one rule's resources and nothing more? Then silence about others is no result.
    pub fn is_simple(&self) -> bool {
        let [rule] = self.rules.as_slice() else {
            return false;
        };
        rule.names.is_empty()
            && self.excludes.is_empty()
            && self.namespace_selector.is_none()
            && self.object_selector.is_none()
    }
}

/// A selector that says nothing is none.
fn selector(fields: &mut Fields<'_, '_>, key: &'static str) -> Option<LabelSelector> {
    LabelSelector::read(fields, key).filter(|selector| *selector != LabelSelector::default())
}

impl ResourceRule {
    fn read(fields: &mut Fields<'_, '_>) -> ResourceRule {
        ResourceRule {
            groups: fields.texts("apiGroups"),
            versions: fields.texts("apiVersions"),
            operations: fields.texts("operations"),
            resources: fields.texts("resources"),
            scope: fields.string("scope"),
            names: fields.texts("resourceNames"),
        }
    }
}

/// As the API server's own rule matcher reads a rule.
impl ResourceRule {
    /// Does it name the resource, or this subresource of it? `subresource`: empty for the whole.
    pub fn is_about(&self, group: &str, version: &str, resource: &str, subresource: &str) -> bool {
        self.names_version(group, version) && self.names_resource(resource, subresource)
    }

    /// Does it name the version of the group?
    pub fn names_version(&self, group: &str, version: &str) -> bool {
        has(&self.groups, group) && has(&self.versions, version)
    }

    /// Does it name the operation?
    pub fn names_operation(&self, operation: &str) -> bool {
        has(&self.operations, operation)
    }

    /// Does one of [`ResourceRule::resources`] mean it, whatever its group? `pods/*` means Pods as well as
    /// all their subresources, as `*/*` means everything. `subresource`: empty for the whole.
    pub fn names_resource(&self, resource: &str, subresource: &str) -> bool {
        self.resources.iter().any(|entry| {
            let (name, part) = entry.split_once('/').unwrap_or((entry, ""));
            fits(name, resource) && fits(part, subresource)
        })
    }
}

fn has(list: &[String], text: &str) -> bool {
    list.iter().any(|entry| fits(entry, text))
}

fn fits(entry: &str, text: &str) -> bool {
    entry == "*" || entry == text
}

#[cfg(test)]
mod tests {
    use super::ResourceRule;

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn entries_name_resources_and_their_subresources() {
        check(&["pods"],              &["pods"]);
        check(&["*"],                 &["pods", "nodes"]);
        check(&["pods/status"],       &["pods/status"]);
        check(&["pods/*"],            &["pods", "pods/status", "pods/exec"]);
        check(&["*/status"],          &["pods/status", "nodes/status"]);
        check(&["*/*"],               &["pods", "pods/status", "pods/exec", "nodes", "nodes/status"]);
        check(&["nodes", "*/exec"],   &["pods/exec", "nodes"]);
        check(&["Pods", "pod", "p*"], &[]);
        check(&[],                    &[]);
    }

    #[track_caller]
    fn check(resources: &[&str], expect: &[&str]) {
        let rule = rule(&["*"], &["*"], resources);
        let all = ["pods", "pods/status", "pods/exec", "nodes", "nodes/status"];
        let meant = all.into_iter().filter(|name| {
            let (name, part) = name.split_once('/').unwrap_or((name, ""));
            rule.is_about("", "v1", name, part)
        });
        assert_eq!(meant.collect::<Vec<_>>(), expect, "{resources:?}");
    }

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn groups_and_versions_count() {
        check_version(&["apps"],          &["v1"],            "apps", "v1", true);
        check_version(&["apps"],          &["*"],             "apps", "v2", true);
        check_version(&["*"],             &["v1"],            "",     "v1", true);
        check_version(&["batch", "apps"], &["v1beta1", "v1"], "apps", "v1", true);
        check_version(&["apps"],          &["v1"],            "apps", "v2", false);
        check_version(&["apps"],          &["v1"],            "",     "v1", false);
        check_version(&["app*"],          &["v1"],            "apps", "v1", false);
    }

    #[track_caller]
    fn check_version(groups: &[&str], versions: &[&str], group: &str, version: &str, expect: bool) {
        let rule = rule(groups, versions, &["deployments"]);
        let found = rule.is_about(group, version, "deployments", "");
        assert_eq!(
            found, expect,
            "{group}/{version} in {groups:?} {versions:?}"
        );
    }

    fn rule(groups: &[&str], versions: &[&str], resources: &[&str]) -> ResourceRule {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        ResourceRule {
            groups: texts(groups),
            versions: texts(versions),
            resources: texts(resources),
            ..ResourceRule::default()
        }
    }
}
