//! The requests that Envoy asks about: their types, and how the JSON of one becomes a value.

use base64::{Engine, prelude::BASE64_STANDARD};
use bumpalo::{Bump, collections::Vec as BumpVec};

use super::environment::Environment;
use super::types::Type;
use super::val::{Map, Struct, Timestamp, Val};
use crate::value::Value;

const REQUEST: &str = "envoy.service.auth.v3.CheckRequest";
const ATTRIBUTES: &str = "envoy.service.auth.v3.AttributeContext";
const PEER: &str = "envoy.service.auth.v3.AttributeContext.Peer";
const OUTER: &str = "envoy.service.auth.v3.AttributeContext.Request";
const HTTP: &str = "envoy.service.auth.v3.AttributeContext.HttpRequest";
const TLS: &str = "envoy.service.auth.v3.AttributeContext.TLSSession";

/// What a field is.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Text,
    Texts,
    Int,
    Bytes,
    Moment,
    /// Taken as it is written.
    Any,
    Message(&'static str),
}

type Fields = &'static [(&'static str, Kind)];

/// The messages and their fields, as Envoy's service definition has them.
const MESSAGES: &[(&str, Fields)] = &[
    (REQUEST, &[("attributes", Kind::Message(ATTRIBUTES))]),
    (
        ATTRIBUTES,
        &[
            ("source", Kind::Message(PEER)),
            ("destination", Kind::Message(PEER)),
            ("request", Kind::Message(OUTER)),
            ("context_extensions", Kind::Texts),
            ("metadata_context", Kind::Any),
            ("route_metadata_context", Kind::Any),
            ("tls_session", Kind::Message(TLS)),
        ],
    ),
    (
        PEER,
        &[
            ("address", Kind::Any),
            ("service", Kind::Text),
            ("labels", Kind::Texts),
            ("principal", Kind::Text),
            ("certificate", Kind::Text),
        ],
    ),
    (
        OUTER,
        &[("time", Kind::Moment), ("http", Kind::Message(HTTP))],
    ),
    (
        HTTP,
        &[
            ("id", Kind::Text),
            ("method", Kind::Text),
            ("headers", Kind::Texts),
            ("header_map", Kind::Any),
            ("path", Kind::Text),
            ("host", Kind::Text),
            ("scheme", Kind::Text),
            ("query", Kind::Text),
            ("fragment", Kind::Text),
            ("size", Kind::Int),
            ("protocol", Kind::Text),
            ("body", Kind::Text),
            ("raw_body", Kind::Bytes),
        ],
    ),
    (TLS, &[("sni", Kind::Text)]),
];

fn fields(message: &str) -> Fields {
    let found = MESSAGES.iter().find(|(name, _)| *name == message);
    found.map_or(&[], |(_, fields)| *fields)
}

/// Declares the types; the result is that of a request.
pub fn declare_check_request(environment: &mut Environment) -> Type {
    for (message, fields) in MESSAGES {
        let fields = fields.iter().map(|(name, kind)| (*name, kind.ty()));
        environment.declare_struct(message, fields);
    }
    Type::Struct(REQUEST.into())
}

/// A request, of its JSON. As in all JSON of such messages, `rawBody` is `raw_body`, and a field that
/// holds nothing, such as an empty text or 0, is not set.
pub fn check_request<'v>(json: Value<'v>, bump: &'v Bump) -> Val<'v> {
    message(REQUEST, json, bump)
}

/// What a field that is not set reads as; `None` for other types, and for fields that there are not.
pub(super) fn unset<'v>(type_name: &str, field: &str, bump: &'v Bump) -> Option<Val<'v>> {
    let found = fields(type_name).iter().find(|(name, _)| *name == field);
    found.map(|(_, kind)| kind.value(Value::Null, bump))
}

fn message<'v>(type_name: &'static str, json: Value<'v>, bump: &'v Bump) -> Val<'v> {
    let mut made = BumpVec::new_in(bump);
    for (name, kind) in fields(type_name) {
        let written = json.get(name).or_else(|| json.get(&camel(name)));
        let written = written.filter(|written| !matches!(written, Value::Null));
        let value = written.map(|written| kind.value(written, bump));
        made.extend(
            value
                .filter(|value| !value.is_zero() || kind.is_message())
                .map(|value| (*name, value)),
        );
    }
    let fields = made.into_bump_slice();
    Val::Struct(bump.alloc(Struct { type_name, fields }))
}

