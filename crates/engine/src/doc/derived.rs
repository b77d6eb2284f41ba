//! What autogen makes of a CEL policy on Pods, in the policy's own words: what its status shows.
//!
//! Comes in:  the spec of a policy.
//! Goes out:  [`Derived`]: the controllers, and how expressions about the Pod are written for them.
//! Never here: evaluation; policies do this for themselves as they are read.

use portcullis_lang::value::Item;

use super::cel::mutating;
use super::constraints::Constraints;
use super::controllers;
use super::fields::Fields;
use super::validating;

/// Controllers that hold their Pod at the same place.
#[derive(Debug)]
pub struct Derived {
    /// The requests about them.
    pub constraints: Constraints,
    place: &'static [&'static str],
}

/// What autogen derives from a policy with this `spec`; nothing where it is not about Pods alone.
pub fn derived(spec: Item<'_>) -> Vec<Derived> {
    // What is wrong with the fields was reported when the policy was read.
    let mut known = Vec::new();
    let mut spec = Fields::open(spec, "spec", &mut known);
    let named = spec.map("autogen", controllers::read).flatten();
    let constraints = spec.map("matchConstraints", Constraints::read);
    let groups = controllers::groups(constraints.as_ref(), named.as_deref());
    let derived = groups.into_iter().map(|group| Derived {
        constraints: group.constraints,
        place: group.place,
    });
    derived.collect()
}

impl Derived {
    /// `cronjobs`, or `defaults` for all other controllers.
    pub fn name(&self) -> &'static str {
        match self.place {
            ["template"] => "defaults",
            _ => "cronjobs",
        }
    }

    /// The text of a whole spec that validates, for these controllers.
    pub fn validating(&self, spec: &str) -> String {
        validating::moved(spec, &format!("{}.", self.place.join(".")))
    }

    /// A match condition of a policy that mutates.
    pub fn condition(&self, expression: &str) -> String {
        mutating::moved(expression, self.place)
    }

    /// An `applyConfiguration`.
    pub fn apply_configuration(&self, expression: &str) -> String {
        mutating::wrapped(&mutating::moved(expression, self.place), self.place)
    }
}
