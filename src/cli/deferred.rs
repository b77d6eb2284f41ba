//! The flags about how context entries are loaded.

use clap::{ArgAction, Args};

/// How context entries are loaded. The names are Kyverno's.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct DeferredFlag {
    /// Load a context entry when a rule mentions it. Otherwise all of a rule's entries are loaded, and
    /// one that fails fails the rule whether it is needed or not.
    #[arg(long, alias = "enableDeferredLoading", env = "FLAG_ENABLE_DEFERRED_LOADING", default_value_t = true, action = ArgAction::Set)]
    pub(super) enable_deferred_loading: bool,

    /// Keep ConfigMaps for a few seconds. Otherwise each review that wants one waits for it to be read.
    #[arg(long, alias = "enableConfigMapCaching", default_value_t = true, action = ArgAction::Set)]
    pub(super) enable_config_map_caching: bool,
}
