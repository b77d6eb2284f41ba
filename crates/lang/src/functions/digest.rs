//! What `md5`, `sha1` and `sha256` share: a checksum in hexadecimal digits.

use std::fmt::Write;

use sha2::digest::Digest;

use super::Args;
use crate::jmespath::Fault;
use crate::value::Value;

/// The checksum of the text at 0.
pub(super) fn digest<'v, D: Digest>(args: Args<'_, 'v>) -> Result<Value<'v>, Fault<'v>> {
    args.env.spend(1 + args.text(0).len() / 16)?;
    let mut digits = bumpalo::collections::String::new_in(args.env.bump());
    for byte in D::digest(args.text(0)) {
        let _ = write!(digits, "{byte:02x}");
    }
    Ok(Value::Str(digits.into_bump_str()))
}
