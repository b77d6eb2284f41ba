use bumpalo::Bump;

use super::{Answer, Libraries, Library, Outside, Question, all, format};
use crate::cel::bundle::{Bundling, Record};
use crate::cel::environment::{Environment, Variable};
use crate::cel::eval::{COST_LIMIT, Inputs};
use crate::cel::program::Program;
use crate::cel::types::Type;
use crate::cel::val::{Authorizer, Fault, Opaque, Val};
use crate::value::{Value, object, parse_json};

/// The world of the examples.
#[derive(Debug)]
struct TestOutside;

impl Outside for TestOutside {
    fn ask<'v>(&'v self, question: &Question<'_>, bump: &'v Bump) -> Answer<'v> {
        let json = |text| Answer::Value(parse_json(bump, text).unwrap());
        match question {
            Question::Now => Answer::Value(Value::Int(1_700_000_000_000_000_000)),
            Question::Random => Answer::Value(Value::Int(-5_000_000_000_000_000_003)),
            Question::Get(object) | Question::List(object, _) | Question::Post(object, _)
                if object.resource == "secrets" =>
            {
                Answer::Failed("permission denied")
            }
            Question::Get(object) if object.name == "cm" => json(r#"{"data": {"a": "1"}}"#),
            Question::Get(_) => Answer::Value(Value::Null),
            Question::List(_, []) => json(r#"{"items": [{}]}"#),
            Question::List(..) => json(r#"{"items": []}"#),
            Question::Post(..) => json(r#"{"status": {"allowed": true}}"#),
            Question::ResourceType {
                kind: "ConfigMap", ..
            } => json(r#"{"group": "", "version": "v1", "resource": "configmaps"}"#),
            Question::ResourceType { .. } => Answer::Failed("no such kind"),
            Question::Http(request) if request.url == "https://nowhere/" => {
                Answer::Failed("no such host")
            }
            Question::Http(request) if !request.ca_bundle.is_empty() => {
                Answer::Failed("certificate signed by unknown authority")
            }
            Question::Http(_) => json(r#"{"statusCode": 200, "ok": true}"#),
            Question::GlobalContext {
                projection: None, ..
            } => json("[1, 2]"),
            Question::GlobalContext { .. } => json(r#""a""#),
            Question::ImageMetadata("nope") => Answer::Failed("no such image"),
            Question::ImageMetadata(_) => json(r#"{"registry": "index.docker.io"}"#),
            Question::Generate { objects, .. } => match objects {
                [object] if object.text("kind") == "ConfigMap" => Answer::Value(Value::Bool(true)),
                _ => Answer::Failed("denied"),
            },
            Question::Verify { image: "nope", .. } => Answer::Failed("no such image"),
            Question::Verify {
                attestation: Some("nope"),
                ..
            }
            | Question::Payload {
                attestation: "nope",
                ..
            } => Answer::Failed("attestation not found in policy: nope"),
            Question::Verify { attestors, .. } => Answer::Value(Value::Int(attestors.len() as i64)),
            Question::Payload { .. } => json(r#"{"name": "nginx"}"#),
            Question::Authorize { authorizer, .. } => {
                let allowed = authorizer.resource == "pods";
                let fields = [
                    ("allowed", Value::Bool(allowed)),
                    ("reason", Value::Str("of the test")),
                ];
                Answer::Value(object(bump, fields))
            }
        }
    }
}

#[test]
fn every_example_holds() {
    let mut wrong = Vec::new();
    for function in all() {
        assert!(
            !function.about.is_empty(),
            "`{}` says nothing",
            function.name
        );
        assert!(
            !function.examples.is_empty(),
            "`{}` has no example",
            function.name
        );
        assert!(
            function
                .examples
                .iter()
                .any(|example| example.gives.is_ok()),
            "`{}` has no example with a value",
            function.name
        );
        for example in function.examples {
            let found = run(example.expr, function.library);
            let expect = example.gives.map(str::to_owned).map_err(str::to_owned);
            if found != expect {
                wrong.push(format!("{}: {found:?}, not {expect:?}", example.expr));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Evaluates with every library but those that change what others mean, and prints.
fn run(expr: &str, library: Library) -> Result<String, String> {
    let forgiving = Libraries::of(&[Library::LenientOrValue]);
    let mut libraries = Libraries::KUBERNETES.and(Libraries::KYVERNO);
    if library == Library::LenientOrValue {
        libraries = libraries.and(forgiving);
    }
    let mut environment = Environment::new(libraries.and(Libraries::of(&[library])));
    let authorizer = "kubernetes.authorization.Authorizer";
    environment.declare("authorizer", Type::Opaque(authorizer.into()));
    let authorizer = Authorizer {
        type_name: authorizer,
        ..Authorizer::default()
    };
    let program = environment.compile(expr).map_err(|error| error.first())?;
    let bump = Bump::new();
    let inputs = Inputs {
        variables: &[Some(Val::Opaque(Opaque::Authorizer(&authorizer)))],
        bump: &bump,
        outside: &TestOutside,
        cost_limit: COST_LIMIT,
    };
    let result = program.evaluate(&inputs).result;
    let own = result.map(|value| value.to_string());
    if let Some(shared) = bundled(&program, &inputs) {
        assert_eq!(shared.ok(), own.ok(), "in a bundle: `{expr}`");
    }
    match result {
        Ok(value) => {
            let mut text = String::new();
            match format::print(format::Clause::String, value, &mut text) {
                Ok(()) => Ok(text),
                Err(_) => Ok(value.to_string()),
            }
        }
        Err(fault) => Err(fault.to_string()),
    }
}

/// What the program comes to beside itself in a bundle, unless it cannot be in one.
fn bundled(program: &Program, inputs: &Inputs<'_, '_>) -> Option<Result<String, String>> {
    let mut bundling = Bundling::default();
    let record = Record {
        variable: Variable(u16::MAX),
        fields: &|_| None,
    };
    bundling.add([program, program], &record).ok()?;
    let bundle = bundling.finish();
    let bump = Bump::new();
    let inputs = Inputs {
        bump: &bump,
        outside: &TestOutside,
        variables: inputs.variables,
        cost_limit: inputs.cost_limit,
    };
    let mut run = bundle.begin(&inputs);
    let text = |value: Result<Val<'_>, Fault<'_>>| {
        let value = value.map(|value| value.to_string());
        value.map_err(|fault| fault.to_string())
    };
    let first = text(run.value(0));
    assert_eq!(first, text(run.value(1)));
    Some(first)
}
