//! One webhook, before it is an object of the API server.
//!
//! Comes in:  where it is, what it is sent, what happens when nobody answers.
//! Goes out:  the API server's own types.
//! Never here: why.

use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::{
    MatchCondition, MutatingWebhook, RuleWithOperations, ServiceReference, ValidatingWebhook,
    WebhookClientConfig,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use portcullis_engine::doc::FailurePolicy;

use super::options::{DEFAULT_TIMEOUT, Options};
use crate::cluster::home::Home;

/// Which of the two kinds of configuration.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Side {
    /// Says yes or no.
    Validating,
    /// Changes objects.
    Mutating,
}

/// One webhook.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hook {
    pub(super) name: String,
    /// Where it is asked, from `/` on.
    pub(super) path: String,
    pub(super) failure_policy: FailurePolicy,
    pub(super) rules: Vec<RuleWithOperations>,
    pub(super) conditions: Vec<MatchCondition>,
    pub(super) namespaces: LabelSelector,
    pub(super) objects: LabelSelector,
    pub(super) timeout: i32,
    /// Only the versions that the rules name?
    pub(super) exact: bool,
    /// `None` or `NoneOnDryRun`
    pub(super) side_effects: &'static str,
    /// Of a mutating one: is it asked again when others changed the object?
    pub(super) reinvoke: bool,
}

impl Default for Hook {
    fn default() -> Hook {
        Hook {
            name: String::new(),
            path: String::new(),
            failure_policy: FailurePolicy::Fail,
            rules: Vec::new(),
            conditions: Vec::new(),
            namespaces: LabelSelector::default(),
            objects: LabelSelector::default(),
            timeout: DEFAULT_TIMEOUT,
            exact: false,
            side_effects: "NoneOnDryRun",
            reinvoke: false,
        }
    }
}

/// Where the gate is, and who vouches for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Address<'a> {
    pub(super) home: &'a Home,
    pub(super) options: &'a Options,
    /// PEM.
    pub(super) authorities: &'a [u8],
}

impl Address<'_> {
    fn client(&self, path: &str) -> WebhookClientConfig {
        let port = self.options.service_port;
        let (service, url) = match &self.options.server_ip {
            Some(host) if has_port(host) => (None, Some(format!("https://{host}{path}"))),
            Some(host) => (None, Some(format!("https://{host}:{port}{path}"))),
            None => {
                let service = ServiceReference {
                    name: self.home.service.clone(),
                    namespace: self.home.namespace.clone(),
                    path: Some(path.to_owned()),
                    port: Some(port),
                };
                (Some(service), None)
            }
        };
        WebhookClientConfig {
            ca_bundle: Some(ByteString(self.authorities.to_vec())),
            service,
            url,
        }
    }
}

fn has_port(host: &str) -> bool {
    match host.strip_prefix('[') {
        Some(address) => address.contains("]:"),
        None => host.matches(':').count() == 1,
    }
}

impl Hook {
    /// For a ValidatingWebhookConfiguration. Everything is said, so that what the API server keeps can
    /// be compared with it.
    pub(super) fn validating(&self, address: &Address<'_>) -> ValidatingWebhook {
        ValidatingWebhook {
            admission_review_versions: vec!["v1".to_owned()],
            client_config: address.client(&self.path),
            failure_policy: Some(text_of(self.failure_policy).to_owned()),
            match_conditions: conditions(&self.conditions),
            match_policy: Some(self.match_policy().to_owned()),
            name: self.name.clone(),
            namespace_selector: Some(self.namespaces.clone()),
            object_selector: Some(self.objects.clone()),
            rules: Some(self.rules.clone()),
            side_effects: self.side_effects.to_owned(),
            timeout_seconds: Some(self.timeout),
        }
    }

    /// For a MutatingWebhookConfiguration.
    pub(super) fn mutating(&self, address: &Address<'_>) -> MutatingWebhook {
        let reinvocation = match self.reinvoke {
            true => "IfNeeded",
            false => "Never",
        };
        MutatingWebhook {
            admission_review_versions: vec!["v1".to_owned()],
            client_config: address.client(&self.path),
            failure_policy: Some(text_of(self.failure_policy).to_owned()),
            match_conditions: conditions(&self.conditions),
            match_policy: Some(self.match_policy().to_owned()),
            name: self.name.clone(),
            namespace_selector: Some(self.namespaces.clone()),
            object_selector: Some(self.objects.clone()),
            reinvocation_policy: Some(reinvocation.to_owned()),
            rules: Some(self.rules.clone()),
            side_effects: self.side_effects.to_owned(),
            timeout_seconds: Some(self.timeout),
        }
    }

    fn match_policy(&self) -> &'static str {
        match self.exact {
            true => "Exact",
            false => "Equivalent",
        }
    }
}

/// None at all is what the API server makes of an empty list.
fn conditions(list: &[MatchCondition]) -> Option<Vec<MatchCondition>> {
    (!list.is_empty()).then(|| list.to_vec())
}

/// As the API server spells it.
pub(super) fn text_of(mode: FailurePolicy) -> &'static str {
    match mode {
        FailurePolicy::Fail => "Fail",
        FailurePolicy::Ignore => "Ignore",
    }
}

/// As names and paths of webhooks spell it.
pub(super) fn word_of(mode: FailurePolicy) -> &'static str {
    match mode {
        FailurePolicy::Fail => "fail",
        FailurePolicy::Ignore => "ignore",
    }
}
