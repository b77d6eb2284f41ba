//! Which lists of the built-in kinds are merged element by element, and by which keys.
//!
//! The table is written by the Go program in `crates/engine/merge-schema`, which also says where
//! it comes from.

mod table;

use portcullis_lang::value::Value;

/// What is known about the node of a document.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Schema {
    /// Nothing: part of a kind that is not built in. It may hold an object of a built-in kind.
    Unknown,
    /// Part of a built-in kind, and no list at or below it is merged.
    Plain,
    /// What the table says.
    Known(Shape),
}

/// A node of a built-in kind that is, or leads to, a merged list.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Shape {
    /// A map: its type's place in the table.
    Map(u16),
    /// A list of maps that are told apart by these keys; the type of its elements.
    Keyed(&'static [&'static str], Option<u16>),
    /// A list of texts, each of which stands in it once.
    Texts,
}

impl Schema {
    /// What is known about `value`, when nothing was known before it was looked at.
    pub(super) fn or_of(self, value: Option<Value<'_>>) -> Schema {
        match (self, value) {
            (Schema::Unknown, Some(value)) => Schema::of_kind(value).unwrap_or(Schema::Unknown),
            _ => self,
        }
    }

    fn of_kind(object: Value<'_>) -> Option<Schema> {
        let wanted = (object.text("apiVersion"), object.text("kind"));
        let found =
            table::KINDS.binary_search_by(|(version, kind, _)| (*version, *kind).cmp(&wanted));
        let (_, _, id) = table::KINDS.get(found.ok()?)?;
        Some(Schema::Known(Shape::Map(*id)))
    }

    /// The field `key` of a map.
    pub(super) fn field(self, key: &str) -> Schema {
        match self {
            Schema::Known(Shape::Map(id)) => {
                let fields = table::TYPES
                    .get(usize::from(id))
                    .copied()
                    .unwrap_or_default();
                let found = fields.binary_search_by(|(name, _)| (*name).cmp(key));
                match found.ok().and_then(|place| fields.get(place)) {
                    Some((_, shape)) => Schema::Known(*shape),
                    None => Schema::Plain,
                }
            }
            Schema::Plain => Schema::Plain,
            Schema::Unknown | Schema::Known(_) => Schema::Unknown,
        }
    }

    /// The keys of a merged list, and what is known about its elements. A list of texts has the
    /// one key `""`, the text itself.
    pub(super) fn merged_list(self) -> Option<(&'static [&'static str], Schema)> {
        match self {
            Schema::Known(Shape::Keyed(keys, of)) => {
                let of = of.map_or(Schema::Plain, |id| Schema::Known(Shape::Map(id)));
                Some((keys, of))
            }
            Schema::Known(Shape::Texts) => Some((&[""], Schema::Plain)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::table::{KINDS, TYPES};
    use super::{Schema, Shape};

    #[test]
    fn the_table_is_sorted_and_closed() {
        assert!(KINDS.is_sorted_by(|a, b| (a.0, a.1) < (b.0, b.1)));
        assert!(
            KINDS
                .iter()
                .all(|(_, _, id)| usize::from(*id) < TYPES.len())
        );
        for fields in TYPES {
            assert!(fields.is_sorted_by(|a, b| a.0 < b.0));
            for (name, shape) in *fields {
                match shape {
                    Shape::Map(id) | Shape::Keyed(_, Some(id)) => {
                        assert!(usize::from(*id) < TYPES.len(), "{name}");
                    }
                    Shape::Keyed(keys, None) => assert!(!keys.is_empty(), "{name}"),
                    Shape::Texts => {}
                }
            }
        }
    }

    #[test]
    fn a_path_leads_to_its_merge_keys() {
        let pod = portcullis_lang::value::Document::from_json(
            br#"{"apiVersion":"v1","kind":"Pod"}"#,
            Default::default(),
        );
        let pod = Schema::Unknown.or_of(Some(pod.unwrap().root()));
        let containers = pod.field("spec").field("containers");
        let (keys, container) = containers.merged_list().unwrap();
        assert_eq!(keys, ["name"]);
        let (keys, _) = container.field("ports").merged_list().unwrap();
        assert_eq!(keys, ["containerPort", "protocol"]);
        assert_eq!(container.field("args"), Schema::Plain);
        let (keys, _) = pod
            .field("metadata")
            .field("finalizers")
            .merged_list()
            .unwrap();
        assert_eq!(keys, [""]);
    }
}
