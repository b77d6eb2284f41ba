//! Slash-separated paths, cleaned by their text alone.
//!
//! Comes in:  paths, of a file system or into a document.
//! Goes out:  the shortest equal path, as Go's `path.Clean` and `path.Join` give it.
//! Never here: the file system; JSON pointers' escapes.

use std::borrow::Cow;

/// The shortest path that means the same: no `.`, no doubled or trailing slash, and `..`
/// only at the start of a relative path. The empty path is `.`.
///
/// Allocates only when the result differs from the input.
pub fn clean(path: &str) -> Cow<'_, str> {
    if path.is_empty() {
        return Cow::Borrowed(".");
    }
    if is_clean(path) {
        return Cow::Borrowed(path);
    }
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            // Above the root there is only the root.
            ".." if rooted && parts.is_empty() => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    let joined = parts.join("/");
    Cow::Owned(match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    })
}

/// `base`, then `rest`, cleaned. An empty part does not count; two empty ones give the empty
/// path.
pub fn join(base: &str, rest: &str) -> String {
    let joined = match (base, rest) {
        ("", "") => return String::new(),
        ("", one) | (one, "") => Cow::Borrowed(one),
        (base, rest) => Cow::Owned(format!("{base}/{rest}")),
    };
    clean(&joined).into_owned()
}

/// The common case, without work: nothing to drop. A `..` at the start counts as unclean;
/// the slow way returns it as it is.
fn is_clean(path: &str) -> bool {
    let inner = path.strip_prefix('/').unwrap_or(path);
    path == "/"
        || inner
            .split('/')
            .all(|part| !matches!(part, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::{clean, join};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn cleaned() {
        check("",               ".");
        check(".",              ".");
        check("..",             "..");
        check("/",              "/");
        check("//",             "/");
        check("/.",             "/");
        check("/..",            "/");
        check("abc",            "abc");
        check("/var/run///x/",  "/var/run/x");
        check("a/./b",          "a/b");
        check("a//b///c",       "a/b/c");
        check("a/..",           ".");
        check("a/../..",        "..");
        check("../../a",        "../../a");
        check("../a/../../b",   "../../b");
        check("/../a",          "/a");
        check("/a/../../b",     "/b");
        check("é/../b",         "b");
        check("a\\..\\b",       "a\\..\\b");
        check("...",            "...");
        check("~/x",            "~/x");
    }

    #[track_caller]
    fn check(path: &str, expect: &str) {
        assert_eq!(clean(path), expect, "`{path}`");
        assert_eq!(clean(expect), expect, "`{path}` twice");
    }

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn joined() {
        check_join("",               "",                 "");
        check_join("",               "a/",               "a");
        check_join("/spec",          "",                 "/spec");
        check_join("/",              "a",                "/a");
        check_join("/spec/limits/memory", "./../../requests/memory", "/spec/requests/memory");
        check_join("/a",             "../../b",          "/b");
        check_join("a",              "..",               ".");
    }

    #[track_caller]
    fn check_join(base: &str, rest: &str, expect: &str) {
        assert_eq!(join(base, rest), expect, "`{base}` and `{rest}`");
    }
}
