//! Which PolicyExceptions of a cluster count: flags of several subcommands.

use clap::{ArgAction, Args};

use crate::source::wanted::Exceptions;

#[derive(Args, Debug)]
pub(super) struct ExceptionFlags {
    /// PolicyExceptions of the cluster count.
    #[arg(long, alias = "enablePolicyException", default_value_t = false, action = ArgAction::Set)]
    enable_policy_exception: bool,

    /// The namespace whose PolicyExceptions count; `*` for all. Empty: none of kyverno.io, all of
    /// policies.kyverno.io.
    #[arg(
        long,
        alias = "exceptionNamespace",
        value_name = "NAMESPACE",
        default_value = ""
    )]
    exception_namespace: String,
}

impl From<ExceptionFlags> for Exceptions {
    fn from(flags: ExceptionFlags) -> Exceptions {
        Exceptions {
            enabled: flags.enable_policy_exception,
            namespace: flags.exception_namespace,
        }
    }
}
