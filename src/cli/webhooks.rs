//! How API servers come to ask the gate: flags of `serve --in-cluster`, under Kyverno's names as well.

use std::time::Duration;

use clap::{ArgAction, Args};
use portcullis_engine::doc::FailurePolicy;

use super::serve::parse_duration;
use crate::serve::tls::Algorithm;
use crate::webhooks::{CertificateOptions, Flags, Options};

#[derive(Args, Debug)]
#[command(next_help_heading = "Webhooks and certificates, with --in-cluster")]
pub(super) struct WebhookFlags {
    /// Register with API servers, and keep certificates in Secrets. Otherwise somebody else sees to it
    /// that the gate is asked, and every policy counts as registered.
    #[arg(long, default_value_t = true, action = ArgAction::Set)]
    register_webhooks: bool,

    /// The port of the Service that API servers ask.
    #[arg(
        long,
        alias = "servicePort",
        value_name = "PORT",
        default_value_t = 443
    )]
    service_port: u16,

    /// Where API servers ask instead of the Service: a name or an address, with or without port.
    #[arg(long, alias = "serverIP", value_name = "HOST", default_value = "")]
    server_ip: String,

    /// How long API servers wait for an answer at least, in seconds.
    #[arg(long, alias = "webhookTimeout", value_name = "SECONDS", default_value_t = 10,
          value_parser = clap::value_parser!(i32).range(1..=30))]
    webhook_timeout: i32,

    /// Register for what the policies in force can match, and follow them. Otherwise everything is
    /// sent here, whatever policies there are.
    #[arg(long, alias = "autoUpdateWebhooks", default_value_t = true, action = ArgAction::Set)]
    auto_update_webhooks: bool,

    /// Let Nodes and CertificateSigningRequests pass when the gate is not there, whatever policies
    /// match them.
    #[arg(long, alias = "excludeBootstrapResources", default_value_t = false, action = ArgAction::Set)]
    exclude_bootstrap_resources: bool,

    /// Treat every policy as if it said `failurePolicy: Ignore`.
    #[arg(long, alias = "forceFailurePolicyIgnore", default_value_t = false, action = ArgAction::Set)]
    pub(super) force_failure_policy_ignore: bool,

    /// The Secret with the certificate authorities; `<service>.<namespace>.svc.kyverno-tls-ca` by default.
    #[arg(long, alias = "caSecretName", value_name = "NAME", default_value = "")]
    ca_secret_name: String,

    /// The Secret with the serving certificate; `<service>.<namespace>.svc.kyverno-tls-pair` by default.
    #[arg(long, alias = "tlsSecretName", value_name = "NAME", default_value = "")]
    tls_secret_name: String,

    /// Leave both Secrets to somebody else, such as cert-manager.
    #[arg(long, alias = "disableCertManagerController", default_value_t = false, action = ArgAction::Set)]
    disable_cert_manager_controller: bool,

    /// Renew certificates that have less than this left.
    #[arg(long, alias = "renewBefore", value_name = "DURATION", default_value = "360h", value_parser = parse_duration)]
    renew_before: Duration,

    /// Of the keys made here: `ECDSA` (P-256), `Ed25519`, or `RSA` (2048 bits), with which each handshake
    /// costs six times as much.
    #[arg(long, alias = "tlsKeyAlgorithm", value_name = "NAME", default_value = "ECDSA", value_parser = parse_algorithm)]
    tls_key_algorithm: Algorithm,

    /// How long a certificate authority made here is good.
    #[arg(long, value_name = "DURATION", default_value = "8760h", value_parser = parse_duration)]
    ca_validity: Duration,

    /// How long a serving certificate made here is good.
    #[arg(long, value_name = "DURATION", default_value = "3600h", value_parser = parse_duration)]
    tls_validity: Duration,
}

impl WebhookFlags {
    /// Nothing where the gate does not register.
    pub(super) fn flags(
        &self,
        default_failure_policy: FailurePolicy,
        protects: bool,
    ) -> Option<Flags> {
        self.register_webhooks
            .then(|| self.stated(default_failure_policy, protects))
    }

    fn stated(&self, default_failure_policy: FailurePolicy, protects: bool) -> Flags {
        let stated = |text: &String| (!text.is_empty()).then(|| text.clone());
        Flags {
            webhooks: Options {
                service_port: i32::from(self.service_port),
                server_ip: stated(&self.server_ip),
                timeout: self.webhook_timeout,
                follow_policies: self.auto_update_webhooks,
                exclude_bootstrap: self.exclude_bootstrap_resources,
                protects,
                default_failure_policy,
            },
            certificates: CertificateOptions {
                authority_secret: stated(&self.ca_secret_name),
                pair_secret: stated(&self.tls_secret_name),
                managed: !self.disable_cert_manager_controller,
                algorithm: self.tls_key_algorithm,
                renew_before: self.renew_before,
                authority_life: self.ca_validity,
                pair_life: self.tls_validity,
                server_ip: stated(&self.server_ip),
            },
        }
    }
}

fn parse_algorithm(text: &str) -> Result<Algorithm, &'static str> {
    match text.to_ascii_lowercase().as_str() {
        "ecdsa" => Ok(Algorithm::Ecdsa),
        "ed25519" => Ok(Algorithm::Ed25519),
        "rsa" => Ok(Algorithm::Rsa),
        _ => Err("expected `RSA`, `ECDSA` or `Ed25519`"),
    }
}
