//! Reviews whose time or facts run out.

mod authorizer;
mod late;

use std::cell::Cell;
use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use portcullis_lang::functions::Inputs;
use portcullis_lang::value::{Document, Numbers, Value, yaml};

use super::{Outside, Pending, Phase, Scratch, answer};
use crate::doc;
use crate::facts::{Answer, Fact, FactKind, Facts};
use crate::failure::{Cause, FailureModes, Time};
use crate::program::Program;

/// Facts of which some hang.
#[derive(Default)]
struct World {
    known: HashMap<Fact, Document>,
    given_up: HashMap<Fact, &'static str>,
}

impl Facts for World {
    fn offers(&self, _: FactKind) -> bool {
        true
    }

    fn get(&self, fact: &Fact) -> Option<Answer<'_>> {
        self.known.get(fact).map(Ok)
    }

    fn given_up(&self, fact: &Fact) -> Option<&str> {
        self.given_up.get(fact).copied()
    }
}

pub(super) struct Still;

impl Inputs for Still {
    fn now(&self) -> i128 {
        0
    }

    fn random(&self) -> u64 {
        0
    }

    fn resolve_host(&self, _: &str) -> Option<Result<Vec<IpAddr>, String>> {
        None
    }
}

/// What the world and the clock are like.
struct Setting<'s> {
    given_up: &'s [(&'static str, &'static str)],
    known: &'s [(&'static str, &'static str)],
    labels: Option<&'static str>,
    over: &'s dyn Fn(Option<Duration>) -> bool,
    cause: Cause,
    modes: FailureModes,
}

const LATER: &dyn Fn(Option<Duration>) -> bool = &|_| false;
const NOW: &dyn Fn(Option<Duration>) -> bool = &|_| true;

impl Default for Setting<'_> {
    fn default() -> Self {
        Setting {
            given_up: &[],
            known: &[],
            labels: None,
            over: LATER,
            cause: Cause::Deadline,
            modes: FailureModes::default(),
        }
    }
}

fn config_map(name: &str) -> Fact {
    Fact::ConfigMap {
        namespace: "ns".to_owned(),
        name: name.to_owned(),
    }
}

/// A policy whose rule wants the key `k` of a ConfigMap to be `good`.
fn asks(name: &str, spec: &str, map: &str) -> String {
    let rule = asking(map);
    policy(name, spec, &rule)
}

fn asking(map: &str) -> String {
    format!(
        "{{name: asks-{map}, {MATCH}, context: [{{name: m, configMap: {{name: {map}, namespace: ns}}}}], \
         validate: {{message: nope, deny: {{conditions: {{all: [{{key: '{{{{ m.data.k }}}}', operator: \
         NotEquals, value: good}}]}}}}}}}}"
    )
}

const MATCH: &str = "match: {any: [{resources: {kinds: [ConfigMap]}}]}";

fn demands(value: &str) -> String {
    format!(
        "{{name: demands, {MATCH}, validate: {{message: nope, pattern: {{data: {{k: {value}}}}}}}}}"
    )
}

fn policy(name: &str, spec: &str, rules: &str) -> String {
    format!(
        "{{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {{name: {name}}}, spec: \
         {{validationFailureAction: Enforce, {spec} rules: [{rules}]}}}}"
    )
}

/// `allowed`, message or warnings, annotation, one to a line; or the facts that are asked for.
fn respond(phase: Phase, policies: &[String], setting: &Setting<'_>) -> String {
    let policies = policies
        .iter()
        .map(|text| doc::read(text).remove(0).unwrap());
    response_of(&Program::new(policies), phase, setting)
}

