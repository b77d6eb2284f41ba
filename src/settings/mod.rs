//! Settings that may change while the gate serves: failure modes, and the emergency switch; in a
//! cluster what the ConfigMap of the installation says (see [`config_map`]).
//!
//! Comes in:  a YAML file.
//! Goes out:  [`Settings`], swapped by one pointer store; requests load them and never wait.
//! Never here: policies (see `snapshot`), what flags say once and for all.
//!
//! A file that is broken or gone leaves the last good settings in force, and says so.

pub(crate) mod config_map;
pub(crate) mod filters;
mod keep;
pub(crate) mod metrics_map;
mod read;
pub(crate) mod strict;

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::{ArcSwap, Guard};
use portcullis_engine::failure::FailureModes;

pub(crate) use keep::{Keeper, SettingsError};

/// What is set now.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Who fails closed and who open, and whether anybody does.
    pub(crate) modes: FailureModes,
    /// When they came into force.
    pub(crate) loaded_at: SystemTime,
    /// What is wrong with the file now, with its place.
    pub(crate) error: Option<String>,
}

/// The settings in force.
#[derive(Debug)]
pub(crate) struct SettingsInForce(ArcSwap<Settings>);

impl SettingsInForce {
    /// These.
    pub(crate) fn new(modes: FailureModes) -> SettingsInForce {
        SettingsInForce(ArcSwap::from_pointee(Settings {
            modes,
            loaded_at: SystemTime::now(),
            error: None,
        }))
    }

    /// The settings of this instant. No lock and no shared counter: cheap enough for every request.
    pub(crate) fn load(&self) -> Guard<Arc<Settings>> {
        self.0.load()
    }

    fn store(&self, settings: Settings) {
        self.0.store(Arc::new(settings));
    }
}
