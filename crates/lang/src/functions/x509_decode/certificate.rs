//! A certificate, as Go's `x509.Certificate`.

use x509_parser::asn1_rs::Oid;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{
    DistributionPointName, GeneralName, GeneralSubtree, NameConstraints, ParsedExtension,
    X509Extension,
};
use x509_parser::prelude::FromDer;

use super::algorithm::{RSA, rsa_key, signature_algorithm};
use super::make::Make;
use super::names::{Alternatives, address, distinguished};
use crate::value::Value;

const MALFORMED: &str = "x509: malformed certificate";

pub(super) fn decode<'v>(make: Make<'v>, der: &[u8]) -> Result<Value<'v>, String> {
    let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| MALFORMED.to_owned())?;
    if !rest.is_empty() {
        return Err("x509: trailing data".to_owned());
    }
    let tbs = &certificate.tbs_certificate;
    let mut extensions = Extensions::default();
    for extension in tbs.iter_extensions() {
        extensions.read(make, extension)?;
    }
    let key = rsa_key(make, &tbs.subject_pki)?;
    let shown = tbs.iter_extensions().map(|extension| extension_fields(make, extension));
    let fields = [
        ("Extensions", make.list_or_null(shown)),
        ("ExtraExtensions", Value::Null),
        ("Issuer", distinguished(make, &tbs.issuer)),
        ("NotAfter", make.time(&tbs.validity.not_after)),
        ("NotBefore", make.time(&tbs.validity.not_before)),
        ("PublicKey", key),
        ("PublicKeyAlgorithm", make.number(RSA)),
        ("Raw", make.bytes(der)),
        ("RawIssuer", make.bytes(tbs.issuer.as_raw())),
        ("RawSubject", make.bytes(tbs.subject.as_raw())),
        ("RawSubjectPublicKeyInfo", make.bytes(tbs.subject_pki.raw)),
        ("RawTBSCertificate", make.bytes(tbs.as_ref())),
        ("SerialNumber", make.big(&tbs.serial)),
        ("Signature", make.bytes(&certificate.signature_value.data)),
        ("SignatureAlgorithm", make.number(signature_algorithm(&certificate.signature_algorithm))),
        ("Subject", distinguished(make, &tbs.subject)),
        ("Version", make.number(tbs.version.0 + 1)),
    ];
    let fields = fields.into_iter().chain(NOTHING.map(|name| (name, Value::Null)));
    let fields = fields.chain(NO.map(|name| (name, Value::Bool(false))));
    let fields = fields.chain(ZERO.map(|name| (name, Value::Float(0.0))));
    // Of a field that stands twice the later one counts: what an extension says.
    Ok(make.object(fields.chain(extensions.fields)))
}

/// Fields that are nil, false or zero unless an extension says otherwise.
const NOTHING: [&str; 24] = [
    "AuthorityKeyId",
    "CRLDistributionPoints",
    "DNSNames",
    "EmailAddresses",
    "ExcludedDNSDomains",
    "ExcludedEmailAddresses",
    "ExcludedIPRanges",
    "ExcludedURIDomains",
    "ExtKeyUsage",
    "IPAddresses",
    "IssuingCertificateURL",
    "OCSPServer",
    "PermittedDNSDomains",
    "PermittedEmailAddresses",
    "PermittedIPRanges",
    "PermittedURIDomains",
    "Policies",
    "PolicyIdentifiers",
    "PolicyMappings",
    "SubjectKeyId",
    "URIs",
    "UnhandledCriticalExtensions",
    "UnknownExtKeyUsage",
    "ExtraExtensions",
];
const NO: [&str; 7] = [
    "BasicConstraintsValid",
    "InhibitAnyPolicyZero",
    "InhibitPolicyMappingZero",
    "IsCA",
    "MaxPathLenZero",
    "PermittedDNSDomainsCritical",
    "RequireExplicitPolicyZero",
];
const ZERO: [&str; 5] = [
    "InhibitAnyPolicy",
    "InhibitPolicyMapping",
    "KeyUsage",
    "MaxPathLen",
    "RequireExplicitPolicy",
];

/// An extension as it stands in the certificate.
pub(super) fn extension_fields<'v>(make: Make<'v>, extension: &X509Extension<'_>) -> Value<'v> {
    make.object([
        ("Critical", Value::Bool(extension.critical)),
        ("Id", make.oid(&extension.oid)),
        ("Value", make.bytes(extension.value)),
    ])
}

