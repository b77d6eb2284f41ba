//! The plain part of YAML, read in one sweep: what tools print, and most people write.
//!
//! Comes in:  one document's text.
//! Goes out:  the same [`Document`] that the parser makes of it, or `None`: let the parser judge.
//! Never here: errors, and a second opinion. What is not plain is left to the parser, whatever it is:
//!             the first doubt ends the sweep.
//!
//! ```text
//! document  = { entry }                  ASCII without tabs; blank lines and whole lines of comment
//! entry     = column, key ":" [ value ] | column, "-" ( value | entry )
//! value     = word | "'" text "'" | '"' text '"' | "[]" | "{}"       all of it on this line
//! ```
//!
//! A key is text and stands once in its map. No anchors, aliases, tags, block texts, flow collections
//! with anything in them, escapes, values of several lines.
//!
//! Cost: some twentieth of the parser's (`benches` of the reader: `portcullis apply` on many objects).

use std::collections::HashSet;

use super::split::Part;
use super::{Scalar, resolve};
use crate::value::tape::Open;
use crate::value::{Document, Numbers, Span, TapeBuilder};

/// Deeper documents are the parser's, which knows where to stop.
const MAX_DEPTH: usize = 64;

/// Longer keys are the parser's: it looks for the colon so far and no further.
const MAX_KEY: usize = 256;

/// More comments are the parser's, which holds back so many of them and no more.
const MAX_COMMENTS: usize = 64;

/// Maps of so many entries are looked through for a key that stands twice; larger ones use a table.
const FEW: usize = 16;

/// Reads a document that is plain.
pub(super) fn read(part: Part<'_>, numbers: Numbers) -> Option<Document> {
    // A block at a time, without a branch for each byte.
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n');
    let are_plain = |bytes: &[u8]| bytes.iter().fold(true, |all, byte| all & is_plain(byte));
    if !part.text.as_bytes().chunks(256).all(are_plain) {
        return None;
    }
    let mut sweep = Sweep {
        text: part.text,
        offset: part.offset,
        at: 0,
        column: 0,
        comments: 0,
        tape: TapeBuilder::with_capacity(part.text.len()),
        spans: Vec::with_capacity(part.text.len() / 12),
        numbers,
    };
    sweep.seek_content(0)?;
    if sweep.is_over() {
        return None;
    }
    sweep.block(0)?;
    sweep
        .is_over()
        .then(|| Document::build(sweep.tape, sweep.spans))
}

struct Sweep<'a> {
    text: &'a str,
    /// Where the text begins in the stream.
    offset: usize,
    /// The next byte that says something, and how far it stands from the start of its line.
    at: usize,
    column: usize,
    comments: usize,
    tape: TapeBuilder,
    spans: Vec<Span>,
    numbers: Numbers,
}

