//! Regular expressions with RE2's meaning, the one that Go's `regexp` gives them.
//!
//! Comes in:  a pattern in Go's syntax, text, a replacement template.
//! Goes out:  matches, replaced text, or the error that Go prints.
//! Never here: wildcards (see `wildcard`), backtracking, look-around.
//!
//! ```text
//! Go's syntax -> [parse] -> HIR of regex-syntax -> automata of regex-automata
//! ```
//!
//! The pattern is read by our own parser, because the two dialects differ: Go's `\d \w \s \b`
//! know only ASCII, `{` may be a literal, `[[a]` and `[a&&b]` are plain sets, `\Q..\E` and
//! octal escapes exist, and its errors have their own texts. From the tree on it is the
//! machinery of the `regex` crate: time linear in the text, whatever the pattern.

mod class;
mod parse;
mod template;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, fmt, ops::Range};

use regex_automata::{meta, util::captures::Captures};

pub use parse::RegexError;

use template::Template;

/// The most memory that a compiled pattern may take, in bytes.
///
/// Go allows about four times as much; no pattern that a person writes comes near either.
const SIZE_LIMIT: usize = 32 << 20;

/// The tree of a pattern in Go's syntax, for what is not a search.
pub(crate) fn syntax_tree(pattern: &str) -> Result<regex_syntax::hir::Hir, RegexError> {
    parse::parse(pattern).map(|tree| tree.hir)
}

/// A compiled regular expression. Cloning is cheap and shares the program.
#[derive(Clone)]
pub struct Regex {
    source: Box<str>,
    program: meta::Regex,
    /// Names of the groups from 0 on; a name may stand at several.
    names: Box<[Option<Box<str>>]>,
}

impl Regex {
    /// Compiles a pattern in Go's syntax.
    ///
    /// # Errors
    ///
    /// [`RegexError`], with the text of Go's `regexp.Compile`; also for a pattern that would
    /// take more than 32 MiB, which it calls too large.
    pub fn new(pattern: &str) -> Result<Self, RegexError> {
        let tree = parse::parse(pattern)?;
        let limits = meta::Config::new()
            .nfa_size_limit(Some(SIZE_LIMIT))
            .onepass_size_limit(Some(1 << 20));
        let program = meta::Builder::new()
            .configure(limits)
            .build_from_hir(&tree.hir);
        let program = program.map_err(|_| RegexError::too_large(pattern))?;
        Ok(Self {
            source: pattern.into(),
            program,
            names: tree.names.into(),
        })
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// About how many bytes the program takes; compiling it took time in proportion.
    pub fn memory_usage(&self) -> usize {
        self.program.memory_usage()
    }

    /// The groups' names from group 0 on, the whole match, which has none.
    pub fn names(&self) -> impl ExactSizeIterator<Item = Option<&str>> {
        self.names.iter().map(Option::as_deref)
    }

    /// Whether the pattern matches anywhere in `text`. No allocation.
    pub fn is_match(&self, text: &str) -> bool {
        self.program.is_match(text)
    }

    /// Where the pattern matches, from left to right, without overlaps. An empty match right
    /// behind another match does not count.
    pub fn find_iter<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        self.program.find_iter(text).map(|found| found.range())
    }

    /// Where the groups of each match are; `None` for a group without a part in it. The first
    /// is the whole match.
    pub fn captures_iter<'a>(
        &'a self,
        text: &'a str,
    ) -> impl Iterator<Item = Vec<Option<Range<usize>>>> + 'a {
        self.program.captures_iter(text).map(|groups| {
            (0..self.names.len())
                .map(|at| groups.get_group(at).map(|span| span.range()))
                .collect()
        })
    }

    /// Replaces every match by a template: `$1`, `${1}`, `$name`, `${name}` are groups, the
    /// longest name counts (`$1x` is the group `1x`), `$$` is `$`, and a `$` that begins none
    /// of these stays. A group without a part in the match is empty.
    pub fn replace_all<'a>(&self, text: &'a str, template: &str) -> Cow<'a, str> {
        let template = Template::parse(template);
        self.replace_with(text, |groups, out| {
            template.expand(groups, &self.names, text, out)
        })
    }

    /// Replaces every match by a text as it is.
    pub fn replace_all_literal<'a>(&self, text: &'a str, replacement: &str) -> Cow<'a, str> {
        self.replace_with(text, |_, out| out.push_str(replacement))
    }

    fn replace_with<'a>(
        &self,
        text: &'a str,
        mut write: impl FnMut(&Captures, &mut String),
    ) -> Cow<'a, str> {
        let mut out = String::new();
        let mut done = 0;
        let mut any = false;
        for groups in self.program.captures_iter(text) {
            let Some(found) = groups.get_match() else {
                continue;
            };
            out.push_str(text.get(done..found.start()).unwrap_or_default());
            write(&groups, &mut out);
            done = found.end();
            any = true;
        }
        if !any {
            return Cow::Borrowed(text);
        }
        out.push_str(text.get(done..).unwrap_or_default());
        Cow::Owned(out)
    }
}

impl fmt::Debug for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Regex").field(&self.source).finish()
    }
}
