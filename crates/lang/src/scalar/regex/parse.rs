//! Go's regular expression syntax: text -> tree.
//!
//! Comes in:  a pattern.
//! Goes out:  a tree of regex-syntax that means the same, and the names of the groups.
//! Never here: sets and escapes of single characters (see `class`), matching.
//!
//! One pass from left to right, so that of several mistakes the one is reported that Go
//! reports. Open groups are on a list, not on the call stack; only the finished tree is
//! nested, at most [`MAX_HEIGHT`] deep.

use std::fmt;

use regex_syntax::hir::{Capture, Class, ClassUnicode, Hir, Look, Repetition};

use super::class;

/// The highest tree.
const MAX_HEIGHT: u32 = 1000;
/// The largest count of a repetition, those around it multiplied in.
const MAX_REPEAT: u32 = 1000;

/// A pattern as a tree.
pub(super) struct Tree {
    pub(super) hir: Hir,
    /// Names of the groups from 0 on.
    pub(super) names: Vec<Option<Box<str>>>,
}

/// Why a pattern cannot be compiled. The text is that of Go's `regexp`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RegexError {
    problem: &'static str,
    /// The part of the pattern that is wrong.
    part: Box<str>,
}

impl RegexError {
    pub(super) fn new(problem: &'static str, part: &str) -> Self {
        Self {
            problem,
            part: part.into(),
        }
    }

    pub(super) fn too_large(pattern: &str) -> Self {
        Self::new("expression too large", pattern)
    }
}

impl fmt::Display for RegexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error parsing regexp: {}: `{}`", self.problem, self.part)
    }
}

impl std::error::Error for RegexError {}

pub(super) fn parse(pattern: &str) -> Result<Tree, RegexError> {
    let mut parser = Parser {
        pattern,
        flags: Flags::default(),
        open: Vec::new(),
        level: Level::default(),
        names: vec![None],
    };
    let mut rest = pattern;
    let mut last_repeat = None;
    while let Some(c) = rest.chars().next() {
        let before = rest;
        let is_repeat;
        (rest, is_repeat) = parser.step(c, rest, last_repeat)?;
        last_repeat = is_repeat.then_some(before);
    }
    if !parser.open.is_empty() {
        return Err(RegexError::new("missing closing )", pattern));
    }
    let whole = std::mem::take(&mut parser.level).close();
    parser.check_height(&whole)?;
    Ok(Tree {
        hir: whole.hir,
        names: parser.names,
    })
}

/// What `(?imsU)` switches.
#[derive(Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) fold_case: bool,
    multi_line: bool,
    dot_newline: bool,
    swap_greed: bool,
}

struct Parser<'a> {
    pattern: &'a str,
    flags: Flags,
    /// The levels around the current one, outermost first.
    open: Vec<Group>,
    level: Level,
    names: Vec<Option<Box<str>>>,
}

struct Group {
    outer: Level,
    /// The flags that hold again behind the group.
    flags: Flags,
    capture: Option<u32>,
}

/// What stands between two parentheses.
#[derive(Default)]
struct Level {
    alternatives: Vec<Expr>,
    current: Vec<Expr>,
}

struct Expr {
    hir: Hir,
    height: u32,
    /// How many copies of its innermost part the counted repetitions in it make.
    copies: u32,
}

impl Expr {
    fn leaf(hir: Hir) -> Self {
        Self {
            hir,
            height: 1,
            copies: 1,
        }
    }

    fn gather(mut parts: Vec<Self>, join: fn(Vec<Hir>) -> Hir) -> Self {
        if parts.len() == 1
            && let Some(only) = parts.pop()
        {
            return only;
        }
        let height = 1 + parts.iter().map(|part| part.height).max().unwrap_or(0);
        let copies = parts.iter().map(|part| part.copies).max().unwrap_or(1);
        let hir = join(parts.into_iter().map(|part| part.hir).collect());
        Self {
            hir,
            height,
            copies,
        }
    }
}

impl Level {
    fn bar(&mut self) {
        let current = std::mem::take(&mut self.current);
        self.alternatives.push(Expr::gather(current, Hir::concat));
    }

    fn close(mut self) -> Expr {
        self.bar();
        Expr::gather(self.alternatives, Hir::alternation)
    }
}