impl Kind {
    fn is_message(self) -> bool {
        matches!(self, Kind::Message(_))
    }

    fn ty(self) -> Type {
        match self {
            Kind::Text => Type::String,
            Kind::Texts => Type::map_of(Type::String, Type::String),
            Kind::Int => Type::Int,
            Kind::Bytes => Type::Bytes,
            Kind::Moment => Type::Timestamp,
            Kind::Any => Type::Dyn,
            Kind::Message(name) => Type::Struct(name.into()),
        }
    }

    fn value<'v>(self, json: Value<'v>, bump: &'v Bump) -> Val<'v> {
        let text = json.as_str().unwrap_or_default();
        match self {
            Kind::Text => Val::Str(text),
            Kind::Texts | Kind::Any if matches!(json, Value::Null) => Val::Map(Map::EMPTY),
            Kind::Texts | Kind::Any => Val::from(json),
            // Long numbers are written as texts.
            Kind::Int => Val::Int(match json {
                Value::Int(number) => number,
                Value::Float(number) => number as i64,
                _ => text.parse().unwrap_or_default(),
            }),
            Kind::Bytes => {
                let bytes = BASE64_STANDARD.decode(text).unwrap_or_default();
                Val::Bytes(bump.alloc_slice_copy(&bytes))
            }
            Kind::Moment => {
                let moment = Timestamp::parse(text).ok();
                let moment = moment.or_else(|| Timestamp::from_nanos(0));
                moment.map_or(Val::Null, Val::Timestamp)
            }
            Kind::Message(name) => message(name, json, bump),
        }
    }
}

/// `raw_body` as `rawBody`.
fn camel(name: &str) -> String {
    let mut upper = false;
    let letters = name.chars().filter_map(|letter| {
        let made = match letter {
            '_' => None,
            _ if upper => Some(letter.to_ascii_uppercase()),
            _ => Some(letter),
        };
        upper = letter == '_';
        made
    });
    letters.collect()
}

#[cfg(test)]
mod tests {
    use super::super::eval::{COST_LIMIT, Inputs};
    use super::super::library::{Libraries, Nothing};
    use super::*;
    use crate::value::parse_json;

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn requests() {
        check("object.attributes.request.http.method",                         Ok("GET"));
        check("object.attributes.request.http.headers['a']",                   Ok("b"));
        check("string(object.attributes.request.http.size)",                   Ok("12"));
        check("string(object.attributes.request.http.raw_body)",               Ok("ab"));
        check("string(object.attributes.request.time)",                        Ok("2024-01-02T03:04:05Z"));
        check("object.attributes.source.principal",                            Ok(""));
        check("object.attributes.metadata_context.filter_metadata.x",          Ok("y"));
        check("has(object.attributes.source) ? 'set' : 'unset'",                Ok("unset"));
        check("has(object.attributes.request.http.size) ? 'set' : 'unset'",    Ok("set"));
        check("object.attributes.request.http.?path.orValue('none')",          Ok("none"));
        check("object.attributes.request.http.headers[?'c'].orValue('none')",  Ok("none"));
        check("object.attributes.request.http.verb",                           Err("undefined field 'verb'"));
    }

    #[track_caller]
    fn check(expr: &str, expect: Result<&str, &str>) {
        let request = r#"{"attributes": {
            "metadataContext": {"filter_metadata": {"x": "y"}},
            "request": {"time": "2024-01-02T03:04:05Z", "http": {
                "method": "GET", "headers": {"a": "b"}, "size": "12", "rawBody": "YWI="}}}}"#;
        let bump = Bump::new();
        let mut environment = Environment::new(Libraries::KUBERNETES);
        let ty = declare_check_request(&mut environment);
        environment.declare("object", ty);
        let object = check_request(parse_json(&bump, request).unwrap(), &bump);
        let program = match environment.compile(expr) {
            Ok(program) => program,
            Err(error) => return assert_eq!(Err(&*error.first()), expect, "{expr}"),
        };
        let inputs = Inputs {
            variables: &[Some(object)],
            bump: &bump,
            outside: &Nothing,
            cost_limit: COST_LIMIT,
        };
        let found = program.evaluate(&inputs).result;
        let found = found
            .map(|value| value.to_string())
            .map_err(|fault| fault.to_string());
        assert_eq!(found.as_deref().map_err(String::as_str), expect, "{expr}");
    }
}
