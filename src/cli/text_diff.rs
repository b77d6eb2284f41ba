//! What differs between two texts, line by line.

/// Lines of both texts beyond which the middle is not aligned, only replaced.
const MAX_CELLS: usize = 4_000_000;

/// Unchanged lines that are shown before and behind a change.
const CONTEXT: usize = 3;

/// The lines of `old` that are gone, behind `-`, and those of `new` that came, behind `+`, each
/// change with a few lines around it. Empty where nothing differs.
pub(crate) fn text_diff(old: &str, new: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let lines = aligned(&old, &new);
    let changed = |(_, line): (usize, &(char, &str))| line.0 != ' ';
    let near = |index: usize| {
        let from = index.saturating_sub(CONTEXT);
        let around = lines
            .iter()
            .enumerate()
            .skip(from)
            .take(index - from + CONTEXT + 1);
        around.into_iter().any(changed)
    };
    let mut text = String::new();
    let mut skipped = false;
    for (index, (mark, line)) in lines.iter().enumerate() {
        if !near(index) {
            skipped = true;
            continue;
        }
        if std::mem::take(&mut skipped) && !text.is_empty() {
            text.push_str("  ...\n");
        }
        text.push(*mark);
        text.push(' ');
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// Every line with its mark: kept, gone or new.
fn aligned<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<(char, &'t str)> {
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = |lines: &[&'t str]| lines.get(start..).unwrap_or_default().to_vec();
    let (old_rest, new_rest) = (rest(old), rest(new));
    let ends = old_rest.iter().rev().zip(new_rest.iter().rev());
    let end = ends.take_while(|(a, b)| a == b).count();
    let (old_middle, tail) = old_rest.split_at(old_rest.len() - end);
    let (new_middle, _) = new_rest.split_at(new_rest.len() - end);
    let mut lines: Vec<_> = old.iter().take(start).map(|line| (' ', *line)).collect();
    middle(old_middle, new_middle, &mut lines);
    lines.extend(tail.iter().map(|line| (' ', *line)));
    lines
}

/// The longest common subsequence, by the table of the lengths of all common ends.
fn middle<'t>(old: &[&'t str], new: &[&'t str], lines: &mut Vec<(char, &'t str)>) {
    let width = new.len() + 1;
    let cells = (old.len() + 1) * width;
    let mut common = vec![0u32; if cells > MAX_CELLS { 0 } else { cells }];
    let at = |common: &[u32], row: usize, column: usize| {
        common
            .get(row * width + column)
            .copied()
            .unwrap_or_default()
    };
    for (row, a) in old.iter().enumerate().rev() {
        for (column, b) in new.iter().enumerate().rev() {
            let longest = if a == b {
                at(&common, row + 1, column + 1) + 1
            } else {
                at(&common, row + 1, column).max(at(&common, row, column + 1))
            };
            if let Some(cell) = common.get_mut(row * width + column) {
                *cell = longest;
            }
        }
    }
    let (mut row, mut column) = (0, 0);
    loop {
        match (old.get(row), new.get(column)) {
            (Some(a), Some(b)) if a == b && at(&common, row, column) > 0 => {
                lines.push((' ', a));
                (row, column) = (row + 1, column + 1);
            }
            (Some(a), Some(_)) if at(&common, row + 1, column) >= at(&common, row, column + 1) => {
                lines.push(('-', a));
                row += 1;
            }
            (_, Some(b)) => {
                lines.push(('+', b));
                column += 1;
            }
            (Some(a), None) => {
                lines.push(('-', a));
                row += 1;
            }
            (None, None) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::text_diff;

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn differences() {
        check("nothing differs", "a\nb",                      "a\nb",             "");
        check("a line changed",  "a\nb\nc",                   "a\nx\nc",          "  a\n- b\n+ x\n  c\n");
        check("a line more",     "a\nc",                      "a\nb\nc",          "  a\n+ b\n  c\n");
        check("a line less",     "a\nb\nc",                   "a\nc",             "  a\n- b\n  c\n");
        check("all new",         "",                          "a",                "+ a\n");
        check("far apart",       "a\n1\n2\n3\n4\n5\n6\n7\nb", "x\n1\n2\n3\n4\n5\n6\n7\ny",
              "- a\n+ x\n  1\n  2\n  3\n  ...\n  5\n  6\n  7\n- b\n+ y\n");
    }

    #[track_caller]
    fn check(case: &str, old: &str, new: &str, expect: &str) {
        assert_eq!(text_diff(old, new), expect, "{case}");
    }
}
