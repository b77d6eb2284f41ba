//! `portcullis restore`: a cluster becomes as an archive says.

use std::fs;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use kube::Client;
use kube::api::{ApiResource, DynamicObject, PostParams};

use super::archive::{Archive, Stored};
use super::{Place, objects, unwritable};
use crate::cli::cluster::wait;
use crate::cli::text_diff::text_diff;
use crate::cluster::kinds::Kinds;
use crate::cluster::objects::api;

/// Bring policies, exceptions and settings back from an archive of `portcullis backup`.
///
/// Shows what would change, and asks before it changes anything. Objects that are as the archive says
/// are left alone; objects that the archive does not have stay. Restoring twice is restoring once.
#[derive(Args, Debug)]
pub(in crate::cli) struct Restore {
    /// The archive.
    #[arg(value_name = "FILE")]
    archive: PathBuf,

    #[command(flatten)]
    place: Place,

    /// Only show what would change.
    #[arg(long)]
    dry_run: bool,

    /// Do not ask.
    #[arg(long, short)]
    yes: bool,

    /// Write the Helm values of the archive here.
    #[arg(long, value_name = "FILE")]
    values: Option<PathBuf>,
}

/// What is to be done about one object.
struct Step<'a> {
    stored: &'a Stored,
    resource: ApiResource,
    /// The version that is replaced; none where there is no such object.
    replaces: Option<String>,
    /// What differs.
    diff: String,
}

impl Restore {
    /// Shows, asks, restores. Exit code 1 where an object could not be restored.
    pub(in crate::cli) fn run(self) -> Result<ExitCode> {
        let file = self.archive.display();
        let bytes = fs::read(&self.archive).with_context(|| format!("cannot read `{file}`"))?;
        let archive = Archive::from_bytes(&bytes).with_context(|| format!("`{file}`"))?;
        if let (Some(path), Some(values)) = (&self.values, &archive.values) {
            fs::write(path, values).with_context(|| unwritable(path))?;
        }
        wait(async {
            let cluster = self.place.cluster.connect().await?;
            let steps = plan(cluster.client(), &archive.objects).await?;
            for step in &steps {
                let what = match step.replaces {
                    Some(_) => "changes",
                    None => "new",
                };
                anstream::println!("{what}: {}\n{}", step.stored.shown(), step.diff);
            }
            let same = archive.objects.len() - steps.len();
            anstream::println!("{same} objects as they are, {} to restore", steps.len());
            if steps.is_empty() || self.dry_run || !self.agreed()? {
                return Ok(ExitCode::SUCCESS);
            }
            let mut failed = 0;
            for step in &steps {
                if let Err(error) = step.take(cluster.client()).await {
                    failed += 1;
                    anstream::eprintln!("Error: {}: {error:#}", step.stored.shown());
                }
            }
            anstream::println!("{} restored, {failed} failed", steps.len() - failed);
            Ok(ExitCode::from(u8::from(failed > 0)))
        })
    }

    fn agreed(&self) -> Result<bool> {
        if self.yes {
            return Ok(true);
        }
        if !std::io::stdin().is_terminal() {
            bail!("nobody is there to ask: `--yes` restores, `--dry-run` only shows");
        }
        anstream::print!("Restore them? [y/N] ");
        std::io::stdout().flush()?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
    }
}

/// A step for each object that is not as it was archived.
async fn plan<'a>(client: &Client, archived: &'a [Stored]) -> Result<Vec<Step<'a>>> {
    let kinds = Kinds::discover(client).await?;
    let mut steps = Vec::new();
    for stored in archived {
        let served = kinds.iter().find(|served| {
            served.subresource.is_none()
                && served.preferred
                && objects::resource_name(served) == stored.resource
        });
        let Some(served) = served else {
            let resource = &stored.resource;
            bail!("the cluster does not serve {resource}: install the definitions first");
        };
        let resource = served.resource();
        let namespace = (!stored.namespace.is_empty()).then_some(stored.namespace.as_str());
        let current = api(client, &resource, namespace)
            .get_opt(&stored.name)
            .await;
        let current = current.with_context(|| format!("cannot read {}", stored.shown()))?;
        let (replaces, before) = match current {
            None => (None, String::new()),
            Some(object) => {
                let version = object.metadata.resource_version.clone();
                let object = serde_json::to_value(&object)?;
                let current = objects::stored(&stored.resource, object)?;
                (version, current.yaml())
            }
        };
        let diff = text_diff(&before, &stored.yaml());
        if !diff.is_empty() {
            steps.push(Step {
                stored,
                resource,
                replaces,
                diff,
            });
        }
    }
    Ok(steps)
}

impl Step<'_> {
    async fn take(&self, client: &Client) -> Result<()> {
        let namespace = Some(self.stored.namespace.as_str()).filter(|name| !name.is_empty());
        let api = api(client, &self.resource, namespace);
        let mut object: DynamicObject = objects::object(self.stored)?;
        let params = PostParams::default();
        match &self.replaces {
            None => api.create(&params, &object).await?,
            // Changed since it was shown: then it is not replaced.
            Some(version) => {
                object.metadata.resource_version = Some(version.clone());
                api.replace(&self.stored.name, &params, &object).await?
            }
        };
        Ok(())
    }
}
