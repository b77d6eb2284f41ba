//! Labels of results and of changes, as Kyverno names them.
//!
//! Comes in:  what is counted, and labels that are not wanted.
//! Goes out:  label sets.
//! Never here: counters.

use prometheus_client::encoding::EncodeLabelSet;

use super::super::series;

/// Labels of what a rule said.
#[derive(Clone, Debug, Eq, EncodeLabelSet, Hash, PartialEq)]
pub(crate) struct ResultLabels {
    /// `enforce` or `audit`.
    pub(crate) policy_validation_mode: &'static str,
    /// `cluster` or `namespaced`.
    pub(crate) policy_type: &'static str,
    /// Is it applied in scans?
    pub(crate) policy_background_mode: &'static str,
    /// `-` for those of the cluster.
    pub(crate) policy_namespace: String,
    /// Its name.
    pub(crate) policy_name: String,
    /// The kind of the object.
    pub(crate) resource_kind: String,
    /// `create`, `update`, `delete`, `connect`.
    pub(crate) resource_request_operation: &'static str,
    /// The rule, autogen's prefix included.
    pub(crate) rule_name: String,
    /// `pass`, `fail`, `skip`, `warn`, `error`.
    pub(crate) rule_result: &'static str,
    /// `validate`, `mutate`, `generate`, `imageVerify`.
    pub(crate) rule_type: &'static str,
    /// `admission_request` or `background_scan`.
    pub(crate) rule_execution_cause: &'static str,
    /// Was it only asked what would happen?
    pub(crate) dry_run: &'static str,
}

/// Labels of what a CEL policy said.
#[derive(Clone, Debug, Eq, EncodeLabelSet, Hash, PartialEq)]
pub(crate) struct CelResultLabels {
    /// `enforce` or `audit`.
    pub(crate) policy_validation_mode: &'static str,
    /// Is it applied in scans?
    pub(crate) policy_background_mode: &'static str,
    /// Its name.
    pub(crate) policy_name: String,
    /// `-` for those of the cluster.
    pub(crate) policy_namespace: String,
    /// The kind of the object.
    pub(crate) resource_kind: String,
    /// `create`, `update`, `delete`, `connect`.
    pub(crate) resource_request_operation: &'static str,
    /// `admission_request` or `background_scan`.
    pub(crate) execution_cause: &'static str,
    /// `pass`, `fail`, `skip`, `warn`, `error`.
    pub(crate) result: &'static str,
}

/// Labels of what became of a policy.
#[derive(Clone, Debug, Eq, EncodeLabelSet, Hash, PartialEq)]
pub(super) struct ChangeLabels {
    /// `cluster` or `namespaced`.
    pub(super) policy_type: &'static str,
    /// `-` for those of the cluster.
    pub(super) policy_namespace: String,
    /// Its name.
    pub(super) policy_name: String,
    /// `created`, `updated`, `deleted`.
    pub(super) policy_change_type: &'static str,
}

/// Labels that can be left out: an empty one is none to Prometheus.
pub(super) trait Labels: series::Labels {
    /// Empties this one, where there is one of this name.
    fn leave_out(&mut self, label: &str);
}

impl Labels for ResultLabels {
    fn leave_out(&mut self, label: &str) {
        match label {
            "policy_validation_mode" => self.policy_validation_mode = "",
            "policy_type" => self.policy_type = "",
            "policy_background_mode" => self.policy_background_mode = "",
            "policy_namespace" => self.policy_namespace.clear(),
            "policy_name" => self.policy_name.clear(),
            "resource_kind" => self.resource_kind.clear(),
            "resource_request_operation" => self.resource_request_operation = "",
            "rule_name" => self.rule_name.clear(),
            "rule_result" => self.rule_result = "",
            "rule_type" => self.rule_type = "",
            "rule_execution_cause" => self.rule_execution_cause = "",
            "dry_run" => self.dry_run = "",
            _ => {}
        }
    }
}

impl Labels for CelResultLabels {
    fn leave_out(&mut self, label: &str) {
        match label {
            "policy_validation_mode" => self.policy_validation_mode = "",
            "policy_background_mode" => self.policy_background_mode = "",
            "policy_name" => self.policy_name.clear(),
            "policy_namespace" => self.policy_namespace.clear(),
            "resource_kind" => self.resource_kind.clear(),
            "resource_request_operation" => self.resource_request_operation = "",
            "execution_cause" => self.execution_cause = "",
            "result" => self.result = "",
            _ => {}
        }
    }
}

impl Labels for ChangeLabels {
    fn leave_out(&mut self, label: &str) {
        match label {
            "policy_type" => self.policy_type = "",
            "policy_namespace" => self.policy_namespace.clear(),
            "policy_name" => self.policy_name.clear(),
            "policy_change_type" => self.policy_change_type = "",
            _ => {}
        }
    }
}

/// `cluster` or `namespaced`.
pub(crate) fn policy_type(namespace: &str) -> &'static str {
    if namespace.is_empty() {
        "cluster"
    } else {
        "namespaced"
    }
}

/// The namespace, or `-`.
pub(crate) fn policy_namespace(namespace: &str) -> String {
    if namespace.is_empty() {
        "-".to_owned()
    } else {
        namespace.to_owned()
    }
}
