//! ValidatingPolicies to plans: those about the same requests are a group, those that check the same a
//! class, and what the classes of a part have in common is evaluated once.

use std::collections::HashMap;
use std::sync::Arc;

use portcullis_lang::cel::Program;
use portcullis_lang::cel::bundle::{Bundle, Bundling, Record};

use super::Why;
use crate::doc::cel::{CelException, Expression, KyvernoCel, RECORD};
use crate::doc::{Constraints, Mode, ValidatingPolicy, Variant};
use crate::ir::{
    CelChecks, CelClass, CelGroup, CelPart, CelPlans, Key, Members, Reach, program_needs_whole,
};

/// About how many classes share a bundle: more share more, fewer are built again when a policy changes.
const PART: usize = 256;

/// Builds the plans of `policies`, whose positions are those of the program.
pub(crate) fn assemble_cel(
    policies: &[Arc<ValidatingPolicy>],
    exceptions: &[Arc<CelException>],
    before: &CelPlans,
) -> CelPlans {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut draft_of: HashMap<(String, Option<&str>), usize> = HashMap::new();
    for (index, policy) in (0..).zip(policies) {
        if !policy.admission || policy.mode != Mode::Kubernetes || !policy.answers() {
            continue;
        }
        let id = &policy.id;
        let why = if exceptions.iter().any(|it| it.of(id).is_some()) {
            Some("an exception names it")
        } else if policy.broken().is_some() {
            // One form that does not compile is an error of the policy, whatever the others say.
            Some("it does not compile")
        } else {
            None
        };
        let namespace = id.kind.is_namespaced().then_some(id.namespace.as_str());
        for variant in &policy.variants {
            let Some(constraints) = &variant.constraints else {
                continue;
            };
            let next = drafts.len();
            let key = (format!("{constraints:?}"), namespace);
            let draft = *draft_of.entry(key).or_insert(next);
            if draft == next {
                drafts.push(Draft::new(constraints, namespace));
            }
            if let Some(draft) = drafts.get_mut(draft) {
                draft.add(policy, variant, why, index);
            }
        }
    }
    let mut known = Known::default();
    for (part, _) in before.groups.iter().flat_map(|group| &group.parts) {
        note(part, &mut known);
    }
    let groups: Vec<_> = drafts
        .into_iter()
        .map(|draft| draft.finish(&mut known))
        .collect();
    let selecting = (0..).zip(policies).filter(|(_, policy)| {
        let mut constraints = policy.variants.iter().flat_map(|it| &it.constraints);
        constraints.any(|block| block.namespace_selector.is_some())
    });
    routed(groups, selecting.map(|(index, _)| index).collect())
}

/// Parts by the first of their classes.
type Known = HashMap<Key, Vec<Arc<CelPart>>>;

fn note(part: &Arc<CelPart>, known: &mut Known) {
    if let Some(first) = part.ids.first() {
        let same_start = known.entry(first.clone()).or_default();
        same_start.push(Arc::clone(part));
    }
}

/// A group that still grows.
struct Draft {
    constraints: Arc<Constraints>,
    namespace: Option<String>,
    classes: Vec<DraftClass>,
    class_of: HashMap<Key, usize>,
}

struct DraftClass {
    id: Key,
    policy: Arc<ValidatingPolicy>,
    body: Result<usize, Why>,
    members: Vec<u32>,
}

impl Draft {
    fn new(constraints: &Constraints, namespace: Option<&str>) -> Draft {
        Draft {
            constraints: Arc::new(constraints.clone()),
            namespace: namespace.map(str::to_owned),
            classes: Vec::new(),
            class_of: HashMap::new(),
        }
    }

