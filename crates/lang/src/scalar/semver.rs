//! Semantic versions and ranges of them.
//!
//! Comes in:  text: `1.2.3-rc.1+build`, `>=1.2.x <2.0.0 || 3.0.0`.
//! Goes out:  [`Version`], which has an order, and [`VersionRange`], which admits versions.
//! Never here: what an unreadable version counts as (the caller says), `v` prefixes.
//!
//! Both notations are those of Go's `blang/semver`, which Kyverno reads them with. Its ranges
//! have no `^`, `~`, `-` or `*`; an `x` stands at the end of a version.

use std::{cmp::Ordering, fmt};

use super::quoted::Quoted;

/// A version as of semver 2.0: strict, three numbers, no `v`.
///
/// Ordered by precedence: build metadata does not count, not even for equality.
#[derive(Clone, Debug)]
pub struct Version {
    /// The first number.
    pub major: u64,
    /// The second number.
    pub minor: u64,
    /// The third number.
    pub patch: u64,
    /// The identifiers after `-`; none for a release.
    pre: Vec<Identifier>,
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Identifier {
    /// Numbers come before texts, so this variant stands first.
    Number(u64),
    Text(Box<str>),
}

impl Version {
    /// 0.0.0: what functions take an unreadable version for.
    pub const ZERO: Self = Self {
        major: 0,
        minor: 0,
        patch: 0,
        pre: Vec::new(),
    };

    /// Reads a version. Allocates only for a prerelease.
    ///
    /// # Errors
    ///
    /// [`VersionError`], with the text of `blang/semver`.
    pub fn parse(text: &str) -> Result<Self, VersionError<'_>> {
        if text.is_empty() {
            return Err(VersionError(Problem::Empty));
        }
        let mut parts = text.splitn(3, '.');
        let (Some(major), Some(minor), Some(rest)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(VersionError(Problem::Parts));
        };
        let major = number(major, "major", "Major")?;
        let minor = number(minor, "minor", "Minor")?;
        let (rest, build) = match rest.split_once('+') {
            Some((rest, build)) => (rest, Some(build)),
            None => (rest, None),
        };
        let (patch, pre) = match rest.split_once('-') {
            Some((patch, pre)) => (patch, Some(pre)),
            None => (rest, None),
        };
        let patch = number(patch, "patch", "Patch")?;
        let pre = pre
            .into_iter()
            .flat_map(|pre| pre.split('.'))
            .map(Identifier::parse);
        let pre = pre.collect::<Result<_, _>>()?;
        for part in build.into_iter().flat_map(|build| build.split('.')) {
            if part.is_empty() {
                return Err(VersionError(Problem::BuildEmpty));
            }
            if !part.bytes().all(is_identifier) {
                return Err(VersionError(Problem::Characters("build meta data", part)));
            }
        }
        Ok(Self {
            major,
            minor,
            patch,
            pre,
        })
    }
}

fn number<'a>(
    text: &'a str,
    small: &'static str,
    capital: &'static str,
) -> Result<u64, VersionError<'a>> {
    if !text.bytes().all(|c| c.is_ascii_digit()) {
        return Err(VersionError(Problem::NumberCharacters(small, text)));
    }
    if text.len() > 1 && text.starts_with('0') {
        return Err(VersionError(Problem::LeadingZeros(capital, text)));
    }
    text.parse()
        .map_err(|_| VersionError(Problem::Number(text)))
}

fn is_identifier(c: u8) -> bool {
    c.is_ascii_alphanumeric() || c == b'-'
}

impl Identifier {
    fn parse(text: &str) -> Result<Self, VersionError<'_>> {
        if text.is_empty() {
            return Err(VersionError(Problem::PreEmpty));
        }
        if text.bytes().all(|c| c.is_ascii_digit()) {
            if text.len() > 1 && text.starts_with('0') {
                return Err(VersionError(Problem::PreLeadingZeros(text)));
            }
            return text
                .parse()
                .map(Self::Number)
                .map_err(|_| VersionError(Problem::Number(text)));
        }
        if !text.bytes().all(is_identifier) {
            return Err(VersionError(Problem::Characters("prerelease", text)));
        }
        Ok(Self::Text(text.into()))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.major, self.minor, self.patch)
            .cmp(&(other.major, other.minor, other.patch))
            // A release comes after all of its prereleases.
            .then_with(|| self.pre.is_empty().cmp(&other.pre.is_empty()))
            .then_with(|| self.pre.cmp(&other.pre))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

