//! What would be in force, without a process in which it is.

use super::Report;
use super::ledger::Ledger;
use crate::source::Change;

/// Reads everything once, and says which source gives which policy.
pub(crate) fn survey(changes: Vec<Change>) -> Report {
    let mut ledger = Ledger::default();
    ledger.read_all();
    ledger.apply(changes);
    ledger.report().clone()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::survey;
    use crate::source::{Change, Content, object};

    #[test]
    fn files_come_before_objects_and_good_ones_before_broken_ones() {
        let change = |path: &Path, name: &str, rules: &str| Change {
            path: path.into(),
            content: Content::Text(format!(
                "{{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {{name: {name}}}, \
                 spec: {{rules: {rules}}}}}"
            )),
        };
        let good = "[{name: r, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {deny: {}}}]";
        let object = |name: &str| object::path("clusterpolicies.kyverno.io", None, name);
        let report = survey(vec![
            change(&object("twice"), "twice", good),
            change(Path::new("/rules/a.yaml"), "twice", good),
            change(Path::new("/rules/b.yaml"), "spoilt", "7"),
            change(&object("spoilt"), "spoilt", good),
        ]);
        let told = report.policies().map(|status| {
            let errors = status.errors.iter().map(|finding| finding.code);
            let errors: Vec<_> = errors.collect();
            format!("{} {} {}", status.file, status.in_force, errors.join(","))
        });
        let told: Vec<_> = told.collect();
        let begins = [
            "/rules/a.yaml true ",
            "/rules/b.yaml false ",
            "cluster:/clusterpolicies.kyverno.io/spoilt true ",
            "cluster:/clusterpolicies.kyverno.io/twice false duplicate-policy",
        ];
        assert_eq!(told.len(), begins.len(), "{told:?}");
        for (told, begin) in told.iter().zip(begins) {
            assert!(told.starts_with(begin), "{told}");
        }
    }
}
