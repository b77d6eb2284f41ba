//! `match` and `exclude`: which requests a rule is about.

use super::fields::Fields;

/// What a request can do.
const OPERATIONS: [&str; 4] = ["CREATE", "CONNECT", "UPDATE", "DELETE"];

/// A `match` or `exclude` block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filters {
    /// `any`: one filter is enough. Where it has entries, nothing else of the block counts.
    pub any: Vec<Filter>,
    /// `all`: every filter must fit.
    pub all: Vec<Filter>,
    /// The criteria written directly in the block, the oldest form.
    pub direct: Filter,
}

/// One set of criteria; every one that is stated must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Kinds; any.
    pub kinds: Vec<KindSelector>,
    /// A name wildcard.
    pub name: String,
    /// Name wildcards; any.
    pub names: Vec<String>,
    /// Namespace wildcards; any.
    pub namespaces: Vec<String>,
    /// Annotation wildcards; all.
    pub annotations: Vec<(String, String)>,
    /// On the object's labels.
    pub selector: Option<LabelSelector>,
    /// On the labels of the object's namespace.
    pub namespace_selector: Option<LabelSelector>,
    /// `CREATE`, `UPDATE`, `DELETE`, `CONNECT`; any.
    pub operations: Vec<String>,
    /// `namespace:name`; any.
    pub roles: Vec<String>,
    /// Cluster roles; any.
    pub cluster_roles: Vec<String>,
    /// Who sends the request; any.
    pub subjects: Vec<Subject>,
}

/// A kind as written in a policy, taken apart. Every part is a wildcard.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KindSelector {
    /// As written.
    pub text: String,
    /// The API group; `*` for any.
    pub group: String,
    /// The version; `*` for any.
    pub version: String,
    /// The kind; empty where the text has a form that matches nothing.
    pub kind: String,
    /// The subresource; empty for the resource itself.
    pub subresource: String,
}

/// `matchLabels` and `matchExpressions`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelSelector {
    /// Label wildcards; all.
    pub match_labels: Vec<(String, String)>,
    /// Requirements; all.
    pub match_expressions: Vec<Requirement>,
}

/// One entry of `matchExpressions`.
#[derive(Clone, Debug, PartialEq)]
pub struct Requirement {
    /// The label.
    pub key: String,
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    pub operator: String,
    /// For `In` and `NotIn`.
    pub values: Vec<String>,
}

/// A user, group or service account.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// Which of the three.
    pub kind: SubjectKind,
    /// Its name, a wildcard.
    pub name: String,
    /// Of a service account.
    pub namespace: String,
}

/// What a [`Subject`] names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SubjectKind {
    /// A user name.
    User,
    /// A group name.
    Group,
    /// A service account.
    ServiceAccount,
    /// Anything else; matches nobody.
    Unknown,
}

impl Filters {
    /// Reads the block under `key`; an absent block is empty.
    pub(super) fn read(rule: &mut Fields<'_, '_>, key: &'static str) -> Filters {
        rule.map(key, |block| Filters {
            any: block.each("any", Filter::read),
            all: block.each("all", Filter::read),
            direct: Filter::read(block),
        })
        .unwrap_or_default()
    }

    /// Every filter that counts.
    pub fn filters(&self) -> impl Iterator<Item = &Filter> {
        let direct = (self.any.is_empty() && self.all.is_empty()).then_some(&self.direct);
        self.any
            .iter()
            .chain(self.all.iter().filter(|_| self.any.is_empty()))
            .chain(direct)
    }
}

impl Filter {
    /// Reads one filter: `resources`, `roles`, `clusterRoles`, `subjects`.
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Filter {
        let mut filter = fields
            .map("resources", Filter::read_resources)
            .unwrap_or_default();
        filter.roles = fields.texts("roles");
        filter.cluster_roles = fields.texts("clusterRoles");
        filter.subjects = fields.each("subjects", Subject::read);
        filter
    }

    /// Reads the criteria about the resource itself.
    pub(super) fn read_resources(resources: &mut Fields<'_, '_>) -> Filter {
        Filter {
            kinds: resources
                .texts("kinds")
                .iter()
                .map(|kind| KindSelector::parse(kind))
                .collect(),
            name: resources.string("name"),
            names: resources.texts("names"),
            namespaces: resources.texts("namespaces"),
            annotations: resources.text_map("annotations"),
            selector: LabelSelector::read(resources, "selector"),
            namespace_selector: LabelSelector::read(resources, "namespaceSelector"),
            operations: resources.all_of("operations", &OPERATIONS),
            ..Filter::default()
        }
    }

    /// States nothing at all?
    pub fn is_empty(&self) -> bool {
        !(self.states_resource() || self.names_users())
    }

    /// States anything about the resource?
    pub fn states_resource(&self) -> bool {
        let Filter {
            kinds,
            name,
            names,
            namespaces,
            annotations,
            operations,
            ..
        } = self;
        !(kinds.is_empty()
            && name.is_empty()
            && names.is_empty()
            && namespaces.is_empty()
            && annotations.is_empty()
            && operations.is_empty()
            && self.selector.is_none()
            && self.namespace_selector.is_none())
    }

