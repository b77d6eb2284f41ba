//! Is a value what its type says? In the words of the API server's library.

use portcullis_lang::value::{GoSyntax, GoText, List, Map, Value};

use super::schema::{Merge, Type, TypeId, Types, get};

/// Where a value comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Origin {
    /// An object: `null` is nothing, and elements may stand twice.
    Live,
    /// An expression: its `null` is a value of its own that no type takes.
    Patch,
}

/// What is wrong, and where.
pub(super) type Fault = (String, String);

/// Everything that is wrong with a value.
pub(super) fn check(types: &Types, id: TypeId, value: Value<'_>, origin: Origin) -> Vec<Fault> {
    let mut check = Check {
        types,
        origin,
        path: String::new(),
        faults: Vec::new(),
    };
    check.value(get(types, id), value);
    check.faults
}

/// As one text.
pub(super) fn printed(faults: &[Fault]) -> String {
    let line = |(path, text): &Fault| match path.as_str() {
        "" => text.clone(),
        path => format!("{path}: {text}"),
    };
    match faults {
        [fault] => line(fault),
        faults => {
            let lines = faults.iter().map(|fault| format!("\n  {}", line(fault)));
            format!("errors:{}", lines.collect::<String>())
        }
    }
}

/// The paths of all lists and maps in a value that are one value each.
pub(super) fn atomics(types: &Types, id: TypeId, value: Value<'_>) -> Vec<String> {
    let mut found = Vec::new();
    add_atomics(types, get(types, id), value, "", &mut found);
    found
}

fn add_atomics(types: &Types, ty: &Type, value: Value<'_>, path: &str, found: &mut Vec<String>) {
    match (ty, value) {
        (Type::Map { atomic, .. }, Value::Map(map)) => {
            found.extend(atomic.then(|| path.to_owned()));
            for (key, item) in map.iter() {
                if let Some(id) = ty.known(key) {
                    add_atomics(types, get(types, id), item, &format!("{path}.{key}"), found);
                }
            }
        }
        (Type::List { merge, of }, Value::List(items)) => {
            found.extend((*merge == Merge::Atomic).then(|| path.to_owned()));
            for (index, item) in items.iter().enumerate() {
                let path = format!("{path}[{index}]");
                add_atomics(types, get(types, *of), item, &path, found);
            }
        }
        (Type::Untyped, Value::Map(_)) | (Type::Untyped | Type::Deduced, Value::List(_)) => {
            found.push(path.to_owned());
        }
        _ => {}
    }
}

struct Check<'t> {
    types: &'t Types,
    origin: Origin,
    path: String,
    faults: Vec<Fault>,
}

impl<'t> Check<'t> {
    fn complain(&mut self, text: impl Into<String>) {
        self.faults.push((self.path.clone(), text.into()));
    }

    fn value(&mut self, ty: &'t Type, value: Value<'_>) {
        if value.is_null() && self.origin == Origin::Live {
            return;
        }
        match (ty, value) {
            (Type::Text, Value::Str(_))
            | (Type::Number, Value::Int(_) | Value::Float(_))
            | (Type::Bool, Value::Bool(_)) => {}
            (
                Type::Scalar | Type::Untyped | Type::Deduced,
                Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Str(_),
            ) => {}
            (Type::Map { .. } | Type::Untyped | Type::Deduced, Value::Map(map)) => {
                self.map(ty, map);
            }
            (Type::List { merge, of }, Value::List(items)) => {
                self.list(merge, get(self.types, *of), items);
            }
            (Type::Untyped | Type::Deduced, Value::List(items)) => {
                self.list(&Merge::Atomic, &Type::Untyped, items);
            }
            (Type::Text, value) => {
                let value = match value {
                    Value::Null => "0".to_owned(),
                    value => GoSyntax(value).to_string(),
                };
                self.complain(format!(
                    "expected string, got &value.valueUnstructured{{Value:{value}}}"
                ));
            }
            (Type::Number, value) => {
                let ty = go_type(value);
                self.complain(format!("expected numeric (int or float), got {ty}"));
            }
            (Type::Bool, value) => self.complain(format!("expected boolean, got {}", got(value))),
            (Type::Scalar, value) => {
                self.complain(format!("expected any scalar, got {}", got(value)));
            }
            (Type::List { .. }, value) => {
                self.complain(format!("expected list, got {}", got(value)));
            }
            (Type::Map { .. } | Type::Untyped | Type::Deduced, value) => {
                self.complain(format!("expected map, got {}", got(value)));
            }
        }
    }

