//! Quantities against what Kubernetes' own type answers.

use std::cmp::Ordering;

use super::{Format, ModuloError, Quantity, QuantityError};

fn q(text: &str) -> Quantity {
    Quantity::parse(text).unwrap_or_else(|e| panic!("`{text}`: {e}"))
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn read_and_printed() {
    check("0",                  "0");
    check("-0",                 "0");
    check("1.50",               "1500m");
    check("500m",               "500m");
    check("1000m",              "1");
    check("00012",              "12");
    check("+5.",                "5");
    check("1.5Gi",              "1536Mi");
    check("1024Ki",             "1Mi");
    check("1023Ki",             "1023Ki");
    check("1.1Ki",              "1126400m");
    check("10.5Gi",             "10752Mi");
    check("0.5Ei",              "512Pi");
    check("0.0001Ki",           "102400u");
    check("1e5",                "100e3");
    check("1E+05",              "100e3");
    check("1e1000",             "10e999");
    check("12e-6",              "12e-6");
    check("1.0E",               "1E");
    check("1000E",              "1");
    check("12345678901234567890", "12345678901234567890");
    check("99999999999999999999999999999999999999999999999", "99999999999999999999999999999999999999999999999");
    check("1e-12",              "1e-9");
    check("-1e-12",             "-1e-9");
    check("0.9999999999",       "1");
    check("0.0000000000000000000001Ki", "1n");
    check("8Ei",                "9223372036854775807");
    check("-9.5Ei",             "-9223372036854775807");
    check("123456789012345678e5", "12345678901234567800e3");
    check("1e99999999999",      "10e1215752190");
}

#[track_caller]
fn check(text: &str, expect: &str) {
    assert_eq!(q(text).to_string(), expect, "`{text}`");
}

#[test]
fn digits_are_optional() {
    for text in ["+", "-", ".", "m", "k", "E", "Ki", "Ti", ".Ki", "e5", "E5"] {
        assert!(q(text).is_zero(), "`{text}`");
    }
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn refused() {
    use QuantityError::{Format, Numeric, Suffix};
    check_refused("",       Format);
    check_refused("abc",    Format);
    check_refused(" 1",     Format);
    check_refused("1 Gi",   Format);
    check_refused("1..2",   Format);
    check_refused("1_0",    Format);
    check_refused("0x10",   Format);
    check_refused("1h",     Format);
    check_refused("1e+-5",  Format);
    check_refused("--1",    Suffix);
    check_refused("1e",     Suffix);
    check_refused("1e-",    Suffix);
    check_refused("1ki",    Suffix);
    check_refused("1mm",    Suffix);
    check_refused("1i",     Suffix);
    check_refused("i",      Suffix);
    check_refused("1e9223372036854775808", Suffix);
    check_refused("Pi",     Numeric);
    check_refused("-Ei",    Numeric);
}

#[track_caller]
fn check_refused(text: &str, expect: QuantityError) {
    assert_eq!(Quantity::parse(text), Err(expect), "`{text}`");
}

#[test]
fn ordered() {
    let ascending = [
        "-1e1000",
        "-1Ei",
        "-1",
        "-1n",
        "0",
        "1e-2000000000",
        "1m",
        "0.5",
        "1",
        "1.5",
        "1k",
        "1Ki",
        "1M",
        "1Mi",
        "1E",
        "1Ei",
        "99999999999999999999999999999999999999999999999",
        "1e1000",
        "1e2000000000",
    ];
    for (at, a) in ascending.iter().enumerate() {
        for (other, b) in ascending.iter().enumerate() {
            assert_eq!(q(a).cmp(&q(b)), at.cmp(&other), "`{a}` `{b}`");
        }
    }
    for (a, b) in [
        ("1Gi", "1024Mi"),
        ("1", "1.0"),
        ("1", "1e0"),
        ("0", "-0m"),
        ("1000m", "1"),
    ] {
        assert_eq!(q(a), q(b), "`{a}` `{b}`");
    }
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn sums() {
    check_sum("12Ki",   "13",     "12301",          "12275");
    check_sum("1Gi",    "1Gi",    "2Gi",            "0");
    check_sum("12",     "3u",     "12000003u",      "11999997u");
    check_sum("1.5",    "2E",     "2000000000000000001500m", "-1999999999999999998500m");
    check_sum("500m",   "1.5",    "2",              "-1");
    check_sum("1e3",    "2E",     "2000000000000001e3", "-1999999999999999e3");
    check_sum("1e3",    "0.1",    "1000100e-3",     "999900e-3");
    check_sum("2E",     "1e3",    "2000000000000001k", "1999999999999999k");
    check_sum("0",      "1e3",    "1e3",            "-1e3");
    check_sum("0",      "1Mi",    "1Mi",            "-1Mi");
    check_sum("7E",     "7E",     "14E",            "0");
    check_sum("7Ei",    "7Ei",    "14Ei",           "0");
    check_sum("1Gi",    "1e40",   "9313225746154785156250000000001Gi", "-9313225746154785156249999999999Gi");
    check_sum("1Ki",    "1e-9",   "1024000000001n", "1023999999999n");
}

#[track_caller]
fn check_sum(a: &str, b: &str, sum: &str, difference: &str) {
    assert_eq!(q(a).add(&q(b)).unwrap().to_string(), sum, "`{a}` + `{b}`");
    assert_eq!(
        q(a).sub(&q(b)).unwrap().to_string(),
        difference,
        "`{a}` - `{b}`"
    );
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn scaled_by_numbers() {
    check_scaled("12Ki",  2.0,     "24Ki",                 "6Ki");
    check_scaled("12Ki",  3.0,     "36Ki",                 "4Ki");
    check_scaled("1Gi",   -3.5,    "-3584Mi",              "-306783378200m");
    check_scaled("1e3",   -3.5,    "-3500",                "-285700e-3");
    check_scaled("1.5",   2.0,     "3",                    "700m");
    check_scaled("1.50",  3.0,     "4500m",                "500m");
    check_scaled("0.0001", 3.0,    "300u",                 "0");
    check_scaled("1E3",   3.0,     "3e3",                  "333");
    check_scaled("1Ti",   3.0,     "3Ti",                  "366503875925");
    check_scaled("1Pi",   3.0,     "3Pi",                  "375299968947541333333333n");
    check_scaled("2E",    -3.5,    "-7E",                  "-571428571428571428500m");
    check_scaled("2E",    9_007_199_254_740_992.0, "18014398509481984E", "222");
    check_scaled("0.1",   9_007_199_254_740_992.0, "900719925474099200m", "0");
    check_scaled("1n",    0.5,     "500",                  "2n");
}

#[track_caller]
fn check_scaled(text: &str, number: f64, product: &str, quotient: &str) {
    assert_eq!(
        q(text).mul_number(number).unwrap().to_string(),
        product,
        "`{text}` * {number}"
    );
    assert_eq!(
        q(text).div_number(number).unwrap().to_string(),
        quotient,
        "`{text}` / {number}"
    );
}

#[test]
fn numbers_that_do_not_scale() {
    for number in [f64::NAN, f64::INFINITY] {
        assert!(q("1").mul_number(number).is_none() && q("1").div_number(number).is_none());
    }
    assert!(q("1").div_number(0.0).is_none() && q("1").div_number(-0.0).is_none());
    assert!(q("1").add(&q("1e2000000000")).is_none());
}

#[test]
fn quotients() {
    let table = [
        ("8", "3", 8.0 / 3.0),
        ("256Mi", "1Gi", 0.25),
        ("100M", "-3", -33333333.333333332),
        ("0.1", "-3", -0.03333333333333333),
        ("12", "1Gi", 1.1175870895385742e-08),
        ("0.3", "1", 0.30000000000000004),
        ("1e1000", "1", f64::INFINITY),
    ];
    for (a, b, expect) in table {
        assert_eq!(q(a).div(&q(b)), Some(expect), "`{a}` / `{b}`");
    }
    assert_eq!(q("1").div(&q("0m")), None);
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn remainders() {
    check_modulo("12Ki",   "5Ki",  Ok("2Ki"));
    check_modulo("12Ki",   "5",    Ok("3"));
    check_modulo("-1.5Gi", "7",    Ok("-5"));
    check_modulo("1E3",    "7",    Ok("6"));
    check_modulo("2E",     "1Gi",  Ok("247988224"));
    check_modulo("256Mi",  "2E",   Ok("256Mi"));
    check_modulo("1",      "0",    Err(ModuloError::ZeroDivisor));
    check_modulo("3u",     "0",    Err(ModuloError::NotInteger));
    check_modulo("1",      "1.5",  Err(ModuloError::NotInteger));
    check_modulo("10E",    "3",    Err(ModuloError::NotInteger));
}

#[track_caller]
fn check_modulo(a: &str, b: &str, expect: Result<&str, ModuloError>) {
    let got = q(a).modulo(&q(b)).map(|rest| rest.to_string());
    assert_eq!(got, expect.map(str::to_owned), "`{a}` % `{b}`");
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn integers() {
    check_integer("50k",  Some(50_000));
    check_integer("1Gi",  Some(1 << 30));
    check_integer("e5",   Some(0));
    check_integer("10E",  None);
    check_integer("1.0",  None);
    check_integer("1Pi",  None);
    check_integer("1.5Gi", None);
}

#[track_caller]
fn check_integer(text: &str, expect: Option<i64>) {
    assert_eq!(q(text).as_i64(), expect, "`{text}`");
}

#[test]
fn numbers_become_quantities() {
    for number in [0.0, -0.0, 3.0, -12.0, 99_999_999_999.0, 100_000_000_000.0] {
        let (fixed, text) = (
            Quantity::from_fixed(number).unwrap(),
            format!("{number:.6}"),
        );
        assert_eq!(fixed.cmp(&q(&text)), Ordering::Equal, "{number}");
        assert_eq!(
            fixed.div_number(7.0).unwrap(),
            q(&text).div_number(7.0).unwrap(),
            "{number}"
        );
        assert_eq!(fixed.to_string(), q(&text).to_string(), "{number}");
    }
    assert_eq!(Quantity::from_number(1e21).unwrap().to_string(), "1e21");
    assert_eq!(
        Quantity::from_number(1.5).unwrap().format(),
        Format::DecimalSi
    );
    assert_eq!(Quantity::from_fixed(1e-7).unwrap(), q("0"));
    assert_eq!(
        Quantity::from_fixed(1e40).unwrap().to_string(),
        "10000000000000000303786028427003666890752"
    );
    assert_eq!(Quantity::from_fixed(f64::NAN), None);
}
