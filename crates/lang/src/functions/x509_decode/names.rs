//! Names: of subjects and issuers, and those of a subject's alternative names.

use std::net::IpAddr;

use x509_parser::extensions::GeneralName;
use x509_parser::x509::X509Name;

use super::make::Make;
use crate::scalar::quoted::Quoted;
use crate::scalar::url::Url;
use crate::value::Value;

/// A distinguished name, as Go's `pkix.Name`.
pub(super) fn distinguished<'v>(make: Make<'v>, name: &X509Name<'_>) -> Value<'v> {
    let with_type = |wanted: &str| {
        let attributes = name.iter_attributes();
        let fitting = attributes.filter(|a| a.attr_type().to_id_string() == wanted);
        fitting.filter_map(|attribute| attribute.as_str().ok()).collect::<Vec<_>>()
    };
    let all = |wanted: &str| make.list_or_null(with_type(wanted).into_iter().map(|t| make.text(t)));
    let last = |wanted: &str| make.text(with_type(wanted).last().copied().unwrap_or_default());
    let names = name.iter_attributes().map(|attribute| {
        let value = attribute.as_str().map_or(Value::Null, |text| make.text(text));
        make.object([("Type", make.oid(attribute.attr_type())), ("Value", value)])
    });
    make.object([
        ("CommonName", last("2.5.4.3")),
        ("Country", all("2.5.4.6")),
        ("ExtraNames", Value::Null),
        ("Locality", all("2.5.4.7")),
        ("Names", make.list_or_null(names)),
        ("Organization", all("2.5.4.10")),
        ("OrganizationalUnit", all("2.5.4.11")),
        ("PostalCode", all("2.5.4.17")),
        ("Province", all("2.5.4.8")),
        ("SerialNumber", last("2.5.4.5")),
        ("StreetAddress", all("2.5.4.9")),
    ])
}

/// Alternative names by their kind, as Go sorts them out.
pub(super) struct Alternatives<'v> {
    pub(super) dns: Vec<Value<'v>>,
    pub(super) emails: Vec<Value<'v>>,
    pub(super) addresses: Vec<Value<'v>>,
    pub(super) uris: Vec<Value<'v>>,
}

impl<'v> Alternatives<'v> {
    pub(super) fn read(make: Make<'v>, names: &[GeneralName<'_>]) -> Result<Self, String> {
        let mut found = Alternatives {
            dns: Vec::new(),
            emails: Vec::new(),
            addresses: Vec::new(),
            uris: Vec::new(),
        };
        for name in names {
            match name {
                GeneralName::DNSName(name) => found.dns.push(make.text(name)),
                GeneralName::RFC822Name(name) => found.emails.push(make.text(name)),
                GeneralName::IPAddress(bytes) => {
                    let address = address(bytes).ok_or_else(|| {
                        format!("x509: cannot parse IP address of length {}", bytes.len())
                    })?;
                    found.addresses.push(make.text(&address.to_string()));
                }
                GeneralName::URI(text) => {
                    let url = Url::parse(text).map_err(|error| {
                        format!("x509: cannot parse URI {}: {error}", Quoted(text))
                    })?;
                    found.uris.push(uri(make, &url));
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// The fields that certificates and requests have in common.
    pub(super) fn fields(self, make: Make<'v>) -> [(&'static str, Value<'v>); 4] {
        [
            ("DNSNames", make.list_or_null(self.dns)),
            ("EmailAddresses", make.list_or_null(self.emails)),
            ("IPAddresses", make.list_or_null(self.addresses)),
            ("URIs", make.list_or_null(self.uris)),
        ]
    }
}

/// Four bytes or sixteen.
pub(super) fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    let sixteen = || <[u8; 16]>::try_from(bytes).map(IpAddr::from);
    four.or_else(|_| sixteen()).ok().map(|address| address.to_canonical())
}

/// As Go prints a `url.URL`.
fn uri<'v>(make: Make<'v>, url: &Url) -> Value<'v> {
    let user = match url.has_user {
        true => make.object([]),
        false => Value::Null,
    };
    make.object([
        ("ForceQuery", Value::Bool(url.force_query)),
        ("Fragment", make.text(&url.fragment)),
        ("Host", make.text(&url.host)),
        ("OmitHost", Value::Bool(url.omit_host)),
        ("Opaque", make.text(&url.opaque)),
        ("Path", make.text(&url.path)),
        ("RawFragment", make.text(&url.raw_fragment)),
        ("RawPath", make.text(&url.raw_path)),
        ("RawQuery", make.text(&url.raw_query)),
        ("Scheme", make.text(&url.scheme)),
        ("User", user),
    ])
}
