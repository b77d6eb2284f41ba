//! Which context entries there are, which of them an expression mentions, what was loaded.

use portcullis_lang::value::{Span, Value, to_json};

use super::tree::weight;
use super::{Context, load, queries};
use crate::doc::ContextEntry;
use crate::facts::{FactKind, Facts, Fault};

/// The entries of the rule that is evaluated, and of the loops that it is in.
#[derive(Clone, Debug, Default)]
pub(super) struct Entries<'v> {
    list: Vec<Entry<'v>>,
    /// Names that a values file gives a value.
    provided: Vec<&'v str>,
    /// How many entries were ever loaded: says what was loaded since a checkpoint.
    clock: usize,
    /// While an entry is loaded, only those in front of it are there.
    hidden_from: Option<usize>,
    /// Bytes of everything loaded.
    bytes: usize,
}

/// One entry; copying it copies views.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'v> {
    pub(super) name: &'v str,
    pub(super) kind: EntryKind,
    /// What stands under the kind's own key.
    pub(super) body: Value<'v>,
    /// Where it stands in the policy.
    at: Span,
    loaded: Option<Loaded<'v>>,
}

/// What an entry is made from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum EntryKind {
    Variable,
    ConfigMap,
    ApiCall,
    ImageRegistry,
    GlobalReference,
}

#[derive(Clone, Copy, Debug)]
struct Loaded<'v> {
    value: Value<'v>,
    at: usize,
}

/// A state of [`Entries`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    entries: usize,
    provided: usize,
    clock: usize,
}

impl<'v> Entries<'v> {
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// A name that has a value without being loaded.
    pub(super) fn provide(&mut self, name: &'v str) {
        self.provided.push(name);
    }

    /// Adds an entry, if what it needs can be had.
    pub(super) fn add(&mut self, written: &'v ContextEntry, facts: &dyn Facts) -> bool {
        let root = written.document.root();
        let Some((kind, body)) = EntryKind::of(root) else {
            return false;
        };
        let name = written.name.as_str();
        let there = kind == EntryKind::Variable
            || facts.offers(kind.needs(body)) && !self.provided.contains(&name);
        if there {
            self.list.push(Entry {
                name,
                kind,
                body,
                at: written.document.item().span(),
                loaded: None,
            });
        }
        there
    }

    pub(super) fn mark(&self) -> Mark {
        Mark {
            entries: self.list.len(),
            provided: self.provided.len(),
            clock: self.clock,
        }
    }

    /// Drops what was registered since `mark`. Returns the other entries that were loaded since,
    /// in the order in which that happened.
    pub(super) fn restore(&mut self, mark: Mark) -> Vec<(Entry<'v>, Value<'v>)> {
        let dropped = self.list.drain(mark.entries.min(self.list.len())..);
        let bytes = dropped.filter_map(|entry| entry.loaded);
        self.bytes -= bytes.map(|loaded| weight(loaded.value)).sum::<usize>();
        self.provided.truncate(mark.provided);
        if self.clock == mark.clock {
            return Vec::new();
        }
        let mut since: Vec<_> = self
            .list
            .iter()
            .filter_map(|entry| entry.loaded.map(|loaded| (*entry, loaded)))
            .filter(|(_, loaded)| loaded.at > mark.clock)
            .collect();
        since.sort_by_key(|(_, loaded)| loaded.at);
        let since = since.into_iter();
        since.map(|(entry, loaded)| (entry, loaded.value)).collect()
    }

    /// The first entry that `text` mentions and that is not loaded yet.
    fn next_mentioned(&self, text: &str) -> Option<usize> {
        let visible = self.hidden_from.unwrap_or(self.list.len());
        self.list
            .iter()
            .take(visible)
            .position(|entry| entry.loaded.is_none() && mentions(text, entry.name))
    }
}

impl EntryKind {
    fn of(entry: Value<'_>) -> Option<(EntryKind, Value<'_>)> {
        let kinds = [
            ("variable", EntryKind::Variable),
            ("configMap", EntryKind::ConfigMap),
            ("apiCall", EntryKind::ApiCall),
            ("imageRegistry", EntryKind::ImageRegistry),
            ("globalReference", EntryKind::GlobalReference),
        ];
        kinds
            .into_iter()
            .find_map(|(key, kind)| Some((kind, entry.get(key)?)))
    }

    /// The kind of fact that it takes; that of a variable does not matter.
    fn needs(self, body: Value<'_>) -> FactKind {
        match self {
            EntryKind::ApiCall if body.text("urlPath").is_empty() => FactKind::Service,
            EntryKind::Variable | EntryKind::ApiCall => FactKind::Kubernetes,
            EntryKind::ConfigMap => FactKind::ConfigMap,
            EntryKind::ImageRegistry => FactKind::Image,
            EntryKind::GlobalReference => FactKind::GlobalContext,
        }
    }
}