/// All of these return `None` in doubt.
impl<'a> Sweep<'a> {
    fn rest(&self, at: usize) -> &'a [u8] {
        self.text.as_bytes().get(at..).unwrap_or_default()
    }

    fn is_over(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Goes to the first byte that says something, from the start of a line on.
    fn seek_content(&mut self, mut line: usize) -> Option<()> {
        loop {
            let rest = self.rest(line);
            let column = blanks(rest);
            self.at = line + column;
            self.column = column;
            match rest.get(column) {
                None => return Some(()),
                Some(b'\n') => line = self.at + 1,
                Some(b'#') => line = self.comment(self.at)?,
                // Directives, and the ends of documents.
                Some(b'%') if column == 0 => return None,
                Some(_) if rest.starts_with(b"---") || rest.starts_with(b"...") => return None,
                Some(_) => return Some(()),
            }
        }
    }

    /// The start of the line behind a comment.
    fn comment(&mut self, at: usize) -> Option<usize> {
        self.comments += 1;
        let end = memchr::memchr(b'\n', self.rest(at)).map(|length| at + length + 1);
        (self.comments <= MAX_COMMENTS).then(|| end.unwrap_or(self.text.len()))
    }

    /// Goes on behind a value: nothing else may stand on its line.
    fn end_line(&mut self, end: usize) -> Option<()> {
        let rest = self.rest(end);
        let blank = blanks(rest);
        match rest.get(blank) {
            None => {
                self.at = self.text.len();
                self.column = 0;
                Some(())
            }
            Some(b'\n') => self.seek_content(end + blank + 1),
            Some(b'#') if blank > 0 => {
                let next = self.comment(end + blank)?;
                self.seek_content(next)
            }
            Some(_) => None,
        }
    }

    /// Reads a list or a map that begins here. Returns where its last item ends.
    fn block(&mut self, depth: usize) -> Option<usize> {
        if depth > MAX_DEPTH {
            return None;
        }
        match is_dash(self.rest(self.at)) {
            true => self.list(self.at, depth),
            false => self.map(depth),
        }
    }

    /// Reads a list whose dashes stand below the key that has it. To the parser such a list begins
    /// where its first item does.
    fn list_below_key(&mut self, depth: usize) -> Option<usize> {
        let start = self.at + 1 + blanks(self.rest(self.at + 1));
        match self.rest(start).first() {
            None | Some(b'\n' | b'#') => None,
            Some(_) => self.list(start, depth),
        }
    }

    /// `start`: where it begins as far as its span is concerned.
    fn list(&mut self, start: usize, depth: usize) -> Option<usize> {
        let column = self.column;
        let container = self.open(start, TapeBuilder::open_list);
        let (mut items, mut end) = (0, self.at);
        while !self.is_over() && self.column == column && is_dash(self.rest(self.at)) {
            let inner = self.at + 1 + blanks(self.rest(self.at + 1));
            match self.rest(inner).first() {
                None | Some(b'\n' | b'#') => {
                    self.end_line(self.at + 1)?;
                    if self.is_over() || self.column <= column {
                        return None;
                    }
                    end = self.block(depth + 1)?;
                }
                Some(_) if is_dash(self.rest(inner)) || key_length(self.rest(inner)).is_some() => {
                    self.column += inner - self.at;
                    self.at = inner;
                    end = self.block(depth + 1)?;
                }
                Some(_) => end = self.value(inner)?,
            }
            items += 1;
        }
        // More to the right would belong to the last item.
        let is_done = self.is_over() || self.column <= column;
        is_done.then(|| self.close(container, items, end))
    }

    fn map(&mut self, depth: usize) -> Option<usize> {
        let column = self.column;
        let container = self.open(self.at, TapeBuilder::open_map);
        let (mut keys, mut end) = (Keys::default(), self.at);
        while !self.is_over() && self.column == column {
            let length = key_length(self.rest(self.at))?;
            let colon = self.at + length;
            let key = self.text.get(self.at..colon)?;
            if resolve(key) != Scalar::Text || !keys.add(key) {
                return None;
            }
            self.tape.text(key);
            self.spans.push(self.span(self.at, colon));
            let inner = colon + 1 + blanks(self.rest(colon + 1));
            end = match self.rest(inner).first() {
                None | Some(b'\n' | b'#') => {
                    self.end_line(colon + 1)?;
                    match self.column {
                        _ if self.is_over() => return None,
                        inner if inner > column => self.block(depth + 1)?,
                        inner if inner == column && is_dash(self.rest(self.at)) => {
                            self.list_below_key(depth + 1)?
                        }
                        // What is empty is the parser's.
                        _ => return None,
                    }
                }
                Some(_) => self.value(inner)?,
            };
        }
        let is_done = self.is_over() || self.column <= column;
        is_done.then(|| self.close(container, keys.len(), end))
    }

    /// Reads what stands on the rest of a line. Returns where it ends.
    fn value(&mut self, at: usize) -> Option<usize> {
        let rest = self.rest(at);
        let length = match rest {
            [quote @ (b'"' | b'\''), text @ ..] => {
                let length = memchr::memchr3(*quote, b'\\', b'\n', text)?;
                (text.get(length) == Some(quote)).then_some(())?;
                self.tape.text(self.text.get(at + 1..at + 1 + length)?);
                length + 2
            }
            [b'[', b']', ..] => {
                let open = self.tape.open_list();
                self.tape.close(open, 0);
                2
            }
            [b'{', b'}', ..] => {
                let open = self.tape.open_map();
                self.tape.close(open, 0);
                2
            }
            _ => {
                let length = word_length(rest)?;
                self.word(self.text.get(at..at + length)?)?;
                length
            }
        };
        self.spans.push(self.span(at, at + length));
        self.end_line(at + length)?;
        Some(at + length)
    }

    fn word(&mut self, word: &str) -> Option<()> {
        match resolve(word) {
            Scalar::Text => self.tape.text(word),
            Scalar::Null => self.tape.null(),
            Scalar::Bool(flag) => self.tape.bool(flag),
            Scalar::Int(number) if self.numbers == Numbers::AsWritten => self.tape.int(number),
            Scalar::Int(number) => self.tape.float(number as f64),
            Scalar::Float(number) if number.is_finite() => self.tape.float(number),
            Scalar::Float(_) => return None,
        }
        Some(())
    }

    fn open(&mut self, start: usize, open: impl Fn(&mut TapeBuilder) -> Open) -> Container {
        let span = self.spans.len();
        self.spans.push(self.span(start, start));
        Container {
            open: open(&mut self.tape),
            span,
        }
    }

    fn close(&mut self, container: Container, items: usize, end: usize) -> usize {
        self.tape.close(container.open, items);
        if let Some(span) = self.spans.get_mut(container.span) {
            span.end = self.offset + end;
        }
        end
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span {
            start: self.offset + start,
            end: self.offset + end,
        }
    }
}

