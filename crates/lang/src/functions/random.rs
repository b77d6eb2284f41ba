//! `random(regex)`

use std::convert::Infallible;

use rand::distr::Distribution;
use rand::rand_core::TryRng;
use regex_syntax::hir::{Capture, Hir, HirKind, Repetition};

use super::function::{fails, gives, param};
use super::operand::Errors;
use super::{Function, Type};
use crate::jmespath::Fault;
use crate::scalar::regex::syntax_tree;

/// How often `*` and `+` repeat at most, beyond what they must.
const REPEATS: u32 = 100;
/// The longest text, in bytes, and the most steps to it.
const LONGEST: usize = 1 << 20;

pub(super) static RANDOM: Function = Function {
    name: "random",
    about: "A text by chance that matches a regular expression.",
    params: &[param("regex", &[Type::String], "In RE2's syntax, such as `[a-z0-9]{8}`. `^`, `$` and `\\b` mean nothing.")],
    returns: &[Type::String],
    note: "Another one each time. `*` and `+` repeat at most 100 times.",
    examples: &[
        gives("length(random('[a-z0-9]{8}'))", "8"),
        gives("regex_match('^(a|b)-[0-9]+$', random('^(a|b)-[0-9]+$'))", "true"),
        gives("random('abc')", r#""abc""#),
        gives("random('[a-z]{20}') == random('[a-z]{20}')", "false"),
        fails("random('')", "JMESPath function 'random': no pattern provided"),
        fails("random('[')", "error parsing regexp: missing closing ]: `[`"),
        fails(
            "random('(((a*)*)*)*')",
            "JMESPath function 'random': `(((a*)*)*)*` may yield more than 1048576 bytes",
        ),
    ],
    call: |args| {
        let (regex, errors) = (args.text(0), Errors("random"));
        if regex.is_empty() {
            return Err(errors.say("no pattern provided"));
        }
        args.env.spend(100 + regex.len())?;
        let pattern = Pattern::new(regex).map_err(|error| match error {
            BadPattern::Syntax(text) => Fault::invalid(text),
            BadPattern::TooLong => {
                errors.say(format_args!("`{regex}` may yield more than {LONGEST} bytes"))
            }
        })?;
        args.env.spend(pattern.work / 16)?;
        let inputs = args.env.inputs();
        let text = pattern.generate(&mut || inputs.random());
        args.made(&text.map_err(|error| errors.say(error))?)
    },
    ..Function::PLAIN
};

/// A regular expression to generate texts from.
pub(crate) struct Pattern {
    tree: Hir,
    /// The most bytes of a text, and at least the steps that making it takes.
    work: usize,
}

/// Why nothing can be generated from a text.
pub(crate) enum BadPattern {
    /// It is no regular expression.
    Syntax(String),
    /// A text might be longer than [`LONGEST`].
    TooLong,
}

impl Pattern {
    /// Reads a pattern in RE2's syntax.
    pub(crate) fn new(regex: &str) -> Result<Self, BadPattern> {
        let tree = syntax_tree(regex).map_err(|error| BadPattern::Syntax(error.to_string()))?;
        let tree = without_looks(tree);
        let work = work(&tree);
        if work > LONGEST {
            return Err(BadPattern::TooLong);
        }
        Ok(Pattern { tree, work })
    }

    /// A text that matches, by the numbers of `chance`.
    pub(crate) fn generate(self, chance: &mut dyn FnMut() -> u64) -> Result<String, String> {
        let generator = rand_regex::Regex::with_hir(self.tree, REPEATS);
        let generator = generator.map_err(|error| error.to_string())?;
        let text: Vec<u8> = generator.sample(&mut Source { chance, last: 0 });
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

/// The same expression without anchors and word boundaries: they cannot be made true by chance.
fn without_looks(tree: Hir) -> Hir {
    match tree.into_kind() {
        HirKind::Look(_) | HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Class(class) => Hir::class(class),
        HirKind::Repetition(repetition) => Hir::repetition(Repetition {
            sub: Box::new(without_looks(*repetition.sub)),
            ..repetition
        }),
        HirKind::Capture(capture) => Hir::capture(Capture {
            sub: Box::new(without_looks(*capture.sub)),
            ..capture
        }),
        HirKind::Concat(parts) => Hir::concat(parts.into_iter().map(without_looks).collect()),
        HirKind::Alternation(parts) => {
            Hir::alternation(parts.into_iter().map(without_looks).collect())
        }
    }
}

/// The most bytes that the expression yields, and at least the steps that this takes.
fn work(tree: &Hir) -> usize {
    match tree.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(_) => 4,
        HirKind::Repetition(repetition) => {
            let open_end = repetition.min.saturating_add(REPEATS);
            let times = repetition.max.unwrap_or(open_end) as usize;
            work(&repetition.sub).saturating_mul(times).max(1)
        }
        HirKind::Capture(capture) => work(&capture.sub),
        HirKind::Concat(parts) => parts.iter().map(work).fold(1, usize::saturating_add),
        HirKind::Alternation(parts) => parts.iter().map(work).max().unwrap_or(1),
    }
}

/// Every number is asked of the caller, so that a password is as hard to guess as its source.
///
/// What is drawn last is mixed in, because drawing from a range tries until a number fits: a
/// caller that gives the same number each time, as a test may, would never be done.
struct Source<'i> {
    chance: &'i mut dyn FnMut() -> u64,
    last: u64,
}

impl TryRng for Source<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.try_next_u64()? >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        // The finisher of SplitMix64: one-to-one, so nothing of the number is lost.
        let mut mixed = (self.chance)() ^ self.last.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        self.last = mixed ^ (mixed >> 31);
        Ok(self.last)
    }

    fn try_fill_bytes(&mut self, room: &mut [u8]) -> Result<(), Infallible> {
        for chunk in room.chunks_mut(8) {
            let bytes = self.try_next_u64()?.to_le_bytes();
            chunk
                .iter_mut()
                .zip(bytes)
                .for_each(|(place, byte)| *place = byte);
        }
        Ok(())
    }
}
