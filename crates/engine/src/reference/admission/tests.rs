use bumpalo::Bump;
use portcullis_lang::value::{Document, Numbers, yaml};

use super::{Bound, evaluate_admission};
use crate::context::Queries;
use crate::doc::{self, AnyPolicy, Binding};
use crate::outcome::Status;
use crate::reference::testing;
use crate::review::{Operation, Review, UserInfo};

const OBJECT: &str =
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: ns}, data: {a: '1'}}";

const MATCH: &str = "matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], \
                     operations: [CREATE], resources: [configmaps]}]}";

const PARAMS: &str = "
- {apiVersion: v1, kind: ConfigMap, metadata: {name: p, namespace: other, labels: {l: a}}, data: {x: one}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: q, namespace: ns, labels: {l: a}}, data: {x: two}}
";

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn checks() {
    let says = |text: &str| Some((Status::Fail, text.to_owned()));
    let wrong = |text: &str| Some((Status::Error, text.to_owned()));
    let skips = Some((Status::Skip, "match conditions aren't met".to_owned()));
    let check = |case, spec: &str, expect| check(case, &format!("{spec}, {MATCH}"), &[], expect);
    check("all hold",            "validations: [{expression: object.data.a == '1'}]", Some((Status::Pass, String::new())));
    check("the first that fails","validations: [{expression: 'true'}, {expression: 'false', message: ' m '}, {expression: 1/0 == 1}]", says("m"));
    check("without a message",   "validations: [{expression: 1 > 2}]", says("failed expression: 1 > 2"));
    check("an error is one",     "failurePolicy: Ignore, validations: [{expression: 1/0 == 1, message: m}]", wrong("expression '1/0 == 1' resulted in error: division by zero"));
    check("a condition is false","matchConditions: [{name: a, expression: 'false'}], validations: [{expression: 'false'}]", skips.clone());
    check("a condition fails",   "matchConditions: [{name: a, expression: 1/0 == 1}], validations: [{expression: 'false'}]", wrong("expression '1/0 == 1' resulted in error: division by zero"));
    check("it fails, and may",   "failurePolicy: Ignore, matchConditions: [{name: a, expression: 1/0 == 1}], validations: [{expression: 'false'}]", skips);
    check("it does not compile", "validations: [{expression: nope}]", wrong("compilation error: compilation failed: ERROR: <input>:1:1: undeclared reference to 'nope' (in container '')\n | nope\n | ^"));
}

