//! Facts without a cluster: what a test file or values file says the world answers.
//!
//! Kinds of facts that nobody spelt out are not offered, so a context entry that needs one is simply
//! not there and its values come from the values file, as in the reference's command line.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use anyhow::{Result, anyhow, bail};
use bumpalo::Bump;
use portcullis_engine::facts::{Answer, ApiTarget, Fact, FactKind, Facts, Method, object_path};
use portcullis_engine::review::plural;
use portcullis_lang::jmespath::{Env, Query};
use portcullis_lang::value::{Document, Numbers, Value, copy, list, object, yaml};

use super::system::SystemInputs;
use crate::cli::load::{Resource, read_input, read_resources};

/// Answers that were written down beforehand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Offline {
    /// By method (any where `None`) and address.
    calls: Vec<Mock>,
    /// By name, or by `name.projection`.
    global: HashMap<String, Document>,
    /// What a `Context` file says of objects, by their paths, and of images, by their references.
    stated: HashMap<String, Document>,
    images: HashMap<String, Document>,
    /// A list without items, once any list was stated.
    no_items: Option<Document>,
    /// The objects of a cluster that is only described, where there is one.
    objects: Option<Vec<Document>>,
}

#[derive(Clone, Debug)]
struct Mock {
    method: Option<Method>,
    address: String,
    answer: Result<Document, String>,
    /// The same for expressions, which see the status whatever it is.
    with_status: Document,
}

impl Offline {
    /// Adds `apiCallResponses` of a test file.
    pub(crate) fn add_calls(&mut self, responses: Value<'_>) -> Result<()> {
        for entry in responses.as_list().into_iter().flatten() {
            let (url, path) = (entry.text("url"), entry.text("urlPath"));
            let address = match (url, path) {
                ("", "") => bail!("an API response needs one of `url` and `urlPath`"),
                (url, "") if url.starts_with("http://") || url.starts_with("https://") => url,
                (url, "") => bail!("`url: {url}` is no absolute http or https address"),
                ("", path) if path.starts_with('/') => path,
                ("", path) => bail!("`urlPath: {path}` does not begin with `/`"),
                _ => bail!("an API response has one of `url` and `urlPath`, not both"),
            };
            let method = match entry.text("method") {
                "" => None,
                "GET" => Some(Method::Get),
                "POST" => Some(Method::Post),
                other => bail!("`method: {other}` is neither GET nor POST"),
            };
            let response = entry.get("response").unwrap_or_default();
            let code = response
                .get("statusCode")
                .and_then(Value::as_f64)
                .unwrap_or(200.0);
            let body = response.get("body").unwrap_or_default();
            let answer = if (200.0..300.0).contains(&code) {
                Ok(Document::from_value(body))
            } else {
                Err(format!(
                    "HTTP {code}: {}",
                    portcullis_lang::value::to_json(body)
                ))
            };
            self.calls.push(Mock {
                method,
                address: address.to_owned(),
                answer,
                with_status: with_status(body, code),
            });
        }
        Ok(())
    }

    /// Adds one entry of `globalContextEntries`: its data, and that of each of its projections.
    ///
    /// `folder`: where `resourceFiles` start.
    pub(crate) fn add_global_entry(&mut self, entry: Value<'_>, folder: &Path) -> Result<()> {
        let name = entry.text("name");
        if name.is_empty() {
            bail!("a global context entry needs a `name`");
        }
        let bump = Bump::new();
        let files = entry.get("resourceFiles").and_then(Value::as_list);
        let sources = [
            entry.get("data"),
            entry.get("resources"),
            files.map(Value::List),
        ];
        let data = match sources.map(|source| source.filter(|source| !source.is_null())) {
            [Some(data), None, None] | [None, Some(data), None] => copy(&bump, data),
            [None, None, Some(_)] => {
                let paths = files.into_iter().flatten().filter_map(Value::as_str);
                let paths: Vec<_> = paths.map(|path| folder.join(path)).collect();
                let read = read_resources(&paths)?;
                list(
                    &bump,
                    read.iter()
                        .map(|resource| copy(&bump, resource.document.root())),
                )
            }
            _ => bail!(
                "global context entry `{name}` needs exactly one of `data`, `resources` and `resourceFiles`"
            ),
        };
        for projection in entry
            .get("projections")
            .and_then(Value::as_list)
            .into_iter()
            .flatten()
        {
            let path = projection.text("path");
            let query =
                Query::parse(path).map_err(|error| anyhow!("projection `{path}`: {error}"))?;
            let projected = query
                .search(data, &Env::new(&bump, &SystemInputs))
                .map_err(|error| anyhow!("projection `{path}`: {error}"))?;
            self.global.insert(
                format!("{name}.{}", projection.text("name")),
                Document::from_value(projected),
            );
        }
        self.global
            .insert(name.to_owned(), Document::from_value(data));
        Ok(())
    }

