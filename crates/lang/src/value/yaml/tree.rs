//! Events to a tree, a tree to a tape: anchors, merge keys and repeated keys are settled here.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{
    Event, Parser, ScalarStyle, ScanError, Span as SourceSpan, StrInput, StructureStyle, Tag,
};

use super::split::Part;
use super::{Scalar, YamlError, resolve};
use crate::value::{Document, Numbers, Span, TapeBuilder};

/// How deep a document may nest; deeper is an error, never a full stack.
const MAX_DEPTH: usize = 256;

/// How many nodes aliases may bring in, so that a small text cannot become a huge document.
const MAX_ALIASED: usize = 100_000;

/// How the end of a text is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Ending {
    /// As if a newline stood there: what Kubernetes' reader adds to every line.
    Lines,
    /// As it is: a block text that ends with the text has no newline.
    Raw,
}

/// Reads one document; `None` when it holds no node at all.
pub(super) fn read(
    part: Part<'_>,
    numbers: Numbers,
    ending: Ending,
) -> Result<Option<Document>, YamlError> {
    let mut reader = Reader {
        part,
        ending,
        parser: Parser::new_from_str(part.text),
        anchors: HashMap::new(),
        aliased: 0,
        flow: 0,
    };
    let Some(tree) = reader.document()? else {
        return Ok(None);
    };
    let mut tape = Writer {
        tape: TapeBuilder::default(),
        spans: Vec::new(),
        numbers,
    };
    tape.node(&tree);
    Ok(Some(Document::build(tape.tape, tape.spans)))
}

#[derive(Clone, Debug)]
struct Tree<'a> {
    span: Span,
    kind: Kind<'a>,
}

#[derive(Clone, Debug)]
enum Kind<'a> {
    Text(Cow<'a, str>),
    Scalar(Scalar),
    List(Vec<Tree<'a>>),
    /// In document order, each key once.
    Map(Vec<(Key<'a>, Tree<'a>)>),
}

#[derive(Clone, Debug)]
struct Key<'a> {
    text: Cow<'a, str>,
    span: Span,
}

