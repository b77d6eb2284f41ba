//! Patterns merged by path.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Place, sorted};
use crate::ir::{MapPattern, Name, Pattern, Relation, Step, Wanted};

/// The places that patterns look at.
#[derive(Default)]
pub(super) struct Tree {
    root: Node,
}

#[derive(Default)]
struct Node {
    rules: usize,
    tests: HashMap<String, usize>,
    below: BTreeMap<String, Node>,
}

/// What one rule looks at: each place and each test once.
#[derive(Default)]
struct Seen {
    places: HashSet<Vec<String>>,
    tests: HashSet<(Vec<String>, String)>,
}

/// Keys of lists' elements.
const ELEMENTS: &str = "[]";

impl Tree {
    /// Adds the patterns of so many equal rules.
    pub(super) fn add<'p>(
        &mut self,
        patterns: impl IntoIterator<Item = &'p Pattern>,
        rules: usize,
    ) {
        let mut seen = Seen::default();
        for pattern in patterns {
            seen.pattern(&mut Vec::new(), pattern);
        }
        for path in &seen.places {
            self.root.at(path).rules += rules;
        }
        for (path, text) in seen.tests {
            *self.root.at(&path).tests.entry(text).or_default() += rules;
        }
    }

    /// Every place before those below it. A place without tests of its own and with one place below
    /// is one with that: `metadata.labels`, `containers[]`.
    pub(super) fn places(self) -> Vec<Place> {
        let mut places = Vec::new();
        for (key, node) in self.root.below {
            node.write(key, 0, &mut places);
        }
        places
    }
}

impl Node {
    fn at(&mut self, path: &[String]) -> &mut Node {
        let mut node = self;
        for key in path {
            node = node.below.entry(key.clone()).or_default();
        }
        node
    }

    fn write(self, key: String, depth: usize, places: &mut Vec<Place>) {
        let (mut key, mut node) = (key, self);
        while node.tests.is_empty() && node.below.len() == 1 {
            let Some((next, below)) = node.below.pop_first() else {
                break;
            };
            key = joined(&key, &next);
            node = below;
        }
        places.push(Place {
            depth,
            key,
            rules: node.rules,
            tests: sorted(node.tests),
        });
        for (key, node) in node.below {
            node.write(key, depth + 1, places);
        }
    }
}

fn joined(path: &str, key: &str) -> String {
    match key {
        ELEMENTS => format!("{path}{key}"),
        key => format!("{path}.{key}"),
    }
}

impl Seen {
    fn pattern(&mut self, path: &mut Vec<String>, pattern: &Pattern) {
        self.places.insert(path.clone());
        match pattern {
            Pattern::Scalar(scalar) => self.test(path, scalar.text.to_string()),
            Pattern::EachScalar(scalar) => self.test(path, format!("each {}", scalar.text)),
            Pattern::Never => self.test(path, "never fits".to_owned()),
            Pattern::Map(map) => self.map(path, map),
            Pattern::EachMap(map) => self.elements(path, std::slice::from_ref(map)),
        }
    }

    fn map(&mut self, path: &mut Vec<String>, map: &MapPattern) {
        map.steps().for_each(|step| self.step(path, step));
    }

    fn elements(&mut self, path: &mut Vec<String>, maps: &[MapPattern]) {
        path.push(ELEMENTS.to_owned());
        self.places.insert(path.clone());
        maps.iter().for_each(|map| self.map(path, map));
        path.pop();
    }

    fn step(&mut self, path: &mut Vec<String>, step: &Step) {
        path.push(match &step.name {
            Name::Exact(key) => key.to_string(),
            Name::Smallest(wildcard) => wildcard.as_str().to_owned(),
        });
        self.places.insert(path.clone());
        match &step.wanted {
            Wanted::Fits(pattern) => self.pattern(path, pattern),
            Wanted::Some(maps) => self.elements(path, maps),
            Wanted::Present if step.relation == Relation::Negation => {
                self.test(path, "is not there".to_owned());
            }
            Wanted::Present => self.test(path, "is there".to_owned()),
            Wanted::NotNull => self.test(path, "is not null".to_owned()),
        }
        path.pop();
    }

    fn test(&mut self, path: &[String], text: String) {
        self.tests.insert((path.to_vec(), text));
    }
}
