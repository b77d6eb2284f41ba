//! The resources that a rule makes: from data, or as copies of others.

use std::fmt;

use portcullis_lang::value::{Value, object};

use super::Sources;
use crate::context::Context;
use crate::doc::{
    Generate, GenerateForeach, LabelSelector, Pattern, Policy, Requirement, Rule, Targets,
};
use crate::facts::Fault;
use crate::reference::{Wanted, conditions};
use crate::review::Review;

/// Why a rule's resources cannot be made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PlanError {
    /// A variable has no value, a list or condition cannot be evaluated.
    Fault(Fault),
    /// There is nothing to copy.
    NoSource {
        /// Its kind.
        kind: String,
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
}

impl From<Fault> for PlanError {
    fn from(fault: Fault) -> PlanError {
        PlanError::Fault(fault)
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlanError::Fault(fault) => fault.fmt(f),
            PlanError::NoSource {
                kind,
                namespace,
                name,
            } => write!(f, "source resource {kind} {namespace}/{name} not found"),
        }
    }
}

impl std::error::Error for PlanError {}

/// Where resources come from; their labels say it.
pub(super) struct Origin<'r, 'v> {
    pub(super) policy: &'r Policy,
    pub(super) rule: &'r Rule,
    pub(super) trigger: &'r Review<'v>,
    /// Is there a cluster to be asked?
    pub(super) in_cluster: bool,
}

/// Everything that the rule makes, in order. A resource that was made already is not made again.
pub(super) fn plan<'v>(
    origin: &Origin<'_, 'v>,
    body: &'v Generate,
    sources: &Sources<'v>,
    context: &mut Context<'v>,
) -> Result<Vec<Value<'v>>, PlanError> {
    let mut made = Vec::new();
    match &body.targets {
        Targets::One(pattern) => resources(origin, pattern, sources, context, &mut made)?,
        Targets::Foreach(entries) => {
            for entry in entries {
                each(origin, entry, sources, context, &mut made)?;
            }
        }
    }
    Ok(made)
}

fn each<'v>(
    origin: &Origin<'_, 'v>,
    entry: &'v GenerateForeach,
    sources: &Sources<'v>,
    context: &mut Context<'v>,
    made: &mut Vec<Value<'v>>,
) -> Result<(), PlanError> {
    let list = context.query(&entry.list).map_err(Fault::from)?;
    let single = [list];
    let elements: &mut dyn Iterator<Item = Value<'v>> = match list {
        Value::List(list) => &mut list.iter(),
        _ => &mut single.into_iter(),
    };
    for (index, element) in elements
        .enumerate()
        .filter(|(_, element)| !element.is_null())
    {
        let start = context.checkpoint();
        let planned = one_of_each(origin, entry, index, element, sources, context, made);
        context.restore(start);
        planned?;
    }
    Ok(())
}

fn one_of_each<'v>(
    origin: &Origin<'_, 'v>,
    entry: &'v GenerateForeach,
    index: usize,
    element: Value<'v>,
    sources: &Sources<'v>,
    context: &mut Context<'v>,
    made: &mut Vec<Value<'v>>,
) -> Result<(), PlanError> {
    let element = |context: &mut Context<'v>| {
        context.set_element(0, index, element);
        context.register(&entry.context)
    };
    // The reference's command line evaluates preconditions too early: they see no element there.
    if origin.in_cluster {
        element(context)?;
    }
    if let Some(preconditions) = &entry.preconditions
        && !conditions::noted("preconditions", preconditions.item(), context)?.holds
    {
        return Ok(());
    }
    if !origin.in_cluster {
        element(context)?;
    }
    resources(origin, &entry.pattern, sources, context, made)
}

