//! What comprehensions over two variables are checked with.

crate::cel::library::functions! {
    map_insert MAP_INSERT,
}
