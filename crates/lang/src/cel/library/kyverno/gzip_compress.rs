//! `gzip.compress(text)`

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::Val;

pub(super) static GZIP_COMPRESS: Function = Function {
    name: "gzip.compress",
    about: "The text compressed as a gzip file. The same text gives the same bytes.",
    library: Library::Gzip,
    overloads: &[
        Overload::global(&[Ty::String], Ty::Bytes, compress),
    ],
    cost: Cost::Of(cost::first),
    examples: &[
        gives("gzip.decompress(gzip.compress('hello'))", "hello"),
        fails(
            "gzip.compress(1)",
            "found no matching overload for 'gzip.compress' applied to '(int)'",
        ),
    ],
    ..Function::PLAIN
};

/// No name, no time, no system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// How hard to try, of 10.
const LEVEL: u8 = 6;

fn compress<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let text = call.str(0)?.as_bytes();
    let mut file = HEADER.to_vec();
    file.extend(miniz_oxide::deflate::compress_to_vec(text, LEVEL));
    file.extend(checksum(text).to_le_bytes());
    file.extend((text.len() as u32).to_le_bytes());
    Ok(Val::Bytes(call.bump.alloc_slice_copy(&file)))
}

/// CRC-32.
pub(super) fn checksum(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
        })
    };
    !bytes.iter().fold(u32::MAX, step)
}
