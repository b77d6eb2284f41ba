//! Mathematics.

mod bits;
mod extreme;

crate::cel::library::functions! {
    abs ABS,
    bit_and BIT_AND,
    bit_not BIT_NOT,
    bit_or BIT_OR,
    bit_shift_left BIT_SHIFT_LEFT,
    bit_shift_right BIT_SHIFT_RIGHT,
    bit_xor BIT_XOR,
    ceil CEIL,
    floor FLOOR,
    is_finite IS_FINITE,
    is_inf IS_INF,
    is_nan IS_NAN,
    max MAX,
    min MIN,
    round ROUND,
    round_to ROUND_TO,
    sign SIGN,
    sqrt SQRT,
    trunc TRUNC,
}
