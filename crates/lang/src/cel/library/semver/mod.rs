//! Semantic versions.

use crate::cel::library::{Call, Ty};
use crate::cel::val::{Fault, Opaque, Val};
use crate::scalar::semver::Version;

crate::cel::library::functions! {
    compare_to COMPARE_TO,
    is_greater_than IS_GREATER_THAN,
    is_less_than IS_LESS_THAN,
    is_semver IS_SEMVER,
    major MAJOR,
    minor MINOR,
    patch PATCH,
    semver SEMVER,
}

const TYPE: Ty = Ty::Opaque("kubernetes.Semver");

/// The version at `index`.
fn of<'v>(call: &Call<'_, 'v>, index: usize) -> Result<Version, Fault<'v>> {
    match call.arg(index) {
        Val::Opaque(Opaque::Semver(text)) => Version::parse(text).map_err(|e| call.error(e)),
        _ => Err(Fault::NO_OVERLOAD),
    }
}

/// The text of the version that the arguments ask for: a text, and whether to be lenient.
fn written(call: &Call<'_, '_>) -> Option<Result<String, String>> {
    let text = call.arg(0).as_str()?;
    let lenient = match call.args {
        [_] => false,
        _ => call.arg(1).as_bool()?,
    };
    let text = if lenient {
        match normalized(text) {
            Ok(text) => text,
            Err(error) => return Some(Err(error)),
        }
    } else {
        text.to_owned()
    };
    Some(match Version::parse(&text) {
        Ok(_) => Ok(text),
        Err(error) => Err(error.to_string()),
    })
}

/// Without a leading `v`, without leading zeros, with three numbers.
fn normalized(text: &str) -> Result<String, String> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let mut parts: Vec<String> = text.splitn(3, '.').map(without_zeros).collect();
    if parts.len() < 3 {
        if parts.last().is_some_and(|part| part.contains(['+', '-'])) {
            let problem = "Short version cannot contain PreRelease/Build meta data";
            return Err(problem.to_owned());
        }
        parts.resize(3, "0".to_owned());
    }
    Ok(parts.join("."))
}

fn without_zeros(part: &str) -> String {
    if part.len() < 2 {
        return part.to_owned();
    }
    let bare = part.trim_start_matches('0');
    if bare.starts_with(|c: char| c.is_ascii_digit()) {
        bare.to_owned()
    } else {
        format!("0{bare}")
    }
}