impl Parser<'_> {
    /// Reads one thing at the start of `text`. Also says whether it was a repetition.
    fn step<'a>(
        &mut self,
        c: char,
        text: &'a str,
        last_repeat: Option<&'a str>,
    ) -> Result<(&'a str, bool), RegexError> {
        let after = text.get(c.len_utf8()..).unwrap_or_default();
        let rest = match c {
            '(' if after.starts_with('?') => self.flags_or_group(text)?,
            '(' => {
                self.open_capture(None);
                after
            }
            '|' => {
                self.level.bar();
                after
            }
            ')' => {
                self.close_group()?;
                after
            }
            '^' => {
                let look = if self.flags.multi_line {
                    Look::StartLF
                } else {
                    Look::Start
                };
                self.push(Hir::look(look));
                after
            }
            '$' => {
                let look = if self.flags.multi_line {
                    Look::EndLF
                } else {
                    Look::End
                };
                self.push(Hir::look(look));
                after
            }
            '.' => {
                self.push(class::dot(self.flags.dot_newline));
                after
            }
            '[' => {
                let (class, rest) = class::set(text, self.flags.fold_case)?;
                self.push(Hir::class(Class::Unicode(class)));
                rest
            }
            '*' => return Ok((self.repeat((0, None), text, after, last_repeat)?, true)),
            '+' => return Ok((self.repeat((1, None), text, after, last_repeat)?, true)),
            '?' => return Ok((self.repeat((0, Some(1)), text, after, last_repeat)?, true)),
            '{' => match counts(after) {
                Some((counts, after)) => {
                    let counts = counts.ok_or_else(|| {
                        RegexError::new("invalid repeat count", consumed(text, after))
                    })?;
                    return Ok((self.repeat(counts, text, after, last_repeat)?, true));
                }
                // No count: the brace is itself.
                None => {
                    self.literal(u32::from(c));
                    after
                }
            },
            '\\' => self.escape(text)?,
            _ => {
                self.literal(u32::from(c));
                after
            }
        };
        Ok((rest, false))
    }

    fn push(&mut self, hir: Hir) {
        self.level.current.push(Expr::leaf(hir));
    }

    fn literal(&mut self, c: u32) {
        let Some(c) = char::from_u32(c) else {
            // Half a surrogate pair: no text holds one.
            self.push(Hir::fail());
            return;
        };
        if self.flags.fold_case {
            let class = class::folded(ClassUnicode::new([
                regex_syntax::hir::ClassUnicodeRange::new(c, c),
            ]));
            self.push(Hir::class(Class::Unicode(class)));
        } else {
            self.push(Hir::literal(c.encode_utf8(&mut [0; 4]).as_bytes()));
        }
    }

    fn escape<'a>(&mut self, text: &'a str) -> Result<&'a str, RegexError> {
        let after = text.get(2..).unwrap_or_default();
        let look = match text.as_bytes().get(1) {
            Some(b'A') => Look::Start,
            Some(b'z') => Look::End,
            Some(b'b') => Look::WordAscii,
            Some(b'B') => Look::WordAsciiNegate,
            Some(b'C') => {
                return Err(RegexError::new(
                    "invalid escape sequence",
                    consumed(text, after),
                ));
            }
            Some(b'Q') => {
                let (quoted, rest) = after.split_once("\\E").unwrap_or((after, ""));
                quoted.chars().for_each(|c| self.literal(u32::from(c)));
                return Ok(rest);
            }
            _ => {
                if let Some((class, rest)) = class::escaped_class(text, self.flags.fold_case)? {
                    self.push(Hir::class(Class::Unicode(class)));
                    return Ok(rest);
                }
                let (c, rest) = class::escaped_char(text)?;
                self.literal(c);
                return Ok(rest);
            }
        };
        self.push(Hir::look(look));
        Ok(after)
    }

    fn open_capture(&mut self, name: Option<&str>) {
        let index = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name.map(Into::into));
        self.open_group(Some(index));
    }

    fn open_group(&mut self, capture: Option<u32>) {
        let outer = std::mem::take(&mut self.level);
        self.open.push(Group {
            outer,
            flags: self.flags,
            capture,
        });
    }

    fn close_group(&mut self) -> Result<(), RegexError> {
        let Some(Group {
            outer,
            flags,
            capture,
        }) = self.open.pop()
        else {
            return Err(RegexError::new("unexpected )", self.pattern));
        };
        let mut inner = std::mem::replace(&mut self.level, outer).close();
        if let Some(index) = capture {
            let sub = Box::new(inner.hir);
            // Names stay with us: one may stand at several groups.
            inner.hir = Hir::capture(Capture {
                index,
                name: None,
                sub,
            });
            inner.height += 1;
        }
        self.check_height(&inner)?;
        self.flags = flags;
        self.level.current.push(inner);
        Ok(())
    }

    fn check_height(&self, expr: &Expr) -> Result<(), RegexError> {
        if expr.height > MAX_HEIGHT {
            return Err(RegexError::new("expression nests too deeply", self.pattern));
        }
        Ok(())
    }

    /// Repeats the last thing. `text` starts at the operator, `after` follows it.
    fn repeat<'a>(
        &mut self,
        (min, max): (u32, Option<u32>),
        text: &'a str,
        after: &'a str,
        last_repeat: Option<&'a str>,
    ) -> Result<&'a str, RegexError> {
        let (after, lazy) = match after.strip_prefix('?') {
            Some(after) => (after, true),
            None => (after, false),
        };
        if let Some(last) = last_repeat {
            let part = consumed(last, after);
            return Err(RegexError::new("invalid nested repetition operator", part));
        }
        let Some(inner) = self.level.current.pop() else {
            let part = consumed(text, after);
            return Err(RegexError::new(
                "missing argument to repetition operator",
                part,
            ));
        };
        let counted = text.starts_with('{');
        let count = match max {
            // Never repeated: what is inside makes no copies.
            Some(0) => 0,
            Some(max) => max.saturating_mul(inner.copies),
            None => min.max(1).saturating_mul(inner.copies),
        };
        let copies = if counted { count } else { inner.copies };
        if copies > MAX_REPEAT && (min >= 2 || max.is_some_and(|max| max >= 2)) {
            return Err(RegexError::new(
                "invalid repeat count",
                consumed(text, after),
            ));
        }
        let hir = Hir::repetition(Repetition {
            min,
            max,
            greedy: lazy == self.flags.swap_greed,
            sub: Box::new(inner.hir),
        });
        let repeated = Expr {
            hir,
            height: inner.height + 1,
            copies: copies.max(1),
        };
        self.check_height(&repeated)?;
        self.level.current.push(repeated);
        Ok(after)
    }

    /// `(?flags)`, `(?flags:`, `(?P<name>` or `(?<name>`.
    fn flags_or_group<'a>(&mut self, text: &'a str) -> Result<&'a str, RegexError> {
        let named = match text.get(2..).unwrap_or_default() {
            rest if rest.starts_with("P<") && rest.len() > 2 => rest.get(2..),
            rest if rest.starts_with('<') && rest.len() > 1 => rest.get(1..),
            _ => None,
        };
        if let Some(named) = named {
            let Some((name, rest)) = named.split_once('>') else {
                return Err(RegexError::new("invalid named capture", text));
            };
            if name.is_empty() || !name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_') {
                return Err(RegexError::new(
                    "invalid named capture",
                    consumed(text, rest),
                ));
            }
            self.open_capture(Some(name));
            return Ok(rest);
        }
        let mut flags = self.flags;
        let (mut on, mut seen) = (true, false);
        let mut rest = text.get(2..).unwrap_or_default();
        while let Some(c) = rest.chars().next() {
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            match c {
                'i' => flags.fold_case = on,
                'm' => flags.multi_line = on,
                's' => flags.dot_newline = on,
                'U' => flags.swap_greed = on,
                '-' if on => {
                    (on, seen) = (false, false);
                    continue;
                }
                ':' | ')' if on || seen => {
                    if c == ':' {
                        self.open_group(None);
                    }
                    self.flags = flags;
                    return Ok(rest);
                }
                _ => break,
            }
            seen = true;
        }
        Err(RegexError::new(
            "invalid or unsupported Perl syntax",
            consumed(text, rest),
        ))
    }
}

