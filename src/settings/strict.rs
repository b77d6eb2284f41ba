//! Files of our own: YAML in which a misspelt field is a mistake, and every mistake has a place.
//!
//! Comes in:  the text of a file, and who knows its fields.
//! Goes out:  what it says, or `line:column: what is wrong` of the first mistake.
//! Never here: what a field means.

use portcullis_lang::diagnostic::{nearest, position};
use portcullis_lang::value::{Document, Entry, Item, Numbers, Span, yaml};

/// What is wrong, and where.
pub(crate) type Wrong = (String, Span);

/// Reads the one document of a file; `None` where it is empty. `what` names the file's subject, such
/// as `settings`.
///
/// # Errors
///
/// The first mistake with its place.
pub(crate) fn read<T>(
    text: &str,
    what: &str,
    understand: impl FnOnce(&Document) -> Result<T, Wrong>,
) -> Result<Option<T>, String> {
    let placed = |(message, at): Wrong| {
        let at = position(text, at.start);
        format!("{}:{}: {message}", at.line, at.column)
    };
    let documents = yaml::read(text, Numbers::AsWritten);
    let documents: Result<Vec<_>, _> = documents.into_iter().collect();
    match documents
        .map_err(|error| placed((error.message, error.at)))?
        .as_slice()
    {
        [] => Ok(None),
        [document] if document.root().is_null() => Ok(None),
        [document] => understand(document).map(Some).map_err(placed),
        [_, second, ..] => {
            let message = format!("{what} are one document, but here is a second one");
            Err(placed((message, second.item().span())))
        }
    }
}

/// The fields of a map that may have these and no others.
///
/// # Errors
///
/// It is no map, or has another field.
pub(crate) fn entries<'d>(
    item: Item<'d>,
    what: &str,
    known: &[&str],
) -> Result<impl Iterator<Item = Entry<'d>>, Wrong> {
    if item.value().as_map().is_none() {
        return wrong(
            item,
            &format!("{what} has the fields `{}`", known.join("`, `")),
        );
    }
    for entry in item.entries() {
        if !known.contains(&entry.key) {
            let mut message = format!("{what} has no field `{}`", entry.key);
            if let Some(meant) = nearest(entry.key, known.iter().copied()) {
                message += &format!("; `{meant}` exists");
            }
            return Err((message, entry.key_span));
        }
    }
    Ok(item.entries())
}

/// A mistake at the place of `item`.
///
/// # Errors
///
/// Always.
pub(crate) fn wrong<T>(item: Item<'_>, message: &str) -> Result<T, Wrong> {
    Err((message.to_owned(), item.span()))
}
