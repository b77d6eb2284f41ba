//! Whom expressions may ask: addresses and hosts that they may not, addresses that are the only ones.
//!
//! Comes in:  the lists of an installation; addresses as expressions state them, and as names resolve.
//! Goes out:  why an address may not be asked.
//! Never here: looking names up.
//!
//! The lists restrict expressions (`http.get`, `http.post`). Calls of context entries are written by whoever
//! may write policies for everybody, and go anywhere.
//!
//! An entry of the block list with a `/` is a network; any other is the name of a host, or an address that
//! names must not resolve to either. An entry of the allow list is the beginning of an address; where
//! there are any, an address must have one of them, and may still be blocked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hyper::Uri;
use ipnet::IpNet;

/// What is blocked where a list is configured, but with nothing in it.
const STRICTEST: [&str; 11] = [
    "127.0.0.0/8",
    "::1/128",
    "169.254.0.0/16",
    "fe80::/10",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "fc00::/7",
    "100.64.0.0/10",
    "metadata.google.internal",
    "metadata.internal",
];

/// What is blocked unless something else is configured: this machine, and where clouds tell secrets.
pub(crate) const USUAL: &str =
    "169.254.169.254,169.254.169.253,metadata.google.internal,127.0.0.0/8,::1/128";

/// The lists.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Guard {
    blocked: Vec<Blocked>,
    allowed: Vec<Prefix>,
}

#[derive(Clone, Debug, PartialEq)]
enum Blocked {
    /// In small letters.
    Host(String),
    Address(IpAddr),
    Network(IpNet),
}

/// The beginning of an address.
#[derive(Clone, Debug, PartialEq)]
struct Prefix {
    scheme: String,
    host: String,
    port: u16,
    /// Without the `/` at its end.
    path: String,
}

/// [`USUAL`], and everybody else is allowed.
impl Default for Guard {
    fn default() -> Self {
        let blocked = USUAL.split(',').map(Blocked::read);
        Guard {
            blocked: blocked.filter_map(Result::ok).collect(),
            allowed: Vec::new(),
        }
    }
}

impl Guard {
    /// # Errors
    ///
    /// Which entry is none.
    pub(crate) fn new(blocked: &[String], allowed: &[String]) -> Result<Guard, String> {
        let there = |text: &&str| !text.is_empty();
        let mut entries: Vec<_> = blocked
            .iter()
            .map(|text| text.trim())
            .filter(there)
            .collect();
        if entries.is_empty() {
            entries.extend(STRICTEST);
        }
        let allowed = allowed.iter().map(|text| text.trim()).filter(there);
        Ok(Guard {
            blocked: entries
                .into_iter()
                .map(Blocked::read)
                .collect::<Result<_, _>>()?,
            allowed: allowed.map(Prefix::read).collect::<Result<_, _>>()?,
        })
    }

    /// May this be asked, as far as its text tells?
    ///
    /// # Errors
    ///
    /// Why not.
    pub(super) fn check(&self, uri: &Uri) -> Result<(), String> {
        let host = host(uri);
        let is_named = |entry: &Blocked| matches!(entry, Blocked::Host(name) if *name == host);
        if self.blocked.iter().any(is_named) {
            return Err(format!("host `{host}` is blocked"));
        }
        if let Ok(address) = host.parse() {
            self.check_address(address)?;
        }
        match self.allowed.is_empty() || self.allowed.iter().any(|prefix| prefix.fits(uri)) {
            true => Ok(()),
            false => Err("the address is not on the list of allowed ones".to_owned()),
        }
    }

    /// May this address be connected to?
    ///
    /// # Errors
    ///
    /// Why not.
    pub(super) fn check_address(&self, address: IpAddr) -> Result<(), String> {
        let address = reached(address);
        let is_blocked = |entry: &Blocked| match entry {
            Blocked::Host(_) => false,
            Blocked::Address(own) => *own == address,
            Blocked::Network(own) => own.contains(&address),
        };
        match self.blocked.iter().any(is_blocked) {
            true => Err(format!("address `{address}` is blocked")),
            false => Ok(()),
        }
    }
}

impl Blocked {
    fn read(text: &str) -> Result<Blocked, String> {
        if text.contains('/') {
            let network = text.parse::<IpNet>();
            return network
                .map(Blocked::Network)
                .map_err(|_| format!("`{text}` is no network"));
        }
        Ok(match text.parse() {
            Ok(address) => Blocked::Address(reached(address)),
            Err(_) => Blocked::Host(text.trim_end_matches('.').to_ascii_lowercase()),
        })
    }
}

impl Prefix {
    fn read(text: &str) -> Result<Prefix, String> {
        let no_address = || format!("`{text}` does not begin with http:// or https:// and a host");
        let uri: Uri = text.parse().map_err(|_| no_address())?;
        match (uri.scheme_str(), uri.host(), port(&uri)) {
            (Some(scheme), Some(_), Some(port)) => Ok(Prefix {
                scheme: scheme.to_owned(),
                host: host(&uri),
                port,
                path: uri.path().trim_end_matches('/').to_owned(),
            }),
            _ => Err(no_address()),
        }
    }

