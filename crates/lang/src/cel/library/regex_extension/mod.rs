//! CEL's own functions by regular expression.

crate::cel::library::functions! {
    extract EXTRACT,
    extract_all EXTRACT_ALL,
    replace REPLACE,
}
