//! What two lists have in common: most changes are of one policy among many.
//!
//! Comes in:  a list before a change, and the one after it.
//! Goes out:  where they differ.
//! Never here: what is done about it.

use std::iter::zip;
use std::sync::Arc;

/// Are they the very same?
pub(crate) fn same<T>(a: &[Arc<T>], b: &[Arc<T>]) -> bool {
    a.len() == b.len() && zip(a, b).all(|(a, b)| Arc::ptr_eq(a, b))
}

/// Where what differs starts in both lists, and where it ends in each.
///
/// Cost: `same` for each entry.
pub fn differing<T>(a: &[T], b: &[T], same: impl Fn(&T, &T) -> bool) -> (usize, usize, usize) {
    let same = |(a, b): &(&T, &T)| same(a, b);
    let head = zip(a, b).take_while(same).count();
    let most = a.len().min(b.len()) - head;
    let tail = zip(a.iter().rev(), b.iter().rev());
    let tail = tail.take(most).take_while(same).count();
    (head, a.len() - tail, b.len() - tail)
}

#[cfg(test)]
mod tests {
    use super::differing;

    #[test]
    fn what_differs_is_between_what_both_begin_and_end_with() {
        check("abc", "abc", (3, 3, 3));
        check("abc", "axc", (1, 2, 2));
        check("abc", "abxc", (2, 2, 3));
        check("abc", "ac", (1, 2, 1));
        check("aa", "aaa", (2, 2, 3));
        check("aaa", "a", (1, 3, 1));
        check("", "ab", (0, 0, 2));
        check("abcd", "xbcy", (0, 4, 4));
    }

    #[track_caller]
    fn check(a: &str, b: &str, expect: (usize, usize, usize)) {
        let found = differing(a.as_bytes(), b.as_bytes(), |a, b| a == b);
        assert_eq!(found, expect, "{a} {b}");
    }
}
