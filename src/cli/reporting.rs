//! The flags about reports, of everything that writes them.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};
use portcullis_engine::outcome::Status;

use crate::reports::{Format, Options, Reported};

/// Which results are kept, and where.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Reports")]
pub(super) struct ReportFlags {
    /// Results that are kept; `fail,error` keeps failures only.
    #[arg(
        long,
        alias = "allowedResults",
        value_name = "RESULT",
        value_enum,
        value_delimiter = ',',
        default_values_t = Kept::ALL
    )]
    allowed_results: Vec<Kept>,

    /// Kinds of rules that are reported.
    #[arg(
        long,
        alias = "enableReporting",
        value_name = "KIND",
        value_enum,
        value_delimiter = ',',
        default_values_t = Kind::ALL
    )]
    enable_reporting: Vec<Kind>,

    /// Keep PolicyReports.
    #[arg(long, alias = "policyReports", default_value_t = true, action = ArgAction::Set)]
    policy_reports: bool,

    /// Write reports of openreports.io instead of wgpolicyk8s.io.
    #[arg(long, alias = "openreportsEnabled", default_value_t = false, action = ArgAction::Set)]
    openreports_enabled: bool,

    /// Append results to this file, one line of JSON for an object, instead of keeping PolicyReports.
    #[arg(long, value_name = "FILE")]
    reports_file: Option<PathBuf>,

    /// Results in one report at most; failures are kept first, and an annotation counts the rest.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    max_report_results: usize,

    /// Keep the latest results of denied requests, in one ClusterPolicyReport.
    #[arg(long, default_value_t = true, action = ArgAction::Set)]
    report_blocked: bool,

    /// Kyverno's flags for its intermediate reports. There are none here, and nothing to set.
    #[arg(
        long = "aggregateReports",
        aliases = [
            "aggregationWorkers",
            "maxAdmissionReports",
            "maxBackgroundReports",
            "reportsCRDsSanityChecks",
        ],
        value_name = "VALUE",
        hide = true,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    _of_intermediate_reports: Vec<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kept {
    Pass,
    Fail,
    Error,
    Warn,
    Skip,
}

impl Kept {
    const ALL: [Kept; 5] = [Kept::Pass, Kept::Fail, Kept::Error, Kept::Warn, Kept::Skip];
}

#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "camelCase")]
enum Kind {
    Validate,
    Mutate,
    MutateExisting,
    Generate,
    ImageVerify,
}

impl Kind {
    const ALL: [Kind; 5] = [
        Kind::Validate,
        Kind::Mutate,
        Kind::MutateExisting,
        Kind::Generate,
        Kind::ImageVerify,
    ];
}

impl From<ReportFlags> for Options {
    fn from(flags: ReportFlags) -> Options {
        let statuses = flags.allowed_results.into_iter().map(|kept| match kept {
            Kept::Pass => Status::Pass,
            Kept::Fail => Status::Fail,
            Kept::Error => Status::Error,
            Kept::Warn => Status::Warn,
            Kept::Skip => Status::Skip,
        });
        let kinds = flags.enable_reporting.into_iter().map(|kind| match kind {
            Kind::Validate => Reported::Validate,
            Kind::Mutate => Reported::Mutate,
            Kind::MutateExisting => Reported::MutateExisting,
            Kind::Generate => Reported::Generate,
            Kind::ImageVerify => Reported::ImageVerify,
        });
        Options {
            statuses: statuses.collect(),
            kinds: kinds.collect(),
            format: match flags.openreports_enabled {
                true => Format::OpenReports,
                false => Format::PolicyReports,
            },
            objects: flags.policy_reports,
            file: flags.reports_file,
            most: flags.max_report_results.max(1),
            blocked: flags.report_blocked,
        }
    }
}