struct Reader<'a> {
    part: Part<'a>,
    ending: Ending,
    parser: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, Tree<'a>>,
    aliased: usize,
    /// How many `[` and `{` are open.
    flow: usize,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<Option<Tree<'a>>, YamlError> {
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(None),
                Event::DocumentStart(_, Some(version))
                    if (version.major, version.minor) != (1, 1) =>
                {
                    let directive = self.part.text.find("%YAML").unwrap_or_default();
                    let start = self.part.offset + directive;
                    let at = Span { start, end: start };
                    return Err(error("found incompatible YAML document".to_owned(), at));
                }
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                node => return self.node(node, span, 0).map(Some),
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), YamlError> {
        match self.parser.next_event() {
            Some(Ok((Event::Comment(..), _))) => self.next(),
            Some(Ok((event, span))) => Ok((event, self.place(span))),
            Some(Err(error)) => Err(self.refuse(&error)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Tree<'a>, YamlError> {
        if depth > MAX_DEPTH {
            return Err(error(
                format!("nested deeper than {MAX_DEPTH} levels"),
                span,
            ));
        }
        self.no_tab_before(span)?;
        let (anchor, tree) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let text = self.ended(text, style, span);
                (anchor, scalar(text, style, tag.as_deref(), span)?)
            }
            Event::SequenceStart(style, anchor, _) => {
                let flow = usize::from(style == StructureStyle::Flow);
                // The span of a block begins at its first `-`, and is empty.
                self.no_tab_before(Span {
                    end: span.start + 1,
                    ..span
                })?;
                self.flow += flow;
                let list = self.list(span, depth, style)?;
                self.flow -= flow;
                (anchor, list)
            }
            Event::MappingStart(style, anchor, _) => {
                let flow = usize::from(style == StructureStyle::Flow);
                self.flow += flow;
                let map = self.map(span, depth, style)?;
                self.flow -= flow;
                (anchor, map)
            }
            Event::Alias(anchor) => return self.alias(anchor, span),
            _ => return Err(error("expected a value".to_owned(), span)),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, tree.clone());
        }
        Ok(tree)
    }

    /// Go's parser takes no tab where a line's indentation or a `-` leads up to a node.
    fn no_tab_before(&self, span: Span) -> Result<(), YamlError> {
        let before = self
            .part
            .text
            .get(..span.start - self.part.offset)
            .unwrap_or_default();
        let leading = before.trim_end_matches([' ', '\t']);
        let blank = before.get(leading.len()..).unwrap_or_default();
        let is_indentation = leading.is_empty() || leading.ends_with(['\n', '-', '?']);
        if self.flow == 0 && span.start < span.end && is_indentation && blank.contains('\t') {
            let message = "found character that cannot start any token";
            return Err(error(message.to_owned(), span));
        }
        Ok(())
    }

    /// The parser ends a block text that ends with the document as if a newline stood there.
    fn ended(&self, text: Cow<'a, str>, style: ScalarStyle, span: Span) -> Cow<'a, str> {
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let is_last = span.end == self.part.offset + self.part.text.len();
        if self.ending == Ending::Lines || !is_block || !is_last || self.part.text.ends_with('\n') {
            return text;
        }
        match text.strip_suffix('\n') {
            Some(stripped) => Cow::Owned(stripped.to_owned()),
            None => text,
        }
    }

    fn list(
        &mut self,
        start: Span,
        depth: usize,
        style: StructureStyle,
    ) -> Result<Tree<'a>, YamlError> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                // A block has no end of its own: the event stands at whatever follows it.
                let end = match (style, items.last()) {
                    (StructureStyle::Block, Some(Tree { span, .. })) => span.end,
                    _ => span.end,
                };
                let span = Span {
                    start: start.start,
                    end,
                };
                return Ok(Tree {
                    span,
                    kind: Kind::List(items),
                });
            }
            items.push(self.node(event, span, depth + 1)?);
        }
    }

    fn map(
        &mut self,
        start: Span,
        depth: usize,
        style: StructureStyle,
    ) -> Result<Tree<'a>, YamlError> {
        let mut entries: Vec<(Key<'a>, Tree<'a>)> = Vec::new();
        let mut known = HashMap::new();
        let mut merged = Vec::new();
        let mut end = start.end;
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                if style == StructureStyle::Flow {
                    end = span.end;
                }
                break;
            }
            let is_merge =
                matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let key = key(self.node(event, span, depth + 1)?)?;
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            end = value.span.end.max(key.span.end);
            if is_merge {
                merged.push(value);
                continue;
            }
            let next = entries.len();
            let index = *known.entry(key.text.clone()).or_insert(next);
            match entries.get_mut(index) {
                Some(entry) => *entry = (key, value),
                None => entries.push((key, value)),
            }
        }
        for value in merged {
            merge(&mut entries, &mut known, value)?;
        }
        Ok(Tree {
            span: Span {
                start: start.start,
                end,
            },
            kind: Kind::Map(entries),
        })
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<Tree<'a>, YamlError> {
        let Some(tree) = self.anchors.get(&anchor) else {
            return Err(error(
                "an alias stands inside the node that it names".to_owned(),
                span,
            ));
        };
        self.aliased += tree.size();
        if self.aliased > MAX_ALIASED {
            return Err(error(
                format!("aliases bring in more than {MAX_ALIASED} nodes"),
                span,
            ));
        }
        Ok(Tree {
            span,
            kind: tree.kind.clone(),
        })
    }

    fn place(&self, span: SourceSpan) -> Span {
        let byte = |at: Option<usize>| self.part.offset + at.unwrap_or_default();
        Span {
            start: byte(span.start.byte_offset()),
            end: byte(span.end.byte_offset()),
        }
    }

    fn refuse(&self, fault: &ScanError) -> YamlError {
        let at = self.part.offset + fault.marker().byte_offset().unwrap_or_default();
        error(fault.info().to_owned(), Span { start: at, end: at })
    }
}

impl Tree<'_> {
    fn size(&self) -> usize {
        1 + match &self.kind {
            Kind::List(items) => items.iter().map(Tree::size).sum(),
            Kind::Map(entries) => entries
                .iter()
                .map(|(_, value)| 1 + value.size())
                .sum::<usize>(),
            _ => 0,
        }
    }
}

