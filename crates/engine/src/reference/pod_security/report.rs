//! The message and the report properties of a Pod that is forbidden.

use std::fmt;

use portcullis_lang::value::write_json_string;

use super::field::FieldError;
use super::pod::{Container, Holder};
use super::{Violation, Violations};
use crate::doc::PodSecurity;

impl Violations<'_> {
    /// The message of a failed rule.
    pub fn message(&self, rule_name: &str, rule: &PodSecurity) -> String {
        let (level, version) = (rule.level.as_str(), &rule.version_text);
        format!(
            "Validation rule '{rule_name}' failed. It violates PodSecurity \"{level}:{version}\": {self}"
        )
    }

    /// The properties of the report result. `normalise` makes of an image, as written, the full
    /// reference that reports show.
    pub fn properties(
        &self,
        rule: &PodSecurity,
        normalise: impl Fn(&str) -> String,
    ) -> Vec<(String, String)> {
        let ids: Vec<&str> = self.list.iter().map(|it| it.check.id).collect();
        [
            ("standard", rule.level.as_str().to_owned()),
            ("version", rule.version_text.clone()),
            ("controls", ids.join(",")),
            ("controlsJSON", self.controls_json(normalise)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    fn controls_json(&self, normalise: impl Fn(&str) -> String) -> String {
        let mut json = String::from("[");
        for (index, violation) in self.list.iter().enumerate() {
            if index > 0 {
                json.push(',');
            }
            let name = violation.check.control.map(|control| control.as_str());
            json.push_str("{\"ID\":");
            write_json_string(&mut json, violation.check.id, true);
            json.push_str(",\"Name\":");
            write_json_string(&mut json, name.unwrap_or_default(), true);
            json.push_str(",\"Images\":");
            images(&mut json, &violation.containers, &normalise);
            json.push('}');
        }
        json.push(']');
        json
    }
}

fn images(json: &mut String, containers: &[&Container<'_>], normalise: impl Fn(&str) -> String) {
    if containers.is_empty() {
        json.push_str("null");
        return;
    }
    for (index, container) in containers.iter().enumerate() {
        json.push(if index == 0 { '[' } else { ',' });
        write_json_string(json, &normalise(container.image), true);
    }
    json.push(']');
}

impl fmt::Display for Violations<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for violation in &self.list {
            violation.show(f, self.holder)?;
        }
        Ok(())
    }
}

impl Violation<'_> {
    fn show(&self, f: &mut fmt::Formatter<'_>, holder: Holder) -> fmt::Result {
        let reason = self.forbidden.reason;
        write!(f, "(Forbidden reason: {reason}, field error list: [")?;
        for (index, FieldError { field, problem }) in self.forbidden.errors.iter().enumerate() {
            let gap = if index == 0 { "" } else { ", " };
            write!(f, "{gap}{}{problem}", field.shown(holder))?;
        }
        f.write_str("])")
    }
}
