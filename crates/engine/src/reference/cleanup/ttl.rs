//! `cleanup.kyverno.io/ttl`: a label that says how long an object lives, or until when.

use portcullis_lang::scalar::time::{Time, TimeError};
use portcullis_lang::value::Value;

use crate::doc::Propagation;

/// The label.
pub const TTL: &str = "cleanup.kyverno.io/ttl";
/// The annotation that says what happens to the object's dependents.
pub const PROPAGATION: &str = "cleanup.kyverno.io/propagation-policy";

/// The end of a labelled object.
#[derive(Clone, Debug)]
pub struct Ttl {
    /// When it is to be deleted; `None` where it lives for some time from its creation, and nobody
    /// knows when that was.
    pub due: Option<Time>,
    /// What happens to its dependents, where that is stated.
    pub propagation: Option<Propagation>,
}

impl Ttl {
    /// Is it to be deleted at `now`, in nanoseconds since the start of 1970?
    pub fn is_over(&self, now: i128) -> bool {
        self.due.as_ref().is_some_and(|due| nanos(due) <= now)
    }
}

/// The end of an object; `None` where the label does not give it one.
///
/// # Errors
///
/// Where the label's value is no duration and no time: the warning that clients get.
pub fn time_to_live(object: Value<'_>) -> Option<Result<Ttl, String>> {
    let metadata = object.get("metadata").unwrap_or_default();
    let text = metadata.at(&["labels", TTL])?.as_str()?;
    let created = Time::parse_rfc3339(metadata.text("creationTimestamp")).ok();
    let due = match duration(text) {
        Some(span) => {
            created.map(|created| Time::from_unix_nanos(nanos(&created).saturating_add(span)))
        }
        None => match moment(text) {
            Ok(due) => Some(due),
            Err(error) => {
                return Some(Err(format!(
                    "{TTL} label value cannot be parsed as any recognizable format ({error})"
                )));
            }
        },
    };
    let propagation = metadata.at(&["annotations", PROPAGATION]);
    let propagation = propagation.and_then(Value::as_str);
    Some(Ok(Ttl {
        due,
        propagation: propagation.and_then(Propagation::parse),
    }))
}

/// A time without colons, which labels cannot hold, or a date; both in UTC.
fn moment(text: &str) -> Result<Time, TimeError> {
    Time::parse("2006-01-02T150405Z", text).or_else(|_| Time::parse("2006-01-02", text))
}

/// Units, the longer spellings first.
const UNITS: [(&str, f64); 22] = [
    ("nanoseconds", 1.0),
    ("microseconds", 1e3),
    ("milliseconds", 1e6),
    ("seconds", 1e9),
    ("second", 1e9),
    ("minutes", 60e9),
    ("minute", 60e9),
    ("hours", 3_600e9),
    ("hour", 3_600e9),
    ("days", 86_400e9),
    ("day", 86_400e9),
    ("weeks", 604_800e9),
    ("week", 604_800e9),
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 60e9),
    ("h", 3_600e9),
    ("d", 86_400e9),
    ("w", 604_800e9),
];

/// Nanoseconds: numbers with units, one after the other, `1h30m`.
fn duration(text: &str) -> Option<i128> {
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, behind) = rest.split_at(digits);
        let number: f64 = number.parse().ok()?;
        let (behind, unit) = UNITS
            .iter()
            .find_map(|(name, unit)| Some((behind.strip_prefix(name)?, unit)))?;
        total += number * unit;
        rest = behind;
    }
    (!text.is_empty()).then_some(total as i128)
}

fn nanos(time: &Time) -> i128 {
    i128::from(time.unix()) * 1_000_000_000 + i128::from(time.nanosecond())
}
