//! `mutate`: the part of a rule that changes resources.

use portcullis_lang::template::Template;
use portcullis_lang::value::{Document, Item, Value};

use super::fields::{Fields, wrong_type};
use super::filter::LabelSelector;
use super::rule::{ContextEntry, foreach_list};
use crate::actions::mutate::json_patch;

/// A `mutate` block.
#[derive(Debug)]
pub struct Mutate {
    /// What is changed about a resource.
    pub patch: Patch,
    /// Where there are any, these are changed and not the object of the request.
    pub targets: Vec<Target>,
    /// `mutateExistingOnPolicyUpdate`, where the rule says it itself: change the targets of all
    /// resources that match, whenever the policy changes?
    pub mutate_existing_on_policy_update: Option<bool>,
}

/// What is changed: by a `mutate` block, or by an entry of its `foreach`.
#[derive(Debug)]
pub enum Patch {
    /// `patchStrategicMerge`; the patch stands in the document that it was read from.
    StrategicMerge,
    /// `patchesJson6902`; the operations where they hold no variables, else the text stands in the
    /// document.
    Json(Option<Document>),
    /// Entries, one after the other.
    Foreach(Vec<MutateForeach>),
    /// Nothing: the block is empty.
    None,
}

/// One entry of `mutate.foreach`.
#[derive(Debug)]
pub struct MutateForeach {
    /// A JMESPath expression, as written.
    pub list: String,
    /// From which end the list is gone through.
    pub order: Option<Order>,
    /// Context entries of each element.
    pub context: Vec<ContextEntry>,
    /// `preconditions` of each element, as written.
    pub preconditions: Option<Document>,
    /// What each element changes.
    pub patch: Patch,
    /// The entry as written.
    pub document: Document,
}

/// The order in which a loop goes through a list.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Order {
    /// From the first element on.
    Ascending,
    /// From the last element back.
    Descending,
}

/// Which existing resources a rule changes.
#[derive(Debug)]
pub struct Target {
    /// `apiVersion`, `kind`, `namespace`, `name`: may hold variables, and the last two wildcards.
    pub document: Document,
    /// On the target's labels.
    pub selector: Option<LabelSelector>,
    /// Context entries of each target.
    pub context: Vec<ContextEntry>,
    /// `preconditions` of each target, as written.
    pub preconditions: Option<Document>,
}

impl MutateForeach {
    /// From which end the list is gone through: from the last, where that is not said and the
    /// patch puts elements in front.
    pub fn order(&self) -> Order {
        self.order.unwrap_or(match self.patch {
            Patch::StrategicMerge => Order::Descending,
            _ => Order::Ascending,
        })
    }
}

impl Mutate {
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Mutate {
        Mutate {
            patch: Patch::read(fields),
            targets: fields.each("targets", Target::read),
            mutate_existing_on_policy_update: fields.flag("mutateExistingOnPolicyUpdate"),
        }
    }

    /// Does the rule change existing resources, and not the object of the request?
    pub fn is_existing(&self) -> bool {
        !self.targets.is_empty()
    }
}

impl Patch {
    fn read(fields: &mut Fields<'_, '_>) -> Patch {
        let merge = fields.item("patchStrategicMerge");
        let json = fields
            .text("patchesJson6902")
            .filter(|text| !text.is_empty());
        let foreach = fields.each("foreach", MutateForeach::read);
        if !foreach.is_empty() {
            Patch::Foreach(foreach)
        } else if merge.is_some() {
            Patch::StrategicMerge
        } else if let Some(text) = json {
            let ready = Template::scan(Value::Str(text)).is_constant();
            Patch::Json(ready.then(|| json_patch::read_text(text).ok()).flatten())
        } else {
            Patch::None
        }
    }
}

impl MutateForeach {
    fn read(fields: &mut Fields<'_, '_>) -> MutateForeach {
        let list = foreach_list(fields);
        let order = fields.item("order").and_then(|item| match item.value() {
            Value::Str("Ascending") => Some(Order::Ascending),
            Value::Str("Descending") => Some(Order::Descending),
            _ => {
                let finding = wrong_type("order", "`Ascending` or `Descending`", item);
                fields.diagnostics().push(finding);
                None
            }
        });
        Self {
            list,
            order,
            context: ContextEntry::read_all(fields),
            preconditions: fields.item("preconditions").map(Item::to_document),
            patch: Patch::read(fields),
            document: fields.document(),
        }
    }
}

impl Target {
    fn read(fields: &mut Fields<'_, '_>) -> Target {
        fields.ignore(&["apiVersion", "kind", "namespace", "name", "uid"]);
        Target {
            selector: LabelSelector::read(fields, "selector"),
            context: ContextEntry::read_all(fields),
            preconditions: fields.item("preconditions").map(Item::to_document),
            document: fields.document(),
        }
    }
}
