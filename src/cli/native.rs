//! Flags about policies that the API server evaluates by itself.

use clap::{ArgAction, Args};

/// Which policies become the API server's own. The names are Kyverno's.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct NativeFlags {
    /// With `--in-cluster`: make ValidatingAdmissionPolicies of policies that ask for it.
    #[arg(long, alias = "generateValidatingAdmissionPolicy", env = "FLAG_GENERATE_VALIDATING_ADMISSION_POLICY", default_value_t = true, action = ArgAction::Set)]
    pub(super) generate_validating_admission_policy: bool,

    /// With `--in-cluster`: make MutatingAdmissionPolicies of policies that ask for it.
    #[arg(long, alias = "generateMutatingAdmissionPolicy", env = "FLAG_GENERATE_MUTATING_ADMISSION_POLICY", default_value_t = false, action = ArgAction::Set)]
    pub(super) generate_mutating_admission_policy: bool,
}
