//! `time_parse(layout, text)`

use super::function::{fails, gives, param};
use super::operand::printed;
use super::{Function, Type};
use crate::jmespath::Fault;
use crate::scalar::float::parse_int;
use crate::scalar::time::Time;

pub(super) static TIME_PARSE: Function = Function {
    name: "time_parse",
    about: "A time that is written in some layout, in RFC 3339.",
    params: &[
        param("layout", &[Type::String], "How Mon Jan 2 15:04:05 MST 2006 would be written; or any whole number, for seconds since 1970."),
        param("text", &[Type::String], "The time in that layout."),
    ],
    returns: &[Type::String],
    note: "The name of a zone says nothing about its offset: `CET` counts as UTC.",
    examples: &[
        gives("time_parse('02.01.2006 15:04', '06.05.2023 07:08')", r#""2023-05-06T07:08:00Z""#),
        gives("time_parse('Mon Jan 02 2006', 'Mon Jan 02 2006')", r#""2006-01-02T00:00:00Z""#),
        gives("time_parse('1', '1683356889')", r#""2023-05-06T07:08:09Z""#),
        gives("time_parse('2006-01-02 -0700', '2023-05-06 +0200')", r#""2023-05-06T00:00:00+02:00""#),
        fails(
            "time_parse('2006-01-02', '6.5.2023')",
            r#"parsing time "6.5.2023" as "2006-01-02": cannot parse "6.5.2023" as "2006""#,
        ),
        fails("time_parse('1', '1.5')", r#"strconv.ParseInt: parsing "1.5": invalid syntax"#),
    ],
    call: |args| {
        let (layout, text) = (args.text(0), args.text(1));
        if parse_int(layout).is_none() {
            return Ok(printed(args, args.time_in(layout, 1)?));
        }
        let seconds = parse_int(text).ok_or_else(|| not_whole(text))?;
        Ok(printed(args, Time::from_unix(seconds)))
    },
    ..Function::PLAIN
};

fn not_whole<'v>(text: &str) -> Fault<'v> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let problem = if all_digits { "value out of range" } else { "invalid syntax" };
    let text = crate::scalar::quoted::Quoted(text);
    Fault::invalid(format_args!("strconv.ParseInt: parsing {text}: {problem}"))
}
