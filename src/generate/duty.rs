//! What there is to do: a rule, and the object that set it off.
//!
//! Comes in:  admitted requests, policies, labels of what was made.
//! Goes out:  [`Duty`], the key of every queue: one thing to do is there once.
//! Never here: doing it.

use std::fmt;

use portcullis_engine::doc::PolicyId;

/// One thing to do. Equal duties are the same thing.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Duty {
    /// What kind of work.
    pub(crate) what: What,
    /// `name`, or `namespace/name` of a policy of one namespace.
    pub(crate) policy: String,
    /// Which of its rules; empty for a policy written in CEL.
    pub(crate) rule: String,
    /// What set it off.
    pub(crate) trigger: Trigger,
}

/// What kind of work a duty is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum What {
    /// A `generate` rule.
    Generate,
    /// A `mutate` rule with `targets`.
    Mutate,
    /// A GeneratingPolicy.
    CelGenerate,
    /// A MutatingPolicy that changes existing objects.
    CelMutate,
}

/// The object that set a rule off.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Trigger {
    /// `apps/v1`
    pub(crate) api_version: String,
    /// Its kind.
    pub(crate) kind: String,
    /// Empty for an object of the cluster.
    pub(crate) namespace: String,
    /// Empty where only the UID is known: labels are too short for every name.
    pub(crate) name: String,
    /// Empty where it has none.
    pub(crate) uid: String,
}

impl What {
    /// As update requests say it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            What::Generate => "generate",
            What::Mutate => "mutate",
            What::CelGenerate => "cel-generate",
            What::CelMutate => "cel-mutate",
        }
    }

    /// Reads what [`What::as_str`] says.
    pub(crate) fn parse(text: &str) -> Option<What> {
        let all = [
            What::Generate,
            What::Mutate,
            What::CelGenerate,
            What::CelMutate,
        ];
        all.into_iter().find(|what| what.as_str() == text)
    }

    /// Does it make objects? Otherwise it changes existing ones.
    pub(crate) fn generates(self) -> bool {
        matches!(self, What::Generate | What::CelGenerate)
    }

    /// The name under which its events are told.
    pub(crate) fn source(self) -> &'static str {
        match self.generates() {
            true => "kyverno-generate",
            false => "kyverno-mutate",
        }
    }
}

impl Duty {
    /// The name of its update request: the same for the same duty, in every replica and release.
    pub(crate) fn name(&self) -> String {
        let Duty {
            what,
            policy,
            rule,
            trigger,
        } = self;
        let Trigger {
            api_version,
            kind,
            namespace,
            name,
            uid,
        } = trigger;
        let parts = [
            what.as_str(),
            policy,
            rule,
            api_version,
            kind,
            namespace,
            name,
            uid,
        ];
        format!("ur-{:032x}", digest(parts))
    }
}

/// How update requests and results name a policy.
pub(crate) fn policy_key(id: &PolicyId) -> String {
    match id.kind.is_namespaced() {
        true => format!("{}/{}", id.namespace, id.name),
        false => id.name.clone(),
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Trigger {
            kind,
            namespace,
            name,
            uid,
            ..
        } = self;
        let name = if name.is_empty() { uid } else { name };
        match namespace.as_str() {
            "" => write!(f, "{kind}/{name}"),
            namespace => write!(f, "{kind}/{namespace}/{name}"),
        }
    }
}

impl fmt::Display for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rule.as_str() {
            "" => write!(f, "{} for {}", self.policy, self.trigger),
            rule => write!(f, "{}/{rule} for {}", self.policy, self.trigger),
        }
    }
}

/// FNV-1a of 128 bits, the texts kept apart by a byte that is in none of them. The standard library
/// promises no hash that stays the same from release to release.
pub(super) fn digest<'t>(texts: impl IntoIterator<Item = &'t str>) -> u128 {
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for text in texts {
        for byte in text.bytes().chain([0xff]) {
            hash = (hash ^ u128::from(byte)).wrapping_mul(PRIME);
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::{Duty, Trigger, What, digest};

    #[test]
    fn names_tell_duties_apart_and_stay_the_same() {
        let duty = |policy: &str, rule: &str| Duty {
            what: What::Generate,
            policy: policy.to_owned(),
            rule: rule.to_owned(),
            trigger: Trigger::default(),
        };
        assert_eq!(duty("p", "r").name(), duty("p", "r").name());
        assert_ne!(duty("p", "r").name(), duty("pr", "").name());
        assert_eq!(duty("p", "r").name().len(), 35);
        // The published value of the empty text, and one byte of our own behind it.
        assert_eq!(digest([]), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
    }
}
