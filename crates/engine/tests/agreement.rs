//! The plan and the reference evaluator give the same answer.
//!
//! On policies and objects made at random, `PROPTEST_CASES` of them or as many as `PORTCULLIS_PAIRS`
//! pairs of policy and review take; and on the policies and objects of every folder below `PORTCULLIS_SUITES`, where that is set.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what fails here fails the test"
)]

mod support;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis_engine::admit::Scratch;
use portcullis_engine::doc::cel::CelException;
use portcullis_engine::doc::{self, AnyPolicy, Exception, Policy, ValidatingPolicy};
use portcullis_engine::program::Program;
use portcullis_lang::value::{Numbers, to_json, yaml};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::Value;
use support::expressions::{self, CelCase};
use support::generate::{Case, case};
use support::{by_plan, by_reference, policies, reviews, validating};

#[test]
fn on_random_policies() {
    let pairs = std::env::var("PORTCULLIS_PAIRS").ok();
    let pairs: Option<usize> = pairs.map(|text| text.parse().unwrap());
    let asked = Cell::new(0);
    let config = ProptestConfig {
        max_shrink_iters: 20_000,
        source_file: Some(file!()),
        ..ProptestConfig::default()
    };
    let scratch = RefCell::new(Scratch::default());
    let check = |case: Case| {
        let program = program(&case);
        let [first, second] = &case.objects;
        for body in all_operations(first, second) {
            let expect = by_reference(&program, &body);
            let answer = by_plan(&program, &body, &mut scratch.borrow_mut());
            prop_assert_eq!(answer, expect, "{}", body);
            asked.set(asked.get() + program.policies().len());
        }
        Ok(())
    };
    loop {
        TestRunner::new(config.clone()).run(&case(), check).unwrap();
        if pairs.is_none_or(|pairs| asked.get() >= pairs) {
            break;
        }
    }
    println!("{} pairs of policy and review", asked.get());
}

#[test]
fn on_random_expressions() {
    let pairs = std::env::var("PORTCULLIS_PAIRS").ok();
    let pairs: Option<usize> = pairs.map(|text| text.parse().unwrap());
    let (asked, said, referred) = (Cell::new(0), Cell::new([0; 3]), Cell::new(0));
    let config = ProptestConfig {
        max_shrink_iters: 20_000,
        source_file: Some(file!()),
        ..ProptestConfig::default()
    };
    let scratch = RefCell::new(Scratch::default());
    let check = |case: CelCase| {
        let program = cel_program(&case);
        let [first, second] = &case.objects;
        for body in all_operations(first, second) {
            let expect = by_reference(&program, &body);
            let answer = by_plan(&program, &body, &mut scratch.borrow_mut());
            prop_assert_eq!(&answer, &expect, "{}", body);
            let count = program.validating().len();
            asked.set(asked.get() + count);
            let mut counts = said.get();
            let denied = answer.as_ref().is_ok_and(|it| it.contains("Policy "));
            counts[usize::from(answer.is_err()) * 2 + usize::from(denied)] += 1;
            said.set(counts);
            let scratch = scratch.borrow();
            let waiting = (0..count).filter(|policy| scratch.was_referred_cel(*policy));
            referred.set(referred.get() + waiting.count());
        }
        Ok(())
    };
    loop {
        TestRunner::new(config.clone())
            .run(&expressions::case(), check)
            .unwrap();
        if pairs.is_none_or(|pairs| asked.get() >= pairs) {
            break;
        }
    }
    println!(
        "{} pairs of policy and review, {} left to the reference evaluator; silent, not silent, pending: {:?}",
        asked.get(),
        referred.get(),
        said.get()
    );
}

fn cel_program(case: &CelCase) -> Program {
    let policies = case.policies.iter();
    let policies = policies.flat_map(|policy| doc::read_any(&policy.to_string()));
    let validating = policies.filter_map(|policy| match policy {
        // What does not compile says so, and nothing else.
        Ok(AnyPolicy::Validating(policy)) => policy.broken().is_none().then_some(policy),
        other => unreachable!("not a policy: {other:?}"),
    });
    let exceptions = case.exceptions.iter().map(|text| {
        let document = yaml::read_one(&text.to_string(), Numbers::AsWritten).unwrap();
        CelException::read_document(&document).unwrap().unwrap()
    });
    Program::default().with_cel(validating, exceptions)
}