/// The start of `text` up to where `rest` begins.
pub(super) fn consumed<'a>(text: &'a str, rest: &str) -> &'a str {
    text.get(..text.len() - rest.len()).unwrap_or(text)
}

/// Bounds of a repetition: at least, and at most.
type Counts = (u32, Option<u32>);

/// `n}`, `n,}` or `n,m}`. `None` when it is none of these; the counts are `None` when it is
/// but they are out of bounds.
fn counts(text: &str) -> Option<(Option<Counts>, &str)> {
    let (min, rest) = integer(text)?;
    let (max, rest) = match rest.strip_prefix(',') {
        None => (Some(min), rest),
        Some(rest) if rest.starts_with('}') => (None, rest),
        Some(rest) => {
            let (max, rest) = integer(rest)?;
            (Some(max), rest)
        }
    };
    let rest = rest.strip_prefix('}')?;
    let fits = min <= MAX_REPEAT && max.is_none_or(|max| (min..=MAX_REPEAT).contains(&max));
    Some((fits.then_some((min, max)), rest))
}

/// Digits without a leading zero. Numbers beyond 32 bits count as the largest of them.
fn integer(text: &str) -> Option<(u32, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    if digits.is_empty() || digits.len() > 1 && digits.starts_with('0') {
        return None;
    }
    Some((digits.parse().unwrap_or(u32::MAX), rest))
}
