//! The values file: what variables are when there is no cluster to ask.

use std::path::Path;

use anyhow::{Result, anyhow, bail};
use bumpalo::Bump;
use portcullis_engine::review::Operation;
use portcullis_lang::value::{Document, Map, Numbers, Value, object, yaml};

use super::read_input;

/// Values for variables, by policy, resource and rule.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values {
    /// The `Values` document's content (the spec).
    file: Option<Document>,
    /// `--set key=value`.
    set: Vec<(String, String)>,
}

impl Values {
    /// Reads a file of kind `Values`.
    pub(crate) fn read(path: &Path) -> Result<Values> {
        let source = read_input(path)?;
        let document = yaml::read_one(&source.text, Numbers::Doubles)
            .map_err(|error| anyhow!("{}: {error}", path.display()))?;
        let root = document.root();
        // The reference wants both and does not look at what they say.
        if root.text("apiVersion").is_empty() || root.text("kind").is_empty() {
            bail!(
                "{}: a values file needs `apiVersion: cli.kyverno.io/v1alpha1` and `kind: Values`",
                path.display()
            );
        }
        Values::from_document(document)
    }

    /// Takes the values that a test file spells out itself.
    pub(crate) fn from_document(document: Document) -> Result<Values> {
        let values = Values {
            file: Some(document),
            set: Vec::new(),
        };
        if let Some(operation) = values.global("request.operation").and_then(Value::as_str)
            && Operation::parse(operation).is_none()
        {
            bail!(
                "`request.operation` is `{operation}`, but may be CREATE, UPDATE, DELETE or CONNECT"
            );
        }
        Ok(values)
    }

    /// Takes `key=value` pairs, separated by commas.
    pub(crate) fn from_set(pairs: &[String]) -> Result<Values> {
        let mut set = Vec::new();
        for pair in pairs
            .iter()
            .flat_map(|pairs| pairs.split(','))
            .filter(|pair| !pair.is_empty())
        {
            let (key, value) = pair
                .split_once('=')
                .ok_or_else(|| anyhow!("`--set {pair}` is no `key=value`"))?;
            if !key.contains("request.object.") {
                set.push((key.trim().to_owned(), value.trim().to_owned()));
            }
        }
        Ok(Values { file: None, set })
    }

    fn root(&self) -> Value<'_> {
        self.file.as_ref().map(Document::root).unwrap_or_default()
    }

    fn global(&self, key: &str) -> Option<Value<'_>> {
        self.root().get("globalValues")?.get(key)
    }

    /// Every variable for one policy on one resource; later ones win.
    pub(crate) fn for_resource<'v>(
        &'v self,
        policy: &str,
        resource: &str,
    ) -> Vec<(&'v str, Value<'v>)> {
        let mut found = entries(self.root().get("globalValues"));
        let resources =
            named(self.root().get("policies"), policy).and_then(|policy| policy.get("resources"));
        found.extend(entries(
            named(resources, resource).and_then(|resource| resource.get("values")),
        ));
        found.extend(
            self.set
                .iter()
                .map(|(key, value)| (key.as_str(), Value::Str(value))),
        );
        found
    }

    /// Values that a rule's context entries take; a rule that autogen made has those of its origin.
    pub(crate) fn for_rule<'v>(&'v self, policy: &str, rule: &str) -> Vec<(&'v str, Value<'v>)> {
        let rule = rule
            .strip_prefix("autogen-cronjob-")
            .or_else(|| rule.strip_prefix("autogen-"))
            .unwrap_or(rule);
        let rules =
            named(self.root().get("policies"), policy).and_then(|policy| policy.get("rules"));
        entries(named(rules, rule).and_then(|rule| rule.get("values")))
    }

    /// The labels of a namespace, where the file states them.
    pub(crate) fn namespace_labels<'v>(
        &'v self,
        bump: &'v Bump,
        namespace: &str,
    ) -> Option<Map<'v>> {
        let full = self
            .root()
            .get("namespaces")
            .and_then(Value::as_list)
            .into_iter()
            .flatten();
        let full = full
            .filter_map(|object| object.get("metadata"))
            .find(|meta| meta.text("name") == namespace);
        let labels = full
            .and_then(|metadata| metadata.get("labels"))
            .or_else(|| named(self.root().get("namespaceSelector"), namespace)?.get("labels"))?;
        object(bump, labels.as_map()?.iter()).as_map()
    }

    /// The whole Namespace object, where the file has it.
    pub(crate) fn namespace_object(&self, namespace: &str) -> Option<Value<'_>> {
        let objects = self.root().get("namespaces").and_then(Value::as_list)?;
        objects.iter().find(|object| {
            let metadata = object.get("metadata").unwrap_or_default();
            metadata.text("name") == namespace
        })
    }

    /// `parentResource` and subresource name for a kind that the file declares a subresource.
    pub(crate) fn parent_of(
        &self,
        group: &str,
        version: &str,
        kind: &str,
    ) -> Option<(Value<'_>, &str)> {
        let subresources = self.root().get("subresources").and_then(Value::as_list)?;
        subresources.iter().find_map(|entry| {
            let sub = entry.get("subresource")?;
            let fits = (sub.text("group"), sub.text("version"), sub.text("kind"))
                == (group, version, kind);
            let name = sub
                .text("name")
                .split_once('/')
                .map_or("", |(_, name)| name);
            fits.then_some((entry.get("parentResource")?, name))
        })
    }
}

fn entries(map: Option<Value<'_>>) -> Vec<(&str, Value<'_>)> {
    map.and_then(Value::as_map)
        .map(|map| map.iter().collect())
        .unwrap_or_default()
}

fn named<'v>(list: Option<Value<'v>>, name: &str) -> Option<Value<'v>> {
    list?
        .as_list()?
        .iter()
        .find(|entry| entry.text("name") == name)
}
