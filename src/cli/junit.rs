//! Results as JUnit's XML, which CI systems read.

use std::fmt::Write;

/// One result.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'a> {
    /// The policy: all cases of one policy make a suite.
    pub(crate) suite: &'a str,
    /// The rule.
    pub(crate) class: &'a str,
    /// The resource.
    pub(crate) name: &'a str,
    pub(crate) result: Result<'a>,
}

/// How it came out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Result<'a> {
    Passed,
    /// And why.
    Skipped(&'a str),
    /// Why, and what there is to say about it.
    Failed(&'a str, &'a str),
    /// It could not be said; why, and what there is to say about it.
    Error(&'a str, &'a str),
}

/// The whole document; suites in the order of their names.
pub(crate) fn document(cases: &[Case<'_>]) -> String {
    let mut suites: Vec<&str> = cases.iter().map(|case| case.suite).collect();
    suites.sort_unstable();
    suites.dedup();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for suite in suites {
        let own: Vec<_> = cases.iter().filter(|case| case.suite == suite).collect();
        let count =
            |is: fn(&Result<'_>) -> bool| own.iter().filter(|case| is(&case.result)).count();
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
            escaped(suite),
            own.len(),
            count(|result| matches!(result, Result::Failed(..))),
            count(|result| matches!(result, Result::Error(..))),
            count(|result| matches!(result, Result::Skipped(_))),
        );
        own.iter().for_each(|case| case.print(&mut out));
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>");
    out
}

impl Case<'_> {
    fn print(&self, out: &mut String) {
        let (class, name) = (escaped(self.class), escaped(self.name));
        let _ = write!(out, "    <testcase classname=\"{class}\" name=\"{name}\"");
        let mut told = |tag: &str, why: &str, text: &str| {
            let (why, text) = (escaped(why), escaped(text));
            let _ = writeln!(out, "><{tag} message=\"{why}\">{text}</{tag}></testcase>");
        };
        match self.result {
            Result::Passed => out.push_str("/>\n"),
            Result::Skipped(why) => {
                let _ = writeln!(out, "><skipped message=\"{}\"/></testcase>", escaped(why));
            }
            Result::Failed(why, text) => told("failure", why, text),
            Result::Error(why, text) => told("error", why, text),
        }
    }
}

/// Text for XML. Control characters, which XML cannot hold, become blanks.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Case, Result, document};

    #[test]
    fn suites_count_their_cases_and_texts_are_escaped() {
        let case = |suite, result| Case {
            suite,
            class: "r",
            name: "v1/Pod/a<b",
            result,
        };
        let printed = document(&[
            case("two", Result::Passed),
            case("one", Result::Failed("\"why\"", "a & b")),
            case("two", Result::Skipped("off")),
            case("two", Result::Error("odd", "x\ny")),
        ]);
        let expect = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<testsuites>
  <testsuite name=\"one\" tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\">
    <testcase classname=\"r\" name=\"v1/Pod/a&lt;b\"><failure message=\"&quot;why&quot;\">a &amp; b</failure></testcase>
  </testsuite>
  <testsuite name=\"two\" tests=\"3\" failures=\"0\" errors=\"1\" skipped=\"1\">
    <testcase classname=\"r\" name=\"v1/Pod/a&lt;b\"/>
    <testcase classname=\"r\" name=\"v1/Pod/a&lt;b\"><skipped message=\"off\"/></testcase>
    <testcase classname=\"r\" name=\"v1/Pod/a&lt;b\"><error message=\"odd\">x&#10;y</error></testcase>
  </testsuite>
</testsuites>";
        assert_eq!(printed, expect);
    }
}
