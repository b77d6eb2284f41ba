//! The managed fields of a body, found by their text, so that they can be left out.
//!
//! An API server sends `metadata.managedFields` with every object: a third of the body and more. Where
//! nothing can look at it ([`Program::needs_whole`](crate::program::Program)), it is cut out before the
//! body is parsed, and [`MARK`] left in its place.
//!
//! ```text
//! …,"managedFields":[{"manager":…}],…   ─>   …,"managedFields":[0],…
//! ```
//!
//! In JSON the text `,"managedFields":[` is nothing but a key and the start of a list: within a text its
//! quotes would be escaped. Whose key it is does not follow from the text. Whoever parses what is left
//! counts the marks that stand where they must; one that does not says that something else was cut.
//! As with an envelope, what was cut is not looked at otherwise, and not complained about.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::{memchr, memchr_iter, memmem};

use super::Operation;

/// What a list is replaced with; no API server sends such managed fields.
pub(super) const MARK: &[u8] = b"0";

const KEY: &[u8] = b",\"managedFields\":[";

static FINDER: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(KEY));

/// Below that there is little to win.
const LEAST: usize = 256;

/// What can be cut out of a body: of an object, and of the one that it replaces.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Cuts {
    lists: [Range<usize>; 2],
    count: usize,
}

impl Cuts {
    /// The insides of the lists of managed fields, without their brackets. `None` where there is nothing
    /// to cut, or where it is not certain from where to where.
    ///
    /// Only an update has two objects: of any other body, what follows the first list is not searched.
    ///
    /// Cost: a search through the body, and a few through what is cut; nothing is allocated.
    pub(super) fn find(body: &[u8], operation: Operation) -> Option<Cuts> {
        let finder = &*FINDER;
        let mut cuts = Cuts::default();
        let mut from = 0;
        let is_last = |count| count > 0 && operation != Operation::Update;
        while !is_last(cuts.count)
            && let Some(at) = finder.find(body.get(from..)?)
        {
            let start = from + at + KEY.len();
            let length = list(body.get(start..)?)?;
            *cuts.lists.get_mut(cuts.count)? = start..start + length;
            cuts.count += 1;
            from = start + length;
        }
        let cut: usize = cuts.lists.iter().map(Range::len).sum();
        (cut >= LEAST).then_some(cuts)
    }

    /// How many marks there will be.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Appends what is left of the body.
    pub(super) fn append_rest(&self, body: &[u8], to: &mut Vec<u8>) {
        let mut from = 0;
        for list in self.lists.iter().take(self.count) {
            to.extend_from_slice(body.get(from..list.start).unwrap_or_default());
            to.extend_from_slice(MARK);
            from = list.end;
        }
        to.extend_from_slice(body.get(from..).unwrap_or_default());
    }
}

/// How long the inside of a list is, which holds no other one; `None` where that cannot be told.
fn list(text: &[u8]) -> Option<usize> {
    let end = memchr(b']', text)?;
    let list = text.get(..end)?;
    let quotes = memchr_iter(b'"', list).count();
    let mut escaped = 0;
    for at in memchr_iter(b'\\', list) {
        match list.get(at + 1)? {
            b'"' => escaped += 1,
            // A backslash that is escaped itself escapes no quote.
            b'\\' => return None,
            _ => {}
        }
    }
    // Were the bracket within a text, its first quote would have no second one.
    let is_end = (quotes - escaped).is_multiple_of(2) && memchr(b'[', list).is_none();
    is_end.then_some(end)
}

#[cfg(test)]
mod tests {
    use super::{Cuts, Operation};

    #[test]
    fn lists_are_cut_where_they_certainly_end() {
        let long = format!(
            r#"{{"manager":"m","fieldsV1":{{"f:a":"{}"}}}}"#,
            "x".repeat(300)
        );
        let with =
            |list: &str| format!(r#"{{"metadata":{{"name":"n","managedFields":[{list}]}},"b":1}}"#);
        let cut = Some(with("0"));
        check(&with(&long), cut.as_deref());
        check(
            &with(&long.replace("f:a", r#"k:{\"p\":80}"#)),
            cut.as_deref(),
        );
        check(&with(&long.replace("f:a", r"v:\u005d")), cut.as_deref());
        // Brackets, whatever they are.
        check(&with(&long.replace("f:a", "v:]")), None);
        check(&with(&long.replace("f:a", "v:[x]")), None);
        check(&with(&long.replace(r#""m""#, "[1]")), None);
        check(&with(&long.replace("f:a", r"v:\\")), None);
        // Nothing to win.
        check(&with(""), None);
        check(&with(r#"{"manager":"m"}"#), None);
        check(r#"{"metadata":{}}"#, None);
        // A text that looks like it.
        check(
            &with("").replace("\"n\"", r#""a,\"managedFields\":[x"}"#),
            None,
        );
        let two = format!("[{},{}]", with(&long), with(&long));
        check(&two, Some(&format!("[{},{}]", with("0"), with("0"))));
        check(&format!("[{two},{two}]"), None);
        assert_eq!(
            rest(&two, Operation::Create),
            Some(format!("[{},{}]", with("0"), with(&long)))
        );
        for end in 0..two.len() {
            let cut = &two[..end];
            if let Some(cuts) = Cuts::find(cut.as_bytes(), Operation::Update) {
                assert!(cuts.count() <= 2, "{cut}");
            }
        }
    }

    #[track_caller]
    fn check(body: &str, expect: Option<&str>) {
        let rest = rest(body, Operation::Update);
        assert_eq!(rest.as_deref(), expect, "{body}");
    }

    fn rest(body: &str, operation: Operation) -> Option<String> {
        let cuts = Cuts::find(body.as_bytes(), operation)?;
        let mut rest = Vec::new();
        cuts.append_rest(body.as_bytes(), &mut rest);
        Some(String::from_utf8(rest).unwrap())
    }
}