/// What one pattern makes.
fn resources<'v>(
    origin: &Origin<'_, 'v>,
    pattern: &'v Pattern,
    sources: &Sources<'v>,
    context: &mut Context<'v>,
    made: &mut Vec<Value<'v>>,
) -> Result<(), PlanError> {
    let maker = Maker {
        origin,
        filled: context.substitute(pattern.document.root())?,
        bump: context.bump(),
    };
    let filled = maker.filled;
    let has = |path: &[&str]| {
        filled
            .at(path)
            .is_some_and(|value| value.as_str() != Some(""))
    };
    let mut add = |resource: Value<'v>| {
        if !made.iter().any(|known| same_place(*known, resource)) {
            made.push(resource);
        }
    };
    if let Some(list) = filled
        .get("cloneList")
        .filter(|list| list.get("kinds").is_some())
    {
        let kinds = list
            .get("kinds")
            .and_then(Value::as_list)
            .into_iter()
            .flatten();
        for kind in kinds.filter_map(Value::as_str) {
            let (api_version, kind) = kind.rsplit_once('/').unwrap_or(("v1", kind));
            let wanted = Wanted {
                api_version: api_version.to_owned(),
                kind: kind.to_owned(),
                namespace: list.text("namespace").to_owned(),
                name: String::new(),
                selector: selector(list),
            };
            for source in sources(&wanted) {
                let name = source.get("metadata").unwrap_or_default().text("name");
                if list.text("namespace") != filled.text("namespace") {
                    add(maker.copy(source, name));
                }
            }
        }
    } else if has(&["clone", "name"]) {
        let clone = filled.get("clone").unwrap_or_default();
        let wanted = Wanted {
            api_version: filled.text("apiVersion").to_owned(),
            kind: filled.text("kind").to_owned(),
            namespace: clone.text("namespace").to_owned(),
            name: clone.text("name").to_owned(),
            selector: None,
        };
        let place = (filled.text("namespace"), filled.text("name"));
        if place == (clone.text("namespace"), clone.text("name")) {
            return Ok(());
        }
        let Some(source) = sources(&wanted).first().copied() else {
            let Wanted {
                kind,
                namespace,
                name,
                ..
            } = wanted;
            return Err(PlanError::NoSource {
                kind,
                namespace,
                name,
            });
        };
        add(maker.copy(source, place.1));
    } else {
        add(maker.resource());
    }
    Ok(())
}

/// The `selector` of a `cloneList`, its variables filled in.
fn selector(list: Value<'_>) -> Option<LabelSelector> {
    let written = list.get("selector")?;
    let text = |value: Value<'_>| value.as_str().unwrap_or_default().to_owned();
    let labels = written.get("matchLabels").and_then(Value::as_map);
    let expressions = written.get("matchExpressions").and_then(Value::as_list);
    Some(LabelSelector {
        match_labels: labels
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.to_owned(), text(value)))
            .collect(),
        match_expressions: expressions
            .into_iter()
            .flatten()
            .map(|one| Requirement {
                key: one.text("key").to_owned(),
                operator: one.text("operator").to_owned(),
                values: {
                    let values = one.get("values").and_then(Value::as_list);
                    values.into_iter().flatten().map(text).collect()
                },
            })
            .collect(),
    })
}

/// Do both say the same place in a cluster?
fn same_place(one: Value<'_>, other: Value<'_>) -> bool {
    let metadata = |value: Value<'_>, key: &str| {
        value.get("metadata").unwrap_or_default().text(key)
            == other.get("metadata").unwrap_or_default().text(key)
    };
    ["apiVersion", "kind"]
        .iter()
        .all(|key| one.text(key) == other.text(key))
        && ["namespace", "name"].iter().all(|key| metadata(one, key))
}

/// Makes the resources of one pattern.
struct Maker<'r, 'v> {
    origin: &'r Origin<'r, 'v>,
    /// The pattern with its variables filled in.
    filled: Value<'v>,
    bump: &'v bumpalo::Bump,
}

/// The label of a resource that others are copies of. The copies are not.
const CLONE_SOURCE: &str = "generate.kyverno.io/clone-source";

/// What a copy does not take over from its source.
const OWN: [&str; 5] = [
    "uid",
    "selfLink",
    "creationTimestamp",
    "managedFields",
    "resourceVersion",
];

