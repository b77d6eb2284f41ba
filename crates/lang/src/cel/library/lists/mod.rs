//! Lists.

mod comparable;

crate::cel::library::functions! {
    distinct DISTINCT,
    flatten FLATTEN,
    range RANGE,
    reverse REVERSE,
    slice SLICE,
    sort SORT,
    sort_by_associated_keys SORT_BY_ASSOCIATED_KEYS,
}
