//! `generate`: the part of a rule that makes other resources.

use portcullis_lang::value::{Document, Item, Value};

use super::fields::Fields;
use super::filter::LabelSelector;
use super::rule::{ContextEntry, foreach_list};

/// A `generate` block.
#[derive(Debug)]
pub struct Generate {
    /// `synchronize`: keep what was made in step with where it comes from?
    pub synchronize: bool,
    /// `orphanDownstreamOnPolicyDelete`: leave it behind when the policy goes?
    pub orphan_downstream_on_policy_delete: bool,
    /// `generateExisting`, where the rule says it itself: make it for triggers that are there already?
    pub generate_existing: Option<bool>,
    /// What is made.
    pub targets: Targets,
}

/// What a `generate` block makes.
#[derive(Debug)]
pub enum Targets {
    /// One pattern.
    One(Pattern),
    /// One for each element of lists.
    Foreach(Vec<GenerateForeach>),
}

/// One entry of `generate.foreach`.
#[derive(Debug)]
pub struct GenerateForeach {
    /// A JMESPath expression, as written.
    pub list: String,
    /// Context entries of each element.
    pub context: Vec<ContextEntry>,
    /// `preconditions` of each element, as written.
    pub preconditions: Option<Document>,
    /// What each element makes.
    pub pattern: Pattern,
}

/// What is made, and from what.
#[derive(Debug)]
pub struct Pattern {
    /// `apiVersion`, `kind`, `name`, `namespace`, `data`, `clone`, `cloneList` as written: all of it
    /// may hold variables.
    pub document: Document,
    /// On the labels of the resources that `cloneList` copies.
    pub selector: Option<LabelSelector>,
}

impl Generate {
    /// `apiVersion` and `kind` of everything that it makes, as written: variables stay.
    pub fn made(&self) -> Vec<(&str, &str)> {
        match &self.targets {
            Targets::One(pattern) => pattern.made(),
            Targets::Foreach(all) => all.iter().flat_map(|each| each.pattern.made()).collect(),
        }
    }

    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Generate {
        let foreach = fields.each("foreach", GenerateForeach::read);
        let pattern = Pattern::read(fields);
        Generate {
            synchronize: fields.flag("synchronize").unwrap_or(false),
            orphan_downstream_on_policy_delete: fields
                .flag("orphanDownstreamOnPolicyDelete")
                .unwrap_or(false),
            generate_existing: fields.flag("generateExisting"),
            targets: match foreach.is_empty() {
                true => Targets::One(pattern),
                false => Targets::Foreach(foreach),
            },
        }
    }
}

impl Pattern {
    /// `apiVersion` and `kind` of what it makes, as written: several for a `cloneList`.
    pub fn made(&self) -> Vec<(&str, &str)> {
        let root = self.document.root();
        let cloned = self.cloned();
        match cloned.is_empty() {
            true => vec![(root.text("apiVersion"), root.text("kind"))],
            false => cloned,
        }
    }

    /// The kinds of `cloneList`: `v1/Secret`, `apps/v1/Deployment`.
    pub fn cloned(&self) -> Vec<(&str, &str)> {
        let list = self.document.root().at(&["cloneList", "kinds"]);
        let kinds = list.and_then(Value::as_list).into_iter().flatten();
        let kinds = kinds.filter_map(Value::as_str);
        kinds.filter_map(|kind| kind.rsplit_once('/')).collect()
    }
}

impl GenerateForeach {
    fn read(fields: &mut Fields<'_, '_>) -> GenerateForeach {
        let list = foreach_list(fields);
        GenerateForeach {
            list,
            context: ContextEntry::read_all(fields),
            preconditions: fields.item("preconditions").map(Item::to_document),
            pattern: Pattern::read(fields),
        }
    }
}

impl Pattern {
    fn read(fields: &mut Fields<'_, '_>) -> Pattern {
        for key in ["apiVersion", "kind", "name", "namespace", "uid"] {
            fields.text(key);
        }
        fields.ignore(&["data"]);
        fields.map("clone", |clone| {
            clone.text("namespace");
            clone.text("name");
        });
        let selector = fields.map("cloneList", |list| {
            list.text("namespace");
            list.texts("kinds");
            LabelSelector::read(list, "selector")
        });
        Pattern {
            document: fields.document(),
            selector: selector.flatten(),
        }
    }
}