/// Each of these costs more than 600,000 units, and less than a million.
#[test]
fn all_expressions_together_have_a_budget() {
    let costly = "expression: 'lists.range(1000).all(x, lists.range(200).all(y, true))'";
    let checks = |count: usize| {
        let checks = vec![format!("{{{costly}}}"); count];
        format!("validations: [{}], {MATCH}", checks.join(", "))
    };
    let conditions = |count: usize| {
        let conditions = (0..count).map(|index| format!("{{name: c{index}, {costly}}}"));
        let conditions: Vec<_> = conditions.collect();
        format!(
            "matchConditions: [{}], {}",
            conditions.join(", "),
            checks(1)
        )
    };
    let passes = Some((Status::Pass, String::new()));
    let spent = "validation failed due to running out of cost budget, no further validation rules will be run";
    let stopped = Some((Status::Error, spent.to_owned()));
    check("ten millions for checks", &checks(10), &[], passes.clone());
    check("and no more", &checks(18), &[], stopped.clone());
    check("a quarter for conditions", &conditions(2), &[], passes);
    check("and no more", &conditions(5), &[], stopped);
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn bindings() {
    let spec = format!(
        "paramKind: {{apiVersion: v1, kind: ConfigMap}}, validations: [{{expression: params == null, message: some}}], {MATCH}"
    );
    let none = Some((Status::Pass, String::new()));
    let some = Some((Status::Fail, "some".to_owned()));
    let fits = "matchResources: {resourceRules: [{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*']}]}";
    let other = "matchResources: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}";
    let check = |case, bindings: &[&str], expect| check(case, &spec, bindings, expect);
    check("nothing binds it",        &[], none.clone());
    check("it binds another",        &["policyName: z, paramRef: {name: p}"], none.clone());
    check("no parameters asked for", &["policyName: v"], none.clone());
    check("by name",                 &["policyName: v, paramRef: {name: p}"], some.clone());
    check("no such name",            &["policyName: v, paramRef: {name: z, parameterNotFoundAction: Deny}"], none.clone());
    check("by namespace",            &["policyName: v, paramRef: {namespace: ns}"], some.clone());
    check("by label",                &["policyName: v, paramRef: {selector: {matchLabels: {l: a}}}"], some.clone());
    check("no such label",           &["policyName: v, paramRef: {selector: {matchLabels: {l: z}}}"], none.clone());
    check("its resources",           &[&format!("policyName: v, {fits}")], none.clone());
    check("other resources",         &[&format!("policyName: v, {other}")], None);
    check("the last one has its say",&["policyName: v", "policyName: v, paramRef: {name: p}"], some);
    check("of those that fit",       &["policyName: v", &format!("policyName: v, {other}")], none);
}

#[test]
fn many_parameters_are_one_list() {
    let spec = format!(
        "paramKind: {{apiVersion: v1, kind: ConfigMap}}, validations: [{{expression: \"params.items.map(p, p.data.x) == ['one', 'two']\"}}], {MATCH}"
    );
    let binding = "policyName: v, paramRef: {selector: {}}";
    check(
        "both",
        &spec,
        &[binding],
        Some((Status::Pass, String::new())),
    );
}

#[test]
fn the_outcome_names_the_binding() {
    let spec = format!("validations: [{{expression: 'true'}}], {MATCH}");
    let outcome = outcome(&spec, &["policyName: v"]).unwrap();
    assert_eq!(outcome.rule, "v");
    let binding = ("binding".to_owned(), "b0".to_owned());
    assert_eq!(outcome.properties, [binding]);
}

#[test]
fn two_variables_of_one_name_are_refused() {
    let spec = "variables: [{name: a, expression: '1'}, {name: a, expression: '2'}]";
    let read = doc::read_any(&policy(spec)).remove(0);
    let message = &read.unwrap_err().diagnostics[0].message;
    assert_eq!(message, "two `variables` are called `a`");
}

fn policy(spec: &str) -> String {
    format!(
        "{{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, \
         metadata: {{name: v}}, spec: {{{spec}}}}}"
    )
}

fn outcome(spec: &str, bindings: &[&str]) -> Option<crate::outcome::RuleOutcome> {
    let read = doc::read_any(&policy(spec)).remove(0);
    let Ok(AnyPolicy::Admission(policy)) = read else {
        panic!("{read:?}");
    };
    let bindings = bindings.iter().enumerate().map(|(index, spec)| {
        let text = format!(
            "{{apiVersion: admissionregistration.k8s.io/v1, kind: \
             ValidatingAdmissionPolicyBinding, metadata: {{name: b{index}}}, spec: {{{spec}}}}}"
        );
        Binding::read(&text).remove(0).unwrap()
    });
    let bindings: Vec<_> = bindings.collect();
    let params = yaml::read_one(PARAMS, Numbers::Doubles).unwrap();
    let params: Vec<_> = params.root().as_list().unwrap().iter().collect();
    let bound = Bound {
        bindings: &bindings,
        params: &params,
        cluster: false,
    };
    let bump = Bump::new();
    let object = Document::from_value(yaml::read_one(OBJECT, Numbers::Doubles).unwrap().root());
    let review = Review::of_resource(&bump, object.root(), Operation::Create, UserInfo::default());
    let queries = Queries::default();
    let surroundings = testing::nothing(&queries);
    evaluate_admission(&policy, &bound, &review, &surroundings, &bump).unwrap()
}

#[track_caller]
fn check(case: &str, spec: &str, bindings: &[&str], expect: Option<(Status, String)>) {
    let got = outcome(spec, bindings).map(|outcome| (outcome.status, outcome.message));
    assert_eq!(got, expect, "{case}");
}
