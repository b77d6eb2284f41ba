//! One rule of a policy.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::{Document, Item, Value};

use super::cel::Named;
use super::fields::Fields;
use super::filter::Filters;
use super::generate::Generate;
use super::mutate::Mutate;
use super::validate::Validate;
use super::verify_images::{self, VerifyImages};

/// A rule, as written or as autogen made it.
#[derive(Debug)]
pub struct Rule {
    /// Its name, unique within the policy.
    pub name: String,
    /// Which requests it is about.
    pub matches: Filters,
    /// Which of those it is not about.
    pub excludes: Filters,
    /// Context entries, in order, as written.
    pub context: Vec<ContextEntry>,
    /// `preconditions`, as written.
    pub preconditions: Option<Document>,
    /// `skipBackgroundRequests`: is it silent on requests of the background controller?
    pub skip_background_requests: bool,
    /// `reportProperties`, as written.
    pub report_properties: Option<Document>,
    /// `imageExtractors`: for each kind, where its images stand, as written.
    pub image_extractors: Option<Document>,
    /// What it does.
    pub body: Body,
    /// The whole rule as written; autogen rewrites it.
    pub document: Document,
}

/// One entry of `context`.
#[derive(Clone, Debug)]
pub struct ContextEntry {
    /// The variable that it defines.
    pub name: String,
    /// The entry as written.
    pub document: Document,
}

/// What a rule does.
#[derive(Debug)]
pub enum Body {
    /// Says yes or no.
    Validate(Box<Validate>),
    /// Changes resources.
    Mutate(Box<Mutate>),
    /// Makes other resources.
    Generate(Box<Generate>),
    /// Wants images signed, attested or pinned.
    VerifyImages(Box<VerifyImages>),
    /// Nothing: the rule is broken, and a diagnostic says why.
    None,
}

impl Rule {
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Rule {
        let at = fields.span();
        let name = fields.string("name");
        let matches = Filters::read(fields, "match");
        let excludes = Filters::read(fields, "exclude");
        let context = ContextEntry::read_all(fields);
        let preconditions = fields.item("preconditions").map(Item::to_document);
        let image_extractors = verify_images::extractors(fields).map(Item::to_document);
        let conditions = Named::texts(fields, "celPreconditions");
        let validate = fields.map("validate", |block| Validate::read(block, conditions));
        let mutate = fields.map("mutate", Mutate::read);
        let generate = fields.map("generate", Generate::read);
        let images = VerifyImages::read(fields);
        if fields
            .item("name")
            .is_none_or(|name| name.value() == Value::Str(""))
        {
            fields.diagnostics().push(Diagnostic::error(
                "no-rule-name",
                "the rule has no `name`",
                at,
            ));
        }
        Rule {
            matches,
            excludes,
            context,
            preconditions,
            skip_background_requests: fields.flag("skipBackgroundRequests").unwrap_or(true),
            report_properties: fields.item("reportProperties").map(Item::to_document),
            image_extractors,
            body: match (validate, mutate, generate, images) {
                (Some(validate), ..) => Body::Validate(Box::new(validate)),
                (_, Some(mutate), ..) => Body::Mutate(Box::new(mutate)),
                (_, _, Some(generate), _) => Body::Generate(Box::new(generate)),
                (.., Some(images)) => Body::VerifyImages(Box::new(images)),
                (None, None, None, None) => Body::None,
            },
            document: fields.document(),
            name,
        }
    }
}

impl ContextEntry {
    pub(super) fn read_all(fields: &mut Fields<'_, '_>) -> Vec<ContextEntry> {
        let entries = fields.list("context");
        entries
            .into_iter()
            .map(|item| ContextEntry {
                name: item.value().text("name").to_owned(),
                document: item.to_document(),
            })
            .collect()
    }
}

/// What a `foreach` entry goes through, of any body.
pub(super) fn foreach_list(fields: &mut Fields<'_, '_>) -> String {
    let list = fields.string("list");
    if list.is_empty() {
        let (at, message) = (fields.span(), "the `foreach` entry has no `list`");
        fields
            .diagnostics()
            .push(Diagnostic::error("no-list", message, at));
    }
    list
}
