//! Objects that rules copy or change: looked for when a rule names them.
//!
//! Comes in:  what an evaluation wants.
//! Goes out:  the objects, as they are now.
//! Never here: watches; a duty looks once.

use portcullis_engine::reference::Wanted;

use super::trouble::Trouble;
use crate::cluster::existing::{self, Existing, Unfound};
use crate::controllers::Site;

/// What one duty has listed so far.
#[derive(Debug, Default)]
pub(super) struct Sources {
    pub(super) listed: Vec<(Wanted, Vec<Existing>)>,
}

impl Sources {
    /// Lists what is wanted.
    ///
    /// # Errors
    ///
    /// The API server's; and that there is no such kind.
    pub(super) async fn list(&mut self, site: &Site, wanted: Wanted) -> Result<(), Trouble> {
        let found = existing::find(&site.client, &site.kinds.load(), &wanted).await;
        self.listed.push((wanted, found.map_err(trouble)?));
        Ok(())
    }
}

fn trouble(unfound: Unfound) -> Trouble {
    match unfound {
        // A kind may come to be served.
        Unfound::Unserved(text) => Trouble::Again(text),
        Unfound::Refused { doing, error } => Trouble::of(&doing, &error),
        Unfound::Broken(text) => Trouble::Never(text),
    }
}
