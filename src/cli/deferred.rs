//! The flag about when context entries are loaded.

use clap::{ArgAction, Args};

/// When context entries are loaded. The name is Kyverno's.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct DeferredFlag {
    /// Load a context entry when a rule mentions it. Otherwise all of a rule's entries are loaded, and
    /// one that fails fails the rule whether it is needed or not.
    #[arg(long, alias = "enableDeferredLoading", env = "FLAG_ENABLE_DEFERRED_LOADING", default_value_t = true, action = ArgAction::Set)]
    pub(super) enable_deferred_loading: bool,
}