/// Why a text is not a version. The text is that of `blang/semver`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct VersionError<'a>(Problem<'a>);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Problem<'a> {
    Empty,
    Parts,
    NumberCharacters(&'static str, &'a str),
    LeadingZeros(&'static str, &'a str),
    /// Missing, or more than 64 bits.
    Number(&'a str),
    PreEmpty,
    PreLeadingZeros(&'a str),
    Characters(&'static str, &'a str),
    BuildEmpty,
}

impl fmt::Display for VersionError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Problem::Empty => f.write_str("Version string empty"),
            Problem::Parts => f.write_str("No Major.Minor.Patch elements found"),
            Problem::NumberCharacters(place, text) => {
                write!(
                    f,
                    "Invalid character(s) found in {place} number {}",
                    Quoted(text)
                )
            }
            Problem::LeadingZeros(place, text) => {
                write!(
                    f,
                    "{place} number must not contain leading zeroes {}",
                    Quoted(text)
                )
            }
            Problem::Number(text) => {
                let reason = if text.is_empty() {
                    "invalid syntax"
                } else {
                    "value out of range"
                };
                write!(f, "strconv.ParseUint: parsing {}: {reason}", Quoted(text))
            }
            Problem::PreEmpty => f.write_str("Prerelease is empty"),
            Problem::PreLeadingZeros(text) => write!(
                f,
                "Numeric PreRelease version must not contain leading zeroes {}",
                Quoted(text)
            ),
            Problem::Characters(place, text) => {
                write!(f, "Invalid character(s) found in {place} {}", Quoted(text))
            }
            Problem::BuildEmpty => f.write_str("Build meta data is empty"),
        }
    }
}

impl std::error::Error for VersionError<'_> {}

/// Versions between bounds: alternatives of conditions that hold together.
#[derive(Clone, Debug)]
pub struct VersionRange {
    alternatives: Box<[Box<[Bound]>]>,
}

#[derive(Clone, Debug)]
struct Bound {
    comparator: Comparator,
    version: Version,
}

#[derive(Clone, Copy, Debug)]
enum Comparator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl VersionRange {
    /// Reads a range.
    ///
    /// Quirk: a condition of a single character is dropped, so `1.0.0 - 2.0.0` asks for both
    /// versions at once, and `*` alone is an empty range.
    ///
    /// # Errors
    ///
    /// [`RangeError`], with the text of `blang/semver`.
    pub fn parse(text: &str) -> Result<Self, RangeError> {
        // All wildcards first: their errors come before those of any condition.
        let groups = groups(conditions(text))?;
        let groups = groups
            .iter()
            .map(|group| expand(group))
            .collect::<Result<Vec<_>, _>>()?;
        let bounds = |group: Vec<String>| group.iter().map(|one| Bound::parse(one)).collect();
        let alternatives = groups.into_iter().map(bounds).collect::<Result<_, _>>()?;
        Ok(Self { alternatives })
    }

    /// Whether the range admits `version`.
    pub fn contains(&self, version: &Version) -> bool {
        let admits = |bound: &Bound| bound.admits(version);
        self.alternatives
            .iter()
            .any(|bounds| bounds.iter().all(admits))
    }
}

/// Cuts at blanks, but not at those behind a comparison: `> 1.0.0` is one condition.
fn conditions(text: &str) -> Vec<String> {
    let mut conditions = Vec::new();
    let mut current = String::new();
    // What the cut looks at is the length with its blanks, before they are dropped.
    let mut width = 0;
    let mut last = None;
    for c in text.chars() {
        if c == ' ' && !matches!(last, Some('>' | '<' | '=')) {
            if width > 1 {
                conditions.push(std::mem::take(&mut current));
            }
            current.clear();
            width = 0;
            continue;
        }
        width += c.len_utf8();
        if c != ' ' {
            current.push(c);
            last = Some(c);
        }
    }
    if width > 1 {
        conditions.push(current);
    }
    conditions
}

