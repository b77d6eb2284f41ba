//! Where the process is at home in the cluster: its namespace, its Service, its own names.
//!
//! Comes in:  the environment that the chart sets, with Kyverno's names.
//! Goes out:  [`Home`].
//! Never here: flags.

use std::env;

/// The names that the process goes by in its cluster.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Home {
    /// `KYVERNO_NAMESPACE`: where its own objects are.
    pub(crate) namespace: String,
    /// `KYVERNO_SVC`: the Service by which API servers reach the gate.
    pub(crate) service: String,
    /// `KYVERNO_DEPLOYMENT`: the Deployment that it belongs to; empty when unknown.
    pub(crate) deployment: String,
    /// `KYVERNO_POD_NAME`: this replica; the host's name by default.
    pub(crate) pod: String,
    /// `KYVERNO_ROLE_NAME`: its ClusterRole, `<release>:<component>`; empty when unknown.
    pub(crate) role: String,
    /// `INIT_CONFIG`: the ConfigMap with the settings.
    pub(crate) config: String,
    /// `METRICS_CONFIG`: the ConfigMap about metrics.
    pub(crate) metrics: String,
}

impl Home {
    /// As the environment says.
    pub(crate) fn from_env() -> Home {
        Home::from_vars(|name| env::var(name).ok())
    }

    fn from_vars(var: impl Fn(&str) -> Option<String>) -> Home {
        let or = |name, default: &str| {
            let value = var(name).filter(|value| !value.is_empty());
            value.unwrap_or_else(|| default.to_owned())
        };
        let host = or("HOSTNAME", "portcullis");
        Home {
            namespace: or("KYVERNO_NAMESPACE", "kyverno"),
            service: or("KYVERNO_SVC", "kyverno-svc"),
            deployment: or("KYVERNO_DEPLOYMENT", ""),
            pod: or("KYVERNO_POD_NAME", &host),
            role: or("KYVERNO_ROLE_NAME", ""),
            config: or("INIT_CONFIG", "kyverno"),
            metrics: or("METRICS_CONFIG", "kyverno-metrics"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Home;

    #[test]
    fn the_environment_overrides_the_usual_names() {
        let usual = Home::from_vars(|_| None);
        assert_eq!(
            (usual.namespace.as_str(), usual.pod.as_str()),
            ("kyverno", "portcullis")
        );
        let home = Home::from_vars(|name| match name {
            "KYVERNO_NAMESPACE" => Some("gate".to_owned()),
            "KYVERNO_SVC" => Some(String::new()),
            _ => None,
        });
        assert_eq!(home.namespace, "gate");
        assert_eq!(home.service, "kyverno-svc");
    }
}
