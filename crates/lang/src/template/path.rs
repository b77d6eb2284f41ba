//! Where a text stands in a document: kept on the stack while walking, written out when asked for.

use std::fmt::Write;

use crate::value::write_json_string;

/// One step down into a document.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step<'a> {
    /// To the value under a key.
    Key(&'a str),
    /// To an element of a list.
    Index(usize),
}

/// The steps from the document to a text, the last one first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Option<Step<'a>>,
}

impl<'a> Path<'a> {
    /// The document itself.
    pub(super) const ROOT: Path<'static> = Path {
        parent: None,
        step: None,
    };

    /// One step further.
    pub(super) fn then(&'a self, step: Step<'a>) -> Path<'a> {
        Path {
            parent: Some(self),
            step: Some(step),
        }
    }

    /// How many steps.
    pub(super) fn depth(&self) -> usize {
        self.parent.map_or(0, |parent| parent.depth() + 1)
    }

    /// The steps, the first one first.
    pub(super) fn steps(&self) -> Vec<Step<'a>> {
        let mut steps = self.parent.map_or_else(Vec::new, Path::steps);
        steps.extend(self.step);
        steps
    }

    /// `/spec/containers/0/image`; empty for the document itself.
    pub(super) fn text(&self) -> String {
        path_text(&self.steps())
    }

    /// What `@` means here: the same place in the object that a rule is about.
    ///
    /// The document is a rule or a part of one, so its first two steps name the kind of rule
    /// (`mutate/patchStrategicMerge`), inside a loop the two after `foreach`.
    pub(super) fn location(&self, subject: &str) -> String {
        let steps = self.steps();
        let inner = steps
            .iter()
            .position(|step| *step == Step::Key("foreach"))
            .map_or(0, |at| at + 1);
        let mut query = subject.to_owned();
        for step in steps.into_iter().skip(inner + 2) {
            match step {
                Step::Index(index) => {
                    let _ = write!(query, "[{index}]");
                }
                Step::Key(key) if key.parse::<u64>().is_ok() => {
                    let _ = write!(query, "[{key}]");
                }
                Step::Key(key) if is_plain(key) => {
                    query.push('.');
                    query.push_str(key);
                }
                Step::Key(key) => {
                    query.push('.');
                    write_json_string(&mut query, key, false);
                }
            }
        }
        query
    }
}

/// Steps as they stand in error texts: `/spec/containers/0/image`, a slash in a key as `\/`.
pub fn path_text(steps: &[Step<'_>]) -> String {
    let mut text = String::new();
    for step in steps {
        text.push('/');
        match step {
            Step::Key(key) => text.push_str(&key.replace('/', "\\/")),
            Step::Index(index) => {
                let _ = write!(text, "{index}");
            }
        }
    }
    text
}

/// May the key stand in an expression without quotes?
fn is_plain(key: &str) -> bool {
    let mut chars = key.chars();
    let first = chars.next().unwrap_or_default();
    (first.is_ascii_alphabetic() || first == '_' || first == '(')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ')')
}
