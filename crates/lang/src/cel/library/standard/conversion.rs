//! What the conversions have in common.

use crate::cel::library::Call;
use crate::cel::val::Fault;

/// The error of a text that does not say what it should.
pub(super) fn unreadable<'v>(call: &Call<'_, 'v>, wanted: &str) -> Fault<'v> {
    let from = call.arg(0).type_name();
    call.error(format_args!(
        "type conversion error from '{from}' to '{wanted}'"
    ))
}
