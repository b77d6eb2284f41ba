//! `gzip.decompress(bytes)`

use miniz_oxide::inflate::decompress_to_vec_with_limit;

use super::gzip_compress::checksum;
use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static GZIP_DECOMPRESS: Function = Function {
    name: "gzip.decompress",
    about: "The text that a gzip file holds; at most 10 MiB.",
    library: Library::Gzip,
    overloads: &[
        Overload::global(&[Ty::Bytes], Ty::String, decompress),
    ],
    cost: Cost::Of(cost::first),
    examples: &[
        gives("gzip.decompress(gzip.compress('né'))", "né"),
        fails("gzip.decompress(b'')", "EOF"),
        fails("gzip.decompress(b'abcdefghijklmnopqr')", "gzip: invalid header"),
    ],
    ..Function::PLAIN
};

/// The longest text, in bytes: a small file may hold a long one.
const LONGEST: usize = 10 << 20;

fn decompress<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let Val::Bytes(file) = call.arg(0) else {
        return Err(Fault::NO_OVERLOAD);
    };
    let body = body(file)?;
    let (body, sum) = body
        .split_last_chunk::<8>()
        .ok_or(Fault::text("unexpected EOF"))?;
    let text = decompress_to_vec_with_limit(body, LONGEST);
    let text = text.map_err(|_| Fault::text("flate: corrupt input"))?;
    if !sum.starts_with(&checksum(&text).to_le_bytes()) {
        return Err(Fault::text("gzip: invalid checksum"));
    }
    Ok(call.text(&String::from_utf8_lossy(&text)))
}

/// What follows the header of a gzip file.
fn body(file: &[u8]) -> Result<&[u8], Fault<'static>> {
    const EXTRA: u8 = 4;
    const NAME: u8 = 8;
    const COMMENT: u8 = 16;
    const CHECKSUM: u8 = 2;
    let short = Fault::text("unexpected EOF");
    if file.is_empty() {
        return Err(Fault::text("EOF"));
    }
    let (header, mut rest) = file.split_first_chunk::<10>().ok_or(short)?;
    let [0x1f, 0x8b, 8, flags, ..] = *header else {
        return Err(Fault::text("gzip: invalid header"));
    };
    if flags & EXTRA != 0 {
        let (len, after) = rest.split_first_chunk::<2>().ok_or(short)?;
        let len = usize::from(u16::from_le_bytes(*len));
        rest = after.get(len..).ok_or(short)?;
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            let end = rest.iter().position(|byte| *byte == 0).ok_or(short)?;
            rest = rest.get(end + 1..).ok_or(short)?;
        }
    }
    if flags & CHECKSUM != 0 {
        rest = rest.get(2..).ok_or(short)?;
    }
    Ok(rest)
}
