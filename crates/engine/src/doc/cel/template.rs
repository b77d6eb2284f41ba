//! Templates of GeneratingPolicies: YAML whose values may hold `(( expression ))`.
//!
//! Comes in:  the text of a template.
//! Goes out:  [`Template`]s: what stays as it is, and the expressions between.
//! Never here: evaluation.

mod placeholder;

use portcullis_lang::diagnostic::position;
use portcullis_lang::value::{Document, Item, Numbers, Span, Value, yaml};

use super::expression::{Expression, Text, Wanted};
use super::kyverno::Compiler;
use placeholder::{Part, parts};

/// The objects that a template makes, as trees.
#[derive(Debug)]
pub struct Template(pub Vec<Piece>);

/// A part of a template.
#[derive(Debug)]
pub enum Piece {
    /// As it stands.
    Constant(Document),
    /// The value of an expression, whatever it is.
    Value(Expression),
    /// Text with values in it.
    Text(Vec<Result<String, Expression>>),
    /// A list with such parts.
    List(Vec<Piece>),
    /// A map with such parts.
    Map(Vec<(String, Piece)>),
}

impl Template {
    /// Reads a text. Errors name the line where they can.
    pub(super) fn read(
        text: &Text,
        interpolates: bool,
        compiler: &Compiler,
        place: &str,
    ) -> Result<Template, String> {
        let reader = Reader {
            text: &text.text,
            interpolates,
            compiler,
            place,
            span: text.at,
        };
        let mut objects = Vec::new();
        for document in yaml::read(&text.text, Numbers::AsWritten) {
            let document = document.map_err(|error| reader.at(error.at.start, &error.message))?;
            match document.root() {
                Value::Null => continue,
                Value::Map(map) if map.is_empty() => continue,
                Value::Map(_) => objects.push(reader.piece(document.item())?),
                _ => {
                    let at = document.item().span().start;
                    return Err(reader.at(at, "every document of a template is a mapping"));
                }
            }
        }
        if objects.is_empty() {
            return Err("the template holds no document".to_owned());
        }
        Ok(Template(objects))
    }
}

struct Reader<'t> {
    text: &'t str,
    interpolates: bool,
    compiler: &'t Compiler,
    place: &'t str,
    /// Of the whole text in its policy.
    span: Span,
}

impl Reader<'_> {
    fn at(&self, offset: usize, message: &str) -> String {
        format!("line {}: {message}", position(self.text, offset).line)
    }

    fn piece(&self, item: Item<'_>) -> Result<Piece, String> {
        if !self.changes(item) {
            return Ok(Piece::Constant(item.to_document()));
        }
        match item.value() {
            Value::Str(text) => self.scalar(text, item.span().start),
            Value::Bool(_) => {
                let word = self.word(item).unwrap_or_default();
                Ok(Piece::Constant(Document::from_value(Value::Str(word))))
            }
            Value::List(_) => {
                let pieces = item.elements().map(|element| self.piece(element));
                Ok(Piece::List(pieces.collect::<Result<_, _>>()?))
            }
            Value::Map(_) => {
                let entries = item.entries().map(|entry| {
                    let at = entry.key_span.start;
                    match entry.key {
                        "<<" => Err(self.at(at, "merge keys cannot stand beside placeholders")),
                        key if key.contains("((") => {
                            Err(self.at(at, "placeholders cannot stand in mapping keys"))
                        }
                        key => Ok((key.to_owned(), self.piece(entry.item)?)),
                    }
                });
                Ok(Piece::Map(entries.collect::<Result<_, _>>()?))
            }
            _ => Ok(Piece::Constant(item.to_document())),
        }
    }

    fn scalar(&self, text: &str, at: usize) -> Result<Piece, String> {
        let compile = |source: &str| {
            let source = Text {
                text: source.to_owned(),
                at: self.span,
            };
            let place = || self.place.to_owned();
            let compiled = self.compiler.one(source, Wanted::Anything, place);
            compiled.map_err(|error| self.at(at, &error))
        };
        let parts = parts(text).map_err(|error| self.at(at, &error))?;
        if let [Part::Expression(source)] = parts.as_slice() {
            return compile(source).map(Piece::Value);
        }
        let pieces = parts.into_iter().map(|part| match part {
            Part::Text(text) => Ok(Ok(text)),
            Part::Expression(source) => compile(&source).map(Err),
        });
        Ok(Piece::Text(pieces.collect::<Result<_, _>>()?))
    }

    /// Is there anything in it that is more than it stands for?
    fn changes(&self, item: Item<'_>) -> bool {
        match item.value() {
            Value::Str(text) => self.interpolates && text.contains("(("),
            Value::Bool(_) => self.word(item).is_some(),
            Value::List(_) => item.elements().any(|element| self.changes(element)),
            Value::Map(_) => item.entries().any(|entry| {
                (self.interpolates && entry.key.contains("((")) || self.changes(entry.item)
            }),
            _ => false,
        }
    }

    /// The word that a truth value is written with, where it is only one in YAML 1.1: templates are
    /// read as YAML 1.2, in which `y` and `off` are texts.
    fn word(&self, item: Item<'_>) -> Option<&str> {
        let span = item.span();
        let word = self.text.get(span.start..span.end)?.trim();
        (!word.eq_ignore_ascii_case("true") && !word.eq_ignore_ascii_case("false")).then_some(word)
    }
}