/// The same of a program.
fn response_of(program: &Program, phase: Phase, setting: &Setting<'_>) -> String {
    let mut world = World::default();
    for (name, why) in setting.given_up {
        let fact = match *name {
            "labels" => Fact::NamespaceLabels {
                name: "shop".to_owned(),
            },
            name => config_map(name),
        };
        world.given_up.insert(fact, why);
    }
    for (name, value) in setting.known {
        let text = format!("{{data: {{k: {value}}}}}");
        let document = yaml::read_one(&text, Numbers::Doubles).unwrap();
        world.known.insert(config_map(name), document);
    }
    if let Some(labels) = setting.labels {
        let fact = Fact::NamespaceLabels {
            name: "shop".to_owned(),
        };
        let document = yaml::read_one(labels, Numbers::Doubles).unwrap();
        world.known.insert(fact, document);
    }
    let body = r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u",
        "kind":{"group":"","version":"v1","kind":"ConfigMap"},
        "resource":{"group":"","version":"v1","resource":"configmaps"},"namespace":"shop","operation":"CREATE",
        "object":{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x","namespace":"shop"},
        "data":{"k":"bad"}}}}"#;
    let outside = Outside {
        facts: &world,
        inputs: &Still,
        time: Time {
            over: setting.over,
            waited: &|limit| (setting.over)(Some(limit)),
            budget: Duration::from_millis(9_900),
            cause: setting.cause,
        },
        modes: &setting.modes,
        stages: None,
    };
    let mut scratch = Scratch::default();
    let answered = match answer(program, phase, body.as_bytes(), outside, &mut scratch) {
        Ok(answered) => answered,
        Err(Pending::Facts(wanted)) => {
            let texts = wanted.iter().map(|wanted| match wanted.limit {
                Some(limit) => format!("{} for {limit:?}", wanted.fact),
                None => wanted.fact.to_string(),
            });
            return texts.collect::<Vec<_>>().join(", ");
        }
        Err(Pending::Refused(why)) => return why.to_string(),
    };
    let document = Document::from_json(answered.body, Numbers::Doubles).unwrap();
    let response = document.root().get("response").unwrap();
    assert_eq!(response.get("allowed"), Some(Value::Bool(answered.allowed)));
    let mut lines = vec![
        if answered.allowed {
            "allowed"
        } else {
            "denied"
        }
        .to_owned(),
    ];
    let message = response.get("status").unwrap_or_default().text("message");
    lines.extend(message.lines().skip(4).map(|line| line.trim().to_owned()));
    let warnings = response.get("warnings").and_then(Value::as_list);
    lines.extend(
        warnings
            .into_iter()
            .flatten()
            .map(|text| text.as_str().unwrap().to_owned()),
    );
    let notes = response.get("auditAnnotations").and_then(Value::as_map);
    for (key, text) in notes.into_iter().flatten() {
        lines.push(format!("{key}: {}", text.as_str().unwrap()));
    }
    lines.join("\n")
}

#[test]
fn facts_that_are_still_to_be_had_are_asked_for_together() {
    let policies = [
        asks("a", "webhookTimeoutSeconds: 2,", "x"),
        asks("b", "webhookTimeoutSeconds: 3,", "x"),
        asks("c", "", "w"),
        asks("d", "webhookTimeoutSeconds: 1,", "z"),
    ];
    let setting = Setting::default();
    check(
        &policies,
        &setting,
        "configmap `ns/x` for 3s, configmap `ns/w`, configmap `ns/z` for 1s",
    );
    let own = |limit: Option<Duration>| limit == Some(Duration::from_secs(1));
    let setting = Setting {
        over: &own,
        ..Setting::default()
    };
    check(
        &policies,
        &setting,
        "configmap `ns/x` for 3s, configmap `ns/w`",
    );
}

#[test]
fn a_fact_that_hangs_hurts_only_the_rules_that_need_it() {
    let late = || Setting {
        given_up: &[("x", "")],
        known: &[("w", "good")],
        ..Setting::default()
    };
    let reason = "configmap `ns/x` did not arrive within its budget of 9.9s";
    check(
        &[asks("a", "", "x"), asks("b", "", "w")],
        &late(),
        &format!(
            "denied\na:\nasks-x: {reason}; failing closed\nportcullis-undecided: a/asks-x: {reason}"
        ),
    );
    check(
        &[asks("a", "failurePolicy: Ignore,", "x"), asks("b", "", "w")],
        &late(),
        &format!(
            "allowed\npolicy a.asks-x: {reason}; failing open\nportcullis-undecided: a/asks-x: {reason}"
        ),
    );
    // Rules of the same policy, before and after, are decided as ever.
    let rules = [demands("bad"), asking("x"), asking("w"), demands("other")].join(", ");
    let answer = respond(
        Phase::Validate,
        &[policy(
            "a",
            "failurePolicy: Ignore,",
            &rules.replacen("demands", "first", 1),
        )],
        &late(),
    );
    assert!(
        answer.starts_with("denied\n") && answer.contains("demands: 'validation error"),
        "{answer}"
    );
    assert!(answer.contains("asks-x: "), "{answer}");
    let own = "configmap `ns/x` did not arrive within its budget of 5s; failing closed";
    let answer = respond(
        Phase::Validate,
        &[asks("a", "webhookTimeoutSeconds: 5,", "x")],
        &late(),
    );
    assert!(answer.contains(own), "{answer}");
    let why = Setting {
        given_up: &[("x", "nobody is asked now")],
        ..Setting::default()
    };
    let answer = respond(Phase::Validate, &[asks("a", "", "x")], &why);
    assert!(
        answer.contains("asks-x: 'configmap `ns/x`: nobody is asked now; failing closed'"),
        "{answer}"
    );
}