/// The fields that extensions fill.
#[derive(Default)]
struct Extensions<'v> {
    fields: Vec<(&'static str, Value<'v>)>,
    unhandled: Vec<Value<'v>>,
}

impl<'v> Extensions<'v> {
    fn set(&mut self, name: &'static str, value: Value<'v>) {
        self.fields.push((name, value));
    }

    fn read(&mut self, make: Make<'v>, extension: &X509Extension<'_>) -> Result<(), String> {
        let mut handled = true;
        match extension.parsed_extension() {
            ParsedExtension::BasicConstraints(basic) => {
                let length = basic.path_len_constraint;
                self.set("BasicConstraintsValid", Value::Bool(true));
                self.set("IsCA", Value::Bool(basic.ca));
                self.set("MaxPathLen", make.number(length.map_or(-1.0, f64::from)));
                self.set("MaxPathLenZero", Value::Bool(length == Some(0)));
            }
            ParsedExtension::KeyUsage(usage) => self.set("KeyUsage", make.number(usage.flags)),
            ParsedExtension::ExtendedKeyUsage(_) => self.extended_key_usage(make, extension)?,
            ParsedExtension::SubjectKeyIdentifier(id) => {
                self.set("SubjectKeyId", make.bytes(id.0));
            }
            ParsedExtension::AuthorityKeyIdentifier(authority) => {
                let id = authority.key_identifier.as_ref();
                self.set("AuthorityKeyId", id.map_or(Value::Null, |id| make.bytes(id.0)));
            }
            ParsedExtension::SubjectAlternativeName(names) => {
                let names = Alternatives::read(make, &names.general_names)?;
                let fields = names.fields(make);
                handled = fields.iter().any(|(_, names)| !names.is_null());
                self.fields.extend(fields);
            }
            ParsedExtension::NameConstraints(constraints) => {
                self.set("PermittedDNSDomainsCritical", Value::Bool(extension.critical));
                self.name_constraints(make, constraints);
            }
            ParsedExtension::CRLDistributionPoints(points) => {
                let names = points.iter().filter_map(|point| match &point.distribution_point {
                    Some(DistributionPointName::FullName(names)) => Some(names),
                    _ => None,
                });
                self.set("CRLDistributionPoints", uris(make, names.flatten()));
            }
            ParsedExtension::AuthorityInfoAccess(access) => {
                let at = |method: &str| {
                    let fitting = access.iter().filter(|a| a.access_method.to_id_string() == method);
                    uris(make, fitting.map(|access| &access.access_location))
                };
                let (ocsp, issuer) = (at("1.3.6.1.5.5.7.48.1"), at("1.3.6.1.5.5.7.48.2"));
                self.set("OCSPServer", ocsp);
                self.set("IssuingCertificateURL", issuer);
            }
            ParsedExtension::CertificatePolicies(policies) => {
                let ids = || policies.iter().map(|policy| &policy.policy_id);
                self.set("PolicyIdentifiers", make.list_or_null(ids().map(|id| make.oid(id))));
                self.set("Policies", make.list_or_null(ids().map(|id| written(make, id))));
            }
            ParsedExtension::PolicyMappings(mappings) => {
                let mappings = mappings.mappings.iter().map(|mapping| {
                    make.object([
                        ("IssuerDomainPolicy", written(make, &mapping.issuer_domain_policy)),
                        ("SubjectDomainPolicy", written(make, &mapping.subject_domain_policy)),
                    ])
                });
                self.set("PolicyMappings", make.list_or_null(mappings));
            }
            ParsedExtension::PolicyConstraints(constraints) => {
                if let Some(skip) = constraints.require_explicit_policy {
                    self.set("RequireExplicitPolicy", make.number(skip));
                    self.set("RequireExplicitPolicyZero", Value::Bool(skip == 0));
                }
                if let Some(skip) = constraints.inhibit_policy_mapping {
                    self.set("InhibitPolicyMapping", make.number(skip));
                    self.set("InhibitPolicyMappingZero", Value::Bool(skip == 0));
                }
            }
            ParsedExtension::InhibitAnyPolicy(policy) => {
                self.set("InhibitAnyPolicy", make.number(policy.skip_certs));
                self.set("InhibitAnyPolicyZero", Value::Bool(policy.skip_certs == 0));
            }
            ParsedExtension::ParseError { .. } => return Err(MALFORMED.to_owned()),
            _ => handled = false,
        }
        if extension.critical && !handled {
            self.unhandled.push(make.oid(&extension.oid));
            let unhandled = make.list_or_null(self.unhandled.iter().copied());
            self.set("UnhandledCriticalExtensions", unhandled);
        }
        Ok(())
    }

