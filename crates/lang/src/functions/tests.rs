use std::cell::Cell;
use std::net::IpAddr;

use bumpalo::Bump;

use super::{ALL, Inputs, find};
use crate::jmespath::{Env, Query};
use crate::scalar::image::Defaults;
use crate::value::{Map, Value, to_json};

/// Half past nine on a Saturday, numbers in a row, and two hosts.
#[derive(Default)]
struct Fixed(Cell<u64>);

impl Inputs for Fixed {
    fn now(&self) -> i128 {
        1_795_253_400_000_000_000
    }

    fn random(&self) -> u64 {
        self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mixed = (self.0.get() ^ (self.0.get() >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 27)
    }

    fn resolve_host(&self, host: &str) -> Option<Result<Vec<IpAddr>, String>> {
        match host {
            "inside.example" => Some(Ok(vec![IpAddr::from([10, 0, 0, 1])])),
            "outside.example" => Some(Ok(vec![IpAddr::from([1, 1, 1, 1])])),
            _ => None,
        }
    }
}

pub(super) fn eval(expr: &str) -> Result<String, String> {
    let query = Query::parse(expr).map_err(|error| error.to_string())?;
    let bump = Bump::new();
    let inputs = Fixed::default();
    let env = Env::new(&bump, &inputs);
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

/// An installation with a registry of its own.
struct Elsewhere;

impl Inputs for Elsewhere {
    fn now(&self) -> i128 {
        0
    }

    fn random(&self) -> u64 {
        0
    }

    fn resolve_host(&self, _: &str) -> Option<Result<Vec<IpAddr>, String>> {
        None
    }

    fn images(&self) -> Defaults<'_> {
        Defaults {
            registry: "r.example",
            mutate: true,
        }
    }
}

#[test]
fn images_are_completed_as_the_installation_says() {
    for (image, expect) in [
        ("nginx", "r.example/nginx:latest"),
        ("ghcr.io/a", "ghcr.io/a:latest"),
    ] {
        let query = Query::parse(&format!("image_normalize('{image}')")).unwrap();
        let bump = Bump::new();
        let env = Env::new(&bump, &Elsewhere);
        let answer = query.search(Value::Map(Map::EMPTY), &env).unwrap();
        assert_eq!(answer.as_str(), Some(expect), "{image}");
    }
}
