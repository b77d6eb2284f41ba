//! Flags of `apply` that say where things come from and how they are read, beside the plain paths.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{ArgAction, Args};

use crate::cli::load::{Form, Payload, read_payload};

/// Where policies, resources and exceptions come from.
#[derive(Args, Debug)]
pub(crate) struct Inputs {
    /// Payload files: any JSON or YAML.
    #[arg(long, value_delimiter = ',')]
    json: Vec<PathBuf>,
    /// HTTP requests as an authorizer sees them.
    #[arg(long, value_delimiter = ',')]
    http_payload: Vec<PathBuf>,
    /// Envoy's check requests.
    #[arg(long, value_delimiter = ',')]
    envoy_payload: Vec<PathBuf>,
    /// Objects and image data that CEL policies ask for.
    #[arg(long)]
    pub(super) context_file: Option<PathBuf>,
    /// CustomResourceDefinition files: which kinds live outside namespaces.
    #[arg(long, visible_alias = "crd-path", value_delimiter = ',')]
    pub(super) crd_paths: Vec<PathBuf>,
    /// Use the PolicyExceptions among the resources.
    #[arg(long, visible_alias = "exceptions-within-resources")]
    pub(super) exceptions_with_resources: bool,
    /// Use the PolicyExceptions among the policies.
    #[arg(long)]
    pub(super) exceptions_within_policies: bool,
    /// Allow access to image registries.
    #[arg(long)]
    registry: bool,
    /// The branch of a git repository that holds policies.
    #[arg(short = 'b', long)]
    git_branch: Option<String>,
    /// Who asks a git repository.
    #[arg(long)]
    username: Option<String>,
    /// The password for a git repository.
    #[arg(long)]
    password: Option<String>,
    /// Go on with the next resource where one cannot be evaluated.
    #[arg(long)]
    pub(super) continue_on_fail: bool,
    /// With --cluster: go on where objects of a kind cannot be listed.
    #[arg(long, default_value_t = true, action = ArgAction::Set)]
    pub(super) continue_on_error: bool,
    /// With --cluster: how many objects one answer of the API server holds.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) batch_size: u32,
    /// Taken for compatibility: policies are applied on all cores, kinds are listed one by one.
    #[arg(long, default_value_t = 1, hide = true)]
    concurrent: usize,
    /// Print how long reading and applying took.
    #[arg(long)]
    pub(super) show_performance: bool,
}

impl Inputs {
    /// What cannot be done with these flags. `resources`: are resources named as well?
    pub(super) fn check(&self, resources: bool, kubeconfig: bool) -> Result<()> {
        if resources && !self.json.is_empty() {
            bail!("both resource and json files can not be used together, use one or the other");
        }
        if kubeconfig && !self.crd_paths.is_empty() {
            bail!(
                "crd-paths and kubeconfig flags are mutually exclusive, please use only one of them"
            );
        }
        let git = [&self.git_branch, &self.username, &self.password];
        if git.iter().any(|flag| flag.is_some()) {
            bail!("git repositories are not read: clone the repository and name its folder");
        }
        if self.registry {
            anstream::eprintln!("{NO_REGISTRY}");
        }
        Ok(())
    }

    /// Payloads, which stand in for resources.
    pub(super) fn payloads(&self) -> Result<Vec<Payload>> {
        let all = [
            (&self.json, Form::Json),
            (&self.http_payload, Form::Http),
            (&self.envoy_payload, Form::Envoy),
        ];
        let mut payloads = Vec::new();
        for (paths, form) in all {
            for path in paths {
                let name = path.to_string_lossy();
                payloads.push(read_payload(Path::new(""), &name, form)?);
            }
        }
        Ok(payloads)
    }
}

/// What `--registry` cannot do yet.
pub(crate) const NO_REGISTRY: &str = "warning: image registries are not asked yet; what a policy asks \
                                      of an image has to stand in a context file";