#[test]
fn an_expensive_rule_is_cut_short_and_what_was_decided_counts() {
    // Tens of thousands of steps: several looks at the time.
    let part = "length(join('', map(&to_string(@), range300)))";
    let heavy = format!("{{{{ length([{}]) }}}}", [part; 60].join(", "));
    let list = (0..300).map(|number| number.to_string());
    let list = list.collect::<Vec<_>>().join(", ");
    let heavy = format!(
        "{{name: heavy, {MATCH}, context: [{{name: range300, variable: {{value: [{list}]}}}}], validate: \
         {{message: nope, deny: {{conditions: {{all: [{{key: \"{heavy}\", operator: Equals, value: z}}]}}}}}}}}"
    );
    let asked = Cell::new(0);
    let over = |_: Option<Duration>| {
        asked.set(asked.get() + 1);
        asked.get() > 6
    };
    let setting = Setting {
        over: &over,
        ..Setting::default()
    };
    let rules = format!("{}, {heavy}", demands("bad"));
    check(
        &[policy("a", "", &rules)],
        &setting,
        "denied\na:\nheavy: not decided within its budget of 9.9s; failing closed\n\
         portcullis-undecided: a/heavy: not decided within its budget of 9.9s",
    );
    assert!(
        asked.get() > 6,
        "the time was looked at within the expression: {}",
        asked.get()
    );
}

#[test]
fn unknown_labels_hurt_only_the_policies_that_look_at_them() {
    let selects = "{name: gold, match: {any: [{resources: {kinds: [ConfigMap], namespaceSelector: \
                   {matchLabels: {tier: gold}}}}]}, validate: {message: nope, pattern: {data: {k: bad}}}}";
    let policies = |mode: &str| [policy("a", "", &demands("bad")), policy("b", mode, selects)];
    let late = || Setting {
        given_up: &[("labels", "")],
        ..Setting::default()
    };
    let reason = "labels of namespace `shop` did not arrive within its budget of 9.9s";
    check(
        &policies(""),
        &Setting::default(),
        "labels of namespace `shop`",
    );
    check(
        &policies(""),
        &Setting {
            labels: Some("{tier: gold}"),
            ..Setting::default()
        },
        "allowed",
    );
    check(
        &policies(""),
        &late(),
        &format!(
            "denied\nb:\ngold: {reason}; failing closed\nportcullis-undecided: b/gold: {reason}"
        ),
    );
    check(
        &policies("failurePolicy: Ignore,"),
        &late(),
        &format!(
            "allowed\npolicy b.gold: {reason}; failing open\nportcullis-undecided: b/gold: {reason}"
        ),
    );
    check(&[policy("a", "", &demands("bad"))], &late(), "allowed");
}

#[test]
fn when_everything_is_audited_nothing_is_denied() {
    let audit = || FailureModes {
        audit_everything: true,
        ..FailureModes::default()
    };
    let spared = "portcullis-spared: denied, were not everything only audited";
    check(
        &[policy("a", "", &demands("good"))],
        &Setting {
            modes: audit(),
            ..Setting::default()
        },
        &format!(
            "allowed\npolicy a.demands: validation error: nope. rule demands failed at path /data/k/\n{spared}"
        ),
    );
    let answer = respond(
        Phase::Validate,
        &[asks("a", "", "x")],
        &Setting {
            modes: audit(),
            given_up: &[("x", "")],
            ..Setting::default()
        },
    );
    assert!(
        answer.starts_with("allowed\n") && answer.contains(spared),
        "{answer}"
    );
    let broken = format!(
        "{{name: r, {MATCH}, mutate: {{patchesJson6902: '[{{\"op\":\"replace\",\"path\":\"/spec/x\",\"value\":1}}]'}}}}"
    );
    let broken = [policy("a", "", &broken)];
    let answer = respond(Phase::Mutate, &broken, &Setting::default());
    assert!(answer.starts_with("denied"), "{answer}");
    let answer = respond(
        Phase::Mutate,
        &broken,
        &Setting {
            modes: audit(),
            ..Setting::default()
        },
    );
    assert!(
        answer.starts_with("allowed\n") && answer.contains(spared),
        "{answer}"
    );
}

#[test]
fn mutations_that_find_no_outcome() {
    let label = |map: &str| {
        format!(
            "{{name: r, {MATCH}, context: [{{name: m, configMap: {{name: {map}, namespace: ns}}}}], \
             mutate: {{patchStrategicMerge: {{metadata: {{labels: {{a: '{{{{ m.data.k }}}}'}}}}}}}}}}"
        )
    };
    let policies = [
        policy("a", "failurePolicy: Ignore,", &label("x")),
        policy("b", "failurePolicy: Ignore,", &label("w")),
    ];
    let answer = respond(Phase::Mutate, &policies, &Setting::default());
    assert_eq!(answer, "configmap `ns/x`, configmap `ns/w`");
    let late = || Setting {
        given_up: &[("x", "")],
        known: &[("w", "good")],
        ..Setting::default()
    };
    let reason = "configmap `ns/x` did not arrive within its budget of 9.9s";
    let answer = respond(Phase::Mutate, &policies, &late());
    assert_eq!(
        answer,
        format!("allowed\npolicy a.r: {reason}; failing open\nportcullis-undecided: a/r: {reason}")
    );
    let closed = [policy("a", "", &label("x"))];
    let answer = respond(Phase::Mutate, &closed, &late());
    assert!(answer.starts_with("denied"), "{answer}");
}

#[track_caller]
fn check(policies: &[String], setting: &Setting<'_>, expect: &str) {
    assert_eq!(respond(Phase::Validate, policies, setting), expect);
}
