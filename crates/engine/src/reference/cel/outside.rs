//! What expressions ask of the world, answered from facts.

use std::cell::RefCell;
use std::fmt;

use bumpalo::Bump;
use portcullis_lang::cel::library::{Answer, Http, Object, Outside, Question};
use portcullis_lang::functions::Inputs;
use portcullis_lang::value::{Document, Value, copy, list, object, to_json};

use super::{access, generated};
use crate::facts::{ApiCall, ApiTarget, Fact, FactKind, Facts, ImageData, Method, object_path};
use crate::review::{UserInfo, plural};

/// Facts as CEL asks for them. Remembers the first one that is missing.
pub(super) struct Known<'v> {
    facts: &'v dyn Facts,
    inputs: &'v dyn Inputs,
    /// Of the policy; empty for one of the whole cluster.
    namespace: &'v str,
    /// Whose rights are asked about.
    user: UserInfo<'v>,
    missing: RefCell<Option<Fact>>,
    /// What `generator.apply` was asked to make so far.
    generated: RefCell<Vec<Document>>,
}

impl<'v> Known<'v> {
    pub(super) fn new(facts: &'v dyn Facts, inputs: &'v dyn Inputs, namespace: &'v str) -> Self {
        Known {
            facts,
            inputs,
            namespace,
            user: UserInfo::default(),
            missing: RefCell::new(None),
            generated: RefCell::default(),
        }
    }

    /// With the user whose rights `authorizer` asks about.
    pub(super) fn of_user(self, user: UserInfo<'v>) -> Self {
        Known { user, ..self }
    }

    /// The fact that an evaluation stopped at.
    pub(super) fn missing(&self) -> Option<Fact> {
        self.missing.borrow().clone()
    }

    /// The objects that expressions have made.
    pub(super) fn generated(&self) -> Vec<Document> {
        self.generated.take()
    }

    fn path(&self, object: &Object<'_>) -> String {
        let namespace = object.namespace.unwrap_or(self.namespace);
        object_path(object.api_version, object.resource, namespace, object.name)
    }

    /// A policy of one namespace could reach what its author must not.
    fn may_ask_services(&self) -> bool {
        self.namespace.is_empty() || self.facts.configured().http_in_namespaces
    }

    fn fact<'b>(&'b self, fact: Fact, bump: &'b Bump) -> Answer<'b> {
        if !self.facts.offers(fact.kind()) {
            return Answer::Failed("nobody is there to be asked");
        }
        match self.facts.get(&fact) {
            Some(Ok(document)) => Answer::Value(copy(bump, document.root())),
            Some(Err(text)) => Answer::Failed(bump.alloc_str(&text)),
            None => {
                self.missing.borrow_mut().get_or_insert(fact);
                Answer::Missing
            }
        }
    }
}

