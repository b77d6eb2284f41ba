//! PEM: base64 between `-----BEGIN label-----` and `-----END label-----`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// One block.
pub(super) struct Block<'t> {
    pub(super) label: &'t str,
    pub(super) bytes: Vec<u8>,
}

/// The first whole block of a text; whatever stands around it is read over, and so are blocks
/// that are broken.
pub(super) fn first_block(text: &str) -> Option<Block<'_>> {
    let mut lines = text.lines().map(str::trim_end);
    while let Some(line) = lines.next() {
        let Some(label) = between(line, "-----BEGIN ") else {
            continue;
        };
        let mut body = String::new();
        for line in lines.clone() {
            if between(line, "-----END ") == Some(label) {
                if let Ok(bytes) = STANDARD.decode(&body) {
                    return Some(Block { label, bytes });
                }
                break;
            }
            // Headers, such as `Proc-Type: 4,ENCRYPTED`, are no part of the data.
            if !line.contains(':') {
                body.extend(line.split_whitespace());
            }
        }
    }
    None
}

fn between<'l>(line: &'l str, start: &str) -> Option<&'l str> {
    line.strip_prefix(start)?.strip_suffix("-----")
}

#[cfg(test)]
mod tests {
    use super::first_block;

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn blocks() {
        check("plain",          "-----BEGIN A-----\nYWJj\n-----END A-----",                       Some(("A", "abc")));
        check("broken lines",   "-----BEGIN A-----\r\nYW\r\n Jj\r\n-----END A-----\r\n",            Some(("A", "abc")));
        check("text around",    "Hello\n-----BEGIN A-----\nYWJj\n-----END A-----\nBye",             Some(("A", "abc")));
        check("headers",        "-----BEGIN A B-----\nX: y\n\nYWJj\n-----END A B-----",             Some(("A B", "abc")));
        check("the first",      "-----BEGIN A-----\nYQ==\n-----END A-----\n-----BEGIN B-----\nYg==\n-----END B-----", Some(("A", "a")));
        check("a broken first", "-----BEGIN A-----\nY\n-----END A-----\n-----BEGIN B-----\nYg==\n-----END B-----",    Some(("B", "b")));
        check("no end",         "-----BEGIN A-----\nYWJj\n",                                        None);
        check("another end",    "-----BEGIN A-----\nYWJj\n-----END B-----",                         None);
        check("no base64",      "-----BEGIN A-----\n%\n-----END A-----",                            None);
        check("nothing",        "",                                                                None);
    }

    #[track_caller]
    fn check(case: &str, text: &str, expect: Option<(&str, &str)>) {
        let block = first_block(text);
        let got = block.as_ref().map(|block| (block.label, &*block.bytes));
        assert_eq!(got, expect.map(|(label, text)| (label, text.as_bytes())), "{case}");
    }
}
