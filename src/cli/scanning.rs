//! The flags about background scans.

use std::time::Duration;

use clap::{ArgAction, Args};

use super::serve::parse_duration;
use crate::scan::Options;

/// What is scanned, and how often.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Scans")]
pub(super) struct ScanFlags {
    /// Evaluate what exists.
    #[arg(long, alias = "backgroundScan", default_value_t = true, action = ArgAction::Set)]
    background_scan: bool,

    /// How often everything is evaluated anew, changed or not.
    #[arg(
        long,
        alias = "backgroundScanInterval",
        value_name = "DURATION",
        default_value = "1h",
        value_parser = parse_duration
    )]
    background_scan_interval: Duration,

    /// Objects that are evaluated side by side.
    #[arg(
        long,
        alias = "backgroundScanWorkers",
        value_name = "N",
        default_value_t = 2
    )]
    background_scan_workers: usize,

    /// Results of each policy in ten minutes that events tell of one by one; one event counts the
    /// others.
    #[arg(long, value_name = "N", default_value_t = 10)]
    scan_events: u32,

    /// Evaluate what `resourceFilters` of the ConfigMap leaves out of requests, too.
    #[arg(long, alias = "skipResourceFilters", default_value_t = true, action = ArgAction::Set)]
    skip_resource_filters: bool,

    /// Report what ValidatingAdmissionPolicies say that carry the label
    /// `reports.kyverno.io/enabled: "true"`.
    #[arg(long, alias = "validatingAdmissionPolicyReports", default_value_t = true, action = ArgAction::Set)]
    validating_admission_policy_reports: bool,

    /// The same of MutatingAdmissionPolicies.
    #[arg(long, alias = "mutatingAdmissionPolicyReports", default_value_t = false, action = ArgAction::Set)]
    mutating_admission_policy_reports: bool,

    /// The gate's flag, which Kyverno's reports controller has as well.
    #[arg(
        long = "admissionReports",
        value_name = "BOOL",
        hide = true,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    _admission_reports: Option<String>,
}

impl From<ScanFlags> for Options {
    fn from(flags: ScanFlags) -> Options {
        Options {
            enabled: flags.background_scan,
            interval: flags.background_scan_interval,
            workers: flags.background_scan_workers,
            events: flags.scan_events,
            filters: !flags.skip_resource_filters,
            validating_admission: flags.validating_admission_policy_reports,
            mutating_admission: flags.mutating_admission_policy_reports,
        }
    }
}
