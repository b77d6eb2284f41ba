//! Texts.

pub(crate) mod format;
mod position;

crate::cel::library::functions! {
    char_at CHAR_AT,
    format_function FORMAT,
    index_of INDEX_OF,
    join JOIN,
    last_index_of LAST_INDEX_OF,
    lower_ascii LOWER_ASCII,
    quote QUOTE,
    replace REPLACE,
    split SPLIT,
    substring SUBSTRING,
    trim TRIM,
    upper_ascii UPPER_ASCII,
}
