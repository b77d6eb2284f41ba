//! The arguments of one call.

use std::fmt;

use super::function::{Prepared, Type};
use crate::jmespath::{Env, Fault, Lambda};
use crate::scalar::float::Single;
use crate::value::{GoText, List, Map, Value};

/// One argument.
#[derive(Clone, Copy, Debug)]
pub enum Arg<'v> {
    /// A value.
    Value(Value<'v>),
    /// `&expression`
    Lambda(&'v Lambda),
}

impl Arg<'_> {
    /// Is it a list of the kind that `items` makes?
    pub(super) fn is_records(self) -> bool {
        matches!(self, Arg::Value(Value::List(list)) if list.is_records())
    }

    pub(super) fn is(self, wanted: Type) -> bool {
        let Arg::Value(value) = self else {
            return matches!(wanted, Type::Expref | Type::Any);
        };
        match wanted {
            Type::Any => true,
            Type::Expref => false,
            Type::Number => matches!(value, Value::Float(_)),
            Type::String => matches!(value, Value::Str(_)),
            Type::Bool => matches!(value, Value::Bool(_)),
            Type::Array => matches!(value, Value::List(_)),
            Type::Object => matches!(value, Value::Map(_)),
            Type::ArrayNumber => all_items(value, |item| matches!(item, Value::Float(_))),
            Type::ArrayString => all_items(value, |item| matches!(item, Value::Str(_))),
        }
    }
}

fn all_items(value: Value<'_>, fits: impl Fn(Value<'_>) -> bool) -> bool {
    value
        .as_list()
        .is_some_and(|list| !list.is_records() && list.iter().all(fits))
}

/// As Go's `%v` prints it.
impl fmt::Display for Arg<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Arg::Value(value) => GoText(*value).fmt(f),
            Arg::Lambda(lambda) => f.write_str(lambda.shown()),
        }
    }
}

/// The arguments of one call, with what the call may use.
///
/// The accessors give what the parameters promise; on anything else, which the check before the
/// call rules out, they give the empty value of their type.
#[derive(Clone, Copy)]
pub struct Args<'c, 'v> {
    args: &'c [Arg<'v>],
    /// The constant argument, made ready.
    pub(super) prepared: &'c Prepared,
    /// Memory, facts and the budget.
    pub(super) env: &'c Env<'v>,
}

impl<'c, 'v> Args<'c, 'v> {
    pub(crate) fn new(args: &'c [Arg<'v>], prepared: &'c Prepared, env: &'c Env<'v>) -> Self {
        Args {
            args,
            prepared,
            env,
        }
    }

    pub(super) fn all(self) -> &'c [Arg<'v>] {
        self.args
    }

    /// The values of all arguments; an `&expression` counts as an empty map, as it prints.
    pub(super) fn values(self) -> impl Iterator<Item = Value<'v>> {
        self.args.iter().map(|arg| match arg {
            Arg::Value(value) => *value,
            Arg::Lambda(_) => Value::Map(Map::EMPTY),
        })
    }

    pub(super) fn arg(self, index: usize) -> Arg<'v> {
        let missing = Arg::Value(Value::Null);
        self.args.get(index).copied().unwrap_or(missing)
    }

    pub(super) fn value(self, index: usize) -> Value<'v> {
        self.values().nth(index).unwrap_or_default()
    }

    pub(super) fn text(self, index: usize) -> &'v str {
        self.value(index).as_str().unwrap_or_default()
    }

    pub(super) fn number(self, index: usize) -> f64 {
        self.value(index).as_f64().unwrap_or_default()
    }

    /// The text at `index`, or the number there as the reference writes it into texts: rounded to
    /// 32 bits, without an exponent.
    pub(super) fn text_or_number(self, index: usize) -> &'v str {
        match self.value(index) {
            Value::Float(number) => {
                bumpalo::format!(in self.env.bump(), "{}", Single(number)).into_bump_str()
            }
            other => other.as_str().unwrap_or_default(),
        }
    }

    pub(super) fn list(self, index: usize) -> List<'v> {
        self.value(index).as_list().unwrap_or(List::EMPTY)
    }

    pub(super) fn map(self, index: usize) -> Map<'v> {
        self.value(index).as_map().unwrap_or(Map::EMPTY)
    }

    /// Applies the `&expression` at `index` to `value`.
    pub(super) fn apply(self, index: usize, value: Value<'v>) -> Result<Value<'v>, Fault<'v>> {
        match self.arg(index) {
            Arg::Lambda(lambda) => lambda.apply(value, self.env),
            Arg::Value(_) => Ok(Value::Null),
        }
    }

    /// A text made for the result: paid for, and in the bump.
    pub(super) fn made(self, text: &str) -> Result<Value<'v>, Fault<'v>> {
        self.env.spend_bytes(text.len())?;
        Ok(Value::Str(self.env.bump().alloc_str(text)))
    }
}
