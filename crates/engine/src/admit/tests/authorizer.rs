//! What rules ask the API server's authorizer.

use portcullis_lang::value::{Document, Numbers, Value};

use super::Still;
use crate::admit::{Outside, Pending, Phase, Scratch, answer};
use crate::doc;
use crate::facts::{Answer, Fact, FactKind, Facts};
use crate::failure::{FailureModes, Time};
use crate::program::Program;

/// An API server that lets the user do what it was told, and says so of every question.
struct Server(Option<Document>);

impl Facts for Server {
    fn offers(&self, kind: FactKind) -> bool {
        kind == FactKind::Kubernetes
    }

    fn get(&self, fact: &Fact) -> Option<Answer<'_>> {
        let Fact::Api(call) = fact else { return None };
        call.body.as_ref()?;
        self.0.as_ref().map(Ok)
    }
}

#[test]
fn a_rule_waits_for_the_answer_and_goes_by_it() {
    let own = "authorizer.requestResource.check('delete').allowed()";
    let bot = "authorizer.serviceAccount('shop', 'bot').path('/x').check('get').allowed()";
    let why = "authorizer.group('apps').resource('deployments').check('get').reason() == 'of RBAC'";
    for expression in [own, bot, why] {
        let said = |status: Option<&str>| decide(expression, status);
        assert_eq!(said(None), None, "{expression}");
        let allowed = r#"{"status": {"allowed": true, "reason": "of RBAC"}}"#;
        assert_eq!(said(Some(allowed)), Some(true), "{expression}");
        let denied = r#"{"status": {"allowed": false}}"#;
        assert_eq!(said(Some(denied)), Some(false), "{expression}");
    }
    let condition = "object.data.k != 'bad' || authorizer.path('/x').check('get').errored()";
    assert_eq!(decide(condition, Some("{}")), Some(false));
}

/// Is a review allowed by a rule with this expression? None: it waits.
#[track_caller]
fn decide(expression: &str, answers: Option<&str>) -> Option<bool> {
    let policy = format!(
        "{{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {{name: p}}, spec: {{rules: \
         [{{name: r, match: {{any: [{{resources: {{kinds: [ConfigMap]}}}}]}}, validate: \
         {{failureAction: Enforce, cel: {{expressions: [{{expression: {expression:?}}}]}}}}}}]}}}}"
    );
    let program = Program::new([doc::read(&policy).remove(0).unwrap()]);
    let known = |text: &str| Document::from_json(text.as_bytes(), Numbers::Doubles).unwrap();
    let body = r#"{"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {"uid": "u", "kind": {"group": "", "version": "v1", "kind": "ConfigMap"},
        "resource": {"group": "", "version": "v1", "resource": "configmaps"}, "operation": "CREATE",
        "userInfo": {"username": "alice"}, "object": {"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "x"}, "data": {"k": "bad"}}}}"#;
    let outside = Outside {
        facts: &Server(answers.map(known)),
        inputs: &Still,
        time: Time::ENDLESS,
        modes: &FailureModes::default(),
        stages: None,
    };
    let mut scratch = Scratch::default();
    let answered = answer(
        &program,
        Phase::Validate,
        body.as_bytes(),
        outside,
        &mut scratch,
    );
    let body = match answered {
        Ok(answered) => answered.body,
        Err(Pending::Facts(_)) => return None,
        Err(Pending::Refused(why)) => panic!("{why}"),
    };
    let response = Document::from_json(body, Numbers::Doubles).unwrap();
    let allowed = response.root().at(&["response", "allowed"]);
    allowed.and_then(Value::as_bool)
}
