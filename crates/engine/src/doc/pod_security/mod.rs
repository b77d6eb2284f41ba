//! `podSecurity`: a level of the Pod Security Standards, and what is excused from it.
//!
//! The same `exclude` entries stand in a rule and, as `podSecurity`, in a PolicyException.

mod control;

use portcullis_lang::diagnostic::{Diagnostic, nearest};
use portcullis_lang::scalar::wildcard::Wildcard;
use portcullis_lang::value::{Item, Span};

pub use control::Control;

use super::fields::Fields;
use control::Scope;

/// A `validate.podSecurity` block.
#[derive(Clone, Debug)]
pub struct PodSecurity {
    /// `level`.
    pub level: Level,
    /// `version`.
    pub version: Version,
    /// `version` as written; empty where it is left out.
    pub version_text: String,
    /// `exclude`, in order.
    pub excludes: Vec<Exclude>,
}

/// How much the standard asks for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Level {
    /// Not stated. Asks for everything, like [`Level::Restricted`].
    #[default]
    Unstated,
    /// `privileged`. By its name it asks for nothing, but Kyverno runs every check at it.
    Privileged,
    /// `baseline`: what is known to break out of a container.
    Baseline,
    /// `restricted`: that, and hardening.
    Restricted,
}

impl Level {
    /// As it is written in a policy.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Unstated => "",
            Level::Privileged => "privileged",
            Level::Baseline => "baseline",
            Level::Restricted => "restricted",
        }
    }
}

/// The Kubernetes release whose edition of the standard applies: the minor number of `v1.N`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub struct Version(u8);

impl Version {
    /// The newest edition of every check.
    pub const LATEST: Version = Version(u8::MAX);

    const OLDEST: u8 = 19;
    const NEWEST: u8 = 32;

    /// The edition of Kubernetes `1.minor`.
    pub const fn minor(minor: u8) -> Version {
        Version(minor)
    }

    /// Reads `latest` or `v1.19` to `v1.32`, the texts that the policy's schema allows.
    pub fn parse(text: &str) -> Option<Version> {
        if text == "latest" {
            return Some(Version::LATEST);
        }
        let digits = text.strip_prefix("v1.")?;
        let minor: u8 = digits.parse().ok()?;
        let known = (Version::OLDEST..=Version::NEWEST).contains(&minor);
        (known && digits.len() == 2).then_some(Version(minor))
    }
}

/// One excuse: violations of a control that it covers do not count.
#[derive(Clone, Debug)]
pub struct Exclude {
    /// `controlName`.
    pub control: Control,
    /// `images`: with any, only containers whose image fits one of them are excused.
    pub images: Vec<Wildcard>,
    /// `restrictedField`: the only field that is excused, `*` for every index; empty for all.
    pub restricted_field: String,
    /// `values`: the only values that are excused; empty for all.
    pub values: Vec<Wildcard>,
    at: Span,
}

impl PodSecurity {
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> PodSecurity {
        let level = one_of(fields, "level", |text| {
            [Level::Privileged, Level::Baseline, Level::Restricted]
                .into_iter()
                .find(|level| level.as_str() == text)
        });
        let version_text = fields.string("version");
        let version = one_of(fields, "version", Version::parse);
        PodSecurity {
            level: level.unwrap_or_default(),
            version: version.unwrap_or(Version::LATEST),
            version_text,
            excludes: Exclude::read_all(fields, "exclude"),
        }
    }

    /// Reports excuses that cannot be meant so, in the words of Kyverno's own refusal.
    ///
    /// `place` is where the block stands in those words, e.g. `spec.rules[0].podSecurity`.
    pub(crate) fn check(&self, place: &str, diagnostics: &mut Vec<Diagnostic>) {
        for (index, exclude) in self.excludes.iter().enumerate() {
            exclude.check(
                &format!("{place}.exclude[{index}]"),
                self.level,
                diagnostics,
            );
        }
    }
}

impl Exclude {
    pub(super) fn read_all(fields: &mut Fields<'_, '_>, key: &'static str) -> Vec<Exclude> {
        let entries = fields.each(key, |entry| {
            let at = entry.span();
            let control = one_of(entry, "controlName", Control::parse);
            if entry.item("controlName").is_none() {
                let message = format!("the `{key}` entry has no `controlName`");
                let finding = Diagnostic::error("no-control-name", message, at);
                entry.diagnostics().push(finding);
            }
            let images = wildcards(entry, "images");
            let restricted_field = entry.string("restrictedField");
            let values = wildcards(entry, "values");
            control.map(|control| Exclude {
                control,
                images,
                restricted_field,
                values,
                at,
            })
        });
        entries.into_iter().flatten().collect()
    }

