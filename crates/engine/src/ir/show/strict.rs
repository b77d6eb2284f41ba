//! Strict patterns as text: what is demanded of each place, and by how many patterns.

use std::fmt::{self, Write};

use super::super::{Demand, Place, Scalars, Strict};

pub(super) fn write(out: &mut String, strict: &Strict) -> fmt::Result {
    if strict.patterns == 0 {
        return Ok(());
    }
    let (places, patterns) = (strict.places.len(), strict.patterns);
    writeln!(out, "  demands at {places} places, of {patterns} patterns")?;
    match strict.places.first() {
        Some(first) => place(out, strict, first, ""),
        None => Ok(()),
    }
}

/// The demands of one place, then the places below.
fn place(out: &mut String, strict: &Strict, at: &Place, path: &str) -> fmt::Result {
    let shown = if path.is_empty() { "." } else { path };
    let mut line = |what: &str, demand: Demand| {
        let makers = strict.makers(demand).len();
        writeln!(out, "    {shown}: {what}  ({makers} uses)")
    };
    let whole = [
        ("a map", at.map),
        ("a list", at.list),
        ("not null", at.not_null),
        ("is not there", at.nothing),
    ];
    for (what, demand) in whole {
        demand.map_or(Ok(()), |demand| line(what, demand))?;
    }
    let all = |of: &Scalars| of.tests.iter().chain(of.refusals.all()).cloned().collect();
    let scalars: Vec<_> = all(&at.scalars);
    for (scalar, demand) in scalars {
        line(&scalar.text, demand)?;
    }
    let each: Vec<_> = all(&at.each);
    for (scalar, demand) in each {
        line(&format!("each {}", scalar.text), demand)?;
    }
    let keys = at.keys.iter();
    let wild = at.wild.iter();
    let below = keys.chain(wild.map(|(pattern, below)| (pattern.as_str(), below)));
    for (key, below) in below {
        let path = format!("{path}.{key}");
        if let Some(demand) = below.needed.and_then(|it| at.needed.get(it as usize)) {
            let makers = strict.makers(*demand).len();
            writeln!(out, "    {path}: is there  ({makers} uses)")?;
        }
        if let Some(next) = strict.place(below.place) {
            place(out, strict, next, &path)?;
        }
    }
    match at.elements.and_then(|elements| strict.place(elements)) {
        Some(next) => place(out, strict, next, &format!("{path}[]")),
        None => Ok(()),
    }
}