/// A collection that is being read.
struct Container {
    open: Open,
    /// The index of its span.
    span: usize,
}

/// The keys of a map so far.
#[derive(Default)]
struct Keys<'a> {
    few: Vec<&'a str>,
    many: HashSet<&'a str>,
}

impl<'a> Keys<'a> {
    /// Is it new?
    fn add(&mut self, key: &'a str) -> bool {
        if self.few.len() < FEW {
            let is_new = !self.few.contains(&key);
            self.few.push(key);
            return is_new;
        }
        if self.many.is_empty() {
            self.many.extend(&self.few);
        }
        self.many.insert(key)
    }

    fn len(&self) -> usize {
        self.few.len().max(self.many.len())
    }
}

/// How many spaces it begins with.
fn blanks(text: &[u8]) -> usize {
    text.iter().take_while(|byte| **byte == b' ').count()
}

/// Does a list item begin here?
fn is_dash(text: &[u8]) -> bool {
    matches!(text, [b'-'] | [b'-', b' ' | b'\n', ..])
}

/// The length of a key that begins here, of the plainest kind, with its colon behind it.
fn key_length(text: &[u8]) -> Option<usize> {
    let in_key =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/');
    let length = text.iter().take_while(|byte| in_key(byte)).count();
    let begins = text.first().is_some_and(|first| *first != b'-') && length <= MAX_KEY;
    let ends = matches!(text.get(length..), Some([b':'] | [b':', b' ' | b'\n', ..]));
    (length > 0 && begins && ends).then_some(length)
}

/// The length of an unquoted value that begins here and ends with its line or before a comment.
fn word_length(text: &[u8]) -> Option<usize> {
    let may_begin = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'_' | b'.' | b'/' | b'~' | b'+' | b'(' | b'$' | b'^')
    };
    match text {
        [b'-', second, ..] if may_begin(*second) || *second == b'-' => {}
        [first, ..] if may_begin(*first) => {}
        _ => return None,
    }
    let mut length = 0;
    for (index, byte) in text.iter().enumerate() {
        let next = text.get(index + 1);
        match byte {
            b'\n' => break,
            b' ' if next == Some(&b'#') => break,
            b' ' => continue,
            b':' if matches!(next, None | Some(b' ' | b'\n')) => return None,
            _ => length = index + 1,
        }
    }
    Some(length)
}

#[cfg(test)]
mod tests;
