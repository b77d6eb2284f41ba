//! Numbers against what Go prints and reads.

use super::{
    Fixed, General, Json, JsonEmbedded, Scientific, Single, parse_float, parse_int, try_parse_int,
};

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn printed() {
    //           General            Scientific         Fixed                           Single                   Json                     JsonEmbedded
    check(0.0,   "0",               "0E+00",           "0.000000",                     "0",                     "0",                     "0");
    check(-0.0,  "-0",              "-0E+00",          "-0.000000",                    "-0",                    "-0",                    "-0");
    check(3.0,   "3",               "3E+00",           "3.000000",                     "3",                     "3",                     "3");
    check(1.5,   "1.5",             "1.5E+00",         "1.500000",                     "1.5",                   "1.5",                   "1.5");
    check(-12.25, "-12.25",         "-1.225E+01",      "-12.250000",                   "-12.25",                "-12.25",                "-12.25");
    check(0.1,   "0.1",             "1E-01",           "0.100000",                     "0.1",                   "0.1",                   "0.1");
    check(100.0, "100",             "1E+02",           "100.000000",                   "100",                   "100",                   "100");
    check(123456.0, "123456",       "1.23456E+05",     "123456.000000",                "123456",                "123456",                "123456");
    check(1e6,   "1e+06",           "1E+06",           "1000000.000000",               "1000000",               "1000000",               "1000000");
    check(1234567.0, "1.234567e+06", "1.234567E+06",   "1234567.000000",               "1234567",               "1234567",               "1234567");
    check(123456789.0, "1.23456789e+08", "1.23456789E+08", "123456789.000000",         "123456790",             "123456789",             "123456789");
    check(0.0001, "0.0001",         "1E-04",           "0.000100",                     "0.0001",                "0.0001",                "0.0001");
    check(0.00001, "1e-05",         "1E-05",           "0.000010",                     "0.00001",               "0.00001",               "0.00001");
    check(1e-6,  "1e-06",           "1E-06",           "0.000001",                     "0.000001",              "0.000001",              "0.000001");
    check(1e-7,  "1e-07",           "1E-07",           "0.000000",                     "0.0000001",             "1e-7",                  "1e-07");
    check(-1.5e-10, "-1.5e-10",     "-1.5E-10",        "-0.000000",                    "-0.00000000015",        "-1.5e-10",              "-1.5e-10");
    check(1e20,  "1e+20",           "1E+20",           "100000000000000000000.000000", "100000000000000000000", "100000000000000000000", "100000000000000000000");
    check(1e21,  "1e+21",           "1E+21",           "1000000000000000000000.000000", "1000000000000000000000", "1e+21",               "1e+21");
    check(5e-324, "5e-324",         "5E-324",          "0.000000",                     "0",                     "5e-324",                "5e-324");
    check(f64::INFINITY, "+Inf",    "+Inf",            "+Inf",                         "+Inf",                  "+Inf",                  "+Inf");
    check(f64::NAN, "NaN",          "NaN",             "NaN",                          "NaN",                   "NaN",                   "NaN");
}

#[track_caller]
fn check(
    number: f64,
    general: &str,
    scientific: &str,
    fixed: &str,
    single: &str,
    json: &str,
    embedded: &str,
) {
    assert_eq!(General(number).to_string(), general, "general");
    assert_eq!(Scientific(number).to_string(), scientific, "scientific");
    assert_eq!(Fixed(number).to_string(), fixed, "fixed");
    assert_eq!(Single(number).to_string(), single, "single");
    assert_eq!(Json(number).to_string(), json, "json");
    assert_eq!(JsonEmbedded(number).to_string(), embedded, "embedded");
}

