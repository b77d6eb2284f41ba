//! Values that may be absent.

crate::cel::library::functions! {
    first FIRST,
    has_value HAS_VALUE,
    last LAST,
    lenient_or_value LENIENT_OR_VALUE,
    none NONE,
    of OF,
    of_non_zero_value OF_NON_ZERO_VALUE,
    optional_index OPTIONAL_INDEX,
    or OR,
    or_value OR_VALUE,
    unwrap UNWRAP,
    unwrap_opt UNWRAP_OPT,
    value VALUE,
}
