//! The variables of an evaluation: what `{{ }}` and every other expression is asked of.
//!
//! Comes in:  a review, context entries as written, facts, values from a values file.
//! Goes out:  [`Context`]: answers to expressions, documents with their variables filled in.
//! Never here: what follows from an answer.
//!
//! ```text
//! request ─────────┐
//! element, target ─┼─> root ──query──> value
//! entries ─lazily──┘     └─checkpoint─> restore: dropping what a rule or an element added
//! images ──lazily──┘
//! ```
//!
//! The root is a small map in the evaluation's memory. Setting a variable makes a new root that
//! shares all values with the old one, so a checkpoint is a copy of a pointer.
//!
//! A context entry is loaded when the text of an expression first mentions its name, and sees
//! only the entries in front of it. What was loaded stays loaded when a checkpoint is restored,
//! unless the entry itself is dropped by that.

mod entries;
mod images;
mod load;
mod queries;
mod tree;

use bumpalo::Bump;
use portcullis_lang::functions::Inputs;
use portcullis_lang::jmespath::Env;
use portcullis_lang::scalar::image::Defaults;
use portcullis_lang::template::{Options, Resolver, Template};
use portcullis_lang::value::{Map, Span, Value, map, to_json};

use crate::doc::ContextEntry;
use crate::facts::{Configured, Facts, Fault};
use crate::review::Review;
use crate::trace::Trace;

use entries::Entries;
use images::Images;

pub(crate) use entries::mentions;
pub use queries::{Queries, QueryFault};

/// What an evaluation works with; the same for all of its rules. Copying it copies references.
#[derive(Clone, Copy)]
pub struct Setting<'v> {
    /// Where everything lies that is made on the way.
    pub bump: &'v Bump,
    /// Answers from outside.
    pub facts: &'v dyn Facts,
    /// Time, randomness, host names.
    pub inputs: &'v dyn Inputs,
    /// Expressions parsed beforehand.
    pub queries: &'v Queries,
    /// What completes image references.
    pub images: Defaults<'v>,
    /// How many bytes all entries may have together.
    pub max_bytes: usize,
    /// Load entries when they are registered, not when they are mentioned.
    pub eager: bool,
    /// Who wants to know how an outcome came about, if anybody does.
    pub trace: Option<&'v Trace>,
}

impl<'v> Setting<'v> {
    /// As configured.
    pub fn new(
        bump: &'v Bump,
        facts: &'v dyn Facts,
        inputs: &'v dyn Inputs,
        queries: &'v Queries,
    ) -> Self {
        let Configured {
            images,
            max_bytes,
            eager,
            ..
        } = facts.configured();
        Setting {
            bump,
            facts,
            inputs,
            queries,
            images,
            max_bytes,
            eager,
            trace: None,
        }
    }
}

/// The variables of one evaluation.
pub struct Context<'v> {
    setting: Setting<'v>,
    env: Env<'v>,
    root: Map<'v>,
    /// Of the policy whose rules are evaluated; empty for a cluster-wide one.
    namespace: &'v str,
    entries: Entries<'v>,
    images: Images<'v>,
}

/// A state of a [`Context`] to come back to.
#[derive(Clone, Copy, Debug)]
pub struct Checkpoint<'v> {
    root: Map<'v>,
    entries: entries::Mark,
    images: Images<'v>,
}

/// The variables that every rule sees, but for `images`.
pub(crate) fn variables<'v>(review: &Review<'v>, bump: &'v Bump) -> Map<'v> {
    let request = ("request", tree::request(review, bump));
    if review.user.is_empty() {
        return map(bump, [request]);
    }
    let (namespace, name) = tree::service_account(review.user.username());
    let account = [
        ("serviceAccountName", name.into()),
        ("serviceAccountNamespace", namespace.into()),
    ];
    map(bump, [request].into_iter().chain(account))
}

/// The variables that the element of an outermost loop sees.
pub(crate) fn with_element<'v>(
    bump: &'v Bump,
    root: Map<'v>,
    index: usize,
    element: Value<'v>,
) -> Map<'v> {
    let index = Value::Int(i64::try_from(index).unwrap_or(i64::MAX));
    let variables = [
        ("element", element),
        ("element0", element),
        ("elementIndex", index),
        ("elementIndex0", index),
    ];
    tree::with(bump, root, &variables)
}

