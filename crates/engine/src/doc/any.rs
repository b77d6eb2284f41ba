//! A policy of whatever kind.

use std::sync::Arc;

use super::admission::AdmissionPolicy;
use super::policy::{Policy, PolicyId};
use super::validating::ValidatingPolicy;

/// A policy, read and checked. Cloning shares.
#[derive(Clone, Debug)]
pub enum AnyPolicy {
    /// `ClusterPolicy` or `Policy`: rules.
    Rules(Arc<Policy>),
    /// `ValidatingPolicy` or `NamespacedValidatingPolicy`: CEL.
    Validating(Arc<ValidatingPolicy>),
    /// `ValidatingAdmissionPolicy` or `MutatingAdmissionPolicy`: the API server's own.
    Admission(Arc<AdmissionPolicy>),
}

impl AnyPolicy {
    /// What tells it from others.
    pub fn id(&self) -> &PolicyId {
        match self {
            AnyPolicy::Rules(policy) => policy.id(),
            AnyPolicy::Validating(policy) => &policy.id,
            AnyPolicy::Admission(policy) => &policy.id,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.id().name
    }

    /// The value of one of its annotations.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        match self {
            AnyPolicy::Rules(policy) => policy.annotation(key),
            AnyPolicy::Validating(policy) => policy.annotation(key),
            AnyPolicy::Admission(policy) => policy.annotation(key),
        }
    }

    /// The policy with rules, where it is one.
    pub fn as_rules(&self) -> Option<&Arc<Policy>> {
        match self {
            AnyPolicy::Rules(policy) => Some(policy),
            AnyPolicy::Validating(_) | AnyPolicy::Admission(_) => None,
        }
    }
}
