//! What two lists have in common: most changes are of one policy among many.

use std::sync::Arc;

/// Are they the very same?
pub(crate) fn same<T>(a: &[Arc<T>], b: &[Arc<T>]) -> bool {
    a.len() == b.len() && std::iter::zip(a, b).all(|(a, b)| Arc::ptr_eq(a, b))
}

/// Where what differs starts in both, and where it ends in each.
///
/// Cost: a comparison of pointers for each; what they point to is not looked at.
pub(crate) fn differing<T>(a: &[Arc<T>], b: &[Arc<T>]) -> (usize, usize, usize) {
    let same = |(a, b): &(&Arc<T>, &Arc<T>)| Arc::ptr_eq(a, b);
    let head = std::iter::zip(a, b).take_while(same).count();
    let most = a.len().min(b.len()) - head;
    let ends = std::iter::zip(a.iter().rev(), b.iter().rev());
    let tail = ends.take(most).take_while(same).count();
    (head, a.len() - tail, b.len() - tail)
}
