//! Types of kinds: which lists are merged by which keys, and what a field may hold.

use std::collections::HashMap;
use std::sync::LazyLock;

use portcullis_lang::value::{Document, Value};

use super::{Kind, crd};

/// The types of the built-in kinds. `apply-schema` writes the text and describes its lines.
const KINDS: &str = include_str!("kinds.txt");

static BUILT_IN: LazyLock<Schemas> = LazyLock::new(|| read(KINDS));

/// The types of kinds.
#[derive(Clone, Debug, Default)]
pub struct Schemas {
    pub(super) types: Types,
    pub(super) kinds: HashMap<(String, String), TypeId>,
}

/// Types, by their numbers.
pub(super) type Types = Vec<Type>;

/// The number of a type.
pub(super) type TypeId = u32;

/// What a value may be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Type {
    /// Text.
    Text,
    /// A number.
    Number,
    /// A truth value.
    Bool,
    /// Any of these.
    Scalar,
    /// Anything; a list or a map of it is one value.
    Untyped,
    /// Anything; a map is merged key by key.
    Deduced,
    /// A list.
    List {
        /// How it is merged.
        merge: Merge,
        /// Its elements.
        of: TypeId,
    },
    /// A map.
    Map {
        /// Known fields, sorted by name.
        fields: Vec<(String, TypeId)>,
        /// All others, where there may be any.
        rest: Option<TypeId>,
        /// Is it one value?
        atomic: bool,
    },
}

/// How lists are merged.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Merge {
    /// Not: a list is one value.
    Atomic,
    /// A text or number stands in it once.
    Set,
    /// An element is known by these fields, which count as their defaults where they are missing.
    Keys(Vec<(String, Option<String>)>),
}

/// The type of objects that nobody described.
const DEDUCED: &[Type] = &[Type::Deduced];
static UNKNOWN: LazyLock<Types> = LazyLock::new(|| DEDUCED.to_vec());

impl Schemas {
    /// Those of the kinds that Kubernetes has built in.
    pub fn built_in() -> &'static Schemas {
        &BUILT_IN
    }

    /// The built-in kinds, and those of these CustomResourceDefinitions.
    pub fn with_definitions(documents: &[Document]) -> Schemas {
        let mut schemas = BUILT_IN.clone();
        for document in documents {
            crd::add(document.root(), &mut schemas);
        }
        schemas
    }

    /// The type of an object, by its kind.
    pub fn of(&self, object: Value<'_>) -> Kind<'_> {
        let key = (
            object.text("apiVersion").to_owned(),
            object.text("kind").to_owned(),
        );
        match self.kinds.get(&key) {
            Some(id) => Kind {
                types: &self.types,
                id: *id,
            },
            None => Kind::unknown(),
        }
    }

    /// Adds a type.
    pub(super) fn add(&mut self, ty: Type) -> TypeId {
        self.types.push(ty);
        self.types.len() as TypeId - 1
    }
}

impl Kind<'static> {
    /// The type of an object as far as the object itself tells: lists are replaced.
    pub fn unknown() -> Kind<'static> {
        Kind {
            types: &UNKNOWN,
            id: 0,
        }
    }
}

/// The type of this number; a number that is none stands for anything.
pub(super) fn get(types: &Types, id: TypeId) -> &Type {
    types.get(id as usize).unwrap_or(&Type::Deduced)
}

impl Type {
    /// The type of a map's field; `None` where it may not be there.
    pub(super) fn field(&self, key: &str) -> Option<TypeId> {
        let Type::Map { fields, rest, .. } = self else {
            return None;
        };
        self.known(key)
            .or(*rest)
            .filter(|_| !fields.is_empty() || rest.is_some())
    }

    /// The type of a known field.
    pub(super) fn known(&self, key: &str) -> Option<TypeId> {
        let Type::Map { fields, .. } = self else {
            return None;
        };
        let at = fields.binary_search_by(|(name, _)| name.as_str().cmp(key));
        fields.get(at.ok()?).map(|(_, id)| *id)
    }
}

fn read(text: &str) -> Schemas {
    let mut schemas = Schemas::default();
    for line in text.lines() {
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["kind", version, kind, id] => {
                let key = ((*version).to_owned(), (*kind).to_owned());
                schemas.kinds.insert(key, number(id));
            }
            words => {
                schemas.add(type_of(words));
            }
        }
    }
    schemas
}

fn type_of(words: &[&str]) -> Type {
    match words {
        ["text"] => Type::Text,
        ["number"] => Type::Number,
        ["bool"] => Type::Bool,
        ["scalar"] => Type::Scalar,
        ["untyped"] => Type::Untyped,
        ["list", "atomic", of] => Type::List {
            merge: Merge::Atomic,
            of: number(of),
        },
        ["list", "set", of] => Type::List {
            merge: Merge::Set,
            of: number(of),
        },
        ["list", "map", of, keys @ ..] => Type::List {
            merge: Merge::Keys(keys.iter().map(|key| key_of(key)).collect()),
            of: number(of),
        },
        ["map", rest, words @ ..] => {
            let atomic = words.first() == Some(&"atomic");
            let fields = words.iter().filter_map(|word| word.split_once(':'));
            Type::Map {
                fields: fields
                    .map(|(name, id)| (name.to_owned(), number(id)))
                    .collect(),
                rest: rest.parse().ok(),
                atomic,
            }
        }
        _ => Type::Deduced,
    }
}

fn key_of(word: &str) -> (String, Option<String>) {
    match word.split_once('=') {
        Some((name, default)) => (name.to_owned(), Some(default.to_owned())),
        None => (word.to_owned(), None),
    }
}

fn number(word: &str) -> TypeId {
    word.parse().unwrap_or(TypeId::MAX)
}