    /// Adds the objects of a `ClusterResource` file, which `configMap` entries find.
    pub(crate) fn add_cluster(&mut self, path: &Path) -> Result<()> {
        let source = read_input(path)?;
        for document in yaml::read(&source.text, Numbers::Doubles) {
            let document = document.map_err(|error| anyhow!("`{}`: {error}", path.display()))?;
            let objects = document
                .root()
                .at(&["spec", "resources"])
                .and_then(Value::as_list);
            let objects = objects.into_iter().flatten().map(Document::from_value);
            self.objects.get_or_insert_default().extend(objects);
        }
        Ok(())
    }

    /// Adds the objects and images of a `Context` file, which CEL policies ask for.
    pub(crate) fn add_context(&mut self, path: &Path) -> Result<()> {
        let source = read_input(path)?;
        for document in yaml::read(&source.text, Numbers::Doubles) {
            let document = document.map_err(|error| anyhow!("`{}`: {error}", path.display()))?;
            let entries = |key: &str| {
                let entries = document.root().at(&["spec", key]);
                entries.and_then(Value::as_list).into_iter().flatten()
            };
            self.state(entries("resources").map(Document::from_value));
            for image in entries("images") {
                let known = Document::from_value(image);
                self.images.insert(image.text("image").to_owned(), known);
            }
        }
        Ok(())
    }

    /// Adds the resources of a test to its described cluster, where it describes one.
    pub(crate) fn join_cluster(&mut self, resources: &[Resource]) {
        let Some(objects) = &self.objects else {
            return;
        };
        let resources = resources.iter().map(|resource| &resource.document);
        let all: Vec<_> = objects.iter().chain(resources).cloned().collect();
        self.state(all);
    }

    /// Lets objects be found one by one, by namespace, and all of a kind together.
    fn state(&mut self, objects: impl IntoIterator<Item = Document>) {
        let bump = Bump::new();
        let none = object(&bump, [("items", list(&bump, []))]);
        self.no_items = Some(Document::from_value(none));
        let mut lists: BTreeMap<String, Vec<Value<'_>>> = BTreeMap::new();
        let objects: Vec<_> = objects.into_iter().collect();
        for document in &objects {
            let object = document.root();
            let metadata = object.get("metadata").unwrap_or_default();
            let (namespace, name) = (metadata.text("namespace"), metadata.text("name"));
            let resource = plural(object.text("kind"), &bump);
            let path =
                |namespace, name| object_path(object.text("apiVersion"), resource, namespace, name);
            self.stated.insert(path(namespace, name), document.clone());
            lists.entry(path("", "")).or_default().push(object);
            if !namespace.is_empty() {
                lists.entry(path(namespace, "")).or_default().push(object);
            }
        }
        for (path, items) in lists {
            let before = self.stated.remove(&path);
            let before = before.as_ref().and_then(|known| known.root().get("items"));
            let before = before.and_then(Value::as_list).into_iter().flatten();
            let items = list(&bump, before.chain(items));
            let known = Document::from_value(object(&bump, [("items", items)]));
            self.stated.insert(path, known);
        }
    }

