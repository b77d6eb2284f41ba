//! The forms that Kubernetes wants names, label keys and label values in.
//!
//! Comes in:  text.
//! Goes out:  nothing when the text has the form, else every reason why not, in the words
//! of the API server.
//! Never here: which field wants which form.

/// A name with dots: at most 253 small letters, digits, `-` and `.`.
pub fn dns1123_subdomain(text: &str) -> Vec<String> {
    subdomain(text, "characters")
}

fn subdomain(text: &str, unit: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if text.len() > 253 {
        problems.push(too_long(253, unit));
    }
    if !is_dns1123_subdomain(text) {
        problems.push(SUBDOMAIN.to_owned());
    }
    problems
}

/// A name without dots: at most 63 small letters, digits and `-`.
pub fn dns1123_label(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if text.len() > 63 {
        problems.push(too_long(63, "characters"));
    }
    if !is_dns1123_label(text) {
        let dots = is_dns1123_subdomain(text);
        problems.push(if dots { "must not contain dots" } else { LABEL }.to_owned());
    }
    problems
}

/// A name that begins with a letter: at most 63 small letters, digits and `-`.
pub fn dns1035_label(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if text.len() > 63 {
        problems.push(too_long(63, "characters"));
    }
    if !is_dns1123_label(text) || text.starts_with(|c: char| c.is_ascii_digit()) {
        problems.push(LABEL_1035.to_owned());
    }
    problems
}

/// A key of labels, annotations and the like: `name` or `prefix.example.com/name`.
pub fn qualified_name(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let name = match text.split_once('/') {
        None => text,
        Some((_, name)) if name.contains('/') => {
            problems.push(format!(
                "a valid label key {QUALIFIED} with an optional DNS subdomain prefix and '/' \
                 (e.g. 'example.com/MyName')"
            ));
            return problems;
        }
        Some(("", name)) => {
            problems.push("prefix part must be non-empty".to_owned());
            name
        }
        Some((prefix, name)) => {
            let found = subdomain(prefix, "bytes");
            problems.extend(found.iter().map(|problem| format!("prefix part {problem}")));
            name
        }
    };
    if name.is_empty() {
        problems.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        problems.push(format!("name part {}", too_long(63, "bytes")));
    }
    if !is_qualified_part(name) {
        problems.push(format!("name part {QUALIFIED}"));
    }
    problems
}

/// The value of a label: empty, or at most 63 letters, digits, `-`, `_` and `.`.
pub fn label_value(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if text.len() > 63 {
        problems.push(too_long(63, "bytes"));
    }
    if !text.is_empty() && !is_qualified_part(text) {
        problems.push(LABEL_VALUE.to_owned());
    }
    problems
}

/// What stands for a `generateName` when it is held to a form: the dash at its end is where
/// the generated part goes.
pub fn mask_generate_name(text: &str) -> String {
    match text.strip_suffix('-') {
        Some(start) if !start.is_empty() => {
            let mut masked = start.to_owned();
            masked.pop();
            masked.push('a');
            masked
        }
        _ => text.to_owned(),
    }
}

/// Whether [`label_value`] finds nothing. No allocation.
pub fn is_label_value(text: &str) -> bool {
    text.len() <= 63 && (text.is_empty() || is_qualified_part(text))
}

/// Whether [`qualified_name`] finds nothing. No allocation.
pub fn is_qualified_name(text: &str) -> bool {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    let prefix_fits = |prefix: &str| prefix.len() <= 253 && is_dns1123_subdomain(prefix);
    prefix.is_none_or(prefix_fits) && name.len() <= 63 && is_qualified_part(name)
}

fn is_dns1123_subdomain(text: &str) -> bool {
    text.split('.').all(is_dns1123_label)
}

fn is_dns1123_label(text: &str) -> bool {
    let ends = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.starts_with(ends) && text.ends_with(ends) && text.chars().all(|c| ends(c) || c == '-')
}

fn is_qualified_part(text: &str) -> bool {
    let ends = |c: char| c.is_ascii_alphanumeric();
    text.starts_with(ends)
        && text.ends_with(ends)
        && text
            .chars()
            .all(|c| ends(c) || matches!(c, '-' | '_' | '.'))
}

/// The API server counts bytes everywhere, and says so only where it was rewritten lately.
fn too_long(limit: usize, unit: &str) -> String {
    format!("must be no more than {limit} {unit}")
}

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric \
     characters, '-' or '.', and must start and end with an alphanumeric character \
     (e.g. 'example.com', regex used for validation is \
     '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric \
     characters or '-', and must start and end with an alphanumeric character \
     (e.g. 'my-name',  or '123-abc', regex used for validation is \
     '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

const LABEL_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or \
     '-', start with an alphabetic character, and end with an alphanumeric character \
     (e.g. 'my-name',  or 'abc-123', regex used for validation is \
     '[a-z]([-a-z0-9]*[a-z0-9])?')";

const QUALIFIED: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start \
     and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex \
     used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric \
     characters, '-', '_' or '.', and must start and end with an alphanumeric character \
     (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is \
     '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn forms() {
        let long = "a".repeat(64);
        check("subdomain",  dns1123_subdomain,  &["a", "a.b-c.1", &long],      &["", "A", "a..b", "-a", "a_b", "a.b-"]);
        check("label",      dns1123_label,      &["a", "1-a"],                 &["", "a.b", "a-", "A", &long]);
        check("dns1035",    dns1035_label,      &["a", "a-1"],                 &["", "1a", "a.b", &long]);
        check("qualified",  qualified_name,     &["a", "A_b.c-d", "x.y/Z"],    &["", "a/", "/a", "a/b/c", "-a", "X/a", &long]);
        check("value",      label_value,        &["", "a", "A_b.c-d"],         &["-a", "a/b", "a b", "é", &long]);
    }

    #[track_caller]
    fn check(case: &str, form: fn(&str) -> Vec<String>, good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(form(text), [""; 0], "{case}: `{text}`");
        }
        for text in bad {
            assert_ne!(form(text), [""; 0], "{case}: `{text}`");
        }
        for text in good.iter().chain(bad) {
            assert_eq!(
                is_label_value(text),
                label_value(text).is_empty(),
                "`{text}`"
            );
            assert_eq!(
                is_qualified_name(text),
                qualified_name(text).is_empty(),
                "`{text}`"
            );
        }
    }

    #[test]
    fn every_reason_is_given() {
        let long = "X".repeat(64);
        assert_eq!(
            label_value(&format!("{long}-"))[0],
            "must be no more than 63 bytes"
        );
        assert!(label_value(&format!("{long}-"))[1].starts_with("a valid label must be"));
        assert_eq!(dns1123_label("a.b"), ["must not contain dots"]);
        let problems = qualified_name("/");
        assert_eq!(
            problems[..2],
            [
                "prefix part must be non-empty",
                "name part must be non-empty"
            ]
        );
        assert!(problems[2].ends_with(
            "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
             '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
        ));
    }

    #[test]
    fn generate_names() {
        for (name, masked) in [
            ("ab-", "aa"),
            ("a-", "a"),
            ("-", "-"),
            ("ab", "ab"),
            ("", ""),
        ] {
            assert_eq!(mask_generate_name(name), masked, "`{name}`");
        }
    }
}