    /// States anything about who sends the request?
    pub fn names_users(&self) -> bool {
        !(self.roles.is_empty() && self.cluster_roles.is_empty() && self.subjects.is_empty())
    }
}

impl KindSelector {
    /// Takes a selector apart: `Pod`, `v1/Pod`, `apps/v1/Deployment/scale`, `*/*`, `Pod.exec`, ...
    pub fn parse(text: &str) -> KindSelector {
        let parts: Vec<&str> = text.split('/').collect();
        let (last, front) = parts
            .split_last()
            .map_or(("", &[][..]), |(last, front)| (*last, front));
        let (last, dotted) = last.split_once('.').unwrap_or((last, ""));
        let made = |group: &str, version: &str, kind: &str, subresource: &str| KindSelector {
            text: text.to_owned(),
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
            subresource: subresource.to_owned(),
        };
        match (front, dotted) {
            ([], _) => made("*", "*", last, dotted),
            (["*"], "") if last == "*" => made("*", "*", "*", "*"),
            (["*"], "") if is_lower(last) => made("*", "*", "*", last),
            ([version], _) if is_version(version) => made("*", version, last, dotted),
            ([kind], "") => made("*", "*", kind, last),
            ([group, version], _) if is_version(version) => made(group, version, last, dotted),
            ([version, kind], "") if is_version(version) => made("*", version, kind, last),
            ([group, version, kind], "") if is_version(version) => made(group, version, kind, last),
            _ => made("", "", "", ""),
        }
    }
}

/// `^(v\d+((alpha|beta)\d+)?|\*)$`
fn is_version(text: &str) -> bool {
    if text == "*" {
        return true;
    }
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let Some(rest) = text.strip_prefix('v') else {
        return false;
    };
    let (major, stage) = match rest.find(['a', 'b']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let stage = stage
        .strip_prefix("alpha")
        .or_else(|| stage.strip_prefix("beta"))
        .or(stage.is_empty().then_some("0"));
    digits(major) && stage.is_some_and(digits)
}

fn is_lower(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase())
}

impl LabelSelector {
    pub(in crate::doc) fn read(
        fields: &mut Fields<'_, '_>,
        key: &'static str,
    ) -> Option<LabelSelector> {
        fields.map(key, |selector| LabelSelector {
            match_labels: selector.text_map("matchLabels"),
            match_expressions: selector.each("matchExpressions", |requirement| Requirement {
                key: requirement.string("key"),
                operator: requirement.string("operator"),
                values: requirement.texts("values"),
            }),
        })
    }
}

impl Requirement {
    /// Does it hold for the value of its label, `None` where there is no such label?
    pub fn holds(&self, label: Option<&str>) -> bool {
        let listed = label.is_some_and(|text| self.values.iter().any(|value| value == text));
        match self.operator.as_str() {
            "In" => listed,
            "NotIn" => !listed,
            "Exists" => label.is_some(),
            "DoesNotExist" => label.is_none(),
            _ => false,
        }
    }
}

impl Subject {
    fn read(fields: &mut Fields<'_, '_>) -> Subject {
        let kind = match fields.text("kind") {
            Some("User") => SubjectKind::User,
            Some("Group") => SubjectKind::Group,
            Some("ServiceAccount") => SubjectKind::ServiceAccount,
            _ => SubjectKind::Unknown,
        };
        fields.ignore(&["apiGroup"]);
        Subject {
            kind,
            name: fields.string("name"),
            namespace: fields.string("namespace"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::KindSelector;

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn kind_selectors() {
        check("Pod",                        ["*", "*", "Pod", ""]);
        check("*",                          ["*", "*", "*", ""]);
        check("*/*",                        ["*", "*", "*", "*"]);
        check("*/scale",                    ["*", "*", "*", "scale"]);
        check("v1/Pod",                     ["*", "v1", "Pod", ""]);
        check("*/Pod",                      ["*", "*", "Pod", ""]);
        check("v1beta1/X",                  ["*", "v1beta1", "X", ""]);
        check("Pod/exec",                   ["*", "*", "Pod", "exec"]);
        check("Pod.exec",                   ["*", "*", "Pod", "exec"]);
        check("v1/Pod/exec",                ["*", "v1", "Pod", "exec"]);
        check("v1/Pod.exec",                ["*", "v1", "Pod", "exec"]);
        check("apps/v1/Deployment",         ["apps", "v1", "Deployment", ""]);
        check("apps/v1/Deployment/scale",   ["apps", "v1", "Deployment", "scale"]);
        check("apps/v1/Deployment.scale",   ["apps", "v1", "Deployment", "scale"]);
        check("a/b/c/d/e",                  ["", "", "", ""]);
        check("",                           ["*", "*", "", ""]);
    }

    #[track_caller]
    fn check(text: &str, expect: [&str; 4]) {
        let KindSelector {
            group,
            version,
            kind,
            subresource,
            ..
        } = KindSelector::parse(text);
        assert_eq!([group, version, kind, subresource], expect, "`{text}`");
    }
}
