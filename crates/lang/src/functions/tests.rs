use std::net::IpAddr;

use bumpalo::Bump;

use super::{ALL, Inputs, find};
use crate::jmespath::{Env, Query};
use crate::value::{Map, Value, to_json};

/// Half past nine on a Saturday, a seed, and no name server.
struct Fixed;

impl Inputs for Fixed {
    fn now(&self) -> i128 {
        1_795_253_400_000_000_000
    }

    fn random(&self) -> u64 {
        7
    }

    fn resolve_host(&self, host: &str) -> Option<Result<Vec<IpAddr>, String>> {
        match host {
            "inside.example" => Some(Ok(vec![IpAddr::from([10, 0, 0, 1])])),
            "outside.example" => Some(Ok(vec![IpAddr::from([1, 1, 1, 1])])),
            _ => None,
        }
    }
}

fn eval(expr: &str) -> Result<String, String> {
    let query = Query::parse(expr).map_err(|error| error.to_string())?;
    let bump = Bump::new();
    let env = Env::new(&bump, &Fixed);
    let answer = query.search(Value::Map(Map::EMPTY), &env);
    answer.map(to_json).map_err(|error| error.to_string())
}

#[test]
fn every_example_holds() {
    for function in ALL {
        let examples = function.examples;
        assert!(
            examples.len() >= 4,
            "`{}` has too few examples",
            function.name
        );
        assert!(
            examples.iter().any(|example| example.gives.is_err()) || function.params.is_empty(),
            "`{}` shows no error",
            function.name
        );
        for example in examples {
            let got = eval(example.expr);
            let got = got.as_deref().map_err(String::as_str);
            assert_eq!(got, example.gives, "{}", example.expr);
        }
    }
}

#[test]
fn functions_are_found_by_name() {
    assert!(ALL.is_sorted_by(|a, b| a.name < b.name));
    for function in ALL {
        assert_eq!(
            find(function.name).map(|found| found.name),
            Some(function.name)
        );
        assert!(
            !function.about.is_empty(),
            "`{}` is not explained",
            function.name
        );
    }
    assert!(find("Abs").is_none());
}
