//! Regular expressions as arguments: compiled once if they are constants.

use std::borrow::Cow;

use super::{Call, Prepared};
use crate::cel::val::{Constant, Fault};
use crate::scalar::regex::Regex;

/// Compiles the pattern, the second argument, if it is a constant.
pub(crate) fn prepare(args: &[Option<&Constant>]) -> Prepared {
    match args.get(1) {
        Some(Some(Constant::Str(pattern))) => match Regex::new(pattern) {
            Ok(regex) => Prepared::Regex(regex),
            Err(error) => Prepared::Refused(error.to_string()),
        },
        _ => Prepared::Nothing,
    }
}

/// The same, where the reference finds a bad pattern only when the expression runs.
pub(crate) fn prepare_lazily(args: &[Option<&Constant>]) -> Prepared {
    match prepare(args) {
        Prepared::Refused(_) => Prepared::Nothing,
        prepared => prepared,
    }
}

/// The pattern that is the argument at `index`.
pub(crate) fn of<'v>(call: &Call<'_, 'v>, index: usize) -> Result<Cow<'v, Regex>, Fault<'v>> {
    if let Prepared::Regex(regex) = call.prepared {
        return Ok(Cow::Borrowed(regex));
    }
    match Regex::new(call.str(index)?) {
        Ok(regex) => Ok(Cow::Owned(regex)),
        Err(error) => Err(call.error(error)),
    }
}