    fn add(
        &mut self,
        policy: &Arc<ValidatingPolicy>,
        variant: &Variant,
        why: Option<Why>,
        index: u32,
    ) {
        let place = policy
            .variants
            .iter()
            .position(|it| std::ptr::eq(it, variant));
        let body = match (why, &variant.cel) {
            (Some(why), _) => Err(why),
            (None, Err(_)) => Err("it does not compile"),
            (None, Ok(cel)) if cel.asks_namespace => Err("it looks at the namespace"),
            (None, Ok(_)) => place.ok_or("it has no such form"),
        };
        let id = Key::new(&match (body, &variant.cel) {
            (Ok(_), Ok(cel)) => spelled(cel),
            (Err(why), _) => format!("{why}: {}/{}", policy.id.namespace, policy.id.name),
            _ => String::new(),
        });
        let next = self.classes.len();
        let class = *self.class_of.entry(id.clone()).or_insert(next);
        if class == next {
            self.classes.push(DraftClass {
                id,
                policy: Arc::clone(policy),
                body,
                members: Vec::new(),
            });
        }
        if let Some(class) = self.classes.get_mut(class)
            && class.members.last() != Some(&index)
        {
            class.members.push(index);
        }
    }

    fn finish(mut self, known: &mut Known) -> CelGroup {
        // By hash: which part a class belongs to must not depend on what else there is.
        let parts = self.classes.len().div_ceil(PART).next_power_of_two() as u64;
        let place = |class: &DraftClass| (class.id.hash() % parts, class.id.hash());
        self.classes.sort_by(|a, b| {
            let tie = || a.id.text().cmp(b.id.text());
            place(a).cmp(&place(b)).then_with(tie)
        });
        let same_part = |a: &DraftClass, b: &DraftClass| a.id.hash() % parts == b.id.hash() % parts;
        let parts = self.classes.chunk_by(same_part).map(|classes| {
            let kept = classes.first().and_then(|class| known.get(&class.id));
            let same = |part: &&Arc<CelPart>| part.ids.iter().eq(classes.iter().map(|it| &it.id));
            let part = match kept.into_iter().flatten().find(same) {
                Some(part) => Arc::clone(part),
                None => {
                    let part = Arc::new(part(classes));
                    note(&part, known);
                    part
                }
            };
            (part, members(classes))
        });
        CelGroup {
            parts: parts.collect(),
            constraints: self.constraints,
            namespace: self.namespace,
        }
    }
}

/// Everything that the outcome depends on; texts for users are not part of it.
fn spelled(cel: &KyvernoCel) -> String {
    let mut text = String::new();
    let mut add = |part: &str, name: &str, expression: &Expression| {
        text.extend([part, " ", name, "\n", &expression.text, "\n\n"]);
    };
    for named in &cel.variables {
        add("variable", &named.name, &named.expression);
    }
    for named in &cel.conditions {
        add("condition", "", &named.expression);
    }
    for check in &cel.checks {
        add("check", "", &check.expression);
    }
    for named in &cel.annotations {
        add("annotation", "", &named.expression);
    }
    text
}

fn members(classes: &[DraftClass]) -> Members {
    let mut starts = vec![0];
    let mut policies = Vec::new();
    for class in classes {
        policies.extend_from_slice(&class.members);
        starts.push(policies.len() as u32);
    }
    Members {
        starts: starts.into(),
        policies: policies.into(),
        ..Members::default()
    }
}

fn part(drafts: &[DraftClass]) -> CelPart {
    let mut bundling = Bundling::default();
    let mut first = 0;
    let classes = drafts.iter().map(|draft| {
        let check = draft
            .body
            .and_then(|form| checks(draft, form, first, &mut bundling));
        if let Ok(CelChecks::Bundled {
            conditions,
            checks,
            annotations,
            ..
        }) = &check
        {
            first += conditions + checks + annotations;
        }
        CelClass {
            check: check.unwrap_or_else(CelChecks::Opaque),
        }
    });
    let classes: Box<[CelClass]> = classes.collect();
    let mut opaque = classes.iter().map(|class| class.check.opaque());
    let whole = opaque.any(|why| why.is_some()) || drafts.iter().any(needs_whole);
    let bundle: Bundle = bundling.finish();
    CelPart {
        whole,
        ids: drafts.iter().map(|draft| draft.id.clone()).collect(),
        bundle,
        classes,
    }
}