fn groups(conditions: Vec<String>) -> Result<Vec<Vec<String>>, RangeError> {
    if conditions.first().is_some_and(|first| first == "||") {
        return Err(RangeError("First element in range is '||'".to_owned()));
    }
    if conditions.last().is_none_or(|last| last == "||") {
        return Err(RangeError("Last element in range is '||'".to_owned()));
    }
    let groups: Vec<_> = conditions
        .split(|one| one == "||")
        .map(<[String]>::to_vec)
        .collect();
    if groups.iter().any(Vec::is_empty) {
        // blang/semver takes it and then crashes on the first version it is asked about.
        return Err(RangeError(
            "Empty element in range between '||' and '||'".to_owned(),
        ));
    }
    Ok(groups)
}

/// Replaces `x` by the bounds that it stands for: `1.2.x` by `>=1.2.0` and `<1.3.0`.
fn expand(group: &[String]) -> Result<Vec<String>, RangeError> {
    let mut expanded = Vec::new();
    for condition in group {
        if !condition.contains('x') {
            expanded.push(condition.clone());
            continue;
        }
        let (comparator, version) = split_comparator(condition)?;
        let flat = version.replacen(".x.x", ".x", 1).replacen(".x", ".0", 1);
        let flat = if flat.matches('.').count() == 1 {
            flat + ".0"
        } else {
            flat
        };
        // Wildcards stand at the end: as second part 1.x, as third 1.2.x.
        let next = || match version.rsplit_once('.') {
            Some((before, "x")) => increment(&flat, before.matches('.').count()),
            _ => None,
        };
        let next = || next().unwrap_or_default();
        match comparator {
            ">" => expanded.push(format!(">={}", next())),
            ">=" => expanded.push(format!(">={flat}")),
            "<" => expanded.push(format!("<{flat}")),
            "<=" => expanded.push(format!("<{}", next())),
            "" | "=" | "==" => expanded.extend([format!(">={flat}"), format!("<{}", next())]),
            // Both at once admits nothing; that is what the library makes of it.
            "!=" | "!" => expanded.extend([format!("<{flat}"), format!(">={}", next())]),
            // Quirk: an operator it does not know counts as none, but only here.
            _ => expanded.push(flat),
        }
    }
    Ok(expanded)
}

/// The version with its part `at` raised by one; the parts behind it stay.
fn increment(version: &str, at: usize) -> Option<String> {
    let mut parts: Vec<String> = version.split('.').map(str::to_owned).collect();
    let part = parts.get_mut(at).filter(|_| at < 2)?;
    *part = part.parse::<i64>().ok()?.wrapping_add(1).to_string();
    Some(parts.join("."))
}

fn split_comparator(condition: &str) -> Result<(&str, &str), RangeError> {
    let version = condition.find(|c: char| c.is_ascii_digit());
    version
        .and_then(|at| condition.split_at_checked(at))
        .ok_or_else(|| {
            RangeError(format!(
                "Could not get version from string: {}",
                Quoted(condition)
            ))
        })
}

impl Bound {
    fn parse(condition: &str) -> Result<Self, RangeError> {
        let (sign, version) = split_comparator(condition)?;
        let sign = sign.trim();
        let fail = |problem: &str, part: &str, reason: &dyn fmt::Display| {
            RangeError(format!(
                "Could not parse Range {}: Could not parse {problem} {} in {}{reason}",
                Quoted(condition),
                Quoted(part),
                Quoted(&format!("{sign}{version}")),
            ))
        };
        let comparator = Comparator::parse(sign).ok_or_else(|| fail("comparator", sign, &""))?;
        let version = Version::parse(version)
            .map_err(|error| fail("version", version, &format_args!(": {error}")))?;
        Ok(Self {
            comparator,
            version,
        })
    }

    fn admits(&self, version: &Version) -> bool {
        let order = version.cmp(&self.version);
        match self.comparator {
            Comparator::Equal => order.is_eq(),
            Comparator::NotEqual => order.is_ne(),
            Comparator::Less => order.is_lt(),
            Comparator::LessOrEqual => order.is_le(),
            Comparator::Greater => order.is_gt(),
            Comparator::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl Comparator {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "" | "=" | "==" => Self::Equal,
            "!" | "!=" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => return None,
        })
    }
}

/// Why a text is not a range. The text is that of `blang/semver`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RangeError(String);

impl fmt::Display for RangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RangeError {}

#[cfg(test)]
mod tests;
