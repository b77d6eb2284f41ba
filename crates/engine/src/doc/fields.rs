//! Reading the fields of a document, so that nothing in it is overlooked.
//!
//! Comes in:  an item of a document, and the list that findings go to.
//! Goes out:  typed fields; a diagnostic for every field that is unknown, unsupported or of the
//!            wrong type, at its line and column.
//! Never here: what the fields mean.

use portcullis_lang::diagnostic::{Diagnostic, nearest};
use portcullis_lang::value::{Document, Item, Span, Value};

/// The code of findings about fields that are legal, and not supported.
pub(super) const UNSUPPORTED: &str = "unsupported-field";

/// The fields of one map. Each is asked for by name; [`Fields::close`] reports what nobody asked for.
pub(super) struct Fields<'a, 'd> {
    item: Item<'a>,
    /// What this map is called in messages, e.g. `spec`.
    place: &'static str,
    known: Vec<&'static str>,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl<'a, 'd> Fields<'a, 'd> {
    /// Opens a map; anything else is reported and read as an empty map.
    pub(super) fn open(
        item: Item<'a>,
        place: &'static str,
        diagnostics: &'d mut Vec<Diagnostic>,
    ) -> Self {
        if item.value().as_map().is_none() && !item.value().is_null() {
            diagnostics.push(wrong_type(place, "a map", item));
        }
        Fields {
            item,
            place,
            known: Vec::new(),
            diagnostics,
        }
    }

    /// Where the map stands.
    pub(super) fn span(&self) -> Span {
        self.item.span()
    }

    /// A copy of the whole map, with its places.
    pub(super) fn document(&self) -> Document {
        self.item.to_document()
    }

    /// The list that findings go to.
    pub(super) fn diagnostics(&mut self) -> &mut Vec<Diagnostic> {
        self.diagnostics
    }

    /// The field as it stands; `None` where it is missing or null.
    pub(super) fn item(&mut self, key: &'static str) -> Option<Item<'a>> {
        self.known.push(key);
        self.item.get(key).filter(|item| !item.value().is_null())
    }

    /// A text field.
    pub(super) fn text(&mut self, key: &'static str) -> Option<&'a str> {
        let item = self.item(key)?;
        let text = item.value().as_str();
        if text.is_none() {
            self.diagnostics.push(wrong_type(key, "text", item));
        }
        text
    }

    /// A text field, owned; empty where it is missing.
    pub(super) fn string(&mut self, key: &'static str) -> String {
        self.text(key).unwrap_or_default().to_owned()
    }

    /// A text field and where it stands; both empty where it is missing.
    pub(super) fn placed(&mut self, key: &'static str) -> (String, Span) {
        let at = self.item.get(key).map(Item::span).unwrap_or_default();
        (self.string(key), at)
    }

    /// A text field that takes only these texts.
    pub(super) fn one_of(&mut self, key: &'static str, known: &[&'static str]) -> Option<&'a str> {
        let text = self.text(key)?;
        if !known.contains(&text) {
            let at = self.item(key).map(Item::span).unwrap_or_default();
            self.diagnostics.push(unknown_text(key, text, known, at));
        }
        Some(text)
    }

