//! Holding what was expected against what the policies said.

use portcullis_engine::outcome::{RuleOutcome, RuleType};
use serde::Serialize;

use super::case::Expected;
use super::compare::{Comparison, Objects};
use crate::cli::account::Shown;
use crate::cli::report;
use crate::cli::run::{Response, metadata};
use portcullis_lang::value::{Document, Value};

/// The reason of a row whose object is not the expected one; its message is the difference.
pub(crate) const DIFFERENT: &str = "Resource diff";

/// One line of the result table.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    #[serde(rename = "ID")]
    pub(crate) id: usize,
    #[serde(rename = "POLICY")]
    pub(crate) policy: String,
    #[serde(rename = "RULE")]
    pub(crate) rule: String,
    #[serde(rename = "RESOURCE")]
    pub(crate) resource: String,
    #[serde(rename = "RESULT")]
    pub(crate) result: Judgement,
    #[serde(rename = "REASON")]
    pub(crate) reason: String,
    #[serde(rename = "Message", skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    /// How it came about, where that is wanted.
    #[serde(rename = "Account", skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<Shown>,
}

/// Did a row come out as expected?
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub(crate) enum Judgement {
    Pass,
    Fail,
    /// Not judged: the policy was dropped as invalid.
    Skip,
}

impl Judgement {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Judgement::Pass => "Pass",
            Judgement::Fail => "Fail",
            Judgement::Skip => "Skip",
        }
    }
}

/// What was evaluated for one resource or payload.
#[derive(Debug)]
pub(crate) struct Evaluated {
    /// `apiVersion`, `kind`, `namespace`, `name`; of a payload only the name.
    pub(crate) key: [String; 4],
    /// As rows call it.
    pub(crate) shown: String,
    /// One for each policy and step, for the run that the expectation asks for.
    pub(crate) responses: Vec<Response>,
    /// What was made of it as the target of other resources' rules.
    pub(crate) as_target: Vec<Response>,
}

impl Evaluated {
    pub(crate) fn new(resource: Value<'_>, responses: Vec<Response>) -> Evaluated {
        let key = key(resource);
        Evaluated {
            shown: key.join("/"),
            key,
            responses,
            as_target: Vec::new(),
        }
    }

    /// `shown`: the name that rows call it by.
    pub(crate) fn of_payload(name: &str, shown: String, responses: Vec<Response>) -> Evaluated {
        let none = String::new;
        Evaluated {
            key: [none(), none(), none(), name.to_owned()],
            shown,
            responses,
            as_target: Vec::new(),
        }
    }
}

/// `apiVersion`, `kind`, `namespace`, `name`.
fn key(resource: Value<'_>) -> [String; 4] {
    [
        resource.text("apiVersion").to_owned(),
        resource.text("kind").to_owned(),
        metadata(resource, "namespace").to_owned(),
        metadata(resource, "name").to_owned(),
    ]
}

/// Adds the target resources of a test, each with every response that changed it.
pub(crate) fn with_targets<'t>(
    mut evaluated: Vec<Evaluated>,
    targets: impl Iterator<Item = Value<'t>>,
) -> Vec<Evaluated> {
    for target in targets {
        let key = key(target);
        let responses = evaluated.iter().flat_map(|one| &one.responses);
        let as_target = responses
            .filter(|response| target_of(response, &key).is_some())
            .cloned();
        let as_target: Vec<_> = as_target.collect();
        match evaluated.iter_mut().find(|one| one.key == key) {
            Some(one) => one.as_target = as_target,
            None => evaluated.push(Evaluated {
                shown: key.join("/"),
                key,
                responses: Vec::new(),
                as_target,
            }),
        }
    }
    evaluated
}

/// The resource of this key, as one of the response's rules left it.
fn target_of<'r>(response: &'r Response, key: &[String; 4]) -> Option<&'r Document> {
    let targets = response
        .rules
        .iter()
        .filter_map(|rule| rule.patched_target.as_ref());
    targets
        .into_iter()
        .find(|target| self::key(target.root()) == *key)
}

/// The rows of one expectation. `invalid`: was its policy dropped on loading?
pub(crate) fn rows(
    expected: &Expected,
    objects: &Objects,
    evaluated: &[&Evaluated],
    invalid: bool,
) -> Vec<Row> {
    let chosen = select(expected, evaluated);
    let mut rows = Vec::new();
    for one in chosen {
        let mut own = Vec::new();
        // An object that the expectation does not know settles it without a row.
        let mut dropped = false;
        for response in one
            .responses
            .iter()
            .filter(|response| names(&expected.policy, response))
        {
            for rule in considered(expected, response) {
                for made in made_by(response, rule) {
                    let row = judge(expected, objects, one, response, rule, made);
                    dropped |= row.is_none();
                    own.extend(row);
                }
            }
            if own.is_empty() && !dropped {
                let (rule, why) = (&expected.rule, "Excluded");
                own.push(Row {
                    account: account(response, |name| is_of(name, rule)),
                    ..row(expected, one, rule, Judgement::Pass, why, why)
                });
            }
        }
        for response in one
            .as_target
            .iter()
            .filter(|response| names(&expected.policy, response))
        {
            for rule in considered(expected, response) {
                let target = rule.patched_target.as_ref();
                if let Some(target) = target.filter(|target| key(target.root()) == one.key) {
                    let made = Made::Changed(target);
                    let row = judge(expected, objects, one, response, rule, made);
                    dropped |= row.is_none();
                    own.extend(row);
                }
            }
        }
        if own.is_empty() && !dropped {
            let (judgement, reason) = if invalid {
                (Judgement::Skip, "Invalid Policy")
            } else {
                (Judgement::Fail, "Not found")
            };
            own.push(row(expected, one, &expected.rule, judgement, reason, ""));
        }
        rows.extend(own);
    }
    rows
}

