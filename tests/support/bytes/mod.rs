//! What no proper client sends, made by chance.
//!
//! Comes in: nothing.
//! Goes out: strategies of bytes.
//! Never here: what they are answered with.

#![allow(
    clippy::indexing_slicing,
    reason = "a test that panics has failed, as it should"
)]

pub(crate) mod http1;
pub(crate) mod http2;