impl<'v> Context<'v> {
    /// Loads what `text` mentions: entries in their order, then images.
    pub(super) fn load_mentioned(&mut self, text: &str) -> Result<(), Fault> {
        while let Some(index) = self.entries.next_mentioned(text) {
            self.load(index)?;
        }
        if self.images.is_pending() && mentions(text, "images") {
            self.load_images()?;
        }
        Ok(())
    }

    /// Loads one entry and defines its variable.
    pub(super) fn load(&mut self, index: usize) -> Result<(), Fault> {
        let Some(entry) = self.entries.list.get(index).copied() else {
            return Ok(());
        };
        let hidden_before = self.entries.hidden_from.replace(index);
        let value = self.noting_load(entry);
        self.entries.hidden_from = hidden_before;
        let value = value?;
        let bytes = self.entries.bytes + weight(value);
        if bytes > self.setting.max_bytes {
            return Err(Fault::Error(format!(
                "context size limit exceeded: {bytes} bytes exceeds limit of {} bytes",
                self.setting.max_bytes
            )));
        }
        self.entries.bytes = bytes;
        self.entries.clock += 1;
        let at = self.entries.clock;
        if let Some(entry) = self.entries.list.get_mut(index) {
            entry.loaded = Some(Loaded { value, at });
        }
        self.add_loaded(entry, value);
        Ok(())
    }

    /// Loads an entry; the account says what came of it.
    fn noting_load(&mut self, entry: Entry<'v>) -> Result<Value<'v>, Fault> {
        let Some(trace) = self.trace() else {
            return load::load(self, entry);
        };
        let before = self.at(entry.at);
        trace.enter();
        let value = load::load(self, entry);
        trace.leave();
        self.back_to(before);
        let text = match &value {
            Ok(value) => format!("`{}` is {}", entry.name, to_json(*value)),
            Err(fault) => format!("`{}` has no value: {fault}", entry.name),
        };
        trace.note("context", entry.at, None, text);
        value
    }

    /// Variables replace what has their name, everything else is merged with it.
    pub(super) fn add_loaded(&mut self, entry: Entry<'v>, value: Value<'v>) {
        let value = match self.root.get(entry.name) {
            Some(before) if entry.kind != EntryKind::Variable => {
                super::tree::merged(self.bump(), before, value)
            }
            _ => value,
        };
        self.set(entry.name, value);
    }

    fn load_images(&mut self) -> Result<(), Fault> {
        let apply = |text: &str, value| queries::apply(&self.setting, &self.env, text, value);
        let found = self.images.find(self.setting.images, self.bump(), &apply)?;
        self.images = self.images.with_answer(found);
        if let Some(images) = found {
            self.set("images", images);
        }
        Ok(())
    }
}

/// Does an expression mention a variable? In front of its name stands nothing, or anything but a
/// point, a letter or a digit; behind it a word ends.
pub(crate) fn mentions(text: &str, name: &str) -> bool {
    if name.is_empty() {
        return false;
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let ends_in_word = name.chars().next_back().is_some_and(is_word);
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(name)) {
        let start = from + at;
        let end = start + name.len();
        let before = text.get(..start).and_then(|t| t.chars().next_back());
        let after = text.get(end..).and_then(|t| t.chars().next());
        let free = before.is_none_or(|c| c != '.' && !c.is_ascii_alphanumeric());
        if free && ends_in_word != after.is_some_and(is_word) {
            return true;
        }
        from = start + name.chars().next().map_or(1, char::len_utf8);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::mentions;

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn names_in_expressions() {
        check("v",                    "v",      true);
        check("v.data.x",             "v",      true);
        check("length(v)",            "v",      true);
        check("a || v",               "v",      true);
        check("'v'",                  "v",      true);
        check("_v",                   "v",      true);
        check("a.v",                  "v",      false);
        check("av",                   "v",      false);
        check("1v",                   "v",      false);
        check("va",                   "v",      false);
        check("v_a",                  "v",      false);
        check("v-a",                  "v",      true);
        check("va + v",               "v",      true);
        check("abc",                  "ab",     false);
        check("\"a-b\"",              "a-b",    true);
        check("é",                    "é",      false);
        check("",                     "v",      false);
        check("v",                    "",       false);
        check("request.images",       "images", false);
        check("images.containers.*",  "images", true);
    }

    #[track_caller]
    fn check(text: &str, name: &str, expect: bool) {
        assert_eq!(mentions(text, name), expect, "`{name}` in `{text}`");
    }
}