    /// See [`PodSecurity::check`]. `level` is [`Level::Unstated`] for a PolicyException.
    pub(super) fn check(&self, place: &str, level: Level, diagnostics: &mut Vec<Diagnostic>) {
        let mut report = |field: &str, text: String| {
            let message = format!("{place}.{field}: {text}");
            diagnostics.push(Diagnostic::error("pod-security-exclude", message, self.at));
        };
        let name = self.control.as_str();
        let images = match self.control.scope() {
            Scope::Container if self.images.is_empty() => {
                "exclude.images must be specified for the container level control"
            }
            Scope::Pod if !self.images.is_empty() => {
                "exclude.images must not be specified for the pod level control"
            }
            _ => "",
        };
        if !images.is_empty() {
            report("controlName", format!("Invalid value: {name:?}: {images}"));
        }
        match (self.restricted_field.is_empty(), self.values.is_empty()) {
            (false, true) => report("values", "Forbidden: values is required".to_owned()),
            (true, false) => report(
                "restrictedField",
                "Forbidden: restrictedField is required".to_owned(),
            ),
            _ => {}
        }
        if level == Level::Baseline && self.control.is_restricted_only() {
            let text = "Invalid control name defined at the given level";
            report("controlName", format!("Invalid value: {name:?}: {text}"));
        }
    }
}

fn wildcards(fields: &mut Fields<'_, '_>, key: &'static str) -> Vec<Wildcard> {
    let texts = fields.texts(key);
    texts.iter().map(|text| Wildcard::new(text)).collect()
}

/// A text field that only knows certain texts; anything else is reported.
fn one_of<T>(
    fields: &mut Fields<'_, '_>,
    key: &'static str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Option<T> {
    let text = fields.text(key)?;
    let parsed = parse(text);
    if parsed.is_none() {
        let at = fields.item(key).map(Item::span).unwrap_or_default();
        let message = format!("`{text}` is not a `{key}` of the Pod Security Standards");
        let finding = Diagnostic::error("unknown-pod-security-value", message, at);
        fields.diagnostics().push(match advice(key, text) {
            Some(advice) => finding.with_help(advice),
            None => finding,
        });
    }
    parsed
}

fn advice(key: &str, text: &str) -> Option<String> {
    match key {
        "level" => Some("use `privileged`, `baseline` or `restricted`".to_owned()),
        "version" => Some("use `latest` or `v1.19` to `v1.32`".to_owned()),
        _ => nearest(text, Control::ALL.map(Control::as_str))
            .map(|name| format!("did you mean `{name}`?")),
    }
}

#[cfg(test)]
mod tests {
    use super::{PodSecurity, Version};
    use crate::doc::fields::Fields;
    use portcullis_lang::value::{Numbers, yaml};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn findings() {
        check("level: baseline",                          &[]);
        check("{level: restricted, version: v1.24}",      &[]);
        check("{level: restricted, version: latest}",     &[]);
        check("{level: baselin}",                         &["`baselin` is not a `level` of the Pod Security Standards"]);
        check("{level: baseline, version: v1.18}",        &["`v1.18` is not a `version` of the Pod Security Standards"]);
        check("{level: baseline, version: '1.25'}",       &["`1.25` is not a `version` of the Pod Security Standards"]);
        check("{level: baseline, version: v1.025}",       &["`v1.025` is not a `version` of the Pod Security Standards"]);
        check("{levl: baseline}",                         &["unknown field `levl` in `podSecurity`"]);
        check("exclude: [{images: ['*']}]",               &["the `exclude` entry has no `controlName`"]);
        check("exclude: [{controlName: Seccompp}]",       &["`Seccompp` is not a `controlName` of the Pod Security Standards"]);
        check("exclude: [{controlName: Seccomp, values: [1], restrictedField: x}]",
            &["`values` is a list of texts, but here is a number", "p.exclude[0].values: Forbidden: values is required"]);
        check("exclude: [{controlName: Sysctls}, {controlName: Host Ports}]",
            &[r#"p.exclude[1].controlName: Invalid value: "Host Ports": exclude.images must be specified for the container level control"#]);
        check("exclude: [{controlName: Sysctls, images: ['*'], values: [x]}]",
            &[r#"p.exclude[0].controlName: Invalid value: "Sysctls": exclude.images must not be specified for the pod level control"#,
              "p.exclude[0].restrictedField: Forbidden: restrictedField is required"]);
        check("{level: baseline, exclude: [{controlName: Volume Types, restrictedField: x}]}",
            &["p.exclude[0].values: Forbidden: values is required",
              r#"p.exclude[0].controlName: Invalid value: "Volume Types": Invalid control name defined at the given level"#]);
        check("{level: privileged, exclude: [{controlName: Volume Types}]}", &[]);
        check("{level: baseline, exclude: [{controlName: Capabilities, images: ['*']}]}", &[]);
    }

    #[track_caller]
    fn check(block: &str, expect: &[&str]) {
        let document = yaml::read_one(block, Numbers::AsWritten).unwrap();
        let mut diagnostics = Vec::new();
        let mut fields = Fields::open(document.item(), "podSecurity", &mut diagnostics);
        let read = PodSecurity::read(&mut fields);
        fields.close();
        read.check("p", &mut diagnostics);
        let texts: Vec<_> = diagnostics.iter().map(|d| d.message.as_str()).collect();
        assert_eq!(texts, expect, "`{block}`");
    }

    #[test]
    fn versions_are_ordered() {
        assert!(Version::parse("v1.24") < Version::parse("v1.25"));
        assert!(Version::parse("v1.32") < Version::parse("latest"));
        assert_eq!(Version::parse("v1.30"), Some(Version::minor(30)));
    }
}
