//! IP addresses and networks: `10.0.0.1`, `fe80::1%eth0`, `10.0.0.0/8`.
//!
//! Comes in:  text.
//! Goes out:  [`Address`] and [`Cidr`], which print and compare as Go's `net/netip` has them.
//! Never here: host names, sockets, what a policy forbids (zones, mapped addresses).

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use super::quoted::Quoted;

/// An address, with the zone of a link-local one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Address {
    /// The address. An IPv4 address that is written as an IPv6 one stays an IPv6 one.
    pub ip: IpAddr,
    /// What follows the `%`; empty without one.
    pub zone: Box<str>,
}

impl Address {
    /// Reads an address: no leading zeros in IPv4, at most one `::`, which stands for at least
    /// one group.
    ///
    /// # Errors
    ///
    /// [`AddressError`], with the text of Go's `netip.ParseAddr`.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let fail = |problem| AddressError::new(text, problem, None);
        let (ip, zone) = match text
            .find(['.', ':', '%'])
            .and_then(|at| text.as_bytes().get(at))
        {
            Some(b'.') => (IpAddr::V4(parse_v4(text, text)?), ""),
            Some(b':') => {
                let (digits, zone) = match text.split_once('%') {
                    Some((_, "")) => return Err(fail("zone must be a non-empty string")),
                    Some((digits, zone)) => (digits, zone),
                    None => (text, ""),
                };
                (IpAddr::V6(parse_v6(text, digits)?), zone)
            }
            Some(_) => return Err(fail("missing IPv6 address")),
            None => return Err(fail("unable to parse IP")),
        };
        Ok(Self {
            ip,
            zone: zone.into(),
        })
    }
}

/// `text` is part of `whole`, which errors show.
fn parse_v4(whole: &str, text: &str) -> Result<Ipv4Addr, AddressError> {
    let fail = |problem, at| Err(AddressError::new(whole, problem, at));
    let (mut fields, mut filled) = ([0u8; 4], 0);
    let (mut value, mut digits) = (0u32, 0);
    for (at, c) in text.bytes().enumerate() {
        match c {
            b'0'..=b'9' => {
                if digits == 1 && value == 0 {
                    return fail("IPv4 field has octet with leading zero", None);
                }
                value = value * 10 + u32::from(c - b'0');
                digits += 1;
                if value > 255 {
                    return fail("IPv4 field has value >255", None);
                }
            }
            b'.' => {
                if digits == 0 || at + 1 == text.len() {
                    return fail("IPv4 field must have at least one digit", text.get(at..));
                }
                let Some(field) = fields.get_mut(filled).filter(|_| filled < 3) else {
                    return fail("IPv4 address too long", None);
                };
                *field = value as u8;
                filled += 1;
                (value, digits) = (0, 0);
            }
            _ => return fail("unexpected character", text.get(at..)),
        }
    }
    if filled < 3 {
        return fail("IPv4 address too short", None);
    }
    let [a, b, c, _] = fields;
    Ok(Ipv4Addr::new(a, b, c, value as u8))
}

fn parse_v6(whole: &str, text: &str) -> Result<Ipv6Addr, AddressError> {
    let fail = |problem, at| Err(AddressError::new(whole, problem, at));
    let mut groups: Vec<u16> = Vec::with_capacity(8);
    // How many groups stand before the `::`.
    let mut gap = None;
    let mut rest = text;
    if let Some(after) = rest.strip_prefix("::") {
        gap = Some(0);
        rest = after;
    }
    while !(rest.is_empty() && gap == Some(0) && groups.is_empty()) && groups.len() < 8 {
        let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        let number = rest.get(..digits).unwrap_or_default();
        let after = rest.get(digits..).unwrap_or_default();
        match digits {
            0 => {
                return fail(
                    "each colon-separated field must have at least one digit",
                    Some(rest),
                );
            }
            1..=4 => {}
            _ => return fail("each group must have 4 or less digits", Some(rest)),
        }
        if after.starts_with('.') {
            if gap.is_none() && groups.len() != 6 {
                let problem =
                    "embedded IPv4 address must replace the final 2 fields of the address";
                return fail(problem, Some(rest));
            }
            if groups.len() > 6 {
                let problem =
                    "too many hex fields to fit an embedded IPv4 at the end of the address";
                return fail(problem, Some(rest));
            }
            let [a, b, c, d] = parse_v4(whole, rest)?.octets();
            groups.extend([u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])]);
            rest = "";
            break;
        }
        groups.push(u16::from_str_radix(number, 16).unwrap_or(0));
        rest = match after.strip_prefix(':') {
            _ if after.is_empty() => {
                rest = after;
                break;
            }
            None => return fail("unexpected character, want colon", Some(after)),
            Some("") => return fail("colon must be followed by more characters", Some(after)),
            Some(after) => after,
        };
        if let Some(after) = rest.strip_prefix(':') {
            if gap.is_some() {
                return fail("multiple :: in address", Some(rest));
            }
            gap = Some(groups.len());
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
    }
    if !rest.is_empty() {
        return fail("trailing garbage after address", Some(rest));
    }
    match (gap, 8 - groups.len()) {
        (None, 0) => {}
        (None, _) => return fail("address string too short", None),
        (Some(_), 0) => {
            return fail("the :: must expand to at least one field of zeros", None);
        }
        (Some(at), missing) => {
            let zeros = std::iter::repeat_n(0, missing);
            groups.splice(at..at, zeros);
        }
    }
    <[u16; 8]>::try_from(groups)
        .map(Ipv6Addr::from)
        .or_else(|_| fail("address string too short", None))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.ip)?;
        if self.zone.is_empty() {
            Ok(())
        } else {
            write!(f, "%{}", self.zone)
        }
    }
}

