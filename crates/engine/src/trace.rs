//! The account of an evaluation: which step looked at what, and how it came out.
//!
//! Comes in:  notes that the reference evaluator makes on its way, where somebody listens.
//! Goes out:  [`Step`]s in order, each with its place in the policy.
//! Never here: anything that changes an outcome.
//!
//! An evaluation without a listener makes no note: the texts are closures that are never called.

use std::cell::{Cell, RefCell};

use portcullis_lang::value::{Item, Span, Value};

/// One step of an evaluation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// How many steps this one is part of.
    pub depth: usize,
    /// `rule`, `match`, `exclude`, `context`, `condition`, `variable`, `anchor`, `pattern`, `element`,
    /// `validation`, `outcome`, ...
    pub what: &'static str,
    /// What was looked at, with its values.
    pub text: String,
    /// Did it hold? `None` where that is no question.
    pub holds: Option<bool>,
    /// Where it stands in the policy; empty where it stands nowhere.
    pub at: Span,
}

impl Step {
    /// Does the account of a rule begin here, or that of what comes before all rules of a policy?
    pub fn begins(&self) -> bool {
        matches!(self.what, "rule" | "policy")
    }
}

/// Collects the steps of one evaluation.
#[derive(Debug, Default)]
pub struct Trace {
    steps: RefCell<Vec<Step>>,
    depth: Cell<usize>,
    /// The texts of the rule that is evaluated: where its variables stand.
    texts: RefCell<Vec<(Span, String)>>,
    /// The part of the rule that is evaluated.
    within: Cell<Span>,
}

impl Trace {
    /// Everything noted so far; leaves nothing behind.
    pub fn take(&self) -> Vec<Step> {
        self.steps.take()
    }

    /// Notes that a rule is evaluated from now on.
    pub(crate) fn begin(&self, name: &str, written: Item<'_>) {
        let mut texts = Vec::new();
        collect(written, &mut texts);
        self.texts.replace(texts);
        self.within.set(written.span());
        self.depth.set(0);
        self.note("rule", written.span(), None, name.to_owned());
    }

    /// Notes a step.
    pub(crate) fn note(&self, what: &'static str, at: Span, holds: Option<bool>, text: String) {
        let depth = self.depth.get();
        self.steps.borrow_mut().push(Step {
            depth,
            what,
            text,
            holds,
            at,
        });
    }

    /// What is noted from now on is part of the last step, until [`Trace::leave`].
    pub(crate) fn enter(&self) {
        self.depth.set(self.depth.get() + 1);
    }

    /// The opposite of [`Trace::enter`].
    pub(crate) fn leave(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }

    /// Variables that are asked from now on stand in `part` of the rule. Returns the part before.
    pub(crate) fn within(&self, part: Span) -> Span {
        self.within.replace(part)
    }

    /// The place of a text of the rule; the part that is evaluated, where no text is just so.
    pub(crate) fn place_of(&self, text: &str) -> Span {
        let texts = self.texts.borrow();
        let found = texts.iter().find(|(_, own)| own == text);
        found.map_or(self.within.get(), |(at, _)| *at)
    }

    /// The first text that mentions an expression, in the part that is evaluated; that part, where
    /// none does: a value may bring an expression in.
    pub(crate) fn place_of_expression(&self, expression: &str) -> Span {
        let part = self.within.get();
        let texts = self.texts.borrow();
        let mut inside = texts.iter().filter(|(at, text)| {
            part.start <= at.start && at.end <= part.end && text.contains(expression)
        });
        inside.next().map_or(part, |(at, _)| *at)
    }
}

/// Every text and key below an item, with its place.
fn collect(item: Item<'_>, texts: &mut Vec<(Span, String)>) {
    match item.value() {
        Value::Str(text) => texts.push((item.span(), text.to_owned())),
        Value::Map(_) => item.entries().for_each(|entry| {
            texts.push((entry.key_span, entry.key.to_owned()));
            collect(entry.item, texts);
        }),
        Value::List(_) => item.elements().for_each(|item| collect(item, texts)),
        _ => {}
    }
}
