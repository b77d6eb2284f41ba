//! A policy of whatever kind.

use std::sync::Arc;

use portcullis_lang::value::Document;

use super::admission::AdmissionPolicy;
use super::cleanup::CleanupPolicy;
use super::deleting::DeletingPolicy;
use super::generating::GeneratingPolicy;
use super::image_validating::ImageValidatingPolicy;
use super::mutating::MutatingPolicy;
use super::policy::{Policy, PolicyId};
use super::source::Source;
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
    /// `MutatingPolicy` or `NamespacedMutatingPolicy`: CEL that changes objects.
    Mutating(Arc<MutatingPolicy>),
    /// `GeneratingPolicy` or `NamespacedGeneratingPolicy`: CEL that makes objects.
    Generating(Arc<GeneratingPolicy>),
    /// `DeletingPolicy` or `NamespacedDeletingPolicy`: CEL that deletes objects.
    Deleting(Arc<DeletingPolicy>),
    /// `ClusterCleanupPolicy` or `CleanupPolicy`: deletes objects at stated times.
    Cleanup(Arc<CleanupPolicy>),
    /// `ImageValidatingPolicy` or `NamespacedImageValidatingPolicy`: CEL about images.
    Images(Arc<ImageValidatingPolicy>),
}

impl AnyPolicy {
    /// What tells it from others.
    pub fn id(&self) -> &PolicyId {
        match self {
            AnyPolicy::Rules(policy) => policy.id(),
            AnyPolicy::Validating(policy) => &policy.id,
            AnyPolicy::Admission(policy) => &policy.id,
            AnyPolicy::Mutating(policy) => &policy.id,
            AnyPolicy::Generating(policy) => &policy.id,
            AnyPolicy::Deleting(policy) => &policy.id,
            AnyPolicy::Cleanup(policy) => &policy.id,
            AnyPolicy::Images(policy) => &policy.id,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.id().name
    }

    /// The value of one of its annotations.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.source().annotation(key)
    }

    /// As it was written.
    pub fn document(&self) -> &Document {
        self.source().document()
    }

    /// What it was read from.
    pub fn source(&self) -> &Source {
        match self {
            AnyPolicy::Rules(policy) => policy.source(),
            AnyPolicy::Validating(policy) => &policy.source,
            AnyPolicy::Admission(policy) => &policy.source,
            AnyPolicy::Mutating(policy) => &policy.source,
            AnyPolicy::Generating(policy) => &policy.source,
            AnyPolicy::Deleting(policy) => &policy.source,
            AnyPolicy::Cleanup(policy) => &policy.source,
            AnyPolicy::Images(policy) => &policy.source,
        }
    }

    /// Is it the very same reading of a document?
    pub fn is(&self, other: &AnyPolicy) -> bool {
        match (self, other) {
            (AnyPolicy::Rules(a), AnyPolicy::Rules(b)) => Arc::ptr_eq(a, b),
            (AnyPolicy::Validating(a), AnyPolicy::Validating(b)) => Arc::ptr_eq(a, b),
            (AnyPolicy::Admission(a), AnyPolicy::Admission(b)) => Arc::ptr_eq(a, b),
            (AnyPolicy::Mutating(a), AnyPolicy::Mutating(b)) => Arc::ptr_eq(a, b),
            (AnyPolicy::Generating(a), AnyPolicy::Generating(b)) => Arc::ptr_eq(a, b),
            (AnyPolicy::Deleting(a), AnyPolicy::Deleting(b)) => Arc::ptr_eq(a, b),
            (AnyPolicy::Cleanup(a), AnyPolicy::Cleanup(b)) => Arc::ptr_eq(a, b),
            (AnyPolicy::Images(a), AnyPolicy::Images(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// The policy with rules, where it is one.
    pub fn as_rules(&self) -> Option<&Arc<Policy>> {
        match self {
            AnyPolicy::Rules(policy) => Some(policy),
            _ => None,
        }
    }
}
