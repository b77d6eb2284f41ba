//! Rules for Pod controllers, made from rules for Pods.
//!
//! Comes in:  a policy's declared rules, as written.
//! Goes out:  rule documents named `autogen-...` and `autogen-cronjob-...`, ready to be read like
//!            written ones; their nodes keep the places of the rule that they come from.
//! Never here: what a rule means.
//!
//! ```text
//! rule on Pod ─┬─ wrap the body in spec.template ─────────────────────> autogen-R
//!              └─ wrap the body in spec.jobTemplate.spec.template ───> autogen-cronjob-R
//! and in every text:  request.object.spec -> request.object.spec.template.spec
//! ```

use portcullis_lang::value::{Document, Entry, Item, Span, TapeBuilder, Value};

use super::filter::{Filter, Filters, KindSelector};
use super::rule::Rule;

/// The annotation that names the controllers.
const CONTROLLERS: &str = "pod-policies.kyverno.io/autogen-controllers";

/// A controller's name and how a rule's `kinds` names it. By name, as rules list them.
const KNOWN: [(&str, &str); 8] = [
    ("CronJob", "batch/v1/CronJob"),
    ("DaemonSet", "apps/v1/DaemonSet"),
    ("Deployment", "apps/v1/Deployment"),
    ("Job", "batch/v1/Job"),
    ("Pod", "v1/Pod"),
    ("ReplicaSet", "apps/v1/ReplicaSet"),
    ("ReplicationController", "v1/ReplicationController"),
    ("StatefulSet", "apps/v1/StatefulSet"),
];

/// Names longer than this are cut.
const MAX_NAME: usize = 63;

/// The rule documents that autogen adds behind the declared rules.
pub(super) fn generate(rules: &[Rule], annotations: &[(String, String)]) -> Vec<Document> {
    if !is_eligible(rules) {
        return Vec::new();
    }
    let controllers = controllers(annotations);
    let plain: Vec<_> = controllers
        .iter()
        .copied()
        .filter(|(name, _)| *name != "CronJob")
        .collect();
    let mut made = Vec::new();
    for rule in rules
        .iter()
        .filter(|rule| !rule.name.starts_with("autogen-") && speaks_of_pods(rule))
    {
        if !plain.is_empty() {
            made.extend(Maker::new(rule, Shape::Template, &plain).rule());
        }
        if let Some(cron) = controllers.iter().find(|(name, _)| *name == "CronJob") {
            made.extend(Maker::new(rule, Shape::CronJob, std::slice::from_ref(cron)).rule());
        }
    }
    made
}

/// The controllers that the annotation names, or all of them but the Pod itself.
fn controllers(annotations: &[(String, String)]) -> Vec<(&'static str, &'static str)> {
    let named = annotations.iter().find(|(key, _)| key == CONTROLLERS);
    let wanted = |name: &str| match named {
        Some((_, names)) => names.split(',').any(|entry| entry == name),
        None => name != "Pod",
    };
    KNOWN.into_iter().filter(|(name, _)| wanted(name)).collect()
}

/// May this policy's rules be made over at all? One rule that is too specific settles it for all.
fn is_eligible(rules: &[Rule]) -> bool {
    let blocks = || {
        rules
            .iter()
            .flat_map(|rule| [&rule.matches, &rule.excludes])
    };
    let filters = || blocks().flat_map(all_filters);
    let mentions_pods = rules
        .iter()
        .flat_map(|rule| all_filters(&rule.matches))
        .any(|filter| {
            filter
                .kinds
                .iter()
                .any(|kind| KNOWN.iter().any(|(name, _)| *name == kind.text))
        });
    mentions_pods && !filters().any(is_too_specific) && !rules.iter().any(changes_by_path)
}

fn all_filters(filters: &Filters) -> impl Iterator<Item = &Filter> {
    filters
        .any
        .iter()
        .chain(&filters.all)
        .chain([&filters.direct])
}

fn is_too_specific(filter: &Filter) -> bool {
    let is_pod = |kind: &KindSelector| kind.kind == "Pod";
    !filter.name.is_empty()
        || !filter.names.is_empty()
        || filter.selector.is_some()
        || !filter.annotations.is_empty()
        || (filter.kinds.len() > 1 && filter.kinds.iter().any(is_pod))
}

/// Generate rules and JSON patches name places that cannot be moved.
fn changes_by_path(rule: &Rule) -> bool {
    let root = rule.document.root();
    let mutate = root.get("mutate").unwrap_or_default();
    let each = mutate.get("foreach").and_then(Value::as_list);
    let has_patch = |value: Value<'_>| {
        value
            .get("patchesJson6902")
            .is_some_and(|patch| !patch.is_null())
    };
    root.get("generate").is_some() || has_patch(mutate) || each.into_iter().flatten().any(has_patch)
}

