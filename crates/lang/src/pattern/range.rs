//! Ranges: `1-10`, `1Mi-1Gi`, `10s-2m`, and their opposite `10!-20`.
//!
//! Comes in:  one term of a text pattern, or a text that a set operator looks into.
//! Goes out:  both ends as written.
//! Never here: what the ends mean (see `term`).

/// The ends of a range as they are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Ends<'a> {
    pub(crate) left: &'a str,
    pub(crate) right: &'a str,
}

/// `left-right`: both ends belong to it.
pub(crate) fn inside(text: &str) -> Option<Ends<'_>> {
    ends(text, "-")
}

/// `left!-right`: what is below the left end or above the right one.
pub(crate) fn outside(text: &str) -> Option<Ends<'_>> {
    ends(text, "!-")
}

fn ends<'a>(text: &'a str, between: &str) -> Option<Ends<'a>> {
    let (left, rest) = text.split_at_checked(end_of_number(text)?)?;
    let right = rest.strip_prefix(between)?;
    (end_of_number(right)? == right.len()).then_some(Ends { left, right })
}

/// Where a sign, digits, decimals and letters end, when there is at least one digit.
///
/// `|` counts as a sign, by an old slip in the notation that has no other effect than this:
/// a text pattern is cut at every `|` before, and only set operators let one through.
fn end_of_number(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let skip = |from: usize, fits: fn(&u8) -> bool| {
        let rest = bytes.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|byte| fits(byte)).count()
    };
    let start = usize::from(matches!(bytes.first(), Some(b'-' | b'+' | b'|')));
    let mut end = skip(start, u8::is_ascii_digit);
    if end == start {
        return None;
    }
    if bytes.get(end) == Some(&b'.') {
        let decimals = skip(end + 1, u8::is_ascii_digit);
        if decimals > end + 1 {
            end = decimals;
        }
    }
    Some(skip(end, u8::is_ascii_alphabetic))
}

#[cfg(test)]
mod tests {
    use super::{Ends, inside, outside};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn ranges() {
        check("1-10",        Some(("1", "10")),      None);
        check("1Mi-1Gi",     Some(("1Mi", "1Gi")),   None);
        check("1.5h-2m",     Some(("1.5h", "2m")),   None);
        check("-5-5",        Some(("-5", "5")),      None);
        check("-5--3",       Some(("-5", "-3")),     None);
        check("+1-|2",       Some(("+1", "|2")),     None);
        check("10!-20",      None,                   Some(("10", "20")));
        check("-10!--5",     None,                   Some(("-10", "-5")));
        check("!1-10",       None,                   None);
        check("1 - 10",      None,                   None);
        check("1-",          None,                   None);
        check("-1",          None,                   None);
        check("a-b",         None,                   None);
        check("1.-2",        None,                   None);
        check("1-2-3",       None,                   None);
        check("1e-5-7",      None,                   None);
        check("1-10 ",       None,                   None);
        check("10!-!20",     None,                   None);
        check("é1-2",        None,                   None);
        check("",            None,                   None);
    }

    type Pair = Option<(&'static str, &'static str)>;

    #[track_caller]
    fn check(text: &str, within: Pair, without: Pair) {
        let ends = |pair: Pair| pair.map(|(left, right)| Ends { left, right });
        assert_eq!(inside(text), ends(within), "`{text}`");
        assert_eq!(outside(text), ends(without), "`{text}`");
    }
}