    /// A list field that takes only these texts.
    pub(super) fn all_of(&mut self, key: &'static str, known: &[&'static str]) -> Vec<String> {
        for item in self.list(key) {
            if let Some(text) = item.value().as_str().filter(|text| !known.contains(text)) {
                self.diagnostics
                    .push(unknown_text(key, text, known, item.span()));
            }
        }
        self.texts(key)
    }

    /// A truth value.
    pub(super) fn flag(&mut self, key: &'static str) -> Option<bool> {
        let item = self.item(key)?;
        let flag = item.value().as_bool();
        if flag.is_none() {
            self.diagnostics
                .push(wrong_type(key, "true or false", item));
        }
        flag
    }

    /// A whole number.
    pub(super) fn int(&mut self, key: &'static str) -> Option<i64> {
        let item = self.item(key)?;
        match item.value() {
            Value::Int(number) => Some(number),
            Value::Float(number) if number.fract() == 0.0 => Some(number as i64),
            _ => {
                self.diagnostics
                    .push(wrong_type(key, "a whole number", item));
                None
            }
        }
    }

    /// The elements of a list field; none where it is missing.
    pub(super) fn list(&mut self, key: &'static str) -> Vec<Item<'a>> {
        let Some(item) = self.item(key) else {
            return Vec::new();
        };
        if item.value().as_list().is_none() {
            self.diagnostics.push(wrong_type(key, "a list", item));
        }
        item.elements().collect()
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<String> {
        let mut texts = Vec::new();
        for item in self.list(key) {
            match item.value().as_str() {
                Some(text) => texts.push(text.to_owned()),
                None => self
                    .diagnostics
                    .push(wrong_type(key, "a list of texts", item)),
            }
        }
        texts
    }

    /// A map from text to text, in document order.
    pub(super) fn text_map(&mut self, key: &'static str) -> Vec<(String, String)> {
        let Some(item) = self.item(key) else {
            return Vec::new();
        };
        if item.value().as_map().is_none() {
            self.diagnostics
                .push(wrong_type(key, "a map of texts", item));
        }
        let mut entries = Vec::new();
        for entry in item.entries() {
            match entry.item.value() {
                Value::Str(text) => entries.push((entry.key.to_owned(), text.to_owned())),
                Value::Null => entries.push((entry.key.to_owned(), String::new())),
                _ => self
                    .diagnostics
                    .push(wrong_type(key, "a map of texts", entry.item)),
            }
        }
        entries
    }

    /// Reads the fields of a map field with `read`; `None` where it is missing.
    pub(super) fn map<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut Fields<'a, '_>) -> T,
    ) -> Option<T> {
        let item = self.item(key)?;
        let mut fields = Fields::open(item, key, self.diagnostics);
        let made = read(&mut fields);
        fields.close();
        Some(made)
    }

    /// Reads every element of a list of maps with `read`.
    pub(super) fn each<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut Fields<'a, '_>) -> T,
    ) -> Vec<T> {
        let items = self.list(key);
        let mut made = Vec::with_capacity(items.len());
        for item in items {
            let mut fields = Fields::open(item, key, self.diagnostics);
            made.push(read(&mut fields));
            fields.close();
        }
        made
    }

    /// Fields that are legal, and that nothing here depends on.
    pub(super) fn ignore(&mut self, keys: &[&'static str]) {
        self.known.extend(keys);
    }

    /// Fields that are legal but not supported: a clear error, never a silent pass.
    pub(super) fn unsupported(&mut self, keys: &[&'static str]) {
        for key in keys {
            self.known.push(key);
            if let Some(entry) = self.item.entries().find(|entry| entry.key == *key) {
                let message = format!("`{}.{key}` is not supported yet", self.place);
                self.diagnostics.push(
                    Diagnostic::error(UNSUPPORTED, message, entry.key_span)
                        .with_help("remove it, or keep this policy out of this gate's sources"),
                );
            }
        }
    }

    /// Reports every field that nobody asked for.
    pub(super) fn close(self) {
        for entry in self.item.entries() {
            if self.known.contains(&entry.key) {
                continue;
            }
            let message = format!("unknown field `{}` in `{}`", entry.key, self.place);
            let finding = Diagnostic::error("unknown-field", message, entry.key_span);
            self.diagnostics
                .push(match nearest(entry.key, self.known.iter().copied()) {
                    Some(name) => finding.with_help(format!("did you mean `{name}`?")),
                    None => finding,
                });
        }
    }
}

fn unknown_text(key: &str, text: &str, known: &[&'static str], at: Span) -> Diagnostic {
    let finding = Diagnostic::error("unknown-value", format!("`{key}` cannot be `{text}`"), at);
    match nearest(text, known.iter().copied()) {
        Some(name) => finding.with_help(format!("did you mean `{name}`?")),
        None => finding.with_help(format!("use one of {}", known.join(", "))),
    }
}

/// The finding for a field that holds something else than it should.
pub(super) fn wrong_type(field: &str, expected: &str, item: Item<'_>) -> Diagnostic {
    let found = match item.value() {
        Value::Null => "nothing",
        Value::Bool(_) => "a truth value",
        Value::Int(_) | Value::Float(_) => "a number",
        Value::Str(_) => "text",
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
    };
    let message = format!("`{field}` is {expected}, but here is {found}");
    let finding = Diagnostic::error("wrong-type", message, item.span());
    match item.value() {
        // Who wrote `n` or `on` meant a text; YAML 1.1, which Kubernetes reads, does not.
        Value::Bool(_) if expected.contains("text") => finding.with_help(
            "put it in quotes: Kubernetes reads a bare y, n, yes, no, on and off as true or false",
        ),
        Value::Int(_) | Value::Float(_) if expected.contains("text") => {
            finding.with_help("put it in quotes")
        }
        _ => finding,
    }
}