    fn map(&mut self, ty: &'t Type, map: Map<'_>) {
        for (key, item) in map.iter() {
            let below = match ty {
                Type::Untyped => Some(&Type::Untyped),
                Type::Deduced => Some(&Type::Deduced),
                ty => ty.field(key).map(|id| get(self.types, id)),
            };
            let outer = self.path.len();
            self.path.push('.');
            self.path.push_str(key);
            match below {
                Some(below) => self.value(below, item),
                None => self.complain("field not declared in schema"),
            }
            self.path.truncate(outer);
            if below.is_none() {
                return;
            }
        }
    }

    fn list(&mut self, merge: &'t Merge, of: &'t Type, items: List<'_>) {
        let mut seen: Vec<Place<'_>> = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let place = match merge {
                Merge::Atomic => Place::Index(index),
                merge => match Place::of(merge, item) {
                    Ok(place) => place,
                    Err(text) => return self.complain(format!("element {index}: {text}")),
                },
            };
            if self.origin == Origin::Patch && seen.contains(&place) {
                self.complain(format!("duplicate entries for key {place}"));
            }
            let outer = self.path.len();
            self.path.push_str(&place.to_string());
            seen.push(place);
            self.value(of, item);
            self.path.truncate(outer);
        }
    }
}

/// What an element of a list is known by.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Place<'v> {
    /// Its index.
    Index(usize),
    /// Itself.
    Value(Value<'v>),
    /// Some of its fields, sorted by name.
    Keys(Vec<(&'v str, Value<'v>)>),
}

impl<'v> Place<'v> {
    /// Of an element of a list that is merged.
    pub(super) fn of(merge: &'v Merge, item: Value<'v>) -> Result<Place<'v>, String> {
        let Merge::Keys(names) = merge else {
            let wrong = match item {
                Value::Map(_) => "associative list without keys has an element that's a map type",
                Value::List(_) => "not supported: associative list with lists as elements",
                Value::Null => {
                    "associative list without keys has an element that's an explicit null"
                }
                item => return Ok(Place::Value(item)),
            };
            return Err(wrong.to_owned());
        };
        let Value::Map(map) = item else {
            return Err(match item {
                Value::Null => "associative list with keys may not have a null element",
                _ => "associative list with keys may not have non-map elements",
            }
            .to_owned());
        };
        let mut keys = Vec::with_capacity(names.len());
        for (name, default) in names {
            let value = map.get(name).or(default.as_deref().map(Value::Str));
            keys.extend(value.map(|value| (name.as_str(), value)));
        }
        if keys.is_empty() {
            let names: Vec<_> = names.iter().map(|(name, _)| format!("{name:?}")).collect();
            return Err(format!(
                "associative list with keys has an element that omits all key fields [{}] (and doesn't have default values for any key fields)",
                names.join(" ")
            ));
        }
        keys.sort_by_key(|(name, _)| *name);
        Ok(Place::Keys(keys))
    }
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let printed = |value: &Value<'_>| portcullis_lang::value::to_json(*value);
        match self {
            Place::Index(index) => write!(f, "[{index}]"),
            Place::Value(value) => write!(f, "[={}]", printed(value)),
            Place::Keys(keys) => {
                let keys: Vec<_> = keys
                    .iter()
                    .map(|(name, value)| format!("{name}={}", printed(value)))
                    .collect();
                write!(f, "[{}]", keys.join(","))
            }
        }
    }
}

/// As Go prints what holds a value.
fn got(value: Value<'_>) -> String {
    match value {
        Value::Null => "&{NULL_VALUE}".to_owned(),
        value => format!("&{{{}}}", GoText(value)),
    }
}

fn go_type(value: Value<'_>) -> &'static str {
    match value {
        Value::Null => "structpb.NullValue",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Float(_) => "float64",
        Value::Str(_) => "string",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
    }
}
