//! IP networks.

use crate::cel::library::ip::is_mapped;
use crate::cel::library::{Call, Ty};
use crate::cel::val::{Fault, Opaque, Val};
use crate::scalar::ip::Cidr;
use crate::scalar::quoted::Quoted;

crate::cel::library::functions! {
    cidr CIDR,
    contains_cidr CONTAINS_CIDR,
    contains_ip CONTAINS_IP,
    ip IP,
    is_cidr IS_CIDR,
    masked MASKED,
    prefix_length PREFIX_LENGTH,
    string STRING,
}

const TYPE: Ty = Ty::Opaque("net.CIDR");

/// The network at `index`.
fn of<'v>(call: &Call<'_, 'v>, index: usize) -> Result<Cidr, Fault<'v>> {
    match call.arg(index) {
        Val::Opaque(Opaque::Cidr(cidr)) => Ok(cidr),
        _ => Err(Fault::NO_OVERLOAD),
    }
}

/// Reads a network; an IPv4 one is not written as an IPv6 one.
fn parse(text: &str) -> Result<Cidr, String> {
    const PREFIX: &str = "network address parse error during conversion from string: ";
    // The reference says it twice.
    let cidr = Cidr::parse(text).map_err(|error| format!("{PREFIX}{PREFIX}{error}"))?;
    if is_mapped(cidr.ip()) {
        let text = Quoted(text);
        return Err(format!(
            "{PREFIX}IPv4-mapped IPv6 address {text} is not allowed"
        ));
    }
    Ok(cidr)
}
