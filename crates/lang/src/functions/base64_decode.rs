//! `base64_decode(text)`

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::jmespath::Fault;

pub(super) static BASE64_DECODE: Function = Function {
    name: "base64_decode",
    about: "The text that is written in base64: the usual alphabet, with padding.",
    params: &[param("text", &[Type::String], "Base64; line ends are read over.")],
    returns: &[Type::String],
    note: "Bytes that are no text become U+FFFD.",
    examples: &[
        gives("base64_decode('YWJj')", r#""abc""#),
        gives("base64_decode('w6k=')", r#""é""#),
        gives("base64_decode('YQ==') == 'a'", "true"),
        gives("base64_decode('/w==')", "\"\u{fffd}\""),
        fails("base64_decode('YQ')", "illegal base64 data at input byte 0"),
        fails("base64_decode('YW-j')", "illegal base64 data at input byte 2"),
    ],
    call: |args| {
        args.env.spend_bytes(args.text(0).len())?;
        let bytes = decode(args.text(0).as_bytes()).map_err(|at| {
            Fault::invalid(format_args!("illegal base64 data at input byte {at}"))
        })?;
        let mut text = String::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
        }
        args.made(&text)
    },
    ..Function::PLAIN
};

/// Decodes as Go does; an error is the offset that Go's error names: of the byte that cannot
/// stand there, or of the group of four that the text ends in.
///
/// No base64 crate tells that offset, nor reads over line ends.
fn decode(text: &[u8]) -> Result<Vec<u8>, usize> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut input = text.iter().enumerate().filter(|(_, byte)| !matches!(byte, b'\n' | b'\r'));
    let mut group = 0u32;
    let mut sextets = 0;
    while let Some((at, byte)) = input.next() {
        if let Some(sextet) = sextet(*byte) {
            group = group << 6 | sextet;
            sextets += 1;
            if sextets == 4 {
                bytes.extend(group.to_be_bytes().iter().skip(1));
                (group, sextets) = (0, 0);
            }
            continue;
        }
        let padding = match (byte, sextets) {
            (b'=', 2) => match input.next() {
                None => return Err(text.len()),
                Some((_, b'=')) => 2,
                Some((next, _)) => return Err(next - 1),
            },
            (b'=', 3) => 1,
            _ => return Err(at),
        };
        if let Some((garbage, _)) = input.next() {
            return Err(garbage);
        }
        let padded = (group << (6 * padding)).to_be_bytes();
        bytes.extend(padded.iter().skip(1).take(3 - padding));
        return Ok(bytes);
    }
    match sextets {
        0 => Ok(bytes),
        _ => Err(text.len() - sextets),
    }
}

fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn offsets_of_errors_are_gos() {
        check("",          Ok(""));
        check("YQ==\n",    Ok("a"));
        check("Y\nQ=\n=",  Ok("a"));
        check("YWI=",      Ok("ab"));
        check("YR==",      Ok("a"));
        check("YQ",        Err(0));
        check("YWJjYQ",    Err(4));
        check("YQ=",       Err(3));
        check("YQ=x",      Err(2));
        check("YQ==x",     Err(4));
        check("Y===",      Err(1));
        check("=",         Err(0));
        check("YW j",      Err(2));
    }

    #[track_caller]
    fn check(text: &str, expect: Result<&str, usize>) {
        let expect = expect.map(|text| text.as_bytes().to_vec());
        assert_eq!(decode(text.as_bytes()), expect, "`{text}`");
    }
}
