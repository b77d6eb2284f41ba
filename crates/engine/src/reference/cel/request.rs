//! `request`, `object` and `oldObject` as CEL sees them.

use bumpalo::Bump;
use portcullis_lang::cel::val::{Reading, Val};
use portcullis_lang::value::{Map, Value, object};

use crate::doc::cel::Place;
use crate::review::{Review, plural};

/// What a review says by itself.
pub(super) fn values<'v>(review: &Review<'v>, bump: &'v Bump) -> [(Place, Val<'v>); 3] {
    let reading = reading(review);
    let value =
        |value: Option<Value<'v>>| value.map_or(Val::Null, |value| Val::read(value, reading));
    [
        (Place::Object, value(review.object)),
        (Place::OldObject, value(review.old_object)),
        (Place::Request, Val::read(request(review, bump), reading)),
    ]
}

/// What numbers are: an API server knows whole ones, the reference's command line does not.
pub(super) fn reading(review: &Review<'_>) -> Reading {
    match review.admission {
        true => Reading::Whole,
        false => Reading::AsHeld,
    }
}

/// The AdmissionRequest: as it was sent, or with what is known without one. Fields without a value
/// are absent where Go would leave them out.
pub(super) fn request<'v>(review: &Review<'v>, bump: &'v Bump) -> Value<'v> {
    if review.admission {
        return review.request;
    }
    let kind = review.kind;
    let resource = plural(kind.kind, bump);
    let kind_of = || {
        let fields = [
            ("group", Value::Str(kind.group)),
            ("version", Value::Str(kind.version)),
            ("kind", Value::Str(kind.kind)),
        ];
        object(bump, fields)
    };
    let resource_of = || {
        let fields = [
            ("group", Value::Str(kind.group)),
            ("version", Value::Str(kind.version)),
            ("resource", Value::Str(resource)),
        ];
        object(bump, fields)
    };
    let user = match review.user.info {
        Value::Null => Value::Map(Map::EMPTY),
        info => info,
    };
    let mut fields = vec![
        ("kind", kind_of()),
        ("resource", resource_of()),
        ("requestKind", kind_of()),
        ("requestResource", resource_of()),
        ("operation", Value::Str(review.operation.as_str())),
        ("userInfo", user),
        ("dryRun", Value::Bool(false)),
        ("options", Value::Map(Map::EMPTY)),
    ];
    let texts = [
        ("subResource", kind.subresource),
        ("requestSubResource", kind.subresource),
        ("name", review.name()),
        ("namespace", review.namespace),
    ];
    let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
    fields.extend(texts.map(|(key, text)| (key, Value::Str(text))));
    fields.extend(review.object.map(|value| ("object", value)));
    fields.extend(review.old_object.map(|value| ("oldObject", value)));
    object(bump, fields)
}
