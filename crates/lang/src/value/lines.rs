//! Where the lines of a text begin, so that a place is known without the text.

use std::sync::Arc;

use crate::diagnostic::Position;

/// The lines of one text. Cloning shares.
///
/// Memory: eight bytes for each line and each byte that continues a character.
#[derive(Clone, Debug, Default)]
pub struct Lines(Arc<Marks>);

#[derive(Debug, Default)]
struct Marks {
    /// The first byte of each line but the first.
    starts: Box<[usize]>,
    /// Bytes that continue a character: they are no columns.
    continued: Box<[usize]>,
}

impl Lines {
    /// Looks through `text` once.
    pub fn of(text: &str) -> Lines {
        let bytes = || text.bytes().enumerate();
        let starts = bytes().filter(|(_, byte)| *byte == b'\n');
        let continued = bytes().filter(|(_, byte)| byte & 0b1100_0000 == 0b1000_0000);
        Lines(Arc::new(Marks {
            starts: starts.map(|(at, _)| at + 1).collect(),
            continued: continued.map(|(at, _)| at).collect(),
        }))
    }

    /// Where byte `offset` stands, as [`crate::diagnostic::position`] has it.
    pub fn position(&self, offset: usize) -> Position {
        let Marks { starts, continued } = &*self.0;
        let line = starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|line| starts.get(line));
        let start = start.copied().unwrap_or_default();
        let before = |at: usize| continued.partition_point(|byte| *byte < at);
        Position {
            line: line + 1,
            column: offset - start - (before(offset) - before(start)) + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;
    use crate::diagnostic::position;

    #[test]
    fn places_are_those_that_the_text_itself_gives() {
        check("");
        check("a: b\nc: d");
        check("\n\na\n");
        check("é: ü\nß: é\n");
        check("a: 日本\nb: x");
    }

    #[track_caller]
    fn check(text: &str) {
        let lines = Lines::of(text);
        let ends = text.char_indices().map(|(at, _)| at);
        for offset in ends.chain([text.len()]) {
            let (found, expect) = (lines.position(offset), position(text, offset));
            assert_eq!(found, expect, "{offset} of `{text}`");
        }
    }
}