#[test]
fn extremes_fit_the_buffer() {
    assert_eq!(General(-f64::MAX).to_string(), "-1.7976931348623157e+308");
    assert_eq!(
        Scientific(-2.2250738585072014e-308).to_string(),
        "-2.2250738585072014E-308"
    );
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn read() {
    check_read("1_000",      Some(1000.0));
    check_read("1_000.5_0",  Some(1000.5));
    check_read("1e1_0",      Some(1e10));
    check_read("0_1",        Some(1.0));
    check_read("1__0",       None);
    check_read("_1",         None);
    check_read("1_",         None);
    check_read("1_.5",       None);
    check_read("1._5",       None);
    check_read("1_e5",       None);
    check_read("inf_",       None);
    check_read(".5",         Some(0.5));
    check_read("5.",         Some(5.0));
    check_read("+5",         Some(5.0));
    check_read(".",          None);
    check_read("",           None);
    check_read("+",          None);
    check_read("00012",      Some(12.0));
    check_read("1E-3",       Some(0.001));
    check_read("1e",         None);
    check_read("1e+",        None);
    check_read(" 1",         None);
    check_read("1,5",        None);
    check_read("0x10",       None);
    check_read("0b1",        None);
    check_read("0x1p4",      Some(16.0));
    check_read("-0X1P4",     Some(-16.0));
    check_read("0x_1p4",     Some(16.0));
    check_read("0x1_0p4",    Some(256.0));
    check_read("0x.8p1",     Some(1.0));
    check_read("0x1.8p",     None);
    check_read("0xp1",       None);
    check_read("0x1.8.p1",   None);
    check_read("0x123456789abcdef01p0", Some(2.0988295479420645e19));
    check_read("0x1.00000000000008p0",  Some(1.0));
    check_read("0x1.000000000000080001p0", Some(1.000_000_000_000_000_2));
    check_read("0x1p-1074",  Some(5e-324));
    check_read("0x1.8p-1074", Some(1e-323));
    check_read("0x1p-1075",  Some(0.0));
    check_read("0x1.1p-1075", Some(5e-324));
    check_read("0x0p99999",  Some(0.0));
    check_read("0x1p1023",   Some(8.98846567431158e307));
    check_read("0x1p1024",   None);
    check_read("0x1.fffffffffffff8p1023", None);
    check_read("0x1p99999999999999999999", None);
    check_read("1e400",      None);
    check_read("1e-400",     Some(0.0));
    check_read("inf",        Some(f64::INFINITY));
    check_read("-Infinity",  Some(f64::NEG_INFINITY));
    check_read("infinit",    None);
    check_read("+nan",       None);
    assert!(parse_float("NaN").is_some_and(f64::is_nan));
}

#[track_caller]
fn check_read(text: &str, expect: Option<f64>) {
    assert_eq!(parse_float(text), expect, "`{text}`");
}

#[test]
fn integers() {
    let table = [
        ("12", Some(12)),
        ("+12", Some(12)),
        ("-0", Some(0)),
        ("012", Some(12)),
        ("", None),
        ("1_0", None),
        ("1.0", None),
        (" 1", None),
        ("9223372036854775807", Some(i64::MAX)),
        ("9223372036854775808", None),
    ];
    for (text, expect) in table {
        assert_eq!(parse_int(text), expect, "`{text}`");
    }
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn ties_end_in_an_even_digit() {
    check_tie(2105165366288388.0 + 0.25,"2105165366288388.2", "2105165300000000");
    check_tie(-201399097028533.0 - 0.625, "-201399097028533.62", "-201399100000000");
    check_tie(407628.13726082724,   "407628.13726082724", "407628.12");
    check_tie(1.3,                  "1.3",                "1.3");
}

#[track_caller]
fn check_tie(number: f64, json: &str, single: &str) {
    assert_eq!(Json(number).to_string(), json);
    assert_eq!(Single(number).to_string(), single);
}

#[test]
fn integer_errors() {
    let table = [
        ("1.5", r#"strconv.ParseInt: parsing "1.5": invalid syntax"#),
        ("", r#"strconv.ParseInt: parsing "": invalid syntax"#),
        ("-", r#"strconv.ParseInt: parsing "-": invalid syntax"#),
        (
            "-99999999999999999999",
            r#"strconv.ParseInt: parsing "-99999999999999999999": value out of range"#,
        ),
    ];
    for (text, expect) in table {
        assert_eq!(try_parse_int(text).unwrap_err().to_string(), expect);
    }
    assert_eq!(try_parse_int("+7"), Ok(7));
}
