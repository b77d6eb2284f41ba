//! The resource name of a kind.

use bumpalo::Bump;

/// What the API server calls the objects of `kind` in its paths: lower case, in the plural.
///
/// The rule of English that custom resources follow by convention, too.
pub fn plural<'b>(kind: &str, bump: &'b Bump) -> &'b str {
    let lower = kind.to_ascii_lowercase();
    let vowel_before_y = |stem: &str| stem.ends_with(['a', 'e', 'i', 'o', 'u']);
    let name = match lower.as_str() {
        "endpoints" | "" => lower,
        word if word.ends_with(['s', 'x']) || word.ends_with("ch") || word.ends_with("sh") => {
            format!("{word}es")
        }
        word => match word.strip_suffix('y') {
            Some(stem) if !vowel_before_y(stem) => format!("{stem}ies"),
            _ => format!("{word}s"),
        },
    };
    bump.alloc_str(&name)
}

#[cfg(test)]
mod tests {
    use bumpalo::Bump;

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn plurals() {
        check("Pod",           "pods");
        check("Ingress",       "ingresses");
        check("NetworkPolicy", "networkpolicies");
        check("Gateway",       "gateways");
        check("Endpoints",     "endpoints");
        check("EndpointSlice", "endpointslices");
        check("Prefix",        "prefixes");
        check("",              "");
    }

    #[track_caller]
    fn check(kind: &str, expect: &str) {
        assert_eq!(super::plural(kind, &Bump::new()), expect, "`{kind}`");
    }
}
