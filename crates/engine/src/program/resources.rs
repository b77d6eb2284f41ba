//! Which resources policies written in CEL speak about.

use std::collections::HashSet;

use crate::compile::resource_names;
use crate::doc::Constraints;

/// The resources that constraints name.
#[derive(Clone, Debug, Default)]
pub(super) struct Resources {
    /// May they be about any resource?
    all: bool,
    names: HashSet<Box<str>>,
}

impl Resources {
    pub(super) fn of<'c>(constraints: impl Iterator<Item = &'c Constraints>) -> Resources {
        let mut resources = Resources::default();
        for block in constraints {
            match resource_names(block) {
                None => resources.all = true,
                Some(names) => resources.names.extend(names.into_iter().map(Box::from)),
            }
        }
        resources
    }

    /// May any of them be about this resource? `None`: nobody knows which it is.
    pub(super) fn may_be(&self, resource: Option<&str>) -> bool {
        let named = |resource: &str| self.names.contains(resource);
        self.all || !self.names.is_empty() && resource.is_none_or(named)
    }
}
