//! The anchors of a pattern, one by one, for the account of an evaluation.
//!
//! Comes in:  a pattern as written, the same with its variables filled in, the resource.
//! Goes out:  a step for each anchor at each place of the resource that it is held against.
//! Never here: what follows from an anchor (see `lang::pattern`, which is asked here as well).

use bumpalo::Bump;
use portcullis_lang::pattern;
use portcullis_lang::pattern::anchor::{Anchor, Key};
use portcullis_lang::scalar::wildcard;
use portcullis_lang::value::{Item, Map, Value, object, to_json};

use crate::trace::Trace;

/// Notes every anchor of `pattern`, as far as the pattern applies to the resource.
pub(super) fn note<'v>(
    trace: &Trace,
    written: Item<'_>,
    pattern: Value<'v>,
    resource: Value<'v>,
    bump: &'v Bump,
) {
    Walk { trace, bump }.value(written, pattern, resource, "/");
}

struct Walk<'t, 'v> {
    trace: &'t Trace,
    bump: &'v Bump,
}

impl<'v> Walk<'_, 'v> {
    fn value(&self, written: Item<'_>, pattern: Value<'v>, found: Value<'v>, path: &str) {
        match (pattern, found) {
            (Value::Map(pattern), Value::Map(found)) => self.map(written, pattern, found, path),
            (Value::List(patterns), Value::List(found)) => {
                let first = patterns.first().filter(|first| first.as_map().is_some());
                for (index, element) in found.iter().enumerate() {
                    // One map is the pattern of every element; lists are compared by position.
                    let at = if first.is_some() { 0 } else { index };
                    let part = written.elements().nth(at).zip(patterns.iter().nth(at));
                    let Some((written, pattern)) = part else {
                        return;
                    };
                    self.value(written, pattern, element, &format!("{path}{index}/"));
                }
            }
            _ => {}
        }
    }

    fn map(&self, written: Item<'_>, pattern: Map<'v>, found: Map<'v>, path: &str) {
        let mut applies = true;
        let mut below = Vec::new();
        for entry in written.entries() {
            let Some(wanted) = pattern.get(entry.key) else {
                continue;
            };
            let key = Key::parse(entry.key);
            let anchor = key.anchor.filter(|anchor| anchor.validates());
            let name = match anchor {
                Some(_) => literal(key.name, found),
                None => literal(key.raw, found),
            };
            let child = found.get(name);
            if let Some(anchor) = anchor {
                let holds = match anchor {
                    Anchor::Equality => child.is_some(),
                    _ => self.holds(anchor, name, wanted, found),
                };
                applies &= holds || anchor != Anchor::Conditional;
                let text = said(entry.key, &format!("{path}{name}/"), child, wanted);
                self.trace.note("anchor", entry.key_span, Some(holds), text);
            }
            // Some element has to fit the one, nothing may stand below the other.
            if !matches!(anchor, Some(Anchor::Existence | Anchor::Negation)) {
                below.extend(child.map(|child| (entry.item, wanted, child, name)));
            }
        }
        for (written, wanted, child, name) in below.into_iter().filter(|_| applies) {
            self.value(written, wanted, child, &format!("{path}{name}/"));
        }
    }

    /// The anchor alone, as the pattern language has it.
    fn holds(&self, anchor: Anchor, name: &str, wanted: Value<'v>, found: Map<'v>) -> bool {
        let raw = self.bump.alloc_str(&format!("{}({name})", anchor.prefix()));
        let alone = object(self.bump, [(&*raw, wanted)]);
        pattern::matches(Value::Map(found), alone, self.bump).is_ok()
    }
}

/// The key of the resource that a wildcard means, as labels and annotations have them.
fn literal<'k>(name: &'k str, found: Map<'k>) -> &'k str {
    if !wildcard::has_wildcard(name) {
        return name;
    }
    let fits = found.iter().filter(|(key, _)| wildcard::matches(name, key));
    fits.map(|(key, _)| key).min().unwrap_or(name)
}

fn said(key: &str, path: &str, found: Option<Value<'_>>, wanted: Value<'_>) -> String {
    let found = found.map_or_else(|| "nothing".to_owned(), to_json);
    match wanted {
        Value::Map(_) | Value::List(_) => format!("`{key}`: {path} is {found}"),
        _ => format!(
            "`{key}`: {path} is {found}, the pattern {}",
            to_json(wanted)
        ),
    }
}