    /// Read anew from the bytes, because the order counts.
    fn extended_key_usage(
        &mut self,
        make: Make<'v>,
        extension: &X509Extension<'_>,
    ) -> Result<(), String> {
        let usages = <Vec<Oid<'_>>>::from_der(extension.value);
        let (_, usages) = usages.map_err(|_| MALFORMED.to_owned())?;
        let known = usages.iter().filter_map(usage);
        let unknown = usages.iter().filter(|oid| usage(oid).is_none());
        self.set("ExtKeyUsage", make.list_or_null(known.map(|number| make.number(number))));
        self.set("UnknownExtKeyUsage", make.list_or_null(unknown.map(|oid| make.oid(oid))));
        Ok(())
    }

    fn name_constraints(&mut self, make: Make<'v>, constraints: &NameConstraints<'_>) {
        let permitted = constraints.permitted_subtrees.as_deref().unwrap_or_default();
        let excluded = constraints.excluded_subtrees.as_deref().unwrap_or_default();
        for (names, subtrees) in [(PERMITTED, permitted), (EXCLUDED, excluded)] {
            let [dns, emails, addresses, uris] = names;
            self.set(dns, bases(subtrees, |base| match base {
                GeneralName::DNSName(name) => Some(make.text(name)),
                _ => None,
            }, make));
            self.set(emails, bases(subtrees, |base| match base {
                GeneralName::RFC822Name(name) => Some(make.text(name)),
                _ => None,
            }, make));
            self.set(addresses, bases(subtrees, |base| match base {
                GeneralName::IPAddress(bytes) => network(make, bytes),
                _ => None,
            }, make));
            self.set(uris, bases(subtrees, |base| match base {
                GeneralName::URI(name) => Some(make.text(name)),
                _ => None,
            }, make));
        }
    }
}

const PERMITTED: [&str; 4] = [
    "PermittedDNSDomains",
    "PermittedEmailAddresses",
    "PermittedIPRanges",
    "PermittedURIDomains",
];
const EXCLUDED: [&str; 4] = [
    "ExcludedDNSDomains",
    "ExcludedEmailAddresses",
    "ExcludedIPRanges",
    "ExcludedURIDomains",
];

fn bases<'v>(
    subtrees: &[GeneralSubtree<'_>],
    wanted: impl Fn(&GeneralName<'_>) -> Option<Value<'v>>,
    make: Make<'v>,
) -> Value<'v> {
    make.list_or_null(subtrees.iter().filter_map(|subtree| wanted(&subtree.base)))
}

/// An address and its mask, one after the other.
fn network<'v>(make: Make<'v>, bytes: &[u8]) -> Option<Value<'v>> {
    let (base, mask) = bytes.split_at_checked(bytes.len() / 2)?;
    let base = address(base)?.to_string();
    Some(make.object([("IP", make.text(&base)), ("Mask", make.bytes(mask))]))
}

fn uris<'v, 'n>(
    make: Make<'v>,
    names: impl Iterator<Item = &'n GeneralName<'n>>,
) -> Value<'v> {
    make.list_or_null(names.filter_map(|name| match name {
        GeneralName::URI(text) => Some(make.text(text)),
        _ => None,
    }))
}

/// Go's newer kind of object identifier prints with dots.
fn written<'v>(make: Make<'v>, oid: &Oid<'_>) -> Value<'v> {
    make.text(&oid.to_id_string())
}

/// Go's number for an extended key usage.
fn usage(oid: &Oid<'_>) -> Option<u8> {
    Some(match oid.to_id_string().as_str() {
        "2.5.29.37.0" => 0,
        "1.3.6.1.5.5.7.3.1" => 1,
        "1.3.6.1.5.5.7.3.2" => 2,
        "1.3.6.1.5.5.7.3.3" => 3,
        "1.3.6.1.5.5.7.3.4" => 4,
        "1.3.6.1.5.5.7.3.5" => 5,
        "1.3.6.1.5.5.7.3.6" => 6,
        "1.3.6.1.5.5.7.3.7" => 7,
        "1.3.6.1.5.5.7.3.8" => 8,
        "1.3.6.1.5.5.7.3.9" => 9,
        "1.3.6.1.4.1.311.10.3.3" => 10,
        "2.16.840.1.113730.4.1" => 11,
        "1.3.6.1.4.1.311.2.1.22" => 12,
        "1.3.6.1.4.1.311.61.1.1" => 13,
        _ => return None,
    })
}
