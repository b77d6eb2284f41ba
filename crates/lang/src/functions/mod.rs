//! Every function that a JMESPath expression may call; one file for each.
//!
//! Comes in:  arguments, evaluated; facts from [`Inputs`].
//! Goes out:  a value; [`ALL`], which is also the documentation that `jp function` prints.
//! Never here: clocks, randomness, name servers. What a function needs of them is an input.
//!
//! A function is a [`Function`]: its parameters are what its arguments are checked against, and
//! its examples are run as tests. To add one, write its file and name it in the list below.

mod args;
mod extreme;
mod function;
mod inputs;

pub use args::{Arg, Args};
pub use function::{Example, Function, Param, Prepared, Type};
pub use inputs::Inputs;

/// Names each file of the list once: as a module, and as an entry of [`ALL`].
macro_rules! functions {
    ($($module:ident $name:ident,)*) => {
        $(mod $module;)*

        /// Every function, by name.
        pub static ALL: &[&Function] = &[$(&$module::$name,)*];
    };
}

functions! {
    abs ABS,
    avg AVG,
    ceil CEIL,
    compare COMPARE,
    contains CONTAINS,
    ends_with ENDS_WITH,
    floor FLOOR,
    items ITEMS,
    join JOIN,
    keys KEYS,
    length LENGTH,
    map MAP,
    max MAX,
    max_by MAX_BY,
    merge MERGE,
    min MIN,
    min_by MIN_BY,
    not_null NOT_NULL,
    pattern_match PATTERN_MATCH,
    reverse REVERSE,
    sort SORT,
    sort_by SORT_BY,
    starts_with STARTS_WITH,
    to_array TO_ARRAY,
    to_lower TO_LOWER,
    to_number TO_NUMBER,
    to_string TO_STRING,
    to_upper TO_UPPER,
    r#type TYPE,
    values VALUES,
}

/// The function called `name`. Case counts.
pub fn find(name: &str) -> Option<&'static Function> {
    let index = ALL
        .binary_search_by(|function| function.name.cmp(name))
        .ok()?;
    ALL.get(index).copied()
}

#[cfg(test)]
mod tests;