    /// What there is to say about an address that nothing was stated of: no object, or none of this
    /// type in the namespace, or no such type.
    fn absent(&self, address: &str) -> Answer<'_> {
        let Some((everywhere, resource)) = listed(address) else {
            return Err(format!("{address} not found"));
        };
        match &self.no_items {
            Some(none) if self.stated.contains_key(&everywhere) => Ok(none),
            _ => Err(format!("{resource} resource not found")),
        }
    }

    fn call(&self, method: Method, address: &str) -> Option<&Mock> {
        let fits =
            |mock: &&Mock, wanted: Option<Method>| mock.method == wanted && mock.address == address;
        self.calls
            .iter()
            .find(|mock| fits(mock, Some(method)))
            .or_else(|| self.calls.iter().find(|mock| fits(mock, None)))
    }

    fn object(&self, kind: &str, namespace: &str, name: &str) -> Option<&Document> {
        self.objects.iter().flatten().find(|object| {
            let metadata = object.root().get("metadata").unwrap_or_default();
            object.root().text("kind") == kind
                && metadata.text("namespace") == namespace
                && metadata.text("name") == name
        })
    }
}

/// Where the list of all objects of a type is, and what the type is called, if the address is that of
/// a list of some of them.
fn listed(address: &str) -> Option<(String, &str)> {
    let mut parts: Vec<_> = address.strip_prefix('/')?.split('/').collect();
    let group = match parts.first() {
        Some(&"api") => 2,
        Some(&"apis") => 3,
        _ => return None,
    };
    if parts.len() > group + 2 && parts.get(group) == Some(&"namespaces") {
        parts.drain(group..group + 2);
    }
    let resource = *parts.last()?;
    (parts.len() == group + 1).then(|| (format!("/{}", parts.join("/")), resource))
}

/// What an expression sees of an answer that a test file states: the fields of the body, as from a
/// server, and the `body` as a whole, as the reference's command line has it.
fn with_status(body: Value<'_>, code: f64) -> Document {
    let bump = Bump::new();
    let fields = body.as_map().into_iter().flat_map(|map| map.iter());
    let own = [("body", body), ("statusCode", Value::Int(code as i64))];
    Document::from_value(object(&bump, fields.chain(own)))
}

impl Facts for Offline {
    fn offers(&self, kind: FactKind) -> bool {
        match kind {
            FactKind::Kubernetes => !self.calls.is_empty() || !self.stated.is_empty(),
            FactKind::Service => !self.calls.is_empty(),
            FactKind::GlobalContext => !self.global.is_empty(),
            FactKind::ConfigMap => self.objects.is_some(),
            FactKind::Image => !self.images.is_empty(),
            FactKind::NamespaceLabels | FactKind::Host => false,
        }
    }

    fn get(&self, fact: &Fact) -> Option<Answer<'_>> {
        Some(match fact {
            Fact::ConfigMap { namespace, name } => self
                .object("ConfigMap", namespace, name)
                .ok_or_else(|| format!("configmaps \"{name}\" not found")),
            Fact::Api(call) => {
                let address = match &call.target {
                    ApiTarget::Kubernetes { path } => path,
                    ApiTarget::Service { url, .. } => url,
                };
                match (self.call(call.method, address), self.stated.get(address)) {
                    (Some(mock), _) => mock.answer.as_ref().map_err(Clone::clone),
                    (None, Some(known)) => Ok(known),
                    (None, None) if !self.stated.is_empty() => self.absent(address),
                    (None, None) => Err(format!(
                        "no mock response found for {} {address}",
                        call.method
                    )),
                }
            }
            Fact::Http(call) => {
                let address = match &call.target {
                    ApiTarget::Kubernetes { path } => path,
                    ApiTarget::Service { url, .. } => url,
                };
                let mock = self.call(call.method, address);
                mock.map(|mock| &mock.with_status)
                    .ok_or_else(|| format!("no mock response found for {} {address}", call.method))
            }
            Fact::Image(image) if self.images.contains_key(&image.reference) => self
                .images
                .get(&image.reference)
                .ok_or_else(|| format!("image {} not found", image.reference)),
            Fact::GlobalContext { name } => self
                .global
                .get(name)
                .ok_or_else(|| format!("global context entry {name} not found")),
            other => Err(format!("{other} is not available offline")),
        })
    }
}
