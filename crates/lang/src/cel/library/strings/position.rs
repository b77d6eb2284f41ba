//! Positions in texts, which count characters.

use crate::cel::library::Call;
use crate::cel::val::Fault;

/// The byte at which the `index`-th character begins; the end of the text counts as one.
pub(super) fn byte_of(text: &str, index: i64) -> Option<usize> {
    let index = usize::try_from(index).ok()?;
    let mut starts = text.char_indices().map(|(at, _)| at);
    starts.by_ref().chain([text.len()]).nth(index)
}

/// The number of the character that begins at this byte.
pub(super) fn index_of(text: &str, byte: usize) -> i64 {
    text.get(..byte).map_or(0, |before| before.chars().count()) as i64
}

/// The error of a position that the text does not have.
pub(super) fn out_of_range<'v>(call: &Call<'_, 'v>, index: i64) -> Fault<'v> {
    call.error(format_args!("index out of range: {index}"))
}