/// Does the rule match the kind `Pod`, in so many letters, and exclude nothing but Pods?
fn speaks_of_pods(rule: &Rule) -> bool {
    let kinds = |filters: &Filters| -> Vec<String> {
        all_filters(filters)
            .flat_map(|filter| filter.kinds.iter().map(|kind| kind.text.clone()))
            .collect()
    };
    let is_pod = |kind: &String| kind == "Pod";
    let excluded = kinds(&rule.excludes);
    kinds(&rule.matches).iter().any(is_pod) && (excluded.is_empty() || excluded.iter().any(is_pod))
}

/// Where the Pod's own parts stand in the controller.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Shape {
    Template,
    CronJob,
}

impl Shape {
    fn path(self) -> &'static [&'static str] {
        match self {
            Shape::Template => &["spec", "template"],
            Shape::CronJob => &["spec", "jobTemplate", "spec", "template"],
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Shape::Template => "autogen-",
            Shape::CronJob => "autogen-cronjob-",
        }
    }
}

/// Writes one rule document.
struct Maker<'a> {
    rule: &'a Rule,
    shape: Shape,
    kinds: Vec<&'static str>,
    /// What stands in texts, and what takes its place, one after the other.
    replacements: Vec<(String, String)>,
    tape: TapeBuilder,
    spans: Vec<Span>,
}

