//! Lists as sets.

crate::cel::library::functions! {
    contains CONTAINS,
    equivalent EQUIVALENT,
    intersects INTERSECTS,
}