/// The resources that an expectation names; all of them where it names none that exists.
fn select<'e>(expected: &Expected, evaluated: &[&'e Evaluated]) -> Vec<&'e Evaluated> {
    let mut chosen: Vec<&Evaluated> = Vec::new();
    let mut choose = |fits: &dyn Fn(&Evaluated) -> bool| {
        chosen.extend(evaluated.iter().copied().filter(|one| fits(one)));
    };
    for wanted in &expected.resources {
        choose(&|one| {
            let [_, _, namespace, name] = &one.key;
            match wanted.split_once('/') {
                Some((in_namespace, wanted)) => in_namespace == namespace && wanted == name,
                None => wanted == name,
            }
        });
    }
    for spec in &expected.resource_specs {
        let api_version = match spec.group.as_str() {
            "" => spec.version.clone(),
            group => format!("{group}/{}", spec.version),
        };
        choose(&|one| {
            let [own_version, _, namespace, name] = &one.key;
            *own_version == api_version && *namespace == spec.namespace && *name == spec.name
        });
    }
    if chosen.is_empty() {
        evaluated.to_vec()
    } else {
        chosen
    }
}

fn names(policy: &str, response: &Response) -> bool {
    policy.rsplit('/').next() == Some(response.policy.name())
}

/// The outcomes that an expectation is about.
fn considered<'r>(
    expected: &'r Expected,
    response: &'r Response,
) -> impl Iterator<Item = &'r RuleOutcome> {
    let rules = response.rules.iter();
    rules.filter(|rule| !response.policy.has_rules() || is_of(&rule.rule, &expected.rule))
}

/// Is this the rule of an expectation, or what autogen made of it?
fn is_of(rule: &str, wanted: &str) -> bool {
    let origins = [
        Some(rule),
        rule.strip_prefix("autogen-cronjob-"),
        rule.strip_prefix("autogen-"),
    ];
    wanted.is_empty() || origins.contains(&Some(wanted))
}

/// The account of some rules, and of what comes before all rules.
fn account(response: &Response, wanted: impl Fn(&str) -> bool) -> Option<Shown> {
    response.account(|rule| rule.is_empty() || wanted(rule))
}

/// One outcome, and the object that came of it. No row where that is none of those that the
/// expectation knows.
fn judge(
    expected: &Expected,
    objects: &Objects,
    one: &Evaluated,
    response: &Response,
    rule: &RuleOutcome,
    made: Made<'_>,
) -> Option<Row> {
    let judged = |judgement, reason: &str, message: &str| {
        let mut row = row(expected, one, &rule.rule, judgement, reason, message);
        row.account = account(response, |name| name == rule.rule);
        if let Made::Generated(object) = made {
            row.resource = format!("/{}", metadata(object.root(), "name"));
        }
        Some(row)
    };
    let comparison = match made {
        Made::Nothing => Comparison::Equal,
        Made::Changed(object) => objects.compare_patched(object.root()),
        Made::Generated(object) => objects.compare_generated(object.root()),
    };
    match comparison {
        Comparison::Equal => {}
        Comparison::Different(difference) => {
            return judged(Judgement::Fail, DIFFERENT, &difference);
        }
        Comparison::Missing(message) if expected.fail_on_missing_resources => {
            return judged(Judgement::Fail, "Resource error", &message);
        }
        Comparison::Missing(_) => return None,
    }
    let status = report::counted(response, rule, false);
    if status != expected.status {
        let (want, got) = (expected.status.as_str(), status.as_str());
        return judged(
            Judgement::Fail,
            &format!("Want {want}, got {got}"),
            &rule.message,
        );
    }
    judged(Judgement::Pass, "Ok", &rule.message)
}

/// An object that came of an outcome.
#[derive(Clone, Copy)]
enum Made<'r> {
    Nothing,
    Changed(&'r Document),
    Generated(&'r Document),
}

/// The objects that came of an outcome; each is judged.
fn made_by<'r>(response: &'r Response, rule: &'r RuleOutcome) -> Vec<Made<'r>> {
    match rule.kind {
        RuleType::Mutation => vec![Made::Changed(&response.patched)],
        RuleType::Generation if !rule.generated.is_empty() => {
            rule.generated.iter().map(Made::Generated).collect()
        }
        _ => vec![Made::Nothing],
    }
}

fn row(
    expected: &Expected,
    one: &Evaluated,
    rule: &str,
    result: Judgement,
    reason: &str,
    message: &str,
) -> Row {
    Row {
        id: 0,
        policy: expected.policy.clone(),
        rule: rule.to_owned(),
        resource: one.shown.clone(),
        result,
        reason: reason.to_owned(),
        message: Some(message.to_owned()),
        account: None,
    }
}
