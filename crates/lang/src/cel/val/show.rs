//! Values as text.

use std::fmt;

use super::Val;
use crate::scalar::duration::Duration;
use crate::scalar::float::General;

/// As error messages print a value: text as it is, numbers as `string()` has them.
impl fmt::Display for Val<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Val::Null => f.write_str("null"),
            Val::Bool(flag) => flag.fmt(f),
            Val::Int(number) => number.fmt(f),
            Val::Uint(number) => number.fmt(f),
            Val::Double(number) => General(*number).fmt(f),
            Val::Str(text) | Val::Type(text) => f.write_str(text),
            Val::Bytes(bytes) => f.write_str(&String::from_utf8_lossy(bytes)),
            Val::Duration(span) => seconds(*span).fmt(f),
            Val::Timestamp(moment) => f.write_str(&moment.print()),
            Val::List(list) => {
                f.write_str("[")?;
                for (index, item) in list.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{item}")?;
                }
                f.write_str("]")
            }
            Val::Map(map) => {
                f.write_str("{")?;
                for (index, (key, value)) in map.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{key}: {value}")?;
                }
                f.write_str("}")
            }
            Val::Optional(Some(value)) => write!(f, "optional.of({value})"),
            Val::Optional(None) => f.write_str("optional.none()"),
            Val::Opaque(opaque) => opaque.fmt(f),
            Val::Struct(_) | Val::Record(_) => f.write_str(self.type_name()),
        }
    }
}

/// A duration as `string()` prints it: seconds, with as much of a fraction as a double has.
fn seconds(span: Duration) -> impl fmt::Display {
    struct Seconds(f64);
    impl fmt::Display for Seconds {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{}s", self.0)
        }
    }
    // Adding zero turns a negative zero into zero.
    Seconds(span.seconds() + 0.0)
}
