//! Why a strategic merge patch cannot be applied.

use std::fmt;

use portcullis_lang::value::Value;

use crate::actions::mutate::text;

/// Why a strategic merge patch cannot be applied. Texts are the reference engine's.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum MergeError {
    /// Patch and resource have different shapes at one place.
    WrongKind {
        /// The resource's shape.
        expected: Shape,
        /// The patch's shape.
        got: Shape,
        /// The patch at that place, on one line.
        contents: String,
    },
    /// The same, noticed while the anchors of a list were worked off.
    Preprocess(Box<MergeError>),
    /// `$patch` has a value that is no directive.
    UnknownDirective(String),
    /// The patch deletes the whole resource.
    Deleted,
    /// Taking anchored elements out of a list went past its end: the list holds two or more of
    /// them, and fewer of the resource's elements fit.
    ListExhausted,
    /// A list is too long for elements that cannot be told apart by their keys.
    ListTooLong {
        /// Elements of the list.
        len: usize,
        /// The longest that is merged.
        limit: usize,
    },
}

/// The shapes that a node of a document can have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shape {
    /// A map.
    Mapping,
    /// A list.
    Sequence,
    /// Anything else.
    Scalar,
}

impl Shape {
    pub(super) fn of(value: Value<'_>) -> Shape {
        match value {
            Value::Map(_) => Shape::Mapping,
            Value::List(_) => Shape::Sequence,
            _ => Shape::Scalar,
        }
    }
}

impl MergeError {
    pub(super) fn wrong_kind(expected: Shape, got: Value<'_>) -> MergeError {
        MergeError::WrongKind {
            expected,
            got: Shape::of(got),
            contents: text::flow(got),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Shape::Mapping => "MappingNode",
            Shape::Sequence => "SequenceNode",
            Shape::Scalar => "ScalarNode",
        })
    }
}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MergeError::WrongKind {
                expected,
                got,
                contents,
            } => write!(
                f,
                "wrong node kind: expected {expected} but got {got}: node contents:\n{contents}\n"
            ),
            MergeError::Preprocess(error) => write!(f, "failed to preProcess rule: {error}"),
            MergeError::UnknownDirective(text) => write!(f, "unknown patch strategy '{text}'"),
            MergeError::Deleted => f.write_str("filter cannot create or delete objects"),
            MergeError::ListExhausted => f.write_str(
                "a list of the patch has several elements with anchors, of which too few fit the resource",
            ),
            MergeError::ListTooLong { len, limit } => write!(
                f,
                "a list of {len} elements without unique merge keys exceeds the limit of {limit}"
            ),
        }
    }
}

impl std::error::Error for MergeError {}
