//! Looking into a request to an HTTP server.

use crate::cel::library::Call;
use crate::cel::val::{List, Val};

/// The values under the names that fit, in the first of these maps that the request at 0 has: its
/// own, or one of its `attributes`.
pub(super) fn values<'v>(
    call: &Call<'_, 'v>,
    maps: &[&str],
    fits: impl Fn(&str) -> bool,
) -> Val<'v> {
    let request = call.arg(0).as_map();
    let attributes = request.and_then(|map| map.field("attributes"));
    let places = [attributes.and_then(Val::as_map), request];
    let found = places.into_iter().flatten().find_map(|place| {
        let mut named = maps.iter().filter_map(|name| place.field(name));
        named.find_map(Val::as_map)
    });
    let entries = found.into_iter().flat_map(|map| map.iter());
    let fitting = entries.filter(|(name, _)| name.as_str().is_some_and(&fits));
    call.list(fitting.flat_map(|(_, value)| {
        let (one, many) = match value {
            Val::List(many) => (None, Some(many)),
            one => (Some(one), None),
        };
        one.into_iter().chain(many.into_iter().flat_map(List::iter))
    }))
}