/// A network: an address and how many of its first bits count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cidr {
    ip: IpAddr,
    bits: u8,
}

impl Cidr {
    /// Reads a network. Bits of the address behind the prefix may be set.
    ///
    /// # Errors
    ///
    /// [`CidrError`], with the text of Go's `netip.ParsePrefix`.
    pub fn parse(text: &str) -> Result<Self, CidrError> {
        let fail = |problem: String| CidrError {
            text: text.into(),
            problem,
        };
        let Some((address, length)) = text.rsplit_once('/') else {
            return Err(fail("no '/'".to_owned()));
        };
        let address = Address::parse(address).map_err(|error| fail(error.to_string()))?;
        if !address.zone.is_empty() {
            return Err(fail("IPv6 zones cannot be present in a prefix".to_owned()));
        }
        let plain = length.bytes().all(|c| c.is_ascii_digit())
            && !length.is_empty()
            && (length.len() == 1 || !length.starts_with('0'));
        // Longer than 64 bits is no number to Go, and so is bad rather than out of range.
        let bits = length.parse::<i64>().ok().filter(|_| plain);
        let bits = bits.ok_or_else(|| fail(format!("bad bits after slash: {}", Quoted(length))))?;
        let cidr = Self {
            ip: address.ip,
            bits: u8::try_from(bits).unwrap_or(u8::MAX),
        };
        if cidr.bits > cidr.width() {
            return Err(fail("prefix length out of range".to_owned()));
        }
        Ok(cidr)
    }

    /// The address as written.
    pub fn ip(&self) -> IpAddr {
        self.ip
    }

    /// How many of the first bits count.
    pub fn prefix_len(&self) -> u8 {
        self.bits
    }

    /// The same network with all other bits zero.
    #[must_use]
    pub fn masked(&self) -> Self {
        Self {
            ip: self.mask(self.ip),
            ..*self
        }
    }

    /// Whether the address is in the network. IPv4 and IPv6 never mix, mapped addresses
    /// included.
    pub fn contains(&self, ip: IpAddr) -> bool {
        ip.is_ipv4() == self.ip.is_ipv4() && self.mask(ip) == self.mask(self.ip)
    }

    /// Whether every address of `other` is in the network.
    pub fn contains_cidr(&self, other: &Self) -> bool {
        self.bits <= other.bits && self.contains(other.ip)
    }

    fn width(&self) -> u8 {
        if self.ip.is_ipv4() { 32 } else { 128 }
    }

    fn mask(&self, ip: IpAddr) -> IpAddr {
        let bits = u32::from(self.bits);
        match ip {
            IpAddr::V4(v4) => {
                let mask = u32::MAX.checked_shl(32 - bits.min(32)).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask))
            }
            IpAddr::V6(v6) => {
                let mask = u128::MAX.checked_shl(128 - bits.min(128)).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
            }
        }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.ip, self.bits)
    }
}

/// Why a text is not an address. The text is that of Go's `netip.ParseAddr`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AddressError {
    text: Box<str>,
    problem: &'static str,
    at: Option<Box<str>>,
}

impl AddressError {
    fn new(text: &str, problem: &'static str, at: Option<&str>) -> Self {
        // Go takes an empty place for none.
        let at = at.filter(|at| !at.is_empty()).map(Into::into);
        Self {
            text: text.into(),
            problem,
            at,
        }
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ParseAddr({}): {}", Quoted(&self.text), self.problem)?;
        match &self.at {
            Some(at) => write!(f, " (at {})", Quoted(at)),
            None => Ok(()),
        }
    }
}

impl std::error::Error for AddressError {}

/// Why a text is not a network. The text is that of Go's `netip.ParsePrefix`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CidrError {
    text: Box<str>,
    problem: String,
}

impl fmt::Display for CidrError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "netip.ParsePrefix({}): {}",
            Quoted(&self.text),
            self.problem
        )
    }
}

impl std::error::Error for CidrError {}

#[cfg(test)]
mod tests;
