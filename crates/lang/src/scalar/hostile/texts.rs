//! Texts that are nearly scalars, and scalars now and then.

use proptest::prelude::*;

/// Pieces of a notation one after the other, and now and then anything else.
pub(super) fn pieces(of: &'static [&'static str]) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        12 => prop::sample::select(of).prop_map(str::to_owned),
        2 => "[0-9]{1,20}",
        1 => "[ -~]{1,3}",
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

pub(super) fn quantity() -> impl Strategy<Value = String> {
    pieces(&[
        "0",
        "1",
        "9",
        "1024",
        "1.5",
        ".",
        "-",
        "+",
        "e",
        "E",
        "m",
        "n",
        "u",
        "k",
        "M",
        "Gi",
        "Ki",
        "Ei",
        "P",
        "e-12",
        "E+05",
        "e1000",
        "e99999999999",
        "999999999999999999999",
        "9223372036854775808",
    ])
}

pub(super) fn duration() -> impl Strategy<Value = String> {
    pieces(&[
        "0",
        "1",
        "1.5",
        ".",
        "-",
        "+",
        "h",
        "m",
        "s",
        "ms",
        "us",
        "µs",
        "μs",
        "ns",
        "2562047h47m16.854775807s",
        "9223372036854775807ns",
        "9223372036854775808ns",
        "0.0000000000000000001",
        "d",
    ])
}

pub(super) fn cron() -> impl Strategy<Value = String> {
    let field = || {
        pieces(&[
            "*", "?", "*/", "/", "-", ",", "1", "0", "5", "29", "31", "59", "MON", "feb", "7",
            "2030",
        ])
    };
    let fields = prop::collection::vec(field(), 4..8).prop_map(|fields| fields.join(" "));
    let plain = prop::sample::select(vec!["*", "*/7", "1,5", "0-3", "29", "2", "?", "*/2,31"]);
    let meant = prop::collection::vec(plain, 5..8).prop_map(|fields| fields.join(" "));
    let named = (
        prop::sample::select(vec!["", "TZ=UTC ", "CRON_TZ=", "TZ=Mars "]),
        prop::sample::select(vec!["@every ", "@daily", "@yearly", "@", "@hourly "]),
        duration(),
    );
    prop_oneof![
        fields,
        meant,
        named.prop_map(|(zone, name, span)| format!("{zone}{name}{span}")),
    ]
}

pub(super) fn version() -> impl Strategy<Value = String> {
    pieces(&[
        "1.2.3",
        "0.0.0",
        "1",
        ".",
        "-",
        "+",
        "rc",
        ".1",
        "-alpha.7",
        "+build",
        "01",
        "18446744073709551616",
        "v",
    ])
}

pub(super) fn range() -> impl Strategy<Value = String> {
    pieces(&[
        "1.2.3", ">", "<", ">=", "<=", "=", "!=", "!", " ", "||", " || ", "1.x", "1.2.x", "x", "*",
        "-", ".", "rc", "x.x",
    ])
}

pub(super) fn image() -> impl Strategy<Value = String> {
    pieces(&[
        "nginx",
        "docker.io",
        "ghcr.io",
        "localhost",
        ":5000",
        "/",
        ":",
        "@",
        "library",
        "1.27",
        "latest",
        "sha256:",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "__",
        "-",
        ".",
        "A",
        "//",
        "[::1]",
    ])
}

pub(super) fn address() -> impl Strategy<Value = String> {
    pieces(&[
        "127", ".0.0.1", ".", ":", "::", "fe80", "ffff", "/", "8", "32", "128", "%eth0",
        "10.1.2.3", "::ffff:", "01",
    ])
}

pub(super) fn label() -> impl Strategy<Value = String> {
    pieces(&[
        "app",
        "kubernetes.io",
        "/",
        "-",
        "_",
        ".",
        "A",
        "*",
        "?",
        "",
        "a23456789012345678901234567890123456789012345678901234567890123",
    ])
}

pub(super) fn layout() -> impl Strategy<Value = String> {
    pieces(&[
        "2006",
        "06",
        "01",
        "1",
        "Jan",
        "January",
        "02",
        "2",
        "_2",
        "002",
        "15",
        "03",
        "3",
        "04",
        "4",
        "05",
        "5",
        "PM",
        "pm",
        "Mon",
        "Monday",
        "MST",
        "-07",
        "-0700",
        "-07:00",
        "-07:00:00",
        "Z07:00",
        "Z0700",
        ".000",
        ".999",
        ",000",
        "T",
        "-",
        ":",
        " ",
    ])
}

pub(super) fn moment() -> impl Strategy<Value = String> {
    pieces(&[
        "2024",
        "-02-29",
        "T",
        "23:59:59",
        "Z",
        "+05:30",
        "-00:00",
        "99",
        "00",
        "Feb",
        "Monday",
        "PM",
        "UTC",
        "GMT-3",
        ".999999999",
        ",5",
        " ",
        ":",
        "60",
        "+23:59",
        "0000-01-01",
        "9999-12-31",
    ])
}

pub(super) fn expression() -> impl Strategy<Value = String> {
    pieces(&[
        "a",
        "é",
        ".",
        "*",
        "+",
        "?",
        "{2}",
        "{2,}",
        "{1000}",
        "{1001}",
        "(",
        ")",
        "(?:",
        "(?P<n>",
        "(?i)",
        "[",
        "]",
        "[^",
        "a-z",
        "[:alpha:]",
        r"\d",
        r"\pL",
        r"\p{Greek}",
        r"\b",
        r"\A",
        r"\z",
        r"\Q",
        r"\E",
        "^",
        "$",
        "|",
        r"\x{10FFFF}",
        r"\C",
        "(a+)+",
        "\\",
    ])
}
