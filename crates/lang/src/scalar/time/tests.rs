//! Times against what Go's `time` package answers.

use super::{Duration, RFC3339, Time};

fn t(text: &str) -> Time {
    Time::parse_rfc3339(text).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn read_by_layouts() {
    //    layout                             text                               RFC 3339
    check(RFC3339,                           "2023-05-06T07:08:09+01:00",       "2023-05-06T07:08:09+01:00");
    check(RFC3339,                           "2023-01-02T03:04:05.678Z",        "2023-01-02T03:04:05Z");
    check(RFC3339,                           "2023-01-02T03:04:05+24:00",       "2023-01-02T03:04:05+24:00");
    check(RFC3339,                           "2023-01-02T3:04:05Z",             "2023-01-02T03:04:05Z");
    check("2006-01-02",                      "2024-02-29",                      "2024-02-29T00:00:00Z");
    check("Mon, 02 Jan 2006 15:04:05 MST",   "sat, 06 MAY 2023 07:08:09 UTC",   "2023-05-06T07:08:09Z");
    check("Mon, 02 Jan 2006 15:04:05 MST",   "Sat, 06 May 2023 07:08:09 CET",   "2023-05-06T07:08:09Z");
    check("Mon, 02 Jan 2006 15:04:05 MST",   "Sat, 06 May 2023 07:08:09 GMT+3", "2023-05-06T10:08:09+03:00");
    check("Monday January _2 2006",          "Friday  May   6   2023",          "2023-05-06T00:00:00Z");
    check("3:04PM",                          "7:08AM",                          "0000-01-01T07:08:00Z");
    check("3:04pm",                          "12:08am",                         "0000-01-01T00:08:00Z");
    check("3PM",                             "3PM",                             "0000-01-01T15:00:00Z");
    check("02/01/06",                        "06/05/23",                        "2023-05-06T00:00:00Z");
    check("02/01/06",                        "06/05/69",                        "1969-05-06T00:00:00Z");
    check("15h04m",                          "07h08m",                          "0000-01-01T07:08:00Z");
    check("2006 002",                        "2024 060",                        "2024-02-29T00:00:00Z");
    check("2006 __2",                        "2023   9",                        "2023-01-09T00:00:00Z");
    check("2006_01",                         "2023_05",                         "2023-05-01T00:00:00Z");
    check("2006-01-02T15:04:05",             "2023-05-06T07:08:09,123",         "2023-05-06T07:08:09Z");
    check("2006-01-02 15:04:05.999 -0700 MST", "2023-05-06 07:08:09 +0000 UTC", "2023-05-06T07:08:09Z");
    check("2006-01-02T15Z07:00:00",          "2023-05-06T07-01:02:03",          "2023-05-06T07:00:00-01:02");
    check("abc",                             "abc",                             "0000-01-01T00:00:00Z");
    check("",                                "",                                "0000-01-01T00:00:00Z");
}

#[track_caller]
fn check(layout: &str, text: &str, expect: &str) {
    let time = Time::parse(layout, text).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(time.to_string(), expect, "`{text}` as `{layout}`");
    assert_eq!(time.format(RFC3339), expect, "`{text}` as `{layout}`");
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn refused() {
    check_refused(RFC3339,      "",                     r#""" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006""#);
    check_refused(RFC3339,      "日",                   r#""\xe6\x97\xa5" as "2006-01-02T15:04:05Z07:00": cannot parse "\xe6\x97\xa5" as "2006""#);
    check_refused(RFC3339,      "2023-01-02",           r#""2023-01-02" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T""#);
    check_refused(RFC3339,      "2023-1-2T3:4:5Z",      r#""2023-1-2T3:4:5Z" as "2006-01-02T15:04:05Z07:00": cannot parse "1-2T3:4:5Z" as "01""#);
    check_refused(RFC3339,      "2023-01-02T03:04:05",  r#""2023-01-02T03:04:05" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00""#);
    check_refused(RFC3339,      "2023-13-02T03:04:05Z", r#""2023-13-02T03:04:05Z": month out of range"#);
    check_refused(RFC3339,      "2023-02-29T00:00:00Z", r#""2023-02-29T00:00:00Z": day out of range"#);
    check_refused(RFC3339,      "2023-01-02T24:00:00Z", r#""2023-01-02T24:00:00Z": hour out of range"#);
    check_refused(RFC3339,      "2023-12-31T23:59:60Z", r#""2023-12-31T23:59:60Z": second out of range"#);
    check_refused(RFC3339,      "2023-12-31T23:59:59+25:00", r#""2023-12-31T23:59:59+25:00": time zone offset hour out of range"#);
    check_refused("2006-01-02", "2023-05-06 ",          r#""2023-05-06 ": extra text: " ""#);
    check_refused("-1",         "5",                    r#""5" as "-1": cannot parse "5" as "-""#);
    check_refused("PM",         "XM",                   r#""XM" as "PM": cannot parse "XM" as "PM""#);
    check_refused("MST",        "abc",                  r#""abc" as "MST": cannot parse "abc" as "MST""#);
    check_refused("2006 002",   "2023 366",             r#""2023 366": day-of-year out of range"#);
    check_refused("2006 01 002", "2023 01 032",         r#""2023 01 032": day-of-year does not match month"#);
    check_refused("-070000",    "+04:30:00",            r#""+04:30:00" as "-070000": cannot parse "+04:30:00" as "-070000""#);
    check_refused("05.00",      "05.-1",                r#""05.-1": fractional second out of range"#);
}

#[track_caller]
fn check_refused(layout: &str, text: &str, expect: &str) {
    let error = Time::parse(layout, text).unwrap_err().to_string();
    assert_eq!(
        error,
        format!("parsing time {expect}"),
        "`{text}` as `{layout}`"
    );
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn written_by_layouts() {
    check_written("Mon Jan _2 15:04:05 MST 2006",   "Sun Jan  1 01:02:03 UTC 2023");
    check_written("Monday, January 2, 06 at 3pm",   "Sunday, January 1, 23 at 1am");
    check_written("03:4:5 PM",                      "01:2:3 AM");
    check_written("2006-01-02T15:04:05.000Z0700",   "2023-01-01T01:02:03.045Z");
    check_written("05.999999,00",                   "03.045,04");
    check_written("05.9",                           "03");
    check_written("002 __2 _2006 Month Z07 -07",    "001   1 _2023 Month Z +00");
    check_written("-07:00:00 Z070000 -070000",      "+00:00:00 Z +000000");
}

#[track_caller]
fn check_written(layout: &str, expect: &str) {
    assert_eq!(
        t("2023-01-01T01:02:03.045Z").format(layout),
        expect,
        "`{layout}`"
    );
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn added() {
    check_added("2021-01-02T15:04:05-07:00", "3h",     "2021-01-02T18:04:05-07:00");
    check_added("2024-02-29T23:59:59-08:00", "1.5s",   "2024-03-01T00:00:00-08:00");
    check_added("2024-02-29T23:59:59-08:00", "8760h",  "2025-02-28T23:59:59-08:00");
    check_added("2023-01-01T00:00:00Z",      "-1ns",   "2022-12-31T23:59:59Z");
    check_added("9999-12-31T23:59:59Z",      "8760h",  "10000-12-30T23:59:59Z");
    check_added("0000-01-01T00:00:00Z",      "-1h",    "-0001-12-31T23:00:00Z");
}

#[track_caller]
fn check_added(time: &str, span: &str, expect: &str) {
    let span = Duration::parse(span).unwrap();
    assert_eq!(t(time).add(span).to_string(), expect, "`{time}` and {span}");
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn truncated() {
    check_truncated("2021-01-02T17:08:00Z",      "1h",        "2021-01-02T17:00:00Z");
    check_truncated("2023-01-02T03:04:05+02:00", "1h30m15s",  "2023-01-02T02:21:00+02:00");
    check_truncated("2023-01-02T03:04:05Z",      "1.5s",      "2023-01-02T03:04:04Z");
    check_truncated("2023-01-02T03:04:05Z",      "0s",        "2023-01-02T03:04:05Z");
    check_truncated("2023-01-02T03:04:05Z",      "-36h",      "2023-01-02T03:04:05Z");
    check_truncated("0000-12-31T23:30:00Z",      "1h",        "0000-12-31T23:00:00Z");
}

#[track_caller]
fn check_truncated(time: &str, unit: &str, expect: &str) {
    let unit = Duration::parse(unit).unwrap();
    assert_eq!(
        t(time).truncate(unit).to_string(),
        expect,
        "`{time}` to {unit}"
    );
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn spans() {
    check_span("2021-01-02T15:04:05-07:00", "2021-01-10T03:14:05-07:00", "180h10m0s");
    check_span("2023-01-02T03:04:05.678Z",  "2023-01-02T03:04:05+24:00", "-24h0m0.678s");
    check_span("2023-01-02T03:04:05Z",      "9999-12-31T23:59:59Z",      "2562047h47m16.854775807s");
    check_span("2023-01-02T03:04:05Z",      "0001-01-01T00:00:00Z",      "-2562047h47m16.854775808s");
}

#[track_caller]
fn check_span(from: &str, to: &str, expect: &str) {
    assert_eq!(
        t(to).since(&t(from)).to_string(),
        expect,
        "`{from}` to `{to}`"
    );
}

#[test]
fn ordered_by_instant() {
    assert_eq!(t("2023-01-01T12:00:00Z"), t("2023-01-01T13:00:00+01:00"));
    assert!(t("2023-01-01T12:00:00Z") < t("2023-01-01T12:00:00.000000001Z"));
    assert!(t("2023-01-01T12:00:00-01:00") > t("2023-01-01T12:30:00Z"));
}

#[test]
fn calendar() {
    // Every day of 400 years, against its neighbour.
    let mut time = t("1700-01-01T00:00:00Z");
    let day = Duration::parse("24h").unwrap();
    for _ in 0..146_097 {
        let next = time.add(day);
        let (a, b) = (time.date(), next.date());
        let expect = match (a.year == b.year, a.month == b.month) {
            (true, true) => b.day == a.day + 1,
            (true, false) => b.month == a.month + 1 && b.day == 1 && a.day >= 28,
            (false, _) => b.year == a.year + 1 && (b.month, b.day, a.day) == (1, 1, 31),
        };
        assert!(expect, "{time} and {next}");
        assert_eq!(
            next.weekday() as u8,
            (time.weekday() as u8 + 1) % 7,
            "{next}"
        );
        time = next;
    }
    assert_eq!(time.to_string(), "2100-01-01T00:00:00Z");
}

#[test]
fn epoch() {
    assert_eq!(
        Time::from_unix(1_683_356_889).to_string(),
        "2023-05-06T07:08:09Z"
    );
    assert_eq!(
        Time::from_unix(1_683_356_889_000).to_string(),
        "55313-06-16T07:50:00Z"
    );
    assert_eq!(Time::from_unix(-1).to_string(), "1969-12-31T23:59:59Z");
    assert_eq!(Time::from_unix_nanos(-1).nanosecond(), 999_999_999);
    assert_eq!(t("1970-01-01T01:00:00+01:00").unix(), 0);
}

#[test]
fn cron_fields() {
    assert_eq!(t("2022-04-11T03:14:05-07:00").to_cron(), "14 3 11 4 1");
    assert_eq!(t("2023-01-01T00:00:00Z").to_cron(), "0 0 1 1 0");
}
