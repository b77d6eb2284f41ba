//! Values that only functions look into: quantities, addresses, versions.

use std::fmt;
use std::net::IpAddr;

use crate::scalar::ip::Cidr;
use crate::scalar::quantity::Quantity;
use crate::scalar::semver::Version;
use crate::scalar::url::Url;

/// An opaque value; `Copy`, like [`super::Val`].
///
/// Versions, URLs and image references are texts that have been read once without an error;
/// functions read them again, which costs less than keeping what was read.
#[derive(Clone, Copy, Debug)]
pub enum Opaque<'v> {
    /// The library object behind a name such as `http`; it has nothing but its type.
    Library(&'v str),
    /// `kubernetes.Quantity`
    Quantity(&'v Quantity),
    /// `kubernetes.Semver`
    Semver(&'v str),
    /// `kubernetes.URL`
    Url(&'v str),
    /// `kubernetes.NamedFormat`
    Format(&'v str),
    /// `net.IP`
    Ip(IpAddr),
    /// `net.CIDR`
    Cidr(Cidr),
    /// An image reference.
    Image(&'v str),
    /// A group, version and resource.
    Resource(&'v ResourceType<'v>),
    /// An HTTP client that trusts these certificates only.
    Client(&'v str),
    /// A question to the authorizer that is being put together, or its answer.
    Authorizer(&'v Authorizer<'v>),
}

/// A type of the cluster's objects.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ResourceType<'v> {
    /// The group; empty for the core group.
    pub group: &'v str,
    /// The version.
    pub version: &'v str,
    /// The plural name.
    pub resource: &'v str,
}

/// The type of `authorizer`.
pub const AUTHORIZER: &str = "kubernetes.authorization.Authorizer";
/// The type of a question about a resource.
pub const RESOURCE_CHECK: &str = "kubernetes.authorization.ResourceCheck";

/// A question to the authorizer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Authorizer<'v> {
    /// Which of the types of the authorizer library it is by now.
    pub type_name: &'v str,
    /// Whom it is about, if not the user of the request: a service account.
    pub service_account: Option<(&'v str, &'v str)>,
    /// A path that is no resource.
    pub path: Option<&'v str>,
    /// The group.
    pub group: &'v str,
    /// The plural name.
    pub resource: &'v str,
    /// The subresource.
    pub subresource: &'v str,
    /// The namespace.
    pub namespace: &'v str,
    /// The name.
    pub name: &'v str,
    /// A field selector.
    pub field_selector: Option<&'v str>,
    /// A label selector.
    pub label_selector: Option<&'v str>,
    /// The answer, once it is asked.
    pub decision: Option<Decision<'v>>,
}

/// The authorizer's answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Decision<'v> {
    /// Is it allowed?
    pub allowed: bool,
    /// Why, in the authorizer's words.
    pub reason: &'v str,
    /// Why there is no answer; empty when there is one.
    pub error: &'v str,
}

impl<'v> Opaque<'v> {
    /// The name of its type.
    pub fn type_name(self) -> &'v str {
        match self {
            Opaque::Library(name) => name,
            Opaque::Quantity(_) => "kubernetes.Quantity",
            Opaque::Semver(_) => "kubernetes.Semver",
            Opaque::Url(_) => "kubernetes.URL",
            Opaque::Format(_) => "kubernetes.NamedFormat",
            Opaque::Ip(_) => "net.IP",
            Opaque::Cidr(_) => "net.CIDR",
            Opaque::Image(_) => "image.Image",
            Opaque::Resource(_) => "resource.GVR",
            Opaque::Client(_) => "http.Context",
            Opaque::Authorizer(authorizer) => authorizer.type_name,
        }
    }

    pub(super) fn equals(self, other: Opaque<'_>) -> bool {
        match (self, other) {
            (Opaque::Quantity(a), Opaque::Quantity(b)) => a == b,
            (Opaque::Semver(a), Opaque::Semver(b)) => Version::parse(a) == Version::parse(b),
            (Opaque::Url(a), Opaque::Url(b)) => Url::parse(a) == Url::parse(b),
            (Opaque::Library(a), Opaque::Library(b))
            | (Opaque::Format(a), Opaque::Format(b))
            | (Opaque::Client(a), Opaque::Client(b))
            | (Opaque::Image(a), Opaque::Image(b)) => a == b,
            (Opaque::Ip(a), Opaque::Ip(b)) => a == b,
            (Opaque::Cidr(a), Opaque::Cidr(b)) => a == b,
            (Opaque::Resource(a), Opaque::Resource(b)) => a == b,
            (Opaque::Authorizer(a), Opaque::Authorizer(b)) => a == b,
            _ => false,
        }
    }
}

/// As `string()` and error messages have it.
impl fmt::Display for Opaque<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Opaque::Quantity(quantity) => quantity.fmt(f),
            Opaque::Semver(text) | Opaque::Url(text) | Opaque::Image(text) => f.write_str(text),
            Opaque::Ip(ip) => ip.fmt(f),
            Opaque::Cidr(cidr) => cidr.fmt(f),
            other => f.write_str(other.type_name()),
        }
    }
}
