//! `regex.replace(text, pattern, replacement, times?)`

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives, regex};

pub(super) static REPLACE: Function = Function {
    name: "regex.replace",
    about: "The text with what the regular expression (RE2) matches replaced, everywhere or so many times. `\\\\1` in the replacement is what the first group matched.",
    library: Library::Regex,
    overloads: &[
        Overload::global(&[Ty::String, Ty::String, Ty::String], Ty::String, replace)
            .prepares(regex::prepare_lazily),
        Overload::global(
            &[Ty::String, Ty::String, Ty::String, Ty::Int],
            Ty::String,
            replace,
        )
        .prepares(regex::prepare_lazily),
    ],
    cost: Cost::Of(cost::regex),
    examples: &[
        gives("regex.replace('hello', 'l', 'L')", "heLLo"),
        gives("regex.replace('hello', 'l', 'L', 1)", "heLlo"),
        gives(r"regex.replace('ab', '(a)(b)', r'\2\1')", "ba"),
        fails(
            r"regex.replace('ab', '(a)', r'\2')",
            "replacement string references group 2 but regex has only 1 group(s)",
        ),
    ],
    ..Function::PLAIN
};

fn replace<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let (text, replacement) = (call.str(0)?, call.str(2)?);
    let times = match call.args {
        [_, _, _] => -1,
        _ => call.int(3)?,
    };
    let times = usize::try_from(times).unwrap_or(usize::MAX);
    let pattern = regex::of(call, 1)?;
    let groups = pattern.names().len() - 1;
    let pieces = pieces(replacement, groups).map_err(|error| call.error(error))?;
    let (mut replaced, mut done) = (String::new(), 0);
    for found in pattern.captures_iter(text).take(times) {
        let Some(Some(whole)) = found.first() else {
            continue;
        };
        replaced.push_str(text.get(done..whole.start).unwrap_or_default());
        for piece in &pieces {
            match piece {
                Piece::Text(plain) => replaced.push(*plain),
                Piece::Group(group) => {
                    let part = found.get(*group).cloned().flatten();
                    replaced.push_str(part.and_then(|at| text.get(at)).unwrap_or_default());
                }
            }
        }
        done = whole.end;
    }
    replaced.push_str(text.get(done..).unwrap_or_default());
    Ok(call.text(&replaced))
}

/// A piece of a replacement.
enum Piece {
    Text(char),
    Group(usize),
}

fn pieces(replacement: &str, groups: usize) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = replacement.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            pieces.push(Piece::Text(c));
            continue;
        }
        match rest.next() {
            Some('\\') => pieces.push(Piece::Text('\\')),
            Some(digit) if digit.is_ascii_digit() => {
                let group = digit.to_digit(10).unwrap_or_default() as usize;
                if group > groups {
                    return Err(format!(
                        "replacement string references group {group} but regex has only {groups} \
                         group(s)"
                    ));
                }
                pieces.push(Piece::Group(group));
            }
            Some(_) => {
                return Err(format!(
                    "invalid replacement string: '{replacement}': \\ must be followed by a digit \
                     or \\"
                ));
            }
            None => {
                return Err(format!(
                    "invalid replacement string: '{replacement}': \\ not allowed at end"
                ));
            }
        }
    }
    Ok(pieces)
}
