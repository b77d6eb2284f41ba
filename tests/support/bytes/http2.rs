//! Frames of HTTP/2, in any order and of every kind, some of which there is none.

use proptest::prelude::*;
use proptest::sample::select;

use super::super::review::config_map;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A connection's bytes, from its preface on.
pub(crate) fn connection() -> impl Strategy<Value = Vec<u8>> {
    let begin = prop_oneof![
        10 => Just([PREFACE, &frame(4, 0, 0, &[], None)].concat()),
        1 => Just(PREFACE.to_vec()),
        1 => (0..PREFACE.len()).prop_map(|cut| PREFACE[..cut].to_vec()),
        1 => Just(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n".to_vec()),
    ];
    let frames = prop::collection::vec(any_frame(), 0..24);
    let times = prop_oneof![20 => Just(1_usize), 1 => 2..200_usize];
    (begin, frames, times).prop_map(|(mut bytes, frames, times)| {
        let frames = frames.concat();
        bytes.extend(frames.repeat(times.min(1 + 100_000 / (frames.len() + 1))));
        bytes
    })
}

/// One frame, whose length may be a lie.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8], length: Option<u32>) -> Vec<u8> {
    let length = length.unwrap_or(payload.len() as u32).to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Fields without any compression; an index, now and then.
fn fields() -> impl Strategy<Value = Vec<u8>> {
    let literal = |name: &str, value: &str| {
        let part = |text: &str| {
            [
                &[text.len().min(126) as u8][..],
                &text.as_bytes()[..text.len().min(126)],
            ]
            .concat()
        };
        [vec![0], part(name), part(value)].concat()
    };
    let field = prop_oneof![
        10 => (
            select(vec![":method", ":path", ":scheme", ":authority", ":status", ":protocol", ":x", "host", "content-type", "content-length", "te", "connection",
                "transfer-encoding", "expect", "Upper", "a b", "", "x", "cookie"]),
            select(vec!["POST", "GET", "CONNECT", "/validate", "/mutate", "/livez", "/", "*", "", "https", "x", "application/json", "0", "5", "-1", "chunked",
                "trailers", "gzip", "a\nb", "\u{0}", "é", "18446744073709551616"]),
        ).prop_map(move |(name, value)| literal(name, value)),
        3 => select(vec![0x82_u8, 0x83, 0x84, 0x86, 0x87, 0x80, 0xbe, 0xff, 0x20, 0x3f]).prop_map(|index| vec![index]),
        1 => prop::collection::vec(any::<u8>(), 0..12),
    ];
    let right = [
        literal(":method", "POST"),
        literal(":path", "/validate"),
        literal(":scheme", "https"),
        literal(":authority", "x"),
        literal("content-type", "application/json"),
    ]
    .concat();
    (
        prop_oneof![2 => Just(right), 1 => Just(Vec::new())],
        prop::collection::vec(field, 0..6),
    )
        .prop_map(|(mut right, fields)| {
            right.extend(fields.concat());
            right
        })
}

fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let number = || {
        prop_oneof![
            Just(0_u32),
            Just(1),
            Just(0x7fff_ffff),
            Just(0xffff_ffff),
            Just(65_535),
            any::<u32>()
        ]
    };
    let settings = prop::collection::vec((0..10_u16, number()), 0..6).prop_map(|pairs| {
        pairs
            .into_iter()
            .flat_map(|(key, value)| [&key.to_be_bytes()[..], &value.to_be_bytes()].concat())
            .collect::<Vec<u8>>()
    });
    let payload = prop_oneof![
        4 => fields(),
        2 => Just(config_map("good").into_bytes()),
        2 => settings,
        2 => number().prop_map(|number| number.to_be_bytes().to_vec()),
        1 => (number(), number()).prop_map(|(one, other)| [one.to_be_bytes(), other.to_be_bytes()].concat()),
        2 => prop::collection::vec(any::<u8>(), 0..40),
        1 => (0..20_000_usize).prop_map(|length| vec![0; length]),
    ];
    // DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION, and what is none.
    let kind = prop_oneof![20 => 0..10_u8, 1 => any::<u8>()];
    let flags = prop_oneof![6 => select(vec![0_u8, 1, 4, 5]), 1 => any::<u8>()];
    let stream = prop_oneof![4 => select(vec![1_u32, 1, 3, 5, 7]), 2 => Just(0), 1 => Just(2), 1 => number()];
    let length = prop_oneof![12 => Just(None), 1 => number().prop_map(Some), 1 => (0..64_u32).prop_map(Some)];
    let any = (kind, flags, stream.clone(), payload, length).prop_map(
        |(kind, flags, stream, payload, length)| frame(kind, flags, stream, &payload, length),
    );
    let headers = (select(vec![0_u8, 1, 4, 5]), stream, fields())
        .prop_map(|(flags, stream, fields)| frame(1, flags, stream, &fields, None));
    prop_oneof![2 => any, 1 => headers]
}
