//! The value side of a condition, and everything that its text can be read as.

use std::borrow::Cow;

use super::membership::Members;
use crate::scalar::duration::Duration;
use crate::scalar::float::{parse_float, parse_int};
use crate::scalar::quantity::Quantity;
use crate::scalar::semver::Version;
use crate::value::{Document, Value};

/// The value side of a condition: met once, or a constant of the policy.
#[derive(Clone, Copy, Debug)]
pub struct Operand<'a> {
    value: Value<'a>,
    ready: Option<&'a Readings>,
}

/// A value that a policy spells out without variables, read once.
#[derive(Clone, Debug)]
pub struct Constant {
    value: Document,
    readings: Option<Box<Readings>>,
}

/// A text, read in every way in which an operator may want it.
#[derive(Clone, Debug)]
struct Readings {
    duration: Option<Duration>,
    quantity: Option<Quantity>,
    float: Option<f64>,
    int: Option<i64>,
    version: Option<Version>,
    members: Members<'static>,
}

impl Constant {
    /// Reads `value`, which is as [`evaluate`](super::evaluate) shall see it.
    pub fn new(value: Value<'_>) -> Self {
        Constant {
            value: Document::from_value(value),
            readings: value.as_str().map(|text| Box::new(Readings::of(text))),
        }
    }

    /// The value.
    pub fn value(&self) -> Value<'_> {
        self.value.root()
    }
}

impl Readings {
    fn of(text: &str) -> Self {
        Readings {
            duration: Duration::parse(text).ok(),
            quantity: Quantity::parse(text).ok(),
            float: parse_float(text),
            int: parse_int(text),
            version: Version::parse(text).ok(),
            members: Members::read(text).into_owned(),
        }
    }
}

impl<'a> From<Value<'a>> for Operand<'a> {
    fn from(value: Value<'a>) -> Self {
        Operand { value, ready: None }
    }
}

impl<'a> From<&'a Constant> for Operand<'a> {
    fn from(constant: &'a Constant) -> Self {
        Operand {
            value: constant.value(),
            ready: constant.readings.as_deref(),
        }
    }
}

impl<'a> Operand<'a> {
    pub(super) fn value(self) -> Value<'a> {
        self.value
    }

    /// The text as a duration.
    pub(super) fn duration(self) -> Option<Duration> {
        match self.ready {
            Some(ready) => ready.duration,
            None => Duration::parse(self.value.as_str()?).ok(),
        }
    }

    /// The text as a quantity.
    pub(super) fn quantity(self) -> Option<Cow<'a, Quantity>> {
        match self.ready {
            Some(ready) => ready.quantity.as_ref().map(Cow::Borrowed),
            None => Quantity::parse(self.value.as_str()?).ok().map(Cow::Owned),
        }
    }

    /// The text as a double.
    pub(super) fn float(self) -> Option<f64> {
        match self.ready {
            Some(ready) => ready.float,
            None => parse_float(self.value.as_str()?),
        }
    }

    /// The text as an integer.
    pub(super) fn int(self) -> Option<i64> {
        match self.ready {
            Some(ready) => ready.int,
            None => parse_int(self.value.as_str()?),
        }
    }

    /// The text as a version.
    pub(super) fn version(self) -> Option<Cow<'a, Version>> {
        match self.ready {
            Some(ready) => ready.version.as_ref().map(Cow::Borrowed),
            None => Version::parse(self.value.as_str()?).ok().map(Cow::Owned),
        }
    }

    /// The text as a range or a set of texts.
    pub(super) fn members(self) -> Option<Cow<'a, Members<'a>>> {
        match self.ready {
            Some(ready) => Some(Cow::Borrowed(&ready.members)),
            None => Some(Cow::Owned(Members::read(self.value.as_str()?))),
        }
    }
}

/// A key or value as a condition that spells it out means it: a lone number is a double there,
/// like the numbers of a resource. Inside lists and maps it stays what was written.
pub fn written(value: Value<'_>) -> Value<'_> {
    match value {
        Value::Int(number) => Value::Float(number as f64),
        other => other,
    }
}
