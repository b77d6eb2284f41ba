//! What the hashes have in common.

use std::fmt::Write as _;

use sha2::digest::Digest;

use crate::cel::library::{Call, Outcome};
use crate::cel::val::Val;

/// The checksum of the text at 0 in hexadecimal digits.
pub(super) fn hexadecimal<'v, D: Digest>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let mut digits = bumpalo::collections::String::new_in(call.bump);
    for byte in D::digest(call.str(0)?) {
        let _ = write!(digits, "{byte:02x}");
    }
    Ok(Val::Str(digits.into_bump_str()))
}
