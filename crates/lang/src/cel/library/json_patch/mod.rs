//! What patches are written with.

crate::cel::library::functions! {
    escape_key ESCAPE_KEY,
}
