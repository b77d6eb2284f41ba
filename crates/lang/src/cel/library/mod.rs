//! Every function that an expression may call; one file for each.
//!
//! Comes in:  values; answers from [`Outside`].
//! Goes out:  values; [`all`], which is also the documentation.
//! Never here: clocks, chance, sockets. What a function needs of them it asks.
//!
//! A function is a [`Function`]: the overloads that it declares are what the checker checks, and
//! its examples are run as tests. To add one, write its file and name it in the list of its
//! folder; a folder is a library.

mod authorization;
mod authorizer;
mod cidr;
pub(crate) mod cost;
mod encoders;
mod function;
pub(crate) mod ip;
mod json_patch;
mod kubernetes_lists;
mod kubernetes_regex;
mod kyverno;
mod libraries;
mod lists;
mod math;
mod named_format;
mod optionals;
mod outside;
mod quantity;
pub(crate) mod regex;
mod regex_extension;
mod semver;
mod sets;
mod standard;
mod strings;
#[cfg(test)]
mod tests;
mod two_variables;
mod ty;
mod url;

use std::collections::HashMap;
use std::sync::LazyLock;

use super::types::Type;

pub(crate) use function::{Body, Call, Cost, Dispatch, Outcome, Prepared, error_in, fails, gives};
pub use function::{Example, Function, Overload};
pub use libraries::{Libraries, Library};
pub use outside::{Answer, Http, Nothing, Object, Outside, Question};
pub(crate) use strings::format;
pub use ty::Ty;

/// Names each file of a folder once: as a module, and as an entry of its list.
macro_rules! functions {
    ($($module:ident $name:ident,)*) => {
        $(mod $module;)*

        /// The functions of this folder.
        pub(super) static ALL: &[&crate::cel::library::Function] = &[$(&$module::$name,)*];
    };
}
pub(crate) use functions;

/// The lists of all folders.
static FOLDERS: &[&[&Function]] = &[
    standard::ALL,
    optionals::ALL,
    two_variables::ALL,
    strings::ALL,
    lists::ALL,
    sets::ALL,
    kubernetes_lists::ALL,
    kubernetes_regex::ALL,
    regex_extension::ALL,
    quantity::ALL,
    semver::ALL,
    ip::ALL,
    cidr::ALL,
    url::ALL,
    named_format::ALL,
    math::ALL,
    encoders::ALL,
    json_patch::ALL,
    authorizer::ALL,
    kyverno::ALL,
    authorization::ALL,
];

/// All functions and operators.
pub fn all() -> impl Iterator<Item = &'static Function> {
    FOLDERS.iter().copied().flatten().copied()
}

static BY_NAME: LazyLock<HashMap<&str, Vec<&'static Function>>> = LazyLock::new(|| {
    let mut by_name: HashMap<&str, Vec<_>> = HashMap::new();
    for function in all() {
        for name in [function.name].iter().chain(function.aliases) {
            by_name.entry(*name).or_default().push(function);
        }
    }
    by_name
});

/// The functions of this name in these libraries. There is one for each library that has it.
pub(crate) fn find(name: &str, libraries: Libraries) -> Vec<&'static Function> {
    let all = BY_NAME.get(name).map_or(&[][..], Vec::as_slice);
    let mine = all
        .iter()
        .filter(|function| libraries.has(function.library));
    mine.copied().collect()
}

/// The objects that libraries put behind a name: library, name, type.
const OBJECTS: &[(Library, &str, &str)] = &[
    (Library::Resource, "resource", "resource.Context"),
    (Library::NamespacedResource, "resource", "resource.Context"),
    (Library::Http, "http", "http.Context"),
    (
        Library::GlobalContext,
        "globalContext",
        "globalcontext.Context",
    ),
    (Library::ImageMetadata, "image", "imagedata.Context"),
    (Library::Generator, "generator", "generator.Context"),
    (
        Library::NamespacedGenerator,
        "generator",
        "generator.Context",
    ),
    (Library::Json, "json", "json.Json"),
    (Library::Yaml, "yaml", "yaml.Yaml"),
];

/// The type of the object that a library puts behind this name.
pub(crate) fn object(name: &str, libraries: Libraries) -> Option<&'static str> {
    let found = OBJECTS
        .iter()
        .find(|(library, object, _)| *object == name && libraries.has(*library));
    found.map(|(_, _, ty)| *ty)
}

/// Is it the type of an object behind a name such as `http`?
pub(crate) fn is_object_type(ty: &str) -> bool {
    OBJECTS.iter().any(|(_, _, own)| *own == ty)
}

/// The type of this name that a library brings.
pub(crate) fn opaque_type(name: &str, libraries: Libraries) -> Option<Type> {
    const TYPES: &[(Library, &str)] = &[
        (Library::Quantity, "kubernetes.Quantity"),
        (Library::Url, "kubernetes.URL"),
        (Library::Semver, "kubernetes.Semver"),
        (Library::Ip, "net.IP"),
        (Library::Cidr, "net.CIDR"),
    ];
    let found = TYPES
        .iter()
        .find(|(library, ty)| *ty == name && libraries.has(*library));
    found.map(|(_, ty)| Type::Opaque((*ty).into()))
}

/// Is it one of the types that patches are made of?
pub(crate) fn is_patch_type(name: &str) -> bool {
    matches!(name, "Object" | "JSONPatch") || name.starts_with("Object.")
}

/// The type of a field of a type that a library brings.
pub(crate) fn field(ty: &str, field: &str, libraries: Libraries) -> Option<Type> {
    match (ty, field) {
        ("user.ServiceAccount", "Namespace" | "Name") => Some(Type::String),
        _ if libraries.has(Library::JsonPatch) => patch_field(ty, field),
        _ => authorization::field(ty, field),
    }
}

/// The type of a field of a type that patches are made of.
fn patch_field(ty: &str, field: &str) -> Option<Type> {
    match (ty, field) {
        ("JSONPatch", "op" | "path" | "from") => Some(Type::String),
        ("JSONPatch", "value") => Some(Type::Dyn),
        ("JSONPatch", _) => None,
        _ if is_patch_type(ty) => Some(Type::Dyn),
        _ => None,
    }
}
