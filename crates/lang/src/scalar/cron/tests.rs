//! Cron lines against what `robfig/cron` answers.

use super::{Schedule, Time};

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn due() {
    //    line                    after                          due
    check("* * * * *",            "2023-01-01T00:00:00Z",       "2023-01-01T00:01:00Z");
    check("* * * * *",            "2023-01-01T00:00:59.5Z",     "2023-01-01T00:01:00Z");
    check("*/15 * * * *",         "2023-01-01T00:15:00Z",       "2023-01-01T00:30:00Z");
    check("5/20 * * * *",         "2023-01-01T00:45:00Z",       "2023-01-01T01:05:00Z");
    check("0 9-17/4 * * *",       "2023-01-01T10:00:00Z",       "2023-01-01T13:00:00Z");
    check("30 23 31 12 *",        "2023-12-31T23:30:00Z",       "2024-12-31T23:30:00Z");
    check("0 0 29 feb ?",         "2023-01-01T00:00:00Z",       "2024-02-29T00:00:00Z");
    check("0 0 * * MON-fri",      "2023-01-06T12:00:00Z",       "2023-01-09T00:00:00Z");
    check("0 0 13 * 5",           "2023-01-01T00:00:00Z",       "2023-01-06T00:00:00Z");
    check("0 0 */13 * 5",         "2023-01-07T00:00:00Z",       "2023-01-13T00:00:00Z");
    check("0 0 1,15 * *",         "2023-01-02T00:00:00Z",       "2023-01-15T00:00:00Z");
    check("0 12 * * *",           "2023-01-01T11:00:00-05:00",  "2023-01-01T12:00:00-05:00");
    check("@hourly",              "2023-12-31T23:59:59Z",       "2024-01-01T00:00:00Z");
    check("@weekly",              "2023-01-01T00:00:00Z",       "2023-01-08T00:00:00Z");
    check("@yearly",              "2023-01-01T00:00:00Z",       "2024-01-01T00:00:00Z");
    check("@every 1h30m",         "2023-01-01T00:00:00.9Z",     "2023-01-01T01:30:00Z");
    check("@every 5ms",           "2023-01-01T00:00:00Z",       "2023-01-01T00:00:01Z");
    check("CRON_TZ=UTC 0 0 * * *", "2023-01-01T00:00:00Z",      "2023-01-02T00:00:00Z");
    check("0 0 31 2 *",           "2023-01-01T00:00:00Z",       "never");
    check(", * * * *",            "2023-01-01T00:00:00Z",       "never");
}

#[track_caller]
fn check(line: &str, after: &str, expect: &str) {
    let schedule = Schedule::parse(line).unwrap_or_else(|e| panic!("`{line}`: {e}"));
    assert_eq!(next(&schedule, after), expect, "`{line}` after `{after}`");
}

fn next(schedule: &Schedule, after: &str) -> String {
    let after = Time::parse_rfc3339(after).unwrap();
    schedule
        .next_after(&after)
        .map_or("never".to_owned(), |time| time.to_string())
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn longer_forms() {
    check_extended("0 0 1 1 * 2030",       "2027-01-01T00:00:00Z",   "2030-01-01T00:00:00Z");
    check_extended("*/20 0 0 1 1 * *",     "2027-01-01T00:00:20Z",   "2027-01-01T00:00:40Z");
    check_extended("0 0 0 1 1 * 2020-2022", "2027-01-01T00:00:00Z",  "never");
    check_extended("0 0 1 1 *",            "2027-01-01T00:00:00Z",   "2028-01-01T00:00:00Z");
}

#[track_caller]
fn check_extended(line: &str, after: &str, expect: &str) {
    let schedule = Schedule::parse_extended(line).unwrap_or_else(|e| panic!("`{line}`: {e}"));
    assert_eq!(next(&schedule, after), expect, "`{line}` after `{after}`");
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn refused() {
    check_refused("",                "empty spec string");
    check_refused("* * * *",         "expected exactly 5 fields, found 4: [* * * *]");
    check_refused("0 * * * * *",     "expected exactly 5 fields, found 6: [0 * * * * *]");
    check_refused("60 * * * *",      "end of range (60) above maximum (59): 60");
    check_refused("* * 0 * *",       "beginning of range (0) below minimum (1): 0");
    check_refused("* * * * 7",       "end of range (7) above maximum (6): 7");
    check_refused("5-3 * * * *",     "beginning of range (5) beyond end of range (3): 5-3");
    check_refused("1-2-3 * * * *",   "too many hyphens: 1-2-3");
    check_refused("*/2/3 * * * *",   "too many slashes: */2/3");
    check_refused("*/0 * * * *",     "step of range should be a positive number: */0");
    check_refused("x * * * *",       r#"failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax"#);
    check_refused("* * * * monday",  r#"failed to parse int from monday: strconv.Atoi: parsing "monday": invalid syntax"#);
    check_refused("*/-1 * * * *",    "negative number (-1) not allowed: -1");
    check_refused("@never",          "unrecognized descriptor: @never");
    check_refused("@every 1d",       r#"failed to parse duration @every 1d: time: unknown unit "d" in duration "1d""#);
    check_refused("TZ=Mars/X * * * * *", "provided bad location Mars/X: unknown time zone Mars/X");
}

#[track_caller]
fn check_refused(line: &str, expect: &str) {
    assert_eq!(
        Schedule::parse(line).unwrap_err().to_string(),
        expect,
        "`{line}`"
    );
}