fn error(message: String, at: Span) -> YamlError {
    YamlError { message, at }
}

fn scalar<'a>(
    text: Cow<'a, str>,
    style: ScalarStyle,
    tag: Option<&Tag>,
    span: Span,
) -> Result<Tree<'a>, YamlError> {
    let kind = match tag
        .and_then(|tag| tag.suffix_in_namespace("tag:yaml.org,2002:"))
        .as_deref()
    {
        Some("str") => Kind::Text(text),
        Some("binary") => Kind::Text(Cow::Owned(binary(&text, span)?)),
        Some(_) => plain(text),
        None if style == ScalarStyle::Plain && tag.is_none() => plain(text),
        None => Kind::Text(text),
    };
    if let Kind::Scalar(Scalar::Float(number)) = kind
        && !number.is_finite()
    {
        return Err(error(
            "`.inf` and `.nan` have no place in JSON".to_owned(),
            span,
        ));
    }
    Ok(Tree { span, kind })
}

fn plain(text: Cow<'_, str>) -> Kind<'_> {
    match resolve(&text) {
        Scalar::Text => Kind::Text(text),
        scalar => Kind::Scalar(scalar),
    }
}

fn binary(text: &str, span: Span) -> Result<String, YamlError> {
    use base64::Engine;
    let packed: String = text.split_whitespace().collect();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(packed)
        .map_err(|_| error("`!!binary` value is not base64".to_owned(), span))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Keys are text in JSON: other scalars are printed, anything else is refused.
fn key(tree: Tree<'_>) -> Result<Key<'_>, YamlError> {
    let text = match tree.kind {
        Kind::Text(text) => text,
        Kind::Scalar(Scalar::Bool(flag)) => Cow::Owned(flag.to_string()),
        Kind::Scalar(Scalar::Int(number)) => Cow::Owned(number.to_string()),
        Kind::Scalar(Scalar::Float(number)) => Cow::Owned(number.to_string()),
        _ => {
            return Err(error(
                "a map key is a scalar other than null".to_owned(),
                tree.span,
            ));
        }
    };
    Ok(Key {
        text,
        span: tree.span,
    })
}

/// `<<`: entries of the named map (or maps) that this map does not have itself.
fn merge<'a>(
    entries: &mut Vec<(Key<'a>, Tree<'a>)>,
    known: &mut HashMap<Cow<'a, str>, usize>,
    source: Tree<'a>,
) -> Result<(), YamlError> {
    match source.kind {
        Kind::Map(more) => {
            for (key, value) in more {
                let next = entries.len();
                if *known.entry(key.text.clone()).or_insert(next) == next {
                    entries.push((key, value));
                }
            }
            Ok(())
        }
        Kind::List(maps) => maps
            .into_iter()
            .try_for_each(|map| merge(entries, known, map)),
        _ => Err(error(
            "map merge requires map or sequence of maps as the value".to_owned(),
            source.span,
        )),
    }
}

struct Writer {
    tape: TapeBuilder,
    spans: Vec<Span>,
    numbers: Numbers,
}

impl Writer {
    fn node(&mut self, tree: &Tree<'_>) {
        self.spans.push(tree.span);
        match &tree.kind {
            Kind::Text(text) => self.tape.text(text),
            Kind::Scalar(Scalar::Null | Scalar::Text) => self.tape.null(),
            Kind::Scalar(Scalar::Bool(flag)) => self.tape.bool(*flag),
            Kind::Scalar(Scalar::Int(number)) if self.numbers == Numbers::AsWritten => {
                self.tape.int(*number)
            }
            Kind::Scalar(Scalar::Int(number)) => self.tape.float(*number as f64),
            Kind::Scalar(Scalar::Float(number)) => self.tape.float(*number),
            Kind::List(items) => {
                let open = self.tape.open_list();
                items.iter().for_each(|item| self.node(item));
                self.tape.close(open, items.len());
            }
            Kind::Map(entries) => {
                let open = self.tape.open_map();
                for (key, value) in entries {
                    self.tape.text(&key.text);
                    self.spans.push(key.span);
                    self.node(value);
                }
                self.tape.close(open, entries.len());
            }
        }
    }
}
