//! Holding what was expected against what the policies said.

use portcullis_engine::outcome::RuleOutcome;
use serde::Serialize;

use super::case::Expected;
use crate::cli::report;
use crate::cli::run::{Response, metadata};
use portcullis_lang::value::Value;

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

/// What was evaluated for one resource.
#[derive(Debug)]
pub(crate) struct Evaluated {
    /// `apiVersion`, `kind`, `namespace`, `name`.
    pub(crate) key: [String; 4],
    /// One for each policy, for the run that the expectation asks for.
    pub(crate) responses: Vec<Response>,
}

impl Evaluated {
    pub(crate) fn new(resource: Value<'_>, responses: Vec<Response>) -> Evaluated {
        let key = [
            resource.text("apiVersion").to_owned(),
            resource.text("kind").to_owned(),
            metadata(resource, "namespace").to_owned(),
            metadata(resource, "name").to_owned(),
        ];
        Evaluated { key, responses }
    }
}

/// The rows of one expectation. `invalid`: was its policy dropped on loading?
pub(crate) fn rows(expected: &Expected, evaluated: &[&Evaluated], invalid: bool) -> Vec<Row> {
    let chosen = select(expected, evaluated);
    let mut rows = Vec::new();
    for one in chosen {
        let mut own = Vec::new();
        for response in one
            .responses
            .iter()
            .filter(|response| names(&expected.policy, response))
        {
            judge(expected, one, response, &mut own);
            if own.is_empty() {
                own.push(row(
                    expected,
                    one,
                    &expected.rule,
                    Judgement::Pass,
                    "Excluded",
                    "Excluded",
                ));
            }
        }
        if own.is_empty() {
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

fn judge(expected: &Expected, one: &Evaluated, response: &Response, rows: &mut Vec<Row>) {
    let considered = |rule: &&RuleOutcome| {
        let wanted = expected.rule.as_str();
        wanted.is_empty()
            || [
                Some(rule.rule.as_str()),
                rule.rule.strip_prefix("autogen-cronjob-"),
                rule.rule.strip_prefix("autogen-"),
            ]
            .contains(&Some(wanted))
    };
    for rule in response.rules.iter().filter(considered) {
        let status = report::counted(response, rule, false);
        let judgement = if status == expected.status {
            Judgement::Pass
        } else {
            Judgement::Fail
        };
        let reason = match judgement {
            Judgement::Pass => "Ok".to_owned(),
            _ => format!("Want {}, got {}", expected.status.as_str(), status.as_str()),
        };
        rows.push(row(
            expected,
            one,
            &rule.rule,
            judgement,
            &reason,
            &rule.message,
        ));
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
        resource: one.key.join("/"),
        result,
        reason: reason.to_owned(),
        message: Some(message.to_owned()),
    }
}
