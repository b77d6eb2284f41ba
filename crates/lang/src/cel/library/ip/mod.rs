//! IP addresses.

use std::net::IpAddr;

use crate::cel::library::{Call, Ty};
use crate::cel::val::{Fault, Opaque, Val};
use crate::scalar::ip::Address;
use crate::scalar::quoted::Quoted;

crate::cel::library::functions! {
    family FAMILY,
    ip IP,
    is_canonical IS_CANONICAL,
    is_global_unicast IS_GLOBAL_UNICAST,
    is_ip IS_IP,
    is_link_local_multicast IS_LINK_LOCAL_MULTICAST,
    is_link_local_unicast IS_LINK_LOCAL_UNICAST,
    is_loopback IS_LOOPBACK,
    is_unspecified IS_UNSPECIFIED,
    string STRING,
}

pub(super) const TYPE: Ty = Ty::Opaque("net.IP");

/// The address at `index`.
pub(super) fn of<'v>(call: &Call<'_, 'v>, index: usize) -> Result<IpAddr, Fault<'v>> {
    match call.arg(index) {
        Val::Opaque(Opaque::Ip(ip)) => Ok(ip),
        _ => Err(Fault::NO_OVERLOAD),
    }
}

/// Reads an address without a zone; one kind of address is not written as the other.
pub(super) fn parse(text: &str) -> Result<IpAddr, String> {
    let address = Address::parse(text).map_err(|error| {
        let text = Quoted(text);
        format!("IP Address {text} parse error during conversion from string: {error}")
    })?;
    if !address.zone.is_empty() {
        let text = Quoted(text);
        return Err(format!("IP address {text} with zone value is not allowed"));
    }
    if is_mapped(address.ip) {
        let text = Quoted(text);
        return Err(format!("IPv4-mapped IPv6 address {text} is not allowed"));
    }
    Ok(address.ip)
}

/// Is it an IPv4 address written as an IPv6 one?
pub(super) fn is_mapped(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some())
}
