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
