//! Why a resource does not match a pattern, and the path that a walk has come.

use std::fmt;

use bumpalo::Bump;

use super::anchors_seen::AnchorsSeen;

/// Why a resource does not match a pattern. Texts live in the evaluation's memory.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Mismatch<'v> {
    /// What it makes of the rule.
    pub kind: MismatchKind,
    /// Where it failed: `/spec/containers/0/image/`. Empty unless the kind is
    /// [`MismatchKind::Fail`].
    pub path: &'v str,
    /// What is wrong, in the reference engine's words.
    pub text: &'v str,
}

/// What a mismatch makes of the rule.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum MismatchKind {
    /// An anchor says that the rule does not apply: `skip`, the text is the message.
    Skip,
    /// `fail` at the path.
    Fail,
    /// `error` with the text: a key in a `( )` or `^( )` anchor was never found, so the
    /// pattern may not mean what its author thought; or the mismatch has no place.
    Error,
}

impl fmt::Display for Mismatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

/// A mismatch on its way up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failure<'v> {
    pub(super) cause: Cause,
    pub(super) path: &'v str,
    pub(super) text: &'v str,
}

/// How the maps and lists above a failure treat it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Cause {
    /// A `( )` or `<( )` anchor below did not match.
    Skip,
    /// An `X( )` anchor found its key.
    Negation,
    /// Anything else.
    Plain,
}

impl<'v> Failure<'v> {
    /// Of which nothing is reported.
    pub(super) const SILENT: Failure<'static> = Failure {
        cause: Cause::Plain,
        path: "",
        text: "",
    };

    /// What a rule makes of it, after the whole pattern was walked.
    pub(super) fn settle(self, seen: &AnchorsSeen<'v>) -> Mismatch<'v> {
        let (kind, path) = match self.cause {
            Cause::Skip => (MismatchKind::Skip, ""),
            Cause::Plain if self.path.is_empty() || seen.any_missing() => (MismatchKind::Error, ""),
            Cause::Plain | Cause::Negation => (MismatchKind::Fail, self.path),
        };
        Mismatch {
            kind,
            path,
            text: self.text,
        }
    }
}

/// Where a walk is; lives on the stack and is printed only when something fails.
#[derive(Clone, Copy)]
pub(super) enum Path<'p> {
    Root,
    Key(&'p Path<'p>, &'p str),
    Index(&'p Path<'p>, usize),
}

impl<'p> Path<'p> {
    pub(super) fn key(&'p self, name: &'p str) -> Path<'p> {
        Path::Key(self, name)
    }

    pub(super) fn index(&'p self, index: usize) -> Path<'p> {
        Path::Index(self, index)
    }

    pub(super) fn text<'v>(&self, bump: &'v Bump) -> &'v str {
        write(bump, format_args!("{self}"))
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => f.write_str("/"),
            Path::Key(parent, name) => write!(f, "{parent}{name}/"),
            Path::Index(parent, index) => write!(f, "{parent}{index}/"),
        }
    }
}

/// A formatted text in the evaluation's memory.
pub(super) fn write<'v>(bump: &'v Bump, text: fmt::Arguments<'_>) -> &'v str {
    let mut out = bumpalo::collections::String::new_in(bump);
    let _ = fmt::Write::write_fmt(&mut out, text);
    out.into_bump_str()
}
