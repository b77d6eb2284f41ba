//! What expressions ask of the world, answered from facts.

use std::cell::RefCell;
use std::fmt;

use bumpalo::Bump;
use portcullis_lang::cel::library::{Answer, Object, Outside, Question};
use portcullis_lang::functions::Inputs;
use portcullis_lang::value::{Value, copy, list, object};

use crate::facts::{ApiCall, ApiTarget, Fact, Facts, ImageData, Method, object_path};

/// Facts as CEL asks for them. Remembers the first one that is missing.
pub(super) struct Known<'v> {
    facts: &'v dyn Facts,
    inputs: &'v dyn Inputs,
    /// Of the policy; empty for one of the whole cluster.
    namespace: &'v str,
    missing: RefCell<Option<Fact>>,
}

impl<'v> Known<'v> {
    pub(super) fn new(facts: &'v dyn Facts, inputs: &'v dyn Inputs, namespace: &'v str) -> Self {
        Known {
            facts,
            inputs,
            namespace,
            missing: RefCell::new(None),
        }
    }

    /// The fact that an evaluation stopped at.
    pub(super) fn missing(&self) -> Option<Fact> {
        self.missing.borrow().clone()
    }

    fn path(&self, object: &Object<'_>) -> String {
        let namespace = object.namespace.unwrap_or(self.namespace);
        object_path(object.api_version, object.resource, namespace, object.name)
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
            Question::Get(object) => match self.fact(get(self.path(object)), bump) {
                Answer::Failed(text) if text.ends_with("not found") => Answer::Value(Value::Null),
                answer => answer,
            },
            Question::List(object, labels) => match self.fact(get(self.path(object)), bump) {
                Answer::Value(found) => Answer::Value(labelled(found, labels, bump)),
                Answer::Failed(text) if text.ends_with("not found") => {
                    Answer::Value(items(std::iter::empty(), bump))
                }
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
            Question::GlobalContext { name, projection } => {
                let name = match projection {
                    Some(projection) => format!("{name}.{projection}"),
                    None => (*name).to_owned(),
                };
                self.fact(Fact::GlobalContext { name }, bump)
            }
            _ => Answer::Failed("this cannot be asked here"),
        }
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