impl<'a> Maker<'a> {
    fn new(rule: &'a Rule, shape: Shape, controllers: &[(&str, &'static str)]) -> Maker<'a> {
        let is_cel = rule.document.root().at(&["validate", "cel"]).is_some();
        let roots = if is_cel {
            ["object", "oldObject"]
        } else {
            ["request.object", "request.oldObject"]
        };
        let inner = shape.path().join(".");
        let mut replacements = Vec::new();
        for part in ["spec", "metadata"] {
            for root in roots {
                replacements.push((format!("{root}.{part}"), format!("{root}.{inner}.{part}")));
            }
        }
        Maker {
            rule,
            shape,
            kinds: controllers.iter().map(|(_, kind)| *kind).collect(),
            replacements,
            tape: TapeBuilder::default(),
            spans: Vec::new(),
        }
    }

    /// The whole rule; `None` where it holds nothing that can be made over.
    fn rule(mut self) -> Option<Document> {
        let root = self.rule.document.item();
        root.entries()
            .find(|entry| matches!(entry.key, "validate" | "mutate" | "verifyImages"))?;
        let open = self.tape.open_map();
        self.spans.push(root.span());
        let mut count = 0;
        for entry in root.entries() {
            count += 1;
            match entry.key {
                "name" => {
                    let name: String = format!("{}{}", self.shape.prefix(), self.rule.name);
                    self.key(entry);
                    self.text(
                        name.chars().take(MAX_NAME).collect::<String>().as_str(),
                        entry.item.span(),
                    );
                }
                "match" | "exclude" => {
                    self.key(entry);
                    self.block(entry.item);
                }
                "validate" => {
                    self.key(entry);
                    self.validate(entry.item);
                }
                "mutate" => {
                    self.key(entry);
                    self.mutate(entry.item);
                }
                "context"
                | "preconditions"
                | "celPreconditions"
                | "reportProperties"
                | "skipBackgroundRequests"
                | "verifyImages"
                | "imageExtractors" => {
                    self.key(entry);
                    self.copy(entry.item);
                }
                _ => count -= 1,
            }
        }
        self.tape.close(open, count);
        Some(Document::build(self.tape, self.spans))
    }

    /// `match` or `exclude`: the kinds change, all else stays.
    fn block(&mut self, block: Item<'_>) {
        self.map(block, |maker, entry| match entry.key {
            "any" | "all" => maker.list(entry.item, |maker, filter| {
                maker.map(filter, |maker, part| match part.key {
                    "resources" => maker.resources(part.item),
                    _ => maker.copy(part.item),
                });
            }),
            "resources" => maker.resources(entry.item),
            _ => maker.copy(entry.item),
        });
    }

    fn resources(&mut self, resources: Item<'_>) {
        let stated = resources.get("kinds");
        let lists_pod = stated.is_some_and(|kinds| {
            kinds
                .elements()
                .any(|kind| kind.value().as_str() == Some("Pod"))
        });
        let change = stated.is_some() && (lists_pod || self.shape == Shape::CronJob);
        self.map(resources, |maker, entry| {
            if entry.key != "kinds" || !change {
                return maker.copy(entry.item);
            }
            let open = maker.tape.open_list();
            maker.spans.push(entry.item.span());
            let kinds = maker.kinds.clone();
            kinds
                .iter()
                .for_each(|kind| maker.text(kind, entry.item.span()));
            maker.tape.close(open, kinds.len());
        });
    }

    fn validate(&mut self, validate: Item<'_>) {
        let pivot = ["pattern", "anyPattern"]
            .into_iter()
            .find(|key| validate.get(key).is_some());
        self.map(validate, |maker, entry| match (entry.key, pivot) {
            ("pattern", _) => maker.wrapped(entry.item),
            ("anyPattern", _) => maker.list(entry.item, Maker::wrapped),
            ("message", Some(pivot)) => {
                let message = entry.item.value().as_str().unwrap_or_default();
                let shifted = shift_references(message, pivot, &maker.shape.path().join("/"));
                maker.text(&shifted, entry.item.span());
            }
            _ => maker.copy(entry.item),
        });
    }

    /// Only what is known to be movable comes along: targets, orders and inner loops do not.
    fn mutate(&mut self, mutate: Item<'_>) {
        let known = |entry: &Entry<'_>| matches!(entry.key, "patchStrategicMerge" | "foreach");
        self.some(mutate, known, |maker, entry| match entry.key {
            "foreach" => maker.list(entry.item, |maker, each| {
                let known = |part: &Entry<'_>| {
                    matches!(
                        part.key,
                        "list" | "context" | "preconditions" | "patchStrategicMerge"
                    )
                };
                maker.some(each, known, |maker, part| match part.key {
                    "patchStrategicMerge" => maker.wrapped(part.item),
                    _ => maker.copy(part.item),
                });
            }),
            _ => maker.wrapped(entry.item),
        });
    }

    /// The item, below the path to the Pod's parts.
    fn wrapped(&mut self, item: Item<'_>) {
        let mut open = Vec::new();
        for key in self.shape.path() {
            open.push(self.tape.open_map());
            self.spans.push(item.span());
            self.text(key, item.span());
        }
        self.copy(item);
        for map in open.into_iter().rev() {
            self.tape.close(map, 1);
        }
    }

    /// The item with its texts replaced.
    fn copy(&mut self, item: Item<'_>) {
        match item.value() {
            Value::Str(text) => self.text(text, item.span()),
            Value::List(_) => self.list(item, Maker::copy),
            Value::Map(_) => self.map(item, |maker, entry| maker.copy(entry.item)),
            scalar => {
                self.spans.push(item.span());
                self.tape.value(scalar);
            }
        }
    }

    fn map(&mut self, item: Item<'_>, value: impl FnMut(&mut Self, Entry<'_>)) {
        self.some(item, |_| true, value);
    }

    /// The entries of a map that are `known`.
    fn some(
        &mut self,
        item: Item<'_>,
        known: impl Fn(&Entry<'_>) -> bool,
        mut value: impl FnMut(&mut Self, Entry<'_>),
    ) {
        let open = self.tape.open_map();
        self.spans.push(item.span());
        let mut count = 0;
        for entry in item.entries().filter(known) {
            self.key(entry);
            value(self, entry);
            count += 1;
        }
        self.tape.close(open, count);
    }

    fn list(&mut self, item: Item<'_>, mut value: impl FnMut(&mut Self, Item<'_>)) {
        let open = self.tape.open_list();
        self.spans.push(item.span());
        let mut count = 0;
        for element in item.elements() {
            value(self, element);
            count += 1;
        }
        self.tape.close(open, count);
    }

    fn key(&mut self, entry: Entry<'_>) {
        self.text(entry.key, entry.key_span);
    }

    fn text(&mut self, text: &str, span: Span) {
        self.spans.push(span);
        if !text.contains("bject.") {
            return self.tape.text(text);
        }
        let replaced = self
            .replacements
            .iter()
            .fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
        self.tape.text(&replaced);
    }
}

/// In a message, `$(...pattern/...)` follows the pattern to its new place.
fn shift_references(message: &str, pivot: &str, shift: &str) -> String {
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(start) = rest.find("$(") {
        let (before, reference) = rest.split_at(start);
        let end = reference.find(')').map_or(reference.len(), |end| end + 1);
        let (reference, after) = reference.split_at(end);
        out.push_str(before);
        out.push_str(&shift_reference(reference, pivot, shift));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// `anyPattern` is followed by the number of the pattern, and the shift comes behind it.
fn shift_reference(reference: &str, pivot: &str, shift: &str) -> String {
    let Some(at) = reference.find(pivot) else {
        return reference.to_owned();
    };
    let index = match pivot {
        "anyPattern" => reference
            .get(at + pivot.len() + 1..)
            .and_then(|rest| rest.split('/').next()),
        _ => None,
    };
    let pivot = index.map_or(pivot.to_owned(), |index| format!("{pivot}/{index}"));
    reference.replace(&pivot, &format!("{pivot}/{shift}"))
}
