//! Every function that a JMESPath expression may call; one file for each.
//!
//! Comes in:  arguments, evaluated; facts from [`Inputs`].
//! Goes out:  a value; [`ALL`], which is also the documentation that `jp function` prints.
//! Never here: clocks, randomness, name servers. What a function needs of them is an input.
//!
//! A function is a [`Function`]: its parameters are what its arguments are checked against, and
//! its examples are run as tests. To add one, write its file and name it in the list below.

mod args;
mod digest;
mod extreme;
mod function;
mod inputs;
mod operand;
mod timing;

pub use args::{Arg, Args};
pub use function::{Example, Function, Param, Prepared, Type};
pub use inputs::Inputs;

pub(crate) use parse_yaml::read as read_yaml;
pub(crate) use random::{BadPattern, Pattern};
pub(crate) use x509_decode::decode as decode_x509;

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
    add ADD,
    avg AVG,
    base64_decode BASE64_DECODE,
    base64_encode BASE64_ENCODE,
    ceil CEIL,
    compare COMPARE,
    contains CONTAINS,
    divide DIVIDE,
    ends_with ENDS_WITH,
    equal_fold EQUAL_FOLD,
    floor FLOOR,
    image_normalize IMAGE_NORMALIZE,
    is_external_url IS_EXTERNAL_URL,
    items ITEMS,
    join JOIN,
    keys KEYS,
    label_match LABEL_MATCH,
    length LENGTH,
    lookup LOOKUP,
    map MAP,
    max MAX,
    max_by MAX_BY,
    md5 MD5,
    merge MERGE,
    min MIN,
    min_by MIN_BY,
    modulo MODULO,
    multiply MULTIPLY,
    not_null NOT_NULL,
    object_from_lists OBJECT_FROM_LISTS,
    parse_json PARSE_JSON,
    parse_yaml PARSE_YAML,
    path_canonicalize PATH_CANONICALIZE,
    pattern_match PATTERN_MATCH,
    random RANDOM,
    regex_match REGEX_MATCH,
    regex_replace_all REGEX_REPLACE_ALL,
    regex_replace_all_literal REGEX_REPLACE_ALL_LITERAL,
    replace REPLACE,
    replace_all REPLACE_ALL,
    reverse REVERSE,
    round ROUND,
    semver_compare SEMVER_COMPARE,
    sha1 SHA1,
    sha256 SHA256,
    sort SORT,
    sort_by SORT_BY,
    split SPLIT,
    starts_with STARTS_WITH,
    subtract SUBTRACT,
    sum SUM,
    time_add TIME_ADD,
    time_after TIME_AFTER,
    time_before TIME_BEFORE,
    time_between TIME_BETWEEN,
    time_diff TIME_DIFF,
    time_now TIME_NOW,
    time_now_utc TIME_NOW_UTC,
    time_parse TIME_PARSE,
    time_since TIME_SINCE,
    time_to_cron TIME_TO_CRON,
    time_truncate TIME_TRUNCATE,
    time_utc TIME_UTC,
    to_array TO_ARRAY,
    to_boolean TO_BOOLEAN,
    to_lower TO_LOWER,
    to_number TO_NUMBER,
    to_string TO_STRING,
    to_upper TO_UPPER,
    trim TRIM,
    trim_prefix TRIM_PREFIX,
    truncate TRUNCATE,
    r#type TYPE,
    values VALUES,
    x509_decode X509_DECODE,
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
