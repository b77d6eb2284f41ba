//! Flags about calls of services: what policies ask over HTTP.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, anyhow};
use clap::{ArgAction, Args};

use super::serve::parse_duration;
use crate::facts::{Calls, Guard, USUALLY_BLOCKED};

/// Bounds of calls, and whom expressions may call. Most names are Kyverno's.
#[derive(Args, Debug)]
pub(super) struct CallFlags {
    /// The most bytes that a service may answer with; 0 for any number.
    #[arg(
        long,
        alias = "maxAPICallResponseLength",
        value_name = "BYTES",
        default_value_t = 2_000_000
    )]
    max_api_call_response_length: usize,

    /// The longest that a call of a service may take. A rule waits no longer than its review may, and
    /// never more than 30s.
    #[arg(
        long,
        alias = "apiCallTimeout",
        value_name = "DURATION",
        default_value = "30s",
        value_parser = parse_duration
    )]
    api_call_timeout: Duration,

    /// A file with a token that calls of context entries and of GlobalContextEntries show to services;
    /// read again when it changes. None by default.
    #[arg(long, value_name = "FILE")]
    api_call_token: Option<PathBuf>,

    /// Of how many GlobalContextEntries data are held; 0 for all.
    #[arg(
        long,
        alias = "maxGlobalContextEntries",
        value_name = "N",
        default_value_t = 0
    )]
    max_global_context_entries: usize,

    /// Whom `http.get` and `http.post` may not ask: networks, addresses, names of hosts. Empty: every
    /// private network, too.
    #[arg(
        long,
        alias = "httpBlocklist",
        env = "FLAG_HTTP_BLOCKLIST",
        value_name = "LIST",
        value_delimiter = ',',
        default_value = USUALLY_BLOCKED
    )]
    http_blocklist: Vec<String>,

    /// The beginnings of the only addresses that `http.get` and `http.post` may ask. Empty: every
    /// address that is not blocked.
    #[arg(
        long,
        alias = "httpAllowlist",
        env = "FLAG_HTTP_ALLOWLIST",
        value_name = "LIST",
        value_delimiter = ',',
        default_value = ""
    )]
    http_allowlist: Vec<String>,

    /// Policies of one namespace may use `http.get` and `http.post`, too.
    #[arg(
        long,
        alias = "allowHTTPInNamespacedPolicies",
        env = "FLAG_ENABLE_HTTP_IN_NAMESPACED_POLICIES",
        default_value_t = false,
        action = ArgAction::Set
    )]
    allow_http_in_namespaced_policies: bool,
}

impl CallFlags {
    /// # Errors
    ///
    /// Which entry of a list is none.
    pub(super) fn calls(self) -> Result<Calls> {
        let guard = Guard::new(&self.http_blocklist, &self.http_allowlist);
        Ok(Calls {
            max_length: self.max_api_call_response_length,
            timeout: self.api_call_timeout,
            token: self.api_call_token,
            guard: guard.map_err(|why| anyhow!("--http-blocklist, --http-allowlist: {why}"))?,
            http_in_namespaces: self.allow_http_in_namespaced_policies,
            max_entries: self.max_global_context_entries,
        })
    }
}
