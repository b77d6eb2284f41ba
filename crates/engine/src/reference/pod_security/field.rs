//! What is wrong at which field.

use std::fmt;

use super::pod::{Container, Holder};

/// A field that violates a check.
#[derive(Clone, Debug)]
pub(super) struct FieldError<'v> {
    pub(super) field: Field<'v>,
    pub(super) problem: Problem<'v>,
}

/// A field of a Pod.
#[derive(Clone, Copy, Debug)]
pub(super) enum Field<'v> {
    /// `spec.<path>`.
    Pod(&'static str),
    /// `spec.securityContext.<path>`.
    PodSecurity(&'static str),
    /// `metadata.annotations[<key>]`.
    Annotation(&'v str),
    /// `spec.securityContext.sysctls[<index>].name`.
    Sysctl(usize),
    /// `spec.volumes[<index>].<type>`.
    Volume(usize, &'static str),
    /// `spec.<list>[<index>].securityContext.<path>`.
    Container(&'v Container<'v>, &'static str),
    /// `spec.<list>[<index>].ports[<index>].hostPort`.
    HostPort(&'v Container<'v>, usize),
}

/// What is wrong with it.
#[derive(Clone, Debug)]
pub(super) enum Problem<'v> {
    /// It has to be stated.
    Required,
    /// It must not be there, whatever its value.
    Forbidden,
    /// It must not have this truth value.
    Flag(bool),
    /// It must not have this number.
    Number(i64),
    /// It must not have this text.
    Text(&'v str),
    /// It must not hold these texts.
    Texts(Vec<&'v str>),
}

impl<'v> Field<'v> {
    /// The container that it belongs to.
    pub(super) fn container(self) -> Option<&'v Container<'v>> {
        match self {
            Field::Container(container, _) | Field::HostPort(container, _) => Some(container),
            _ => None,
        }
    }

    /// The path with `*` in place of every index: what an excuse names.
    pub(super) fn general(self) -> String {
        self.path(|_| "*".to_owned())
    }

    /// The path as messages show it, which depends on where the resource holds its Pod.
    ///
    /// The reference replaces the words `spec` and `metadata` wherever they stand in the path, and
    /// `metadata` even where the resource is a Pod; so does this.
    pub(super) fn shown(self, holder: Holder) -> String {
        let spec = match holder {
            Holder::Pod => "spec",
            Holder::Controller => "spec.template.spec",
            Holder::CronJob => "spec.jobTemplate.spec.template.spec",
        };
        self.path(|index| index.to_string())
            .replace("spec", spec)
            .replace("metadata", "spec.template.metadata")
    }

    fn path(self, index: impl Fn(usize) -> String) -> String {
        let item = |container: &Container<'_>| {
            let list = container.group.field();
            format!("spec.{list}[{}]", index(container.index))
        };
        match self {
            Field::Pod(path) => format!("spec.{path}"),
            Field::PodSecurity(path) => format!("spec.securityContext.{path}"),
            Field::Annotation(key) => format!("metadata.annotations[{key}]"),
            Field::Sysctl(at) => format!("spec.securityContext.sysctls[{}].name", index(at)),
            Field::Volume(at, kind) => format!("spec.volumes[{}].{kind}", index(at)),
            Field::Container(container, path) => {
                format!("{}.securityContext.{path}", item(container))
            }
            Field::HostPort(container, at) => {
                format!("{}.ports[{}].hostPort", item(container), index(at))
            }
        }
    }
}

impl Problem<'_> {
    /// Does `test` hold for every value that is at fault? Where there is none, it does.
    pub(super) fn all_values(&self, test: impl Fn(&str) -> bool) -> bool {
        match self {
            Problem::Required | Problem::Forbidden | Problem::Text("") => true,
            Problem::Flag(flag) => test(if *flag { "true" } else { "false" }),
            Problem::Number(number) => test(&number.to_string()),
            Problem::Text(text) => test(text),
            Problem::Texts(texts) => texts.iter().all(|text| test(text)),
        }
    }
}

impl fmt::Display for Problem<'_> {
    /// The text behind the field in a message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const FOUND: &str = " is forbidden, forbidden values found: ";
        match self {
            Problem::Required => f.write_str(": Required value"),
            Problem::Forbidden | Problem::Text("") => f.write_str(": Forbidden"),
            Problem::Flag(flag) => write!(f, "{FOUND}{flag}"),
            Problem::Number(number) => write!(f, "{FOUND}{number}"),
            Problem::Text(text) => write!(f, "{FOUND}{text}"),
            Problem::Texts(texts) => write!(f, "{FOUND}[{}]", texts.join(" ")),
        }
    }
}
