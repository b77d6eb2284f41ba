//! Which element of one list became which of another.

use std::collections::HashMap;

use portcullis_lang::value::Value;

/// One step along both lists.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'v> {
    /// So many elements are the same.
    Keep(usize),
    /// This one became that one.
    Change(Value<'v>, Value<'v>),
    /// This one is new.
    Add(Value<'v>),
    /// One is gone.
    Remove,
}

/// Cells of the table beyond which lists are only compared place by place.
const MAX_CELLS: usize = 10_000;

/// The steps that lead along both lists, keeping as many elements as possible.
///
/// Of elements that are not equal, two maps may be one that was changed if they have an entry in
/// common; two other values never are, unless nothing else is left for them to be. Maps whose `name`
/// no other element of either list has are one and the same: containers, volumes and most other
/// lists of Kubernetes are settled by that, from both ends, without a look at all pairs.
pub(super) fn align<'v>(before: &[Value<'v>], after: &[Value<'v>]) -> Vec<Step<'v>> {
    let same = |(a, b): &(&Value<'v>, &Value<'v>)| a == b;
    let start = before.iter().zip(after).take_while(same).count();
    let (mut before, mut after) = (tail(before, start), tail(after, start));
    let end = ends(before, after).take_while(same).count();
    before = head(before, before.len() - end);
    after = head(after, after.len() - end);
    let mut steps = vec![Step::Keep(start)];
    let step = |old: &Value<'v>, new: &Value<'v>| match old == new {
        true => Step::Keep(1),
        false => Step::Change(*old, *new),
    };
    let names = Names::of(before, after);
    let named = |(old, new): &(&Value<'v>, &Value<'v>)| names.tell_alike(**old, **new);
    let first: Vec<_> = before.iter().zip(after).take_while(named).collect();
    let rest = (tail(before, first.len()), tail(after, first.len()));
    let last: Vec<_> = ends(rest.0, rest.1).take_while(named).collect();
    let before = head(rest.0, rest.0.len() - last.len());
    let after = head(rest.1, rest.1.len() - last.len());
    steps.extend(first.into_iter().map(|(old, new)| step(old, new)));
    if before.len() * after.len() > MAX_CELLS {
        by_place(before, after, &mut steps);
    } else {
        by_likeness(before, after, &mut steps);
    }
    steps.extend(last.into_iter().rev().map(|(old, new)| step(old, new)));
    steps
}

/// Pairs of elements, from the ends of both lists.
fn ends<'s, 'v>(
    before: &'s [Value<'v>],
    after: &'s [Value<'v>],
) -> impl Iterator<Item = (&'s Value<'v>, &'s Value<'v>)> {
    before.iter().rev().zip(after.iter().rev())
}

/// How often each `name` stands in the one list and in the other.
struct Names<'v>(HashMap<&'v str, (usize, usize)>);

impl<'v> Names<'v> {
    fn of(before: &[Value<'v>], after: &[Value<'v>]) -> Names<'v> {
        let mut names: HashMap<&str, (usize, usize)> = HashMap::new();
        for value in before {
            names.entry(value.text("name")).or_default().0 += 1;
        }
        for value in after {
            names.entry(value.text("name")).or_default().1 += 1;
        }
        names.remove("");
        Names(names)
    }

    /// Have both elements one name, and no other element of either list?
    fn tell_alike(&self, old: Value<'_>, new: Value<'_>) -> bool {
        let name = old.text("name");
        name == new.text("name") && self.0.get(name) == Some(&(1, 1))
    }
}

fn tail<'s, 'v>(values: &'s [Value<'v>], from: usize) -> &'s [Value<'v>] {
    values.get(from..).unwrap_or_default()
}

fn head<'s, 'v>(values: &'s [Value<'v>], len: usize) -> &'s [Value<'v>] {
    values.get(..len).unwrap_or_default()
}

fn by_place<'v>(before: &[Value<'v>], after: &[Value<'v>], steps: &mut Vec<Step<'v>>) {
    let pairs = before.iter().zip(after);
    steps.extend(pairs.map(|(old, new)| Step::Change(*old, *new)));
    steps.extend(tail(after, before.len()).iter().map(|new| Step::Add(*new)));
    steps.extend(tail(before, after.len()).iter().map(|_| Step::Remove));
}

/// The best alignment of all ends of both lists: scores are kept for every pair of positions.
fn by_likeness<'v>(before: &[Value<'v>], after: &[Value<'v>], steps: &mut Vec<Step<'v>>) {
    let width = after.len() + 1;
    let mut scores = vec![0u32; (before.len() + 1) * width];
    let mut likes = vec![0u32; (before.len() + 1) * width];
    let at = |table: &[u32], row: usize, column: usize| {
        table.get(row * width + column).copied().unwrap_or_default()
    };
    for (row, old) in before.iter().enumerate().rev() {
        for (column, new) in after.iter().enumerate().rev() {
            let like = likeness(*old, *new);
            let paired = at(&scores, row + 1, column + 1) + like;
            let single = at(&scores, row + 1, column).max(at(&scores, row, column + 1));
            let cell = row * width + column;
            if let (Some(score), Some(slot)) = (scores.get_mut(cell), likes.get_mut(cell)) {
                *score = if like > 0 { paired.max(single) } else { single };
                *slot = like;
            }
        }
    }
    let (mut row, mut column) = (0, 0);
    // Elements that found no partner, until the next one that did.
    let (mut gone, mut new) = (Vec::new(), Vec::new());
    while let (Some(old), Some(value)) = (before.get(row), after.get(column)) {
        let like = at(&likes, row, column);
        if like > 0 && at(&scores, row, column) == at(&scores, row + 1, column + 1) + like {
            by_place(&std::mem::take(&mut gone), &std::mem::take(&mut new), steps);
            steps.push(if like == EQUAL {
                Step::Keep(1)
            } else {
                Step::Change(*old, *value)
            });
            (row, column) = (row + 1, column + 1);
        } else if at(&scores, row, column) == at(&scores, row + 1, column) {
            gone.push(*old);
            row += 1;
        } else {
            new.push(*value);
            column += 1;
        }
    }
    gone.extend(tail(before, row));
    new.extend(tail(after, column));
    by_place(&gone, &new, steps);
}

/// The score of two equal elements: more than any two that merely have something in common.
const EQUAL: u32 = 1_000;

/// How much two elements have in common: nothing is 0.
fn likeness(old: Value<'_>, new: Value<'_>) -> u32 {
    if old == new {
        return EQUAL;
    }
    match (old, new) {
        (Value::Map(old), Value::Map(new)) => {
            let common = old
                .iter()
                .filter(|(key, value)| new.get(key).is_some_and(|new| new == *value));
            u32::try_from(common.count())
                .unwrap_or_default()
                .min(EQUAL - 1)
        }
        _ => 0,
    }
}
