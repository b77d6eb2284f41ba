//! Loading context entries: one function for each kind.
//!
//! Comes in:  an entry as written, with variables in its texts.
//! Goes out:  its value; or the text of why there is none; or the fact that is needed first.

use portcullis_lang::value::{GoText, Value, object, to_json};

use super::entries::{Entry, EntryKind};
use super::tree::doubles;
use super::{Context, queries};
use crate::facts::{ApiCall, ApiTarget, Fact, Fault, ImageData, Method};

pub(super) fn load<'v>(context: &mut Context<'v>, entry: Entry<'v>) -> Result<Value<'v>, Fault> {
    let mut loader = Loader {
        context,
        name: entry.name,
    };
    match entry.kind {
        EntryKind::Variable => loader.variable(entry.body),
        EntryKind::ConfigMap => loader.config_map(entry.body),
        EntryKind::ApiCall => loader.api_call(entry.body),
        EntryKind::ImageRegistry => loader.image_registry(entry.body),
        EntryKind::GlobalReference => loader.global_reference(entry.body),
    }
}

struct Loader<'c, 'v> {
    context: &'c mut Context<'v>,
    name: &'v str,
}

impl<'v> Loader<'_, 'v> {
    /// `value`, `jmesPath` asked of it or of the variables, `default` where that fails. A `jmesPath`
    /// without `value` that yields null has the default too; with a value it has not.
    fn variable(&mut self, body: Value<'v>) -> Result<Value<'v>, Fault> {
        let path = self.text(body, "jmesPath")?;
        let default = match present(body, "default") {
            Some(written) => self.fill(written)?,
            None => Value::Null,
        };
        let asked = match present(body, "value") {
            Some(written) => {
                let value = self.fill(doubles(self.context.bump(), written))?;
                if path.is_empty() {
                    Ok(value)
                } else {
                    queries::apply(&self.context.setting, &self.context.env, path, value)
                }
            }
            None if path.is_empty() => Ok(default),
            None => match self.context.query(path).map_err(Fault::from) {
                Ok(Value::Null) => Ok(default),
                asked => asked,
            },
        };
        let output = match asked {
            Ok(value) => value,
            Err(Fault::Error(text)) if default.is_null() => {
                let place = format!("failed to apply jmespath {path} to variable <nil>: ");
                return Err(Fault::Error(text).within(&place));
            }
            Err(Fault::Error(_)) => default,
            Err(fault) => return Err(fault),
        };
        if output.is_null() {
            return Err(Fault::Error(format!(
                "failed to add context entry for variable {} since it evaluated to nil",
                self.name
            )));
        }
        Ok(doubles(self.context.bump(), output))
    }

    /// `{data, metadata}` of a ConfigMap.
    fn config_map(&mut self, body: Value<'v>) -> Result<Value<'v>, Fault> {
        let name = self.text(body, "name")?;
        let own = self.context.namespace;
        let namespace = match self.text(body, "namespace")? {
            "" if own.is_empty() => "default",
            "" => own,
            namespace => namespace,
        };
        if !own.is_empty() && namespace != own {
            return Err(Fault::Error(format!(
                "context entry {}: configMap namespace \"{namespace}\" is different from policy namespace \"{own}\"",
                self.name
            )));
        }
        let fact = Fact::ConfigMap {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        };
        let found = self.know(&fact).map_err(|fault| {
            fault.within(&format!(
                "failed to retrieve config map for context entry {}: failed to get configmap {namespace}/{name} : ",
                self.name
            ))
        })?;
        let field = |key| (key, found.get(key).unwrap_or_default());
        Ok(object(
            self.context.bump(),
            [field("data"), field("metadata")],
        ))
    }

    /// The answer of the API server or of a service, and what `jmesPath` makes of it. `default`
    /// stands in for an answer that does not come, and `jmesPath` is not asked of it.
    fn api_call(&mut self, body: Value<'v>) -> Result<Value<'v>, Fault> {
        let filled = self.fill_noting(body, body.get("urlPath").unwrap_or_default())?;
        let call = self.call(filled)?;
        match self.know(&Fact::Api(Box::new(call))) {
            Ok(answer) => self.ask(filled, answer),
            Err(Fault::Error(text)) => match present(filled, "default") {
                Some(default) => Ok(doubles(self.context.bump(), default)),
                None => Err(Fault::Error(text)),
            },
            Err(fault) => Err(fault),
        }
    }

    fn call(&self, body: Value<'v>) -> Result<ApiCall, Fault> {
        let method = match body.text("method") {
            "POST" => Method::Post,
            _ => Method::Get,
        };
        let url_path = body.text("urlPath");
        let own = self.context.namespace;
        let inside = |path: &str| path.contains(&format!("/namespaces/{own}/"));
        let target = if url_path.is_empty() {
            let service = body.get("service").unwrap_or_default();
            if service.text("url").is_empty() {
                return Err(Fault::Error(format!(
                    "missing service for APICall {}",
                    self.name
                )));
            }
            let headers = items(service, "headers");
            ApiTarget::Service {
                url: service.text("url").to_owned(),
                headers: headers
                    .map(|header| {
                        (
                            header.text("key").to_owned(),
                            header.text("value").to_owned(),
                        )
                    })
                    .collect(),
                ca_bundle: service.text("caBundle").to_owned(),
            }
        } else if own.is_empty() || inside(url_path) {
            ApiTarget::Kubernetes {
                path: url_path.to_owned(),
            }
        } else {
            return Err(Fault::Error(format!(
                "context entry {}: path {url_path} does not refer to the policy namespace \"{own}\"",
                self.name
            )));
        };
        let body = (method == Method::Post).then(|| {
            let data = items(body, "data");
            let data = data.map(|item| (item.text("key"), item.get("value").unwrap_or_default()));
            to_json(object(self.context.bump(), data))
        });
        Ok(ApiCall {
            method,
            target,
            body,
        })
    }

    /// What a registry knows of an image.
    fn image_registry(&mut self, body: Value<'v>) -> Result<Value<'v>, Fault> {
        let filled = self.fill_noting(body, body.get("reference").unwrap_or_default())?;
        let Some(reference) = filled.get("reference").and_then(Value::as_str) else {
            return Err(Fault::Error(format!(
                "invalid image reference {}",
                GoText(filled.get("reference").unwrap_or_default())
            )));
        };
        let credentials = filled.get("imageRegistryCredentials").unwrap_or_default();
        let names = |key| {
            let names = items(credentials, key).filter_map(Value::as_str);
            names.map(str::to_owned).collect()
        };
        let allow_insecure = credentials.get("allowInsecureRegistry");
        let fact = Fact::Image(Box::new(ImageData {
            reference: reference.to_owned(),
            allow_insecure: allow_insecure.and_then(Value::as_bool) == Some(true),
            providers: names("providers"),
            secrets: names("secrets"),
        }));
        let known = self.know(&fact)?;
        self.ask(filled, known)
    }

    /// The data of a global context entry.
    fn global_reference(&mut self, body: Value<'v>) -> Result<Value<'v>, Fault> {
        let filled = self.fill_noting(body, body.get("name").unwrap_or_default())?;
        let fact = Fact::GlobalContext {
            name: filled.text("name").to_owned(),
        };
        let known = self.know(&fact)?;
        self.ask(filled, known)
    }

    /// `jmesPath` of an entry, asked of what was fetched.
    fn ask(&mut self, filled: Value<'v>, known: Value<'v>) -> Result<Value<'v>, Fault> {
        let path = filled.text("jmesPath");
        if path.is_empty() {
            return Ok(known);
        }
        queries::apply(&self.context.setting, &self.context.env, path, known).map_err(|fault| {
            fault.within(&format!(
                "failed to apply JMESPath {path} for context entry {}: ",
                self.name
            ))
        })
    }

    fn know(&self, fact: &Fact) -> Result<Value<'v>, Fault> {
        match self.context.setting.facts.get(fact) {
            Some(Ok(document)) => Ok(document.root()),
            Some(Err(text)) => Err(Fault::Error(text)),
            None => Err(Fault::Missing(fact.clone())),
        }
    }

    /// A field that must be a text once it is filled in; empty where it is not there.
    fn text(&mut self, body: Value<'v>, key: &str) -> Result<&'v str, Fault> {
        let Some(written) = present(body, key) else {
            return Ok("");
        };
        let filled = self.fill(written)?;
        filled.as_str().ok_or_else(|| {
            // Kyverno's word for this one, which users look for.
            let field = if key == "jmesPath" {
                "jmespath value"
            } else {
                key
            };
            Fault::Error(format!(
                "context entry {}: {field} must be a string, got {}",
                self.name,
                filled.go_type()
            ))
        })
    }

    fn fill(&mut self, written: Value<'v>) -> Result<Value<'v>, Fault> {
        self.fill_noting(written, written)
    }

    /// Fills variables in; an error names the entry and `shown`.
    fn fill_noting(&mut self, written: Value<'v>, shown: Value<'v>) -> Result<Value<'v>, Fault> {
        self.context.substitute(written).map_err(|fault| {
            fault.within(&format!(
                "failed to substitute variables in context entry {} {}: ",
                self.name,
                GoText(shown)
            ))
        })
    }
}

/// A field that is there and not null.
fn present<'v>(body: Value<'v>, key: &str) -> Option<Value<'v>> {
    body.get(key).filter(|value| !value.is_null())
}

fn items<'v>(body: Value<'v>, key: &str) -> impl Iterator<Item = Value<'v>> {
    let items = body.get(key).and_then(Value::as_list);
    items.into_iter().flatten()
}
