//! What a function is: its page, its checks, its code.

use std::fmt;

use super::args::{Arg, Args};
use crate::jmespath::Fault;
use crate::scalar::regex::Regex;
use crate::scalar::semver::VersionRange;
use crate::scalar::wildcard::Wildcard;
use crate::value::Value;

/// One function, as it is documented and as it is called.
pub struct Function {
    /// The name in expressions.
    pub name: &'static str,
    /// What it yields, in a sentence or two.
    pub about: &'static str,
    /// The arguments, in order.
    pub params: &'static [Param],
    /// What the value may be.
    pub returns: &'static [Type],
    /// What surprises people; may be empty.
    pub note: &'static str,
    /// Calls and their results. They run as tests.
    pub examples: &'static [Example],
    /// An argument that is made ready when the expression is parsed, if it is a constant text:
    /// which, and how.
    pub(super) constant: Option<Constant>,
    /// Does it take the list that `items` makes as a list?
    pub(super) takes_records: bool,
    pub(super) call: Body,
}

/// An argument to make ready at parse time.
pub(super) struct Constant {
    /// Its index.
    pub(super) at: usize,
    pub(super) prepare: fn(&str) -> Prepared,
}

/// The code of a function. Its arguments have the types that its parameters ask for.
pub(super) type Body = for<'c, 'v> fn(Args<'c, 'v>) -> Result<Value<'v>, Fault<'v>>;

/// One parameter.
pub struct Param {
    /// A word for it.
    pub name: &'static str,
    /// The types that it may have.
    pub types: &'static [Type],
    /// What it means.
    pub about: &'static str,
    /// May it be repeated? Only the last parameter; then no argument is checked.
    pub variadic: bool,
}

/// A parameter that stands once.
pub(super) const fn param(
    name: &'static str,
    types: &'static [Type],
    about: &'static str,
) -> Param {
    Param {
        name,
        types,
        about,
        variadic: false,
    }
}

/// A last parameter that stands once or more.
pub(super) const fn variadic(
    name: &'static str,
    types: &'static [Type],
    about: &'static str,
) -> Param {
    Param {
        name,
        types,
        about,
        variadic: true,
    }
}

/// An example with a value.
pub(super) const fn gives(expr: &'static str, json: &'static str) -> Example {
    Example {
        expr,
        gives: Ok(json),
    }
}

/// An example with an error.
pub(super) const fn fails(expr: &'static str, error: &'static str) -> Example {
    Example {
        expr,
        gives: Err(error),
    }
}

/// A call that the page shows, and that runs as a test.
pub struct Example {
    /// The expression, asked of `{}`.
    pub expr: &'static str,
    /// Its value as JSON, or the text of its error.
    pub gives: Result<&'static str, &'static str>,
}

/// The type of a parameter or a result, under JMESPath's names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Type {
    /// A double.
    Number,
    /// A text.
    String,
    /// A truth value.
    Bool,
    /// A list.
    Array,
    /// A map.
    Object,
    /// A list of nothing but numbers.
    ArrayNumber,
    /// A list of nothing but texts.
    ArrayString,
    /// `&expression`
    Expref,
    /// Anything.
    Any,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Type::Number => "number",
            Type::String => "string",
            Type::Bool => "bool",
            Type::Array => "array",
            Type::Object => "object",
            Type::ArrayNumber => "array[number]",
            Type::ArrayString => "array[string]",
            Type::Expref => "expref",
            Type::Any => "any",
        })
    }
}

/// What was made of a constant argument at parse time.
#[derive(Debug)]
pub enum Prepared {
    /// Nothing: the argument is no constant, or is not what it should be. The call will tell.
    None,
    /// A wildcard pattern.
    Wildcard(Wildcard),
    /// A regular expression.
    Regex(Regex),
    /// A range of versions.
    Range(VersionRange),
}

impl Function {
    /// What most functions have in common. Every one says the rest itself.
    pub(super) const PLAIN: Function = Function {
        name: "",
        about: "",
        params: &[],
        returns: &[],
        note: "",
        examples: &[],
        constant: None,
        takes_records: false,
        call: |_| Ok(Value::Null),
    };

    /// Makes the constant argument ready; `constant` gives the text of an argument, if it is one.
    pub(crate) fn prepare<'t>(&self, constant: impl Fn(usize) -> Option<&'t str>) -> Prepared {
        let Some(Constant { at, prepare }) = &self.constant else {
            return Prepared::None;
        };
        constant(*at).map_or(Prepared::None, prepare)
    }

    /// Checks the arguments and calls.
    pub(crate) fn call<'v>(&self, args: Args<'_, 'v>) -> Result<Value<'v>, Fault<'v>> {
        self.check(args.all())?;
        (self.call)(args)
    }

    fn check<'v>(&self, args: &[Arg<'v>]) -> Result<(), Fault<'v>> {
        if self.params.last().is_some_and(|param| param.variadic) {
            if args.len() < self.params.len() {
                return Err(Fault::invalid("Invalid arity."));
            }
            return Ok(());
        }
        // A function without parameters takes any arguments and looks at none.
        if self.params.is_empty() {
            return Ok(());
        }
        if args.len() != self.params.len() {
            return Err(Fault::invalid("incorrect number of args"));
        }
        for (index, (param, arg)) in self.params.iter().zip(args).enumerate() {
            let Some(wanted) = param.types.iter().find(|wanted| arg.is(**wanted)) else {
                return Err(wrong_type(*arg, param.types));
            };
            // The reference ends its process here.
            if *wanted == Type::Array && arg.is_records() && !self.takes_records {
                let number = index + 1;
                return Err(Fault::invalid(format_args!(
                    "JMESPath function '{}': argument #{number} is a list made by `items`; write \
                     `items(...)[]` for a plain list",
                    self.name
                )));
            }
        }
        Ok(())
    }

    /// `name(string, array|object) any`, as the reference shows it.
    pub fn signature(&self) -> String {
        let join = |types: &[Type], by: &str| {
            let names: Vec<_> = types.iter().map(Type::to_string).collect();
            names.join(by)
        };
        let params: Vec<_> = self.params.iter().map(|p| join(p.types, "|")).collect();
        let returns = join(self.returns, ",");
        format!("{}({}) {returns}", self.name, params.join(", "))
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.signature())
    }
}

/// The reference's text for an argument of a wrong type.
pub(super) fn wrong_type<'v>(arg: Arg<'_>, wanted: &[Type]) -> Fault<'v> {
    let wanted: Vec<_> = wanted.iter().map(|name| format!("\"{name}\"")).collect();
    Fault::invalid(format_args!(
        "Invalid type for: {arg}, expected: []jmespath.JpType{{{}}}",
        wanted.join(", ")
    ))
}