    fn fits(&self, uri: &Uri) -> bool {
        let path = uri.path();
        // Who reads the path may go up from there.
        let climbs = path.split('/').any(|part| {
            let part = part.to_ascii_lowercase().replace("%2e", ".");
            part == ".." || part.contains("%2f") || part.contains("%5c") || part.contains('\\')
        });
        let rest = path.strip_prefix(self.path.as_str());
        !climbs
            && uri.scheme_str() == Some(self.scheme.as_str())
            && host(uri) == self.host
            && port(uri) == Some(self.port)
            && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// The host of an address, in small letters, without what only marks it.
fn host(uri: &Uri) -> String {
    let host = uri.host().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// The port that is meant; none for a scheme that is not asked.
fn port(uri: &Uri) -> Option<u16> {
    let usual = match uri.scheme_str() {
        Some("http") => 80,
        Some("https") => 443,
        _ => return None,
    };
    Some(uri.port_u16().unwrap_or(usual))
}

/// Where a connection to this address ends up: some addresses are other ones in disguise.
fn reached(address: IpAddr) -> IpAddr {
    let address = address.to_canonical();
    match address {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Guard, USUAL};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn who_is_blocked() {
        check("https://example.com/",                  USUAL, "", "");
        check("http://10.1.2.3/",                      USUAL, "", "");
        check("http://127.0.0.1:8080/",                USUAL, "", "address `127.0.0.1` is blocked");
        check("http://127.8.8.8/",                     USUAL, "", "address `127.8.8.8` is blocked");
        check("http://0.0.0.0/",                       USUAL, "", "address `127.0.0.1` is blocked");
        check("http://[::1]/",                         USUAL, "", "address `::1` is blocked");
        check("http://[::ffff:127.0.0.1]/",            USUAL, "", "address `127.0.0.1` is blocked");
        check("http://169.254.169.254/latest",         USUAL, "", "address `169.254.169.254` is blocked");
        check("http://metadata.google.internal/",      USUAL, "", "host `metadata.google.internal` is blocked");
        check("http://Metadata.Google.Internal./",     USUAL, "", "host `metadata.google.internal` is blocked");
        check("http://user@metadata.google.internal/", USUAL, "", "host `metadata.google.internal` is blocked");
        check("http://10.1.2.3/",                      "",    "", "address `10.1.2.3` is blocked");
        check("http://127.0.0.1/",                     "a.b", "", "");
    }

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn who_is_allowed() {
        const NO: &str = "the address is not on the list of allowed ones";
        check("https://a.b/c",            USUAL, "https://a.b/c",             "");
        check("https://a.b/c/d?e=f",      USUAL, "https://a.b/c",             "");
        check("https://a.b/c/d",          USUAL, "https://a.b/c/",            "");
        check("https://a.b/cd",           USUAL, "https://a.b/c",             NO);
        check("https://a.b/c/../d",       USUAL, "https://a.b/c",             NO);
        check("https://a.b/c/%2E./d",     USUAL, "https://a.b/c",             NO);
        check("https://a.b/c/..%2fd",     USUAL, "https://a.b/c",             NO);
        check("https://a.b:443/c",        USUAL, "https://A.b/c",             "");
        check("https://a.b:8443/c",       USUAL, "https://a.b/c",             NO);
        check("http://a.b/c",             USUAL, "https://a.b/c",             NO);
        check("https://a.b.evil/c",       USUAL, "https://a.b",               NO);
        check("https://a.b@evil/c",       USUAL, "https://a.b",               NO);
        check("https://x.y/",             USUAL, "https://a.b,https://x.y",   "");
        check("http://127.0.0.1/",        USUAL, "http://127.0.0.1",          "address `127.0.0.1` is blocked");
    }

    #[test]
    fn the_usual_list_is_what_it_says() {
        assert_eq!(guard(USUAL, ""), Ok(Guard::default()));
    }

    #[test]
    fn entries_that_are_none() {
        for (blocked, allowed, expect) in [
            ("10.0.0.0/40", "", "`10.0.0.0/40` is no network"),
            (
                "a",
                "a.b/c",
                "`a.b/c` does not begin with http:// or https:// and a host",
            ),
            (
                "a",
                "ftp://a",
                "`ftp://a` does not begin with http:// or https:// and a host",
            ),
        ] {
            assert_eq!(guard(blocked, allowed), Err(expect.to_owned()));
        }
    }

    fn guard(blocked: &str, allowed: &str) -> Result<Guard, String> {
        let list = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        Guard::new(&list(blocked), &list(allowed))
    }

    #[track_caller]
    fn check(url: &str, blocked: &str, allowed: &str, expect: &str) {
        let guard = guard(blocked, allowed).expect("lists");
        let found = guard.check(&url.parse().expect("an address"));
        assert_eq!(
            found.err().unwrap_or_default(),
            expect,
            "{url} under `{blocked}`, `{allowed}`"
        );
    }
}
