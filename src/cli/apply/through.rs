//! What a run goes through: the documents of files, or objects that are all there before it begins.
//!
//! Comes in:  a run, paths, a cluster.
//! Goes out:  what was said of every resource.
//! Never here: what is done with one (see `evaluate`).
//!
//! Documents are read while others are evaluated, and forgotten as soon as they were. Objects of a
//! cluster are listed first. So are all others where a policy changes existing objects, because it
//! chooses from all of them.

use anyhow::Result;

use super::super::load::{self, Crds, Resource, ResourceFiles, Selection, read_resources};
use super::super::run::{Run, existing};
use super::Apply;
use super::evaluate::Evaluated;
use crate::facts::Live;

/// Where the resources of a run are.
pub(super) enum Opened {
    /// In documents that are not read yet.
    Files(ResourceFiles, Crds),
    /// Here; and what else policies may change.
    Listed(Vec<Resource>, Vec<Resource>),
}

impl Apply {
    /// Finds the resources, and reads as much of them as is needed before the first is evaluated.
    pub(super) fn open(&self, run: &Run) -> Result<Opened> {
        if let Some(live) = &run.live {
            let resources = self.list(run, live)?;
            return Ok(Opened::Listed(
                resources,
                read_resources(&self.target_resources)?,
            ));
        }
        let crds = Crds::read(&self.inputs.crd_paths)?;
        if self.target_resources.is_empty() && !run.changes_existing() {
            return Ok(Opened::Files(ResourceFiles::open(&self.resources), crds));
        }
        let resources = read_resources(&self.resources)?.into_iter();
        let resources = resources.map(|resource| crds.settled(resource)).collect();
        Ok(Opened::Listed(
            resources,
            read_resources(&self.target_resources)?,
        ))
    }

    /// Evaluates every policy on everything that was found.
    pub(super) fn go_through(
        &self,
        run: Run,
        opened: Opened,
        payloads: usize,
    ) -> Result<(Run, Evaluated)> {
        match opened {
            Opened::Files(files, crds) => {
                let evaluated = self.evaluate(&run, &files.documents(), |document| {
                    let resources = document.read()?.into_iter();
                    Ok(resources.map(|resource| crds.settled(resource)).collect())
                })?;
                files.close()?;
                self.announce(&run, evaluated.resources + payloads);
                Ok((run, evaluated))
            }
            Opened::Listed(resources, targets) => {
                let run = Run {
                    existing: existing(&resources, &targets),
                    ..run
                };
                self.announce(&run, resources.len() + payloads);
                let one = |resource: &Resource| Ok(vec![resource.clone()]);
                let evaluated = self.evaluate(&run, &resources, one)?;
                Ok((run, evaluated))
            }
        }
    }

    /// The objects of the cluster; of those only the ones that files name, where files are named.
    fn list(&self, run: &Run, live: &Live) -> Result<Vec<Resource>> {
        let selection = Selection {
            namespace: self.namespace.as_deref(),
            cluster_wide: self.cluster_wide_resources,
            page: self.inputs.batch_size,
            lenient: self.inputs.continue_on_error,
        };
        let mut resources = load::list(live, &run.policies.valid, selection)?;
        if !self.resources.is_empty() {
            let names = self.resources.iter().map(|path| path.display().to_string());
            let names: Vec<String> = names.collect();
            resources.retain(|resource| names.iter().any(|name| name == resource.name()));
        }
        Ok(resources)
    }
}
