//! What each format wants of a text.

use crate::cel::library::{Overload, Ty};
use crate::cel::val::{Opaque, Val};
use crate::scalar::name;
use crate::scalar::quoted::Quoted;
use crate::scalar::time::Time;
use crate::scalar::url::Url;

/// The names of the formats.
pub(super) const NAMES: [&str; 13] = [
    "dns1123Label",
    "dns1123Subdomain",
    "dns1035Label",
    "qualifiedName",
    "dns1123LabelPrefix",
    "dns1123SubdomainPrefix",
    "dns1035LabelPrefix",
    "labelValue",
    "uri",
    "uuid",
    "byte",
    "date",
    "datetime",
];

/// The overload of the function that yields a format.
pub(super) const fn overload(body: crate::cel::library::Body) -> Overload {
    Overload::global(&[], Ty::Opaque("kubernetes.NamedFormat"), body)
}

/// The format of this name as a value.
pub(super) const fn format(name: &'static str) -> Val<'static> {
    Val::Opaque(Opaque::Format(name))
}

/// Every reason why the text does not have the format; none when it has.
pub(super) fn problems(format: &str, text: &str) -> Vec<String> {
    let masked = || name::mask_generate_name(text);
    let unless = |fits: bool, problem: &str| {
        if fits {
            Vec::new()
        } else {
            vec![problem.to_owned()]
        }
    };
    match format {
        "dns1123Label" => name::dns1123_label(text),
        "dns1123Subdomain" => name::dns1123_subdomain(text),
        "dns1035Label" => name::dns1035_label(text),
        "qualifiedName" => name::qualified_name(text),
        "dns1123LabelPrefix" => name::dns1123_label(&masked()),
        "dns1123SubdomainPrefix" => name::dns1123_subdomain(&masked()),
        "dns1035LabelPrefix" => name::dns1035_label(&masked()),
        "labelValue" => name::label_value(text),
        "uri" => uri(text),
        "uuid" => unless(is_uuid(text), "does not match the UUID format"),
        "byte" => unless(is_base64(text), "invalid base64"),
        "date" => unless(is_date(text), "invalid date"),
        _ => unless(is_datetime(text), "invalid datetime"),
    }
}

fn uri(text: &str) -> Vec<String> {
    let shown = Quoted(text);
    if text.is_empty() {
        return vec![format!("parse {shown}: empty url")];
    }
    match Url::parse(text) {
        Ok(url) if url.scheme.is_empty() && !text.starts_with('/') && text != "*" => {
            vec![format!("parse {shown}: invalid URI for request")]
        }
        Ok(_) => Vec::new(),
        Err(error) => vec![error.to_string()],
    }
}

/// Hexadecimal digits in groups of 8, 4, 4, 4 and 12; the dashes may be missing.
fn is_uuid(text: &str) -> bool {
    let mut rest = text;
    for (index, digits) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        if index > 0 {
            rest = rest.strip_prefix('-').unwrap_or(rest);
        }
        let Some((group, after)) = rest.split_at_checked(digits) else {
            return false;
        };
        if !group.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return false;
        }
        rest = after;
    }
    rest.is_empty()
}

fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    !text.is_empty() && text.len().is_multiple_of(4) && padding <= 2 && digits.bytes().all(known)
}

fn is_date(text: &str) -> bool {
    Time::parse("2006-01-02", text).is_ok()
}

fn is_datetime(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let mut parts = text.split('t');
    let (Some(date), Some(time)) = (parts.next(), parts.next()) else {
        return false;
    };
    is_date(date) && is_time(time).is_some()
}

/// `12:30:00`, perhaps a fraction, and a zone: `z` or `+02:00`.
fn is_time(text: &str) -> Option<()> {
    let pair = |at: usize, most: &str| {
        let pair = text.get(at..at + 2)?;
        let digits = pair.bytes().all(|byte| byte.is_ascii_digit());
        (digits && pair <= most).then_some(())
    };
    pair(0, "23")?;
    pair(3, "59")?;
    pair(6, "59")?;
    if text.get(2..3)? != ":" || text.get(5..6)? != ":" {
        return None;
    }
    let mut rest = text.get(8..)?;
    if !rest.starts_with(['z', '+', '-']) {
        // Any character may stand before a fraction, as in the reference.
        let mut chars = rest.chars();
        chars.next()?;
        let fraction = chars.as_str();
        rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        if rest.len() == fraction.len() {
            return None;
        }
    }
    let offset = rest.strip_prefix(['+', '-']).unwrap_or_default();
    let (hours, minutes) = offset.split_once(':').unwrap_or_default();
    let two = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    (rest == "z" || two(hours) && two(minutes)).then_some(())
}