fn needs_whole(draft: &DraftClass) -> bool {
    let variant = draft
        .body
        .ok()
        .and_then(|form| draft.policy.variants.get(form));
    let Some(Ok(cel)) = variant.map(|variant| &variant.cel) else {
        return true;
    };
    let named = cel.variables.iter().chain(&cel.conditions);
    let named = named.chain(&cel.annotations).map(|it| &it.expression);
    let mut all = named.chain(cel.checks.iter().map(|it| &it.expression));
    all.any(|it| it.program.as_ref().map_or(true, program_needs_whole))
}

/// Adds the programs of one form of a policy.
fn checks(
    draft: &DraftClass,
    form: usize,
    first: u32,
    bundling: &mut Bundling,
) -> Result<CelChecks, Why> {
    let variant = draft.policy.variants.get(form);
    let Some(Ok(cel)) = variant.map(|variant| &variant.cel) else {
        return Err("it does not compile");
    };
    let conditions = cel.conditions.iter().map(|it| &it.expression);
    let checks = cel.checks.iter().map(|it| &it.expression);
    let annotations = cel.annotations.iter().map(|it| &it.expression);
    let programs = conditions.chain(checks).chain(annotations);
    let programs = programs.map(|expression| expression.program.as_ref());
    let programs: Result<Vec<&Program>, _> = programs.collect();
    let programs = programs.map_err(|_| "it does not compile")?;
    // Of two variables with one name the last counts.
    let fields = |name: &str| {
        let found = cel.variables.iter().rfind(|named| named.name == name);
        found.and_then(|named| named.expression.program.as_ref().ok())
    };
    let record = Record {
        variable: RECORD,
        fields: &fields,
    };
    bundling
        .add(programs, &record)
        .map_err(|unfit| unfit.reason())?;
    Ok(CelChecks::Bundled {
        first,
        conditions: cel.conditions.len() as u32,
        checks: cel.checks.len() as u32,
        annotations: cel.annotations.len() as u32,
    })
}

/// The resources that constraints name, without subresources; `None` where they may be about any.
pub(crate) fn resource_names(constraints: &Constraints) -> Option<Vec<&str>> {
    let entries = constraints.rules.iter().flat_map(|rule| &rule.resources);
    let name = |entry: &'_ String| -> usize { entry.find('/').unwrap_or(entry.len()) };
    let names: Vec<&str> = entries
        .filter_map(|entry| entry.get(..name(entry)))
        .collect();
    let open = constraints.rules.is_empty() || names.contains(&"*");
    (!open).then_some(names)
}

fn routed(groups: Vec<CelGroup>, selecting: Box<[u32]>) -> CelPlans {
    let mut by_name: HashMap<&str, Vec<u32>> = HashMap::new();
    let mut open = Vec::new();
    for (index, group) in (0..).zip(&groups) {
        match resource_names(&group.constraints) {
            None => open.push(index),
            Some(names) => {
                for name in names {
                    let list = by_name.entry(name).or_default();
                    if list.last() != Some(&index) {
                        list.push(index);
                    }
                }
            }
        }
    }
    let reach = |numbers: &[u32]| {
        let groups = numbers
            .iter()
            .filter_map(|index| Some((*index, groups.get(*index as usize)?)));
        let mut parts = groups.clone().flat_map(|(_, group)| &group.parts);
        let whole = parts.any(|(part, _)| part.whole);
        let numbered = groups.map(|(index, group)| {
            let confined = group.namespace.as_deref().map(|name| vec![name]);
            (index, confined)
        });
        Reach::new(numbered, whole)
    };
    let resources = by_name.iter().map(|(name, list)| {
        let mut list: Vec<u32> = list.iter().chain(&open).copied().collect();
        list.sort_unstable();
        (Box::from(*name), reach(&list))
    });
    let resources = resources.collect();
    let other = reach(&open);
    CelPlans {
        resources,
        other,
        groups: groups.into(),
        selecting,
    }
}