impl<'v> Context<'v> {
    /// The variables that every rule sees: `request`, the service account, `images`.
    pub fn new(setting: Setting<'v>, review: &Review<'v>) -> Self {
        Context {
            env: Env::new(setting.bump, setting.inputs),
            root: variables(review, setting.bump),
            namespace: "",
            entries: Entries::default(),
            images: Images::of(review.resource()),
            setting,
        }
    }

    /// The memory of the evaluation.
    pub fn bump(&self) -> &'v Bump {
        self.setting.bump
    }

    /// What the evaluation works with.
    pub(crate) fn setting(&self) -> &Setting<'v> {
        &self.setting
    }

    /// All variables that are there, without entries that nothing has mentioned yet.
    pub fn root(&self) -> Value<'v> {
        Value::Map(self.root)
    }

    /// The rules of a policy come next; their expressions have a whole budget of steps together.
    /// `namespace` is empty for a cluster-wide policy; another one reads only its own namespace.
    pub fn set_policy_namespace(&mut self, namespace: &'v str) {
        self.namespace = namespace;
        self.env = Env::new(self.setting.bump, self.setting.inputs);
    }

    /// Defines a variable; what had the name before is gone.
    pub fn set(&mut self, name: &'v str, value: Value<'v>) {
        self.set_all(&[(name, value)]);
    }

    /// The element that a loop is at. `depth` is 0 in the outermost loop.
    pub fn set_element(&mut self, depth: usize, index: usize, element: Value<'v>) {
        if depth == 0 {
            self.root = with_element(self.bump(), self.root, index, element);
            return;
        }
        let numbered = |name: &str| &*self.bump().alloc_str(&format!("{name}{depth}"));
        let index = Value::Int(i64::try_from(index).unwrap_or(i64::MAX));
        self.set_all(&[
            ("element", element),
            (numbered("element"), element),
            ("elementIndex", index),
            (numbered("elementIndex"), index),
        ]);
    }

    /// The object that an existing-resource mutation looks at.
    pub fn set_target(&mut self, target: Value<'v>) {
        self.set("target", target);
    }

    /// Another object in the place of `request.object`, and of its images: what a mutation made,
    /// or what was there before an update.
    pub fn replace_object(&mut self, object: Value<'v>) {
        self.put(&["request", "object"], object);
        self.images = self.images.with_resource(object);
        self.root = tree::without(self.bump(), self.root, "images");
    }

    /// The request as if it created `object`.
    pub fn pretend_created(&mut self, object: Value<'v>) {
        let request = self.root.get("request").and_then(Value::as_map);
        let request = tree::without(self.bump(), request.unwrap_or(Map::EMPTY), "oldObject");
        self.set("request", Value::Map(request));
        self.put(&["request", "operation"], Value::Str("CREATE"));
        self.replace_object(object);
    }

    /// Where the images of the object stand: `imageExtractors` of a rule, as written.
    pub fn set_image_extractors(&mut self, extractors: Option<Value<'v>>) {
        self.images = self.images.with_extractors(extractors);
        self.root = tree::without(self.bump(), self.root, "images");
    }

    /// A value from a values file: `key` is a path with dots, a part of it may stand in double
    /// quotes. A context entry that would have to be fetched is not, once it has a value here.
    pub fn provide(&mut self, key: &'v str, value: Value<'v>) {
        let path = tree::dotted(key, self.bump());
        if let [name, ..] = path {
            self.entries.provide(name);
        }
        self.put(path, value);
    }

    /// Adds context entries. They are loaded when they are mentioned.
    ///
    /// # Errors
    ///
    /// Only where [`Setting::eager`] is set: what loading an entry says.
    pub fn register(&mut self, entries: &'v [ContextEntry]) -> Result<(), Fault> {
        for entry in entries {
            let added = self.entries.add(entry, self.setting.facts);
            if added && self.setting.eager {
                self.load(self.entries.len() - 1)?;
            }
        }
        Ok(())
    }

    /// The state now. Costs no allocation.
    pub fn checkpoint(&self) -> Checkpoint<'v> {
        Checkpoint {
            root: self.root,
            entries: self.entries.mark(),
            images: self.images,
        }
    }

    /// Drops everything that was defined since. Entries registered before keep what was loaded.
    pub fn restore(&mut self, checkpoint: Checkpoint<'v>) {
        self.root = checkpoint.root;
        for (entry, value) in self.entries.restore(checkpoint.entries) {
            self.add_loaded(entry, value);
        }
        let images = std::mem::replace(&mut self.images, checkpoint.images);
        if let Some(found) = images.found_since(checkpoint.images) {
            self.images = images;
            if let Some(found) = found {
                self.set("images", found);
            }
        }
    }

    /// The answer to an expression.
    ///
    /// Parsed beforehand where [`Setting::queries`] has it; otherwise here, and the answer is
    /// copied.
    ///
    /// # Errors
    ///
    /// What the expression says, or what loading an entry says that it mentions. A missing key is
    /// told apart, because loops read over it.
    pub fn query(&mut self, text: &str) -> Result<Value<'v>, QueryFault> {
        self.load_mentioned(text)?;
        let text = text.trim();
        if text.is_empty() {
            return Err(Fault::Error("invalid query (nil)".to_owned()).into());
        }
        let answer = queries::ask(&self.setting, &self.env, text, self.root());
        if let Some(trace) = self.setting.trace {
            let shown = match &answer {
                Ok(value) => format!("`{text}` is {}", to_json(*value)),
                Err(fault) => format!("`{text}` has no value: {fault}"),
            };
            trace.note("variable", trace.place_of_expression(text), None, shown);
        }
        answer
    }

    /// Who wants to know how an outcome came about.
    pub(crate) fn trace(&self) -> Option<&'v Trace> {
        self.setting.trace
    }

    /// What is asked from now on stands at `part` of the rule. Returns what [`Context::back_to`]
    /// takes; for the account only.
    pub(crate) fn at(&self, part: Span) -> Option<Span> {
        self.setting.trace.map(|trace| trace.within(part))
    }

    /// [`Context::at`] for a text that is known by what it says.
    pub(crate) fn at_text(&self, text: &str) -> Option<Span> {
        self.setting
            .trace
            .map(|trace| trace.within(trace.place_of(text)))
    }

    /// Undoes [`Context::at`].
    pub(crate) fn back_to(&self, before: Option<Span>) {
        if let (Some(trace), Some(before)) = (self.setting.trace, before) {
            trace.within(before);
        }
    }

    /// `document` with its references and variables filled in.
    ///
    /// # Errors
    ///
    /// The first expression without an answer, with its place in the document.
    pub fn substitute(&mut self, document: Value<'v>) -> Result<Value<'v>, Fault> {
        self.substitute_template(Template::scan(document))
    }

    /// [`Context::substitute`] for a document that was scanned before.
    ///
    /// # Errors
    ///
    /// As [`Context::substitute`].
    pub fn substitute_template(&mut self, template: Template<'v>) -> Result<Value<'v>, Fault> {
        if template.is_constant() {
            return Ok(template.document());
        }
        let operation = self.root().at(&["request", "operation"]);
        let options = Options {
            delete: operation.and_then(Value::as_str) == Some("DELETE"),
            target: self.root.contains_key("target"),
        };
        let bump = self.bump();
        template
            .substitute(self, options, bump)
            .map_err(|error| match error.cause() {
                Some(Fault::Error(_)) | None => Fault::Error(error.to_string()),
                Some(fault) => fault.clone(),
            })
    }

    fn set_all(&mut self, variables: &[(&'v str, Value<'v>)]) {
        self.root = tree::with(self.bump(), self.root, variables);
    }

    fn put(&mut self, path: &[&'v str], value: Value<'v>) {
        self.root = tree::put(self.bump(), self.root, path, value);
    }
}

impl<'v> Resolver<'v> for Context<'v> {
    type Error = Fault;

    fn resolve(&mut self, expression: &str) -> Result<Value<'v>, Fault> {
        self.query(expression).map_err(Fault::from)
    }
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("root", &self.root)
            .field("entries", &self.entries)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