impl<'v> Maker<'_, 'v> {
    fn resource(&self) -> Value<'v> {
        let data = self.filled.get("data").and_then(Value::as_map);
        let metadata = data
            .and_then(|data| data.get("metadata"))
            .unwrap_or_default();
        let metadata = self.metadata(metadata, self.filled.text("name"), self.labels());
        let identity = [
            ("apiVersion", Value::Str(self.filled.text("apiVersion"))),
            ("kind", Value::Str(self.filled.text("kind"))),
            ("metadata", metadata),
        ];
        object(self.bump, data.into_iter().flatten().chain(identity))
    }

    /// A copy of `source`, called `name`.
    fn copy(&self, source: Value<'v>, name: &'v str) -> Value<'v> {
        let metadata = source.get("metadata").unwrap_or_default();
        let moves = metadata.text("namespace") != self.filled.text("namespace");
        let kept = metadata
            .as_map()
            .into_iter()
            .flatten()
            .filter(|(key, _)| !(OWN.contains(key) || moves && *key == "ownerReferences"));
        let kept = object(self.bump, kept);
        let mut labels = self.labels();
        let (group, version) = group_version(source.text("apiVersion"));
        labels.extend([
            ("generate.kyverno.io/source-group", group),
            ("generate.kyverno.io/source-version", version),
            ("generate.kyverno.io/source-kind", source.text("kind")),
            (
                "generate.kyverno.io/source-namespace",
                metadata.text("namespace"),
            ),
            ("generate.kyverno.io/source-uid", metadata.text("uid")),
        ]);
        let metadata = self.metadata(kept, name, labels);
        let fields = source.as_map().into_iter().flatten();
        object(self.bump, fields.chain([("metadata", metadata)]))
    }

    fn metadata(&self, own: Value<'v>, name: &'v str, labels: Labels<'v>) -> Value<'v> {
        let known = own
            .get("labels")
            .and_then(Value::as_map)
            .into_iter()
            .flatten()
            .filter(|(key, _)| *key != CLONE_SOURCE);
        let labels = labels
            .into_iter()
            .map(|(key, text)| (key, Value::Str(text)));
        let labels = object(self.bump, known.chain(labels));
        let mut entries = vec![("name", Value::Str(name)), ("labels", labels)];
        let namespace = self.filled.text("namespace");
        if !namespace.is_empty() {
            entries.push(("namespace", Value::Str(namespace)));
        }
        let own = own.as_map().into_iter().flatten();
        object(self.bump, own.chain(entries))
    }

    /// Says which rule made it, set off by what.
    fn labels(&self) -> Labels<'v> {
        let Origin {
            policy,
            rule,
            trigger,
            ..
        } = self.origin;
        let id = policy.id();
        let namespace = if id.kind.is_namespaced() {
            id.namespace.as_str()
        } else {
            ""
        };
        let metadata = trigger.resource().get("metadata").unwrap_or_default();
        vec![
            ("app.kubernetes.io/managed-by", "kyverno"),
            (
                "generate.kyverno.io/policy-name",
                self.bump.alloc_str(&id.name),
            ),
            (
                "generate.kyverno.io/policy-namespace",
                self.bump.alloc_str(namespace),
            ),
            (
                "generate.kyverno.io/rule-name",
                self.bump.alloc_str(&rule.name),
            ),
            ("generate.kyverno.io/trigger-group", trigger.kind.group),
            ("generate.kyverno.io/trigger-version", trigger.kind.version),
            ("generate.kyverno.io/trigger-kind", trigger.kind.kind),
            (
                "generate.kyverno.io/trigger-namespace",
                metadata.text("namespace"),
            ),
            ("generate.kyverno.io/trigger-uid", metadata.text("uid")),
        ]
    }
}

type Labels<'v> = Vec<(&'static str, &'v str)>;

/// The two parts of an `apiVersion`; the core group is empty.
fn group_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}
