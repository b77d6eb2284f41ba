//! `validate`: the part of a rule that says yes or no.

use std::sync::Arc;

use portcullis_lang::value::{Document, Item, Span};

use super::cel::{NativeCel, Text, Written};
use super::fields::Fields;
use super::pod_security::PodSecurity;
use super::rule::{ContextEntry, foreach_list};
use super::settings::{Action, ActionOverride, actions};

/// A `validate` block.
#[derive(Debug)]
pub struct Validate {
    /// `failureAction`, where the rule has its own.
    pub action: Option<Action>,
    /// `failureActionOverrides`.
    pub overrides: Vec<ActionOverride>,
    /// `allowExistingViolations`.
    pub allow_existing_violations: bool,
    /// `message`, as written.
    pub message: String,
    /// What is checked.
    pub validation: Validation,
}

/// What a `validate` block, or one entry of its `foreach`, checks.
#[derive(Debug)]
pub enum Validation {
    /// The resource must fit the pattern.
    Pattern(Document),
    /// The resource must fit one of the patterns.
    AnyPattern(Document),
    /// The conditions must not hold. `None` is an empty block, which always denies.
    Deny(Option<Document>),
    /// Every element of every list is checked.
    Foreach(Vec<Foreach>),
    /// The Pod must meet a level of the Pod Security Standards.
    PodSecurity(PodSecurity),
    /// CEL expressions must hold.
    Cel(Arc<NativeCel>),
    /// Nothing that this version knows.
    None,
}

/// One entry of `foreach`.
#[derive(Debug)]
pub struct Foreach {
    /// A JMESPath expression, as written.
    pub list: String,
    /// Where the entry stands.
    pub at: Span,
    /// `elementScope`, where it is stated.
    pub element_scope: Option<bool>,
    /// Context entries of each element.
    pub context: Vec<ContextEntry>,
    /// `preconditions` of each element, as written.
    pub preconditions: Option<Document>,
    /// What is checked for each element.
    pub validation: Validation,
}

impl Validate {
    /// `preconditions`: the rule's `celPreconditions`, which its `cel` block evaluates.
    pub(super) fn read(
        fields: &mut Fields<'_, '_>,
        preconditions: Vec<(String, Text)>,
    ) -> Validate {
        let (action, overrides) = actions(fields, "failureAction", "failureActionOverrides");
        fields.ignore(&["assert"]);
        fields.unsupported(&["manifests"]);
        let message = fields.string("message");
        let cel = fields.map("cel", Written::of_rule);
        let pod_security = fields.map("podSecurity", PodSecurity::read);
        let validation = match (pod_security, cel) {
            (Some(pod_security), _) => {
                fields.ignore(&["deny", "pattern", "anyPattern", "foreach"]);
                Validation::PodSecurity(pod_security)
            }
            (None, Some(cel)) => {
                fields.ignore(&["deny", "pattern", "anyPattern", "foreach"]);
                Validation::Cel(Arc::new(cel.compile(preconditions, &message)))
            }
            (None, None) => Validation::read(fields),
        };
        Validate {
            action,
            overrides,
            allow_existing_violations: fields.flag("allowExistingViolations").unwrap_or(true),
            message,
            validation,
        }
    }
}

impl Validation {
    /// `deny` wins over patterns, patterns over `foreach`, `pattern` over `anyPattern`.
    fn read(fields: &mut Fields<'_, '_>) -> Validation {
        let deny = fields.map("deny", |deny| {
            deny.item("conditions").map(Item::to_document)
        });
        let pattern = fields.item("pattern").map(Item::to_document);
        let any_pattern = fields.item("anyPattern");
        if let Some(item) = any_pattern.filter(|item| item.value().as_list().is_none()) {
            let finding = super::fields::wrong_type("anyPattern", "a list of patterns", item);
            fields.diagnostics().push(finding);
        }
        let foreach = fields.each("foreach", Foreach::read);
        if let Some(conditions) = deny {
            Validation::Deny(conditions)
        } else if let Some(pattern) = pattern {
            Validation::Pattern(pattern)
        } else if let Some(patterns) = any_pattern {
            Validation::AnyPattern(patterns.to_document())
        } else if !foreach.is_empty() {
            Validation::Foreach(foreach)
        } else {
            Validation::None
        }
    }
}

impl Foreach {
    fn read(fields: &mut Fields<'_, '_>) -> Foreach {
        let list = foreach_list(fields);
        Foreach {
            list,
            at: fields.span(),
            element_scope: fields.flag("elementScope"),
            context: ContextEntry::read_all(fields),
            preconditions: fields.item("preconditions").map(Item::to_document),
            validation: Validation::read(fields),
        }
    }
}
