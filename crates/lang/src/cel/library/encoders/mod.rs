//! Encodings.

mod alphabet;

crate::cel::library::functions! {
    base64_decode BASE64_DECODE,
    base64_encode BASE64_ENCODE,
    json_encode JSON_ENCODE,
}
