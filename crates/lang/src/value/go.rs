//! Printing values as Go's `%v` and `%#v` do: how they stand in the reference engine's error texts.

use std::fmt::{self, Display, Formatter};

use super::Value;
use crate::scalar::float::General;
use crate::scalar::quoted::Quoted;

/// A value in the dress of Go's `%v`: `[a 1 <nil>]`, `map[k:v n:1e+06]`, keys sorted.
#[derive(Clone, Copy, Debug)]
pub struct GoText<'a>(pub Value<'a>);

impl Display for GoText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Null => f.write_str("<nil>"),
            Value::Bool(flag) => flag.fmt(f),
            Value::Int(number) => number.fmt(f),
            Value::Float(number) => General(number).fmt(f),
            Value::Str(text) => f.write_str(text),
            Value::List(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    let gap = if index == 0 { "" } else { " " };
                    write!(f, "{gap}{}", GoText(item))?;
                }
                f.write_str("]")
            }
            Value::Map(map) => {
                let mut entries: Vec<_> = map.iter().collect();
                super::made::sort_entries(&mut entries);
                f.write_str("map[")?;
                for (index, (key, item)) in entries.into_iter().enumerate() {
                    let gap = if index == 0 { "" } else { " " };
                    write!(f, "{gap}{key}:{}", GoText(item))?;
                }
                f.write_str("]")
            }
        }
    }
}

/// A value in the dress of Go's `%#v`: `[]interface {}{"a", 1}`, keys sorted.
#[derive(Clone, Copy, Debug)]
pub struct GoSyntax<'a>(pub Value<'a>);

impl Display for GoSyntax<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Null => f.write_str("interface {}(nil)"),
            Value::Bool(flag) => flag.fmt(f),
            Value::Int(number) => number.fmt(f),
            Value::Float(number) => General(number).fmt(f),
            Value::Str(text) => Quoted(text).fmt(f),
            Value::List(items) => {
                f.write_str("[]interface {}{")?;
                for (index, item) in items.iter().enumerate() {
                    let gap = if index == 0 { "" } else { ", " };
                    write!(f, "{gap}{}", GoSyntax(item))?;
                }
                f.write_str("}")
            }
            Value::Map(map) => {
                f.write_str("map[string]interface {}{")?;
                let mut entries: Vec<_> = map.iter().collect();
                super::made::sort_entries(&mut entries);
                for (index, (key, item)) in entries.into_iter().enumerate() {
                    let gap = if index == 0 { "" } else { ", " };
                    write!(f, "{gap}{}:{}", Quoted(key), GoSyntax(item))?;
                }
                f.write_str("}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{GoSyntax, GoText};
    use crate::value::{Document, Numbers};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn values() {
        check("null",                               "<nil>");
        check("true",                               "true");
        check("1000000",                            "1000000");
        check("1000000.0",                          "1e+06");
        check("0.5",                                "0.5");
        check(r#""a b""#,                           "a b");
        check("[]",                                 "[]");
        check(r#"["a b", 1, null, [true]]"#,        "[a b 1 <nil> [true]]");
        check("{}",                                 "map[]");
        check(r#"{"b": 1, "a": {"c": ""}, "B": 2}"#, "map[B:2 a:map[c:] b:1]");
    }

    #[track_caller]
    fn check(json: &str, expect: &str) {
        let document = Document::from_json(json.as_bytes(), Numbers::AsWritten).unwrap();
        assert_eq!(GoText(document.root()).to_string(), expect, "{json}");
    }

    #[test]
    fn syntax() {
        let json = br#"{"b": ["x\n", 1, null], "a": {}}"#;
        let document = Document::from_json(json, Numbers::AsWritten).unwrap();
        assert_eq!(
            GoSyntax(document.root()).to_string(),
            r#"map[string]interface {}{"a":map[string]interface {}{}, "b":[]interface {}{"x\n", 1, interface {}(nil)}}"#
        );
    }
}