fn program(case: &Case) -> Program {
    let policies = case.policies.iter();
    let policies = policies.flat_map(|policy| doc::read(&policy.to_string()));
    let exceptions = case.exceptions.iter();
    let exceptions = exceptions.flat_map(|text| Exception::read(&text.to_string()));
    Program::new(policies.filter_map(Result::ok)).with_exceptions(exceptions.filter_map(Result::ok))
}

fn all_operations(first: &Value, second: &Value) -> [String; 4] {
    [
        reviews::of(first, &Value::Null, "CREATE"),
        reviews::of(second, &Value::Null, "CREATE"),
        reviews::of(second, first, "UPDATE"),
        reviews::of(&Value::Null, first, "DELETE"),
    ]
}

#[test]
fn on_suites() {
    let Ok(suites) = std::env::var("PORTCULLIS_SUITES") else {
        return;
    };
    let mut folders = BTreeMap::new();
    gather(Path::new(&suites), &mut folders);
    let (mut asked, mut scratch) = (0, Scratch::default());
    for (folder, documents) in &folders {
        // An object is held against the policies of its folder and of those around it.
        let near = folders
            .iter()
            .filter(|(other, _)| folder.starts_with(other));
        let near: Vec<&Documents> = near.map(|(_, it)| it).collect();
        let policies = near.iter().flat_map(|it| it.policies.clone());
        let validating = near.iter().flat_map(|it| it.validating.clone());
        let alone = policies.clone().map(|policy| Program::new([policy])).chain(
            validating
                .clone()
                .map(|it| Program::default().with_cel([it], [])),
        );
        let together = Program::new(policies.clone()).with_cel(validating.clone(), []);
        let programs: Vec<Program> = alone.chain([together]).collect();
        for (index, object) in documents.objects.iter().enumerate() {
            let next = documents.objects.get(index + 1).unwrap_or(object);
            for body in all_operations(object, next) {
                for program in &programs {
                    let expect = by_reference(program, &body);
                    let answer = by_plan(program, &body, &mut scratch);
                    assert_eq!(answer, expect, "{}: {body}", folder.display());
                    asked += 1;
                }
            }
        }
    }
    println!("{asked} answers agree");
    assert!(asked > 0, "no policies and objects below `{suites}`");
}

#[derive(Default)]
struct Documents {
    policies: Vec<Arc<Policy>>,
    validating: Vec<Arc<ValidatingPolicy>>,
    objects: Vec<Value>,
}

fn gather(folder: &Path, folders: &mut BTreeMap<PathBuf, Documents>) {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            gather(&path, folders);
        } else if path
            .extension()
            .is_some_and(|it| it == "yaml" || it == "yml")
        {
            let Ok(text) = fs::read_to_string(&path) else {
                continue;
            };
            let documents = folders.entry(folder.to_owned()).or_default();
            documents.read(&text);
        }
    }
}

impl Documents {
    fn read(&mut self, text: &str) {
        let policies = doc::read(&policies::enforcing(text));
        self.policies
            .extend(policies.into_iter().filter_map(Result::ok));
        self.validating.extend(validating::read_validating(text));
        for document in yaml::read(text, Numbers::AsWritten).into_iter().flatten() {
            let object: Value = serde_json::from_str(&to_json(document.root())).unwrap();
            if object["kind"].is_string() && object["metadata"]["name"].is_string() {
                self.objects.push(object);
            }
        }
    }
}

/// How many rules below `PORTCULLIS_SUITES` no plan covers, by reason.
#[test]
#[ignore = "a census, which cannot fail; run it with --nocapture"]
fn census() {
    let suites = std::env::var("PORTCULLIS_SUITES").unwrap();
    let mut folders = BTreeMap::new();
    gather(Path::new(&suites), &mut folders);
    let policies: Vec<_> = folders.into_values().flat_map(|it| it.policies).collect();
    let program = Program::new(policies);
    let mut reasons: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (policy, rule, why) in program.opaque() {
        let name = format!("{}/{rule}", policy.name());
        reasons.entry(why).or_default().push(name);
    }
    let opaque: usize = reasons.values().map(Vec::len).sum();
    println!("{} rules, {opaque} opaque", program.rules());
    for (why, rules) in reasons {
        println!("{:6} {why}: {}", rules.len(), rules.join(" "));
    }
}
