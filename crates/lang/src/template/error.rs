//! Why a document cannot be filled in; the texts are Kyverno's.

use std::fmt;

/// Why substitution ended. `E` is the resolver's own error.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TemplateError<E> {
    /// An expression has no value.
    Resolve {
        /// The expression, as it was asked for.
        expression: String,
        /// The place of its text in the document.
        path: String,
        /// The resolver's reason.
        cause: E,
    },
    /// A key became something that is no text.
    KeyNotText {
        /// The key as written.
        key: String,
    },
    /// A reference leads to nothing.
    NoTarget {
        /// The reference with its `$( )`.
        reference: String,
        /// The place of its text in the document.
        path: String,
    },
    /// A reference without operator leads to something that is no text.
    TargetNotText {
        /// The reference with its `$( )`.
        reference: String,
        /// The place of its text in the document.
        path: String,
    },
    /// A reference cannot be used as written.
    Reference {
        /// The reference with its `$( )`.
        reference: String,
        /// The place of its text in the document.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Answers led to ever more variables.
    Endless {
        /// The place of the text in the document.
        path: String,
        /// What was exceeded.
        limit: Limit,
    },
}

/// A bound on what one substitution may do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Limit {
    /// How many expressions are resolved.
    Expressions(usize),
    /// How long a text may become, in bytes.
    Bytes(usize),
    /// How deep answers may nest.
    Depth(usize),
}

impl<E> TemplateError<E> {
    /// The resolver's own error, where that was the reason.
    pub fn cause(&self) -> Option<&E> {
        match self {
            TemplateError::Resolve { cause, .. } => Some(cause),
            _ => None,
        }
    }

    /// The reference with its `$( )`, where one was the reason.
    pub fn reference(&self) -> Option<&str> {
        match self {
            TemplateError::NoTarget { reference, .. }
            | TemplateError::TargetNotText { reference, .. }
            | TemplateError::Reference { reference, .. } => Some(reference),
            _ => None,
        }
    }

    /// The place of the text in the document, where it is known.
    pub fn path(&self) -> Option<&str> {
        match self {
            TemplateError::Resolve { path, .. }
            | TemplateError::NoTarget { path, .. }
            | TemplateError::TargetNotText { path, .. }
            | TemplateError::Reference { path, .. }
            | TemplateError::Endless { path, .. } => Some(path),
            TemplateError::KeyNotText { .. } => None,
        }
    }
}

impl<E: fmt::Display> fmt::Display for TemplateError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TemplateError::Resolve {
                expression,
                path,
                cause,
            } => write!(f, "failed to resolve {expression} at path {path}: {cause}"),
            TemplateError::KeyNotText { key } => write!(
                f,
                "expected string after substituting variables in key \"{key}\""
            ),
            TemplateError::NoTarget { reference, path } => write!(
                f,
                "got nil resolved variable {reference} at path {path}: <nil>"
            ),
            TemplateError::TargetNotText { reference, path } => write!(
                f,
                "NotResolvedReferenceErr,reference {reference} not resolved at path {path}"
            ),
            TemplateError::Reference {
                reference,
                path,
                reason,
            } => write!(f, "failed to resolve {reference} at path {path}: {reason}"),
            TemplateError::Endless { path, limit } => {
                write!(f, "variables at path {path} exceed {limit}")
            }
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for TemplateError<E> {}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Limit::Expressions(count) => write!(f, "the limit of {count} expressions"),
            Limit::Bytes(count) => write!(f, "the limit of {count} bytes"),
            Limit::Depth(count) => write!(f, "the limit of {count} nested answers"),
        }
    }
}
