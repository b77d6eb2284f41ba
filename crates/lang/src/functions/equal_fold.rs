//! `equal_fold(a, b)`

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::value::Value;

pub(super) static EQUAL_FOLD: Function = Function {
    name: "equal_fold",
    about: "Whether two texts are the same but for capital and small letters, in any script.",
    params: &[
        param("a", &[Type::String], "The one text."),
        param("b", &[Type::String], "The other."),
    ],
    returns: &[Type::Bool],
    examples: &[
        gives("equal_fold('Go', 'gO')", "true"),
        gives("equal_fold('Go', 'Gone')", "false"),
        gives("equal_fold('É', 'é')", "true"),
        gives("equal_fold('ß', 'ss')", "false"),
        fails("equal_fold(`1`, '1')", r#"Invalid type for: 1, expected: []jmespath.JpType{"string"}"#),
    ],
    call: |args| {
        let (mut a, mut b) = (args.text(0).chars(), args.text(1).chars());
        args.env.spend_bytes(args.text(0).len())?;
        let same = loop {
            match (a.next(), b.next()) {
                (None, None) => break true,
                (Some(a), Some(b)) if same_letter(a, b) => {}
                _ => break false,
            }
        };
        Ok(Value::Bool(same))
    },
    ..Function::PLAIN
};

/// Unicode's simple folding: the Kelvin sign is a `k`, but `ß` is no `ss`.
fn same_letter(a: char, b: char) -> bool {
    if a == b || a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(&b);
    }
    let mut forms = ClassUnicode::new([ClassUnicodeRange::new(a, a)]);
    let folded = forms.try_case_fold_simple().is_ok();
    folded && forms.iter().any(|range| (range.start()..=range.end()).contains(&b))
}
