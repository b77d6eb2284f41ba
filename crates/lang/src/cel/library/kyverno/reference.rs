//! Image references, as the reference engine's CEL reads them: not quite as its patterns do.

use crate::cel::library::{Call, Ty};
use crate::cel::val::{Fault, Opaque, Val};
use crate::scalar::url::Url;

pub(super) const IMAGE: Ty = Ty::Opaque("image.Image");

const HUB: &str = "index.docker.io";

/// A reference taken apart.
pub(super) struct Reference<'t> {
    pub(super) registry: &'t str,
    pub(super) repository: String,
    /// `latest` unless given; empty when there is a digest.
    pub(super) tag: &'t str,
    /// Empty unless given.
    pub(super) digest: &'t str,
}

/// The reference at 0.
pub(super) fn of<'v>(call: &Call<'_, 'v>) -> Result<Reference<'v>, Fault<'v>> {
    let text = match call.arg(0) {
        Val::Opaque(Opaque::Image(text)) => Some(text),
        _ => None,
    };
    text.and_then(parse).ok_or(Fault::NO_OVERLOAD)
}

/// Takes a reference apart. A digest outweighs a tag.
pub(super) fn parse(text: &str) -> Option<Reference<'_>> {
    if let Some(reference) = parse_tag(text) {
        return Some(reference);
    }
    let (base, digest) = text.split_once('@')?;
    let digits = digest.strip_prefix("sha256:")?;
    let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if digits.len() != 64 || !digits.bytes().all(hexadecimal) {
        return None;
    }
    Some(Reference {
        tag: "",
        digest,
        ..parse_tag(base)?
    })
}

fn parse_tag(text: &str) -> Option<Reference<'_>> {
    let (base, tag) = match text.rsplit_once(':') {
        Some((base, tag)) if !tag.contains('/') => (base, tag),
        _ => (text, "latest"),
    };
    let known = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    if tag.is_empty() || tag.len() > 128 || !tag.chars().all(known) {
        return None;
    }
    let (registry, path) = match base.split_once('/') {
        Some((first, path)) if first.contains(['.', ':']) || first == "localhost" => (first, path),
        _ => (HUB, base),
    };
    let registry = if registry == "docker.io" {
        HUB
    } else {
        registry
    };
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-./".contains(c);
    if !(2..=255).contains(&path.len()) || !path.chars().all(known) || !is_authority(registry) {
        return None;
    }
    let repository = if registry == HUB && !path.contains('/') {
        format!("library/{path}")
    } else {
        path.to_owned()
    };
    Some(Reference {
        registry,
        repository,
        tag,
        digest: "",
    })
}

fn is_authority(registry: &str) -> bool {
    let url = format!("//{registry}");
    Url::parse(&url).is_ok_and(|url| url.host == registry)
}
