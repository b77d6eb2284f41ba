//! Replacement templates: `$1`, `${name}`, `$$`.
//!
//! Comes in:  a template, then the groups of a match.
//! Goes out:  the text that replaces the match.

use regex_automata::util::captures::Captures;

pub(super) struct Template<'a>(Vec<Piece<'a>>);

enum Piece<'a> {
    Text(&'a str),
    Number(usize),
    Name(&'a str),
}

impl<'a> Template<'a> {
    pub(super) fn parse(text: &'a str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            pieces.push(Piece::Text(before));
            (rest, _) = match (after.strip_prefix('$'), group(after)) {
                (Some(after), _) => (after, pieces.push(Piece::Text("$"))),
                (None, Some((piece, after))) => (after, pieces.push(piece)),
                (None, None) => (after, pieces.push(Piece::Text("$"))),
            };
        }
        pieces.push(Piece::Text(rest));
        Self(pieces)
    }

    pub(super) fn expand(
        &self,
        groups: &Captures,
        names: &[Option<Box<str>>],
        text: &str,
        out: &mut String,
    ) {
        let part = |at: usize| groups.get_group(at).and_then(|span| text.get(span.range()));
        for piece in &self.0 {
            out.push_str(match piece {
                Piece::Text(text) => text,
                Piece::Number(at) => part(*at).unwrap_or_default(),
                // Of several groups with the name, the first that has a part.
                Piece::Name(name) => names
                    .iter()
                    .enumerate()
                    .filter(|(_, known)| known.as_deref() == Some(*name))
                    .find_map(|(at, _)| part(at))
                    .unwrap_or_default(),
            });
        }
    }
}

/// The group named behind a `$`, and what follows.
fn group(text: &str) -> Option<(Piece<'_>, &str)> {
    let braced = text.strip_prefix('{');
    let inner = braced.unwrap_or(text);
    let end = inner
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(inner.len());
    let (name, mut rest) = inner.split_at_checked(end)?;
    if name.is_empty() {
        return None;
    }
    if braced.is_some() {
        rest = rest.strip_prefix('}')?;
    }
    let is_number = name.bytes().all(|c| c.is_ascii_digit())
        && name.len() <= 9
        && (name == "0" || !name.starts_with('0'));
    let piece = match name.parse() {
        Ok(number) if is_number => Piece::Number(number),
        _ => Piece::Name(name),
    };
    Some((piece, rest))
}
