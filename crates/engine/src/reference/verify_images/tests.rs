use std::net::IpAddr;

use bumpalo::Bump;
use portcullis_lang::functions::Inputs;
use portcullis_lang::value::{Document, Numbers, yaml};

use super::verify;
use crate::context::Queries;
use crate::doc;
use crate::facts::NoFacts;
use crate::outcome::RuleOutcome;
use crate::reference::{Surroundings, evaluate};
use crate::review::{Operation, Review, UserInfo};

struct Still;

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

const SIGNED: &str = "attestors: [{entries: [{keys: {publicKeys: k}}]}]";
const NOT_YET: &str = "this version of Portcullis does not verify images yet";

/// A digest.
fn pinned(image: &str) -> String {
    format!("{image}@sha256:{}", "a".repeat(64))
}

#[test]
fn what_a_registry_knows_is_an_error_and_no_silence() {
    let said = format!("error: failed to verify image docker.io/nginx:1: {NOT_YET}");
    check("signed", "*", SIGNED, "nginx:1", &[&said], &[&said]);
    let attested = "attestations: [{type: t}]";
    check("attested", "*", attested, "nginx:1", &[&said], &[&said]);
    let old = "key: k, mutateDigest: false";
    check("spelled of old", "*", old, "nginx:1", &[&said], &[&said]);
    let digest = "error: failed to update digest of docker.io/nginx:1: this version of Portcullis does \
                  not ask registries for digests yet";
    check(
        "a digest to fill in",
        "*",
        "mutateDigest: true",
        "nginx:1",
        &[digest],
        &[digest],
    );
}

#[test]
fn what_references_show_needs_no_registry() {
    let digest = "mutateDigest: false, required: false";
    check(
        "no digest",
        "*",
        digest,
        "nginx",
        &[],
        &["fail: missing digest for docker.io/nginx:latest"],
    );
    check(
        "a digest",
        "*",
        digest,
        &pinned("nginx"),
        &[],
        &["pass: image verified"],
    );
    let required = "mutateDigest: false, verifyDigest: false";
    check(
        "unverified",
        "*",
        required,
        "nginx:1",
        &[],
        &["fail: unverified image docker.io/nginx:1"],
    );
    check("another image", "ghcr.io/*", required, "nginx:1", &[], &[]);
    let nothing = "mutateDigest: false, verifyDigest: false, required: false";
    check("nothing is wanted", "*", nothing, "nginx:1", &[], &[]);
    let let_off = format!(
        "{SIGNED}, mutateDigest: false, verifyDigest: false, skipImageReferences: ['*/nginx*']"
    );
    check(
        "let off",
        "*",
        &let_off,
        "nginx:1",
        &["skip: skipping image reference image docker.io/nginx:1, policy p ruleName r"],
        &["skip: image skipped, skipped images: docker.io/nginx:1"],
    );
}

#[test]
fn images_stand_where_the_rule_says() {
    let rule = "mutateDigest: false, required: false";
    let task = "{apiVersion: tekton.dev/v1, kind: Task, metadata: {name: t}, spec: {steps: [{name: s, image: a/b}]}}";
    let extractors =
        "imageExtractors: {Task: [{path: /spec/steps/*, value: image, key: name, name: steps}]}";
    let (verified, checked) = run(extractors, "Task", "*", rule, task);
    assert_eq!(
        (verified, checked),
        (
            vec![],
            vec!["fail: missing digest for docker.io/a/b:latest".to_owned()]
        )
    );
    let (verified, checked) = run("skipBackgroundRequests: true", "Task", "*", rule, task);
    assert_eq!(
        (verified, checked),
        (vec![], vec![]),
        "no extractor for its kind"
    );
}

#[test]
fn preconditions_come_first() {
    let never = "preconditions: {all: [{key: a, operator: Equals, value: b}]}";
    let said = vec!["skip: preconditions not met".to_owned()];
    let (verified, checked) = run(never, "Pod", "*", SIGNED, &pod("nginx"));
    assert_eq!((verified, checked), (said.clone(), said));
}

fn pod(image: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: p, namespace: n}}, spec: {{containers: [{{name: c, \
         image: '{image}'}}]}}}}"
    )
}

#[track_caller]
fn check(
    case: &str,
    references: &str,
    entry: &str,
    image: &str,
    verified: &[&str],
    checked: &[&str],
) {
    let said = run(
        "skipBackgroundRequests: true",
        "Pod",
        references,
        entry,
        &pod(image),
    );
    let expected = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| (*text).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(said, (expected(verified), expected(checked)), "{case}");
}

/// What verifying says, and what the rule says as a whole.
fn run(
    beside: &str,
    kind: &str,
    references: &str,
    entry: &str,
    resource: &str,
) -> (Vec<String>, Vec<String>) {
    let policy = format!(
        "{{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {{name: p}}, spec: {{background: false, \
         validationFailureAction: Enforce, rules: [{{name: r, match: {{any: [{{resources: {{kinds: [{kind}]}}}}]}}, \
         {beside}, verifyImages: [{{imageReferences: ['{references}'], {entry}}}]}}]}}}}"
    );
    let policy = doc::read(&policy).remove(0).unwrap();
    let resource: Document = yaml::read(resource, Numbers::Doubles).remove(0).unwrap();
    let bump = Bump::new();
    let review = Review::of_resource(
        &bump,
        resource.root(),
        Operation::Create,
        UserInfo::default(),
    );
    let queries = Queries::default();
    let surroundings = Surroundings {
        facts: &NoFacts,
        inputs: &Still,
        queries: &queries,
        exceptions: &[],
        cel_exceptions: &[],
        variables: &[],
        rule_values: &|_| Vec::new(),
        trace: None,
        stop: &|| false,
    };
    let texts = |rules: Vec<RuleOutcome>| {
        let text = |rule: RuleOutcome| format!("{}: {}", rule.status.as_str(), rule.message);
        rules.into_iter().map(text).collect::<Vec<_>>()
    };
    (
        texts(verify(&policy, &review, &surroundings, &bump).unwrap()),
        texts(evaluate(&policy, &review, &surroundings, &bump).unwrap()),
    )
}
