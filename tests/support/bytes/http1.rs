//! Requests of HTTP/1.1, right or wrong in every part.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::super::review::config_map;

/// Some of them, one behind the other.
pub(crate) fn requests() -> impl Strategy<Value = Vec<u8>> {
    let request = (head(), body()).prop_map(|(head, body)| [head, body].concat());
    prop::collection::vec(request, 0..4).prop_map(|requests| requests.concat())
}

/// The head of a request, right or wrong in every part.
fn head() -> impl Strategy<Value = Vec<u8>> {
    let method = text(
        vec![
            "POST", "POST", "POST", "GET", "PUT", "HEAD", "OPTIONS", "CONNECT", "TRACE", "PRI",
            "post", "PO ST", "",
        ],
        "[ -~]{0,40}",
    );
    let target = text(
        vec![
            "/validate",
            "/mutate",
            "/validate/fail/finegrained/p",
            "/policyvalidate",
            "/verifyttl",
            "/livez",
            "/metrics",
            "/status",
            "*",
            "x:443",
            "http://x/validate",
            "/validate?timeout=1s",
            "/validate?timeout=%zz",
            "//",
            "/%00",
            "",
        ],
        "/[ -~é]{0,60}",
    );
    let version = text(
        vec![
            "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "HTTP/1.2",
            "http/1.1", "",
        ],
        "[ -~]{0,9}",
    );
    let header = prop_oneof![
        6 => select(vec![
            "host: x", "content-type: application/json", "content-type: application/json; charset=utf-8", "content-type: text/plain", "content-type:",
            "content-encoding: gzip", "content-length: 0", "content-length: 5", "content-length: 900", "content-length: -1", "content-length: +5",
            "content-length: 5, 5", "content-length: 0x5", "content-length: 18446744073709551615", "content-length: 99999999999999999999",
            "transfer-encoding: chunked", "transfer-encoding: gzip, chunked", "transfer-encoding: chunked, chunked", "transfer-encoding: identity",
            "Transfer-Encoding : chunked", "expect: 100-continue", "expect: 1", "connection: close", "connection: keep-alive", "connection: upgrade",
            "upgrade: h2c", "upgrade: websocket", "http2-settings: AAMAAABkAAQCAAAAAAIAAAAA", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "traceparent: 00", "te: trailers", "trailer: x", ": x", " folded", "x", "a b: c", "a\u{0}: b", "é: é", "x: \u{7f}",
        ]).prop_map(str::to_owned),
        1 => "[a-z-]{1,12}: [ -~]{0,30}",
        1 => (1..9_000_usize).prop_map(|length| format!("x-long: {}", "y".repeat(length))),
    ];
    let flood = prop_oneof![12 => Just(0), 1 => 1..400_usize]
        .prop_map(|count| vec!["x-flood: y".to_owned(); count]);
    let headers = (prop::collection::vec(header, 0..6), flood);
    let end =
        prop_oneof![10 => Just("\r\n"), 1 => Just("\n"), 1 => Just("\r"), 1 => Just("\r\n\r\n")];
    (method, target, version, headers, end).prop_map(
        |(method, target, version, (mut headers, flood), end)| {
            headers.extend(flood);
            let head = format!(
                "{method} {target} {version}{end}{}",
                headers
                    .iter()
                    .map(|header| format!("{header}{end}"))
                    .collect::<String>()
            );
            (head + end).into_bytes()
        },
    )
}

/// What follows a head: a review, a part of one, chunks of one, right or wrong, or anything.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let review = config_map("good").into_bytes();
    let cut = {
        let review = review.clone();
        any::<Index>().prop_map(move |at| review[..at.index(review.len())].to_vec())
    };
    let size = prop_oneof![
        8 => Just(None),
        2 => select(vec!["0", "1", "5", "ffffffffffffffff", "10000000000000000", "-1", "g", "", "5;x=y", "00000000005", " 5"]).prop_map(|size| Some(size.to_owned())),
        1 => (0..5_000_usize).prop_map(|length| Some(format!("5;{}", "x".repeat(length)))),
    ];
    let end = prop_oneof![6 => Just("0\r\n\r\n"), 1 => Just("0\r\nx: y\r\n\r\n"), 1 => Just("0\r\ncontent-length: 5\r\n\r\n"), 1 => Just("0\r\n"), 1 => Just("")];
    let chunks = (prop::collection::vec((size, 0..400_usize), 0..6), end).prop_map({
        let review = review.clone();
        move |(chunks, end)| {
            let (mut out, mut rest) = (Vec::new(), &review[..]);
            for (size, length) in chunks {
                let (chunk, after) = rest.split_at(length.min(rest.len()));
                rest = after;
                let size = size.unwrap_or_else(|| format!("{:x}", chunk.len()));
                out.extend([size.as_bytes(), b"\r\n", chunk, b"\r\n"].concat());
            }
            out.extend(end.as_bytes());
            out
        }
    });
    prop_oneof![
        2 => Just(review),
        1 => cut,
        2 => Just(Vec::new()),
        3 => chunks,
        1 => prop::collection::vec(any::<u8>(), 0..300),
    ]
}

fn text(of: Vec<&'static str>, rarely: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![8 => select(of).prop_map(str::to_owned), 1 => rarely]
}
