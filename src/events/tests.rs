//! Events of reviews, as people read them.

use portcullis_engine::admit::{self, Outside, Pending, Phase, Scratch, Undecided};
use portcullis_engine::doc::{self, Exception};
use portcullis_engine::facts::Fact;
use portcullis_engine::failure::{FailureModes, Time};
use portcullis_engine::program::Program;

use super::Event;
use super::admission::events;
use crate::after::Said;
use crate::facts::Known;

const RULES: &str = r#"
apiVersion: kyverno.io/v1
kind: KIND
metadata: {name: p, namespace: ns, uid: u-1}
spec:
  rules:
  - name: labelled
    match: {any: [{resources: {kinds: [ConfigMap]}}]}
    validate:
      failureAction: Enforce
      message: a label is missing
      pattern: {metadata: {labels: {team: "?*"}}}
  - name: made
    match: {any: [{resources: {kinds: [ConfigMap]}}]}
    mutate:
      patchStrategicMerge: {metadata: {labels: {made: "yes"}}}
"#;

const EXCEPTION: &str = "
apiVersion: kyverno.io/v2
kind: PolicyException
metadata: {name: e, namespace: x}
spec:
  exceptions: [{policyName: p, ruleNames: [labelled]}]
  match: {any: [{resources: {kinds: [ConfigMap]}}]}
";

#[test]
fn a_denial_is_told_of_the_policy_alone() {
    let note = "ConfigMap ns/c: [labelled] fail (blocked); validation error: a label is missing. \
                rule labelled failed at path /metadata/labels/team/";
    let said = told("ClusterPolicy", "", Phase::Validate, "{}", false);
    let line = format!("ClusterPolicy p > ConfigMap ns/c PolicyViolation Resource Blocked: {note}");
    assert_eq!(said, [line]);
}

#[test]
fn what_is_only_audited_is_told_of_the_resource_as_well() {
    let why = "validation error: a label is missing. rule labelled failed at path \
               /metadata/labels/team/";
    let said = told("Policy", "", Phase::Validate, "{}", true);
    let policy = "Policy ns/p > ConfigMap ns/c PolicyViolation Resource Passed: ConfigMap ns/c: \
                  [labelled] fail; ";
    let resource =
        "ConfigMap ns/c > - PolicyViolation Resource Passed: policy ns/p/labelled fail: ";
    assert_eq!(said, [format!("{policy}{why}"), format!("{resource}{why}")]);
}

#[test]
fn successes_are_told_of_the_policy() {
    let said = told(
        "ClusterPolicy",
        "",
        Phase::Validate,
        r#"{"team":"a"}"#,
        true,
    );
    let line =
        "ClusterPolicy p > ConfigMap ns/c PolicyApplied Resource Passed: ConfigMap ns/c: pass";
    assert_eq!(said, [line]);
    let said = told("ClusterPolicy", "", Phase::Mutate, "{}", true);
    let line = "ClusterPolicy p > ConfigMap ns/c PolicyApplied Resource Mutated: ConfigMap ns/c is \
                successfully mutated";
    assert_eq!(said, [line]);
}

#[test]
fn an_exception_is_told_of_everybody() {
    let said = told("ClusterPolicy", EXCEPTION, Phase::Validate, "{}", true);
    let (skipped, rest) = (
        "PolicySkipped Resource Passed: resource ConfigMap/ns/c was skipped from",
        "rule p/labelled due to policy exceptions x/e",
    );
    let expect = [
        format!("ClusterPolicy p > ConfigMap ns/c {skipped} {rest}"),
        format!("PolicyException x/e > ConfigMap ns/c {skipped} policy rule p/labelled"),
        format!("ConfigMap ns/c > - {skipped} {rest}"),
    ];
    assert_eq!(said, expect);
}

