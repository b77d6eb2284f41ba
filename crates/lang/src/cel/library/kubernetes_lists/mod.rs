//! Kubernetes' functions for lists of comparable things.

mod extreme;

crate::cel::library::functions! {
    index_of INDEX_OF,
    is_sorted IS_SORTED,
    last_index_of LAST_INDEX_OF,
    max MAX,
    min MIN,
    sum SUM,
}
