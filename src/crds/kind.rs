//! One kind: its names, versions and columns, and the `CustomResourceDefinition` that says so.

use serde_json::{Map, Value as Json, json};

/// Where objects of a kind live.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Scope {
    /// In no namespace.
    Cluster,
    /// In a namespace.
    Namespaced,
}

/// A kind that users see.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    /// As in `kind`.
    pub(super) name: &'static str,
    /// As in paths, and what `kubectl get` takes.
    pub(super) plural: &'static str,
    /// What `kubectl get` takes as well.
    pub(super) short: Option<&'static str>,
    /// Where objects live.
    pub(super) scope: Scope,
    /// Whether `kubectl get kyverno` lists it.
    pub(super) listed: bool,
    /// Every version, the newest first.
    pub(super) versions: Vec<Version>,
}

/// A version of a [`Kind`].
#[derive(Clone, Debug)]
pub(super) struct Version {
    /// `v1`, `v2beta1`, ...
    pub(super) name: &'static str,
    /// What becomes of objects in it.
    pub(super) role: Role,
    /// The schema of a whole object (see `schema`).
    pub(super) schema: Json,
    /// Whether `status` is written by itself.
    pub(super) status: bool,
    /// What `kubectl get` prints beside the name.
    pub(super) columns: &'static [Column],
    /// Paths that field selectors may name.
    pub(super) selectable: &'static [&'static str],
}

/// What the API server does with a version.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Role {
    /// Objects are stored in it. Each kind has one such version.
    Stored,
    /// It can be asked for.
    Served,
    /// It can be asked for; every use is answered with a warning.
    Deprecated,
    /// It cannot be asked for; objects that were stored in it once are still known.
    Retired,
}

/// A column of `kubectl get`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    name: &'static str,
    path: &'static str,
    kind: &'static str,
    wide: bool,
}

impl Column {
    /// A text.
    pub(super) const fn text(name: &'static str, path: &'static str) -> Column {
        Column {
            name,
            path,
            kind: "string",
            wide: false,
        }
    }

    /// A whole number.
    pub(super) const fn number(name: &'static str, path: &'static str) -> Column {
        Column {
            name,
            path,
            kind: "integer",
            wide: false,
        }
    }

    /// `true` or `false`.
    pub(super) const fn switch(name: &'static str, path: &'static str) -> Column {
        Column {
            name,
            path,
            kind: "boolean",
            wide: false,
        }
    }

    /// A time, printed as the time since then.
    pub(super) const fn since(name: &'static str, path: &'static str) -> Column {
        Column {
            name,
            path,
            kind: "date",
            wide: false,
        }
    }

    /// The time since the object was made.
    pub(super) const fn age(name: &'static str) -> Column {
        Column::since(name, ".metadata.creationTimestamp")
    }

    /// Printed with `--output wide` only.
    pub(super) const fn wide(self) -> Column {
        Column { wide: true, ..self }
    }

    fn json(&self) -> Json {
        // The default, 0, is not written.
        let priority = self.wide.then_some(("priority", json!(1)));
        let fields = [
            ("name", json!(self.name)),
            ("type", json!(self.kind)),
            ("jsonPath", json!(self.path)),
        ];
        object(fields.into_iter().chain(priority))
    }
}

impl Kind {
    /// The `CustomResourceDefinition` of this kind in `group`.
    pub(super) fn definition(&self, group: &str) -> Json {
        let short = self.short.map(|short| ("shortNames", json!([short])));
        let categories = self.listed.then_some(("categories", json!(["kyverno"])));
        let names = [
            ("kind", json!(self.name)),
            ("listKind", json!(format!("{}List", self.name))),
            ("plural", json!(self.plural)),
            ("singular", json!(self.name.to_lowercase())),
        ];
        let names = object(names.into_iter().chain(short).chain(categories));
        let scope = match self.scope {
            Scope::Cluster => "Cluster",
            Scope::Namespaced => "Namespaced",
        };
        let versions: Vec<_> = self.versions.iter().map(Version::json).collect();
        json!({
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": { "name": format!("{}.{group}", self.plural) },
            "spec": { "group": group, "names": names, "scope": scope, "versions": versions },
        })
    }
}

impl Version {
    fn json(&self) -> Json {
        let mut version = Map::new();
        let mut put = |key: &str, value| version.insert(key.to_owned(), value);
        put("name", json!(self.name));
        put("served", json!(self.role != Role::Retired));
        put("storage", json!(self.role == Role::Stored));
        if matches!(self.role, Role::Deprecated | Role::Retired) {
            put("deprecated", json!(true));
        }
        put("schema", json!({ "openAPIV3Schema": self.schema }));
        if self.status {
            put("subresources", json!({ "status": {} }));
        }
        if !self.columns.is_empty() {
            put(
                "additionalPrinterColumns",
                self.columns.iter().map(Column::json).collect(),
            );
        }
        if !self.selectable.is_empty() {
            let paths = self.selectable.iter();
            put(
                "selectableFields",
                paths.map(|path| json!({ "jsonPath": path })).collect(),
            );
        }
        Json::Object(version)
    }
}

/// An object of these fields.
fn object(fields: impl Iterator<Item = (&'static str, Json)>) -> Json {
    fields
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