#[test]
fn failing_open_is_told_of_policy_and_resource() {
    let rules = RULES
        .replace("KIND", "ClusterPolicy")
        .replace("  rules:", "  failurePolicy: Ignore\n  rules:");
    let mut known = Known::new();
    let none = Undecided::default();
    // What the answer could not wait for is decided by now.
    let left = Undecided {
        open: 1,
        rules: vec!["p/labelled: not decided within its budget of 10s".to_owned()],
        ..Undecided::default()
    };
    let said = told_of(
        &rules,
        "",
        Phase::Validate,
        r#"{"team":"a"}"#,
        true,
        &known,
        &left,
    );
    let resource = "ConfigMap ns/c > - PolicyError Resource Passed: let pass undecided: p/labelled: \
                    not decided within its budget of 10s; failing open";
    let policy =
        "ClusterPolicy p > ConfigMap ns/c PolicyApplied Resource Passed: ConfigMap ns/c: pass";
    assert_eq!(said, [policy, resource]);
    // What nobody answers is not decided after it, either.
    let rules = rules.replace(
        "    validate:",
        "    context: [{name: x, configMap: {name: away, namespace: ns}}]\n    validate:",
    );
    let rules = rules.replace("a label is missing", "\"{{ x.data.y }}\"");
    let fact = wanted(&rules);
    known.give_up(fact, "nobody answers".to_owned());
    let said = told_of(&rules, "", Phase::Validate, "{}", true, &known, &none);
    assert_eq!(said.len(), 2, "{said:?}");
    let begins = "ClusterPolicy p > ConfigMap ns/c PolicyError Resource Passed: ConfigMap ns/c: \
                  [labelled] not decided; ";
    assert!(said[0].starts_with(begins), "{said:?}");
    assert!(
        said[0].ends_with("nobody answers; failing open"),
        "{said:?}"
    );
    let begins = "ConfigMap ns/c > - PolicyError Resource Passed: policy p/labelled not decided: ";
    assert!(said[1].starts_with(begins), "{said:?}");
}

/// The fact that the policies lack to judge the review.
fn wanted(rules: &str) -> Fact {
    let known = Known::new();
    let program = Program::new(doc::read(rules).into_iter().map(Result::unwrap));
    let modes = FailureModes::default();
    let outside = Outside {
        facts: &known,
        inputs: &known,
        time: Time::ENDLESS,
        modes: &modes,
        stages: None,
    };
    let body = body("{}");
    let mut scratch = Scratch::default();
    let told = admit::tell(
        &program,
        Phase::Validate,
        body.as_bytes(),
        outside,
        &mut scratch,
        |_| (),
    );
    match told {
        Err(Pending::Facts(mut wanted)) => wanted.remove(0).fact,
        _ => panic!("nothing is lacking"),
    }
}

/// `regarding > related reason action: note` of each event.
fn told(kind: &str, exceptions: &str, phase: Phase, labels: &str, allowed: bool) -> Vec<String> {
    let rules = RULES.replace("KIND", kind);
    let (known, none) = (Known::new(), Undecided::default());
    told_of(&rules, exceptions, phase, labels, allowed, &known, &none)
}

fn body(labels: &str) -> String {
    format!(
        r#"{{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{{"uid":"u",
        "kind":{{"group":"","version":"v1","kind":"ConfigMap"}},"operation":"CREATE","namespace":"ns",
        "userInfo":{{}},"object":{{"apiVersion":"v1","kind":"ConfigMap",
        "metadata":{{"name":"c","namespace":"ns","labels":{labels}}}}}}}}}"#
    )
}

fn told_of(
    rules: &str,
    exceptions: &str,
    phase: Phase,
    labels: &str,
    allowed: bool,
    known: &Known,
    undecided: &Undecided,
) -> Vec<String> {
    let policies = doc::read(rules);
    let program = Program::new(policies.into_iter().map(Result::unwrap));
    let exceptions = Exception::read(exceptions).into_iter().map(Result::unwrap);
    let program = program.with_exceptions(exceptions);
    let body = body(labels);
    let modes = FailureModes::default();
    let outside = Outside {
        facts: known,
        inputs: known,
        time: Time::ENDLESS,
        modes: &modes,
        stages: None,
    };
    let mut scratch = Scratch::default();
    let said = admit::tell(
        &program,
        phase,
        body.as_bytes(),
        outside,
        &mut scratch,
        |told| {
            events(&Said {
                phase,
                review: &told.review,
                account: &told.account,
                allowed,
                program: &program,
                known,
                undecided,
            })
        },
    );
    said.unwrap().iter().map(line).collect()
}

fn line(event: &Event) -> String {
    let named = |reference: &k8s_openapi::api::core::v1::ObjectReference| {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let namespace = text(&reference.namespace);
        let slash = if namespace.is_empty() { "" } else { "/" };
        format!(
            "{} {namespace}{slash}{}",
            text(&reference.kind),
            text(&reference.name)
        )
    };
    let related = event.related.as_ref().map_or("-".to_owned(), named);
    let (reason, action) = (event.reason.as_str(), event.action.as_str());
    format!(
        "{} > {related} {reason} {action}: {}",
        named(&event.regarding),
        event.note
    )
}
