//! What an installation configures about the variables of policies.
//!
//! Comes in:  the ConfigMap, flags.
//! Goes out:  [`Variables`], to every evaluation; nothing where everything is as usual.
//! Never here: what variables mean.

use std::sync::Arc;

use portcullis_engine::facts::Configured;
use portcullis_lang::scalar::image::Defaults;

use crate::settings::config_map::Config;

/// What is not as usual.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Variables {
    registry: String,
    completes: bool,
    max_bytes: usize,
    eager: bool,
}

impl Variables {
    /// `None` where nothing is stated but the defaults, so that nothing is paid for them. `deferred`:
    /// are context entries loaded when they are mentioned?
    pub(crate) fn read(config: &Config, deferred: bool) -> Option<Arc<Variables>> {
        let usual = Configured::default();
        let max_bytes = match usize::try_from(config.max_context_size) {
            Ok(0) | Err(_) => usize::MAX,
            Ok(bytes) => bytes,
        };
        let variables = Variables {
            registry: config.default_registry.clone(),
            completes: config.default_registry_mutation,
            max_bytes,
            eager: !deferred,
        };
        (variables.configured() != usual).then(|| Arc::new(variables))
    }

    /// As evaluation takes them.
    pub(crate) fn configured(&self) -> Configured<'_> {
        Configured {
            images: Defaults {
                registry: &self.registry,
                mutate: self.completes,
            },
            max_bytes: self.max_bytes,
            eager: self.eager,
            ..Configured::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Variables;
    use crate::settings::config_map::Config;

    #[test]
    fn only_what_is_not_usual_counts() {
        let usual = Config::default();
        assert_eq!(Variables::read(&usual, true), None);
        assert!(Variables::read(&usual, false).is_some_and(|it| it.configured().eager));
        let config = Config {
            default_registry: "r.io".to_owned(),
            default_registry_mutation: false,
            max_context_size: 0,
            ..usual
        };
        let variables = Variables::read(&config, true).unwrap();
        let found = variables.configured();
        assert_eq!(
            (found.images.registry, found.images.mutate),
            ("r.io", false)
        );
        assert_eq!((found.max_bytes, found.eager), (usize::MAX, false));
    }
}
