//! Why a JSON patch cannot be read or applied, in the reference engine's words.

use std::fmt;

/// Why a JSON patch cannot be read or applied.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum JsonPatchError {
    /// The text is no YAML.
    Yaml(String),
    /// The text is no JSON, or a path leads through a value that holds nothing.
    Invalid,
    /// The text is YAML or JSON, but no list of operations.
    NoList(&'static str),
    /// An operation lacks something.
    Operation {
        /// As JSON.
        operation: String,
        /// What is wrong with it.
        cause: &'static str,
    },
    /// The path, or the key at its end, is not there.
    Missing {
        /// `add`, `copy`, ...
        operation: &'static str,
        /// What is missing, as the text calls it.
        what: &'static str,
        /// The whole path.
        path: String,
    },
    /// The container at the end of the path refuses.
    At {
        /// What goes before the path.
        what: &'static str,
        /// The path, or its last key.
        path: String,
        /// Why.
        cause: Cause,
    },
    /// The copy cannot be put at its destination.
    Copied(Cause),
    /// `test` found something else.
    TestFailed(String),
    /// `move` from `""`.
    MovesAll,
    /// A list that is still to be made is asked for by an index below -1.
    NegativeIndex(i64),
}

/// Why a map or list refuses an operation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Cause {
    /// The map has no such key.
    NoKey(String),
    /// The map has no such key, and it was to go.
    NoKeyToRemove(String),
    /// The list has no such index.
    NoIndex(i64),
    /// The text is no index.
    NotAnIndex(String),
    /// The text is no index to add at.
    NotAnIndexToAdd(String),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::NoKey(key) => write!(f, "unable to get nonexistent key: {key}: missing value"),
            Cause::NoKeyToRemove(key) => {
                write!(f, "Unable to remove nonexistent key: {key}: missing value")
            }
            Cause::NoIndex(index) => write!(
                f,
                "Unable to access invalid index: {index}: invalid index referenced"
            ),
            Cause::NotAnIndex(text) => write!(f, "strconv.Atoi: parsing {text:?}: invalid syntax"),
            Cause::NotAnIndexToAdd(text) => write!(
                f,
                "value was not a proper array index: '{text}': strconv.Atoi: parsing {text:?}: invalid syntax"
            ),
        }
    }
}

impl fmt::Display for JsonPatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JsonPatchError::Yaml(text) => {
                write!(f, "failed to convert patchesJSON6902 to JSON: {text}")
            }
            JsonPatchError::Invalid => f.write_str("invalid state detected"),
            JsonPatchError::NoList(got) => write!(
                f,
                "json: cannot unmarshal {got} into Go value of type jsonpatch.Patch"
            ),
            JsonPatchError::Operation { operation, cause } => {
                write!(f, "invalid operation {operation}: {cause}")
            }
            JsonPatchError::Missing {
                operation,
                what,
                path,
            } => write!(
                f,
                "{operation} operation does not apply: {what}: {path}: missing value"
            ),
            JsonPatchError::At { what, path, cause } => write!(f, "{what}: '{path}': {cause}"),
            JsonPatchError::Copied(cause) => {
                write!(f, "error while adding value during copy: {cause}")
            }
            JsonPatchError::TestFailed(path) => {
                write!(f, "testing value {path} failed: test failed")
            }
            JsonPatchError::MovesAll => f.write_str(
                "unable to move entire document to another path: invalid state detected",
            ),
            JsonPatchError::NegativeIndex(index) => write!(
                f,
                "Unable to ensure path for negative index other than -1: {index}: invalid index referenced"
            ),
        }
    }
}

impl std::error::Error for JsonPatchError {}
