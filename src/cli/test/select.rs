//! `--test-case-selector policy=...,rule=...,resource=...`

use std::convert::Infallible;
use std::str::FromStr;

use portcullis_lang::scalar::wildcard;

use super::case::Expected;

/// Wildcards for policy, rule and resource; anything by default.
#[derive(Clone, Debug)]
pub(crate) struct Selector {
    policy: String,
    rule: String,
    resource: String,
}

impl FromStr for Selector {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Selector, Infallible> {
        let value = |key: &str| {
            let found = text
                .split(',')
                .filter_map(|pair| pair.split_once('='))
                .find(|(name, _)| name.trim() == key);
            found.map_or("*", |(_, value)| value.trim()).to_owned()
        };
        Ok(Selector {
            policy: value("policy"),
            rule: value("rule"),
            resource: value("resource"),
        })
    }
}

impl Selector {
    pub(super) fn fits(&self, expected: &Expected) -> bool {
        let resources = &expected.resources;
        wildcard::matches(&self.policy, &expected.policy)
            && wildcard::matches(&self.rule, &expected.rule)
            && (resources.is_empty()
                || resources
                    .iter()
                    .any(|name| wildcard::matches(&self.resource, name)))
    }
}
