//! Kubernetes' searches by regular expression.

crate::cel::library::functions! {
    find FIND,
    find_all FIND_ALL,
}