impl Outside for Known<'_> {
    fn ask<'b>(&'b self, question: &Question<'_>, bump: &'b Bump) -> Answer<'b> {
        let whole = |number: i128| Answer::Value(Value::Int(number as i64));
        match question {
            Question::Now => whole(self.inputs.now()),
            Question::Random => whole(i128::from(self.inputs.random() >> 1)),
            // Without a cluster there is nothing in it.
            Question::Get(_) if !self.facts.offers(FactKind::Kubernetes) => {
                Answer::Value(Value::Null)
            }
            Question::Get(object) => match self.fact(get(self.path(object)), bump) {
                Answer::Failed(text) if text.ends_with("not found") => Answer::Value(Value::Null),
                answer => answer,
            },
            Question::List(object, _) if !self.facts.offers(FactKind::Kubernetes) => {
                Answer::Failed(bump.alloc_str(&format!("{} resource not found", object.resource)))
            }
            Question::List(object, labels) => match self.fact(get(self.path(object)), bump) {
                Answer::Value(found) => Answer::Value(labelled(found, labels, bump)),
                answer => answer,
            },
            Question::ImageMetadata(reference) => {
                let image = ImageData {
                    reference: (*reference).to_owned(),
                    allow_insecure: false,
                    providers: Vec::new(),
                    secrets: Vec::new(),
                };
                self.fact(Fact::Image(Box::new(image)), bump)
            }
            Question::GlobalContext { .. } if !self.facts.offers(FactKind::GlobalContext) => {
                Answer::Value(Value::Null)
            }
            Question::GlobalContext { name, projection } => {
                let name = match projection {
                    Some("") | None => (*name).to_owned(),
                    Some(projection) => format!("{name}.{projection}"),
                };
                match self.fact(Fact::GlobalContext { name }, bump) {
                    Answer::Failed(text) if text.ends_with("not found") => {
                        Answer::Value(Value::Null)
                    }
                    answer => answer,
                }
            }
            Question::Post(object, body) => {
                let call = ApiCall {
                    method: Method::Post,
                    target: ApiTarget::Kubernetes {
                        path: self.path(object),
                    },
                    body: Some(to_json(*body)),
                };
                self.fact(Fact::Api(Box::new(call)), bump)
            }
            Question::ResourceType { api_version, kind } => {
                let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
                let fields = [
                    ("group", bump.alloc_str(group)),
                    ("version", bump.alloc_str(version)),
                    ("resource", bump.alloc_str(plural(kind, bump))),
                ];
                let fields = fields.map(|(key, text)| (key, Value::Str(text)));
                Answer::Value(object(bump, fields))
            }
            Question::Http(_) if !self.may_ask_services() => Answer::Failed(NO_HTTP),
            Question::Http(request) => self.fact(Fact::Http(Box::new(http_call(request))), bump),
            Question::Generate { namespace, objects } => {
                let namespace = namespace.unwrap_or(self.namespace);
                match generated::objects(objects, namespace) {
                    Ok(made) => self.generated.borrow_mut().extend(made),
                    Err(text) => return Answer::Failed(text),
                }
                Answer::Value(Value::Bool(true))
            }
            Question::Verify { .. } | Question::Payload { .. } => {
                Answer::Failed("this version does not verify images yet")
            }
            Question::Authorize { authorizer, verb } => {
                match self.fact(access::question(authorizer, verb, &self.user), bump) {
                    Answer::Value(review) => {
                        Answer::Value(review.get("status").unwrap_or_default())
                    }
                    answer => answer,
                }
            }
        }
    }

    fn is_over(&self) -> bool {
        self.inputs.is_over()
    }
}

const NO_HTTP: &str = "http.* is not allowed in namespaced policies";

fn http_call(request: &Http<'_>) -> ApiCall {
    let headers = request.headers.iter();
    ApiCall {
        method: match request.body {
            Some(_) => Method::Post,
            None => Method::Get,
        },
        target: ApiTarget::Service {
            url: request.url.to_owned(),
            headers: headers
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ca_bundle: request.ca_bundle.to_owned(),
        },
        body: request.body.map(to_json),
    }
}

/// The objects of a list that have these labels; the whole list where there are none to have.
fn labelled<'b>(found: Value<'b>, labels: &[(&str, &str)], bump: &'b Bump) -> Value<'b> {
    if labels.is_empty() {
        return found;
    }
    let has = |object: &Value<'b>| {
        let own = object.at(&["metadata", "labels"]).unwrap_or_default();
        labels.iter().all(|(key, value)| own.text(key) == *value)
    };
    let all = found.get("items").and_then(Value::as_list);
    items(all.into_iter().flatten().filter(has), bump)
}

fn items<'b>(objects: impl Iterator<Item = Value<'b>>, bump: &'b Bump) -> Value<'b> {
    object(bump, [("items", list(bump, objects))])
}

/// Reading from the API server.
pub(super) fn get(path: String) -> Fact {
    Fact::Api(Box::new(ApiCall {
        method: Method::Get,
        target: ApiTarget::Kubernetes { path },
        body: None,
    }))
}

impl fmt::Debug for Known<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known")
            .field("missing", &self.missing)
            .finish_non_exhaustive()
    }
}
