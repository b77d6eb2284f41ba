//! `portcullis crds`: the custom resource definitions that the gate wants, as YAML.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::crds::Group;

/// Print the custom resource definitions as YAML, for `kubectl apply --server-side`.
#[derive(Args, Debug)]
pub(crate) struct Crds {
    /// Only the kinds of these API groups.
    #[arg(short, long, value_name = "GROUP")]
    group: Vec<Group>,
}

impl Crds {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let groups: &[Group] = if self.group.is_empty() {
            &Group::ALL
        } else {
            &self.group
        };
        for group in groups {
            anstream::print!("{}", group.yaml());
        }
        Ok(ExitCode::SUCCESS)
    }
}
