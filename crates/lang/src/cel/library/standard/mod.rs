//! The language's own operators and functions.

mod conversion;
mod order;
mod time;

crate::cel::library::functions! {
    add ADD,
    all ALL_OF,
    any ANY_OF,
    bool BOOL,
    bytes BYTES,
    conditional CONDITIONAL,
    contains CONTAINS,
    divide DIVIDE,
    double DOUBLE,
    duration DURATION,
    r#dyn DYN,
    ends_with ENDS_WITH,
    equal EQUAL,
    get_date GET_DATE,
    get_day_of_month GET_DAY_OF_MONTH,
    get_day_of_week GET_DAY_OF_WEEK,
    get_day_of_year GET_DAY_OF_YEAR,
    get_full_year GET_FULL_YEAR,
    get_hours GET_HOURS,
    get_milliseconds GET_MILLISECONDS,
    get_minutes GET_MINUTES,
    get_month GET_MONTH,
    get_seconds GET_SECONDS,
    greater GREATER,
    greater_or_equal GREATER_OR_EQUAL,
    r#in IN,
    index INDEX,
    int INT,
    less LESS,
    less_or_equal LESS_OR_EQUAL,
    matches MATCHES,
    modulo MODULO,
    multiply MULTIPLY,
    negate NEGATE,
    not NOT,
    not_equal NOT_EQUAL,
    not_strictly_false NOT_STRICTLY_FALSE,
    size SIZE,
    starts_with STARTS_WITH,
    string STRING,
    subtract SUBTRACT,
    timestamp TIMESTAMP,
    r#type TYPE,
    uint UINT,
}

pub(crate) use add::add;
