//! URLs.

use crate::cel::library::{Call, Ty};
use crate::cel::val::{Fault, Opaque, Val};
use crate::scalar::quoted::Quoted;
use crate::scalar::url::Url;

crate::cel::library::functions! {
    get_escaped_path GET_ESCAPED_PATH,
    get_host GET_HOST,
    get_hostname GET_HOSTNAME,
    get_port GET_PORT,
    get_query GET_QUERY,
    get_scheme GET_SCHEME,
    is_url IS_URL,
    url URL,
}

const TYPE: Ty = Ty::Opaque("kubernetes.URL");

/// The URL at 0.
fn of<'v>(call: &Call<'_, 'v>) -> Result<Url, Fault<'v>> {
    match call.arg(0) {
        Val::Opaque(Opaque::Url(text)) => parse(text).map_err(|error| call.error(error)),
        _ => Err(Fault::NO_OVERLOAD),
    }
}

/// Reads an absolute URL, or an absolute path.
fn parse(text: &str) -> Result<Url, String> {
    const PREFIX: &str = "URL parse error during conversion from string: ";
    let shown = Quoted(text);
    if text.is_empty() {
        return Err(format!("{PREFIX}parse {shown}: empty url"));
    }
    let relative = || format!("{PREFIX}parse {shown}: invalid URI for request");
    match Url::parse(text) {
        Ok(url) if url.scheme.is_empty() && !text.starts_with('/') && text != "*" => {
            Err(relative())
        }
        Ok(url) => Ok(url),
        Err(error) => {
            let error = error.to_string();
            // A request's address is not looked at so closely before it is found to be none.
            if error.ends_with("first path segment in URL cannot contain colon") {
                return Err(relative());
            }
            Err(format!("{PREFIX}{error}"))
        }
    }
}
