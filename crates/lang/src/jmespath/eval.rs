//! Program + document -> value.
//!
//! A map that lacks a key is a fault, and these read over it as if the key held `null`: both
//! sides of comparisons, `||` and `!`, the left side of `&&`, every stage of a pipe, arguments,
//! members of `[a, b]` and `{a: b}`, and in a projection its left side and its elements. A
//! filter, `[]` and `.*` read over *any* fault of their left side. Everything else passes it on.

use bumpalo::collections::Vec;

use super::env::Env;
use super::error::Fault;
use super::expr::{Argument, Call, Expr, Lambda};
use super::token::TokenKind;
use crate::functions::{Arg, Args};
use crate::value::{List, Map, Value, map_in_place};

type Answer<'v> = Result<Value<'v>, Fault<'v>>;

/// Calls with up to this many arguments keep them on the stack.
const INLINE: usize = 4;

/// The value of `expr` at `at`. One step of the budget for each call.
///
/// Each level of an expression is a call of this, so its frame is kept small: what needs room has a
/// function of its own.
pub(super) fn eval<'v>(expr: &'v Expr, at: Value<'v>, env: &Env<'v>) -> Answer<'v> {
    env.spend(1)?;
    match expr {
        Expr::Current => Ok(at),
        Expr::Literal(literal) => Ok(literal.root()),
        Expr::Fields { of, keys } => fields(operand(of, at, env)?, keys),
        Expr::Index { of, index } => Ok(index_of(operand(of, at, env)?, *index)),
        Expr::Slice { of, parts } => slice(operand(of, at, env)?, *parts, env),
        Expr::Flatten { of } => flatten(or_null_always(eval(of, at, env))?, env),
        Expr::Project { of, each } => project(or_null(eval(of, at, env))?, each, env),
        Expr::ProjectValues { of, each } => {
            project_values(or_null_always(eval(of, at, env))?, each, env)
        }
        Expr::Filter {
            of,
            each,
            condition,
        } => filter(or_null_always(eval(of, at, env))?, each, condition, env),
        Expr::Then { first, then } => eval(then, eval(first, at, env)?, env),
        Expr::Pipe { first, then } => pipe(first, then, at, env),
        Expr::Compare {
            operator,
            left,
            right,
        } => compare(*operator, [left, right], at, env),
        Expr::Or { first, then } => match or_null(eval(first, at, env))? {
            value if is_true(value) => Ok(value),
            _ => or_null(eval(then, at, env)),
        },
        Expr::And { first, then } => match or_null(eval(first, at, env))? {
            value if is_true(value) => eval(then, at, env),
            value => Ok(value),
        },
        Expr::Not { operand } => Ok(Value::Bool(!is_true(or_null(eval(operand, at, env))?))),
        Expr::List(_) | Expr::Hash(_) if at.is_null() => Ok(Value::Null),
        Expr::List(members) => list(members, at, env),
        Expr::Hash(members) => hash(members, at, env),
        Expr::Call(call) => self::call(call, at, env),
        Expr::UnknownCall { name, arguments } => unknown_call(name, arguments, at, env),
        // The reference's `&a` prints as an empty object when nothing takes it.
        Expr::LooseLambda => Ok(Value::Map(Map::EMPTY)),
        Expr::Empty => Err(Fault::invalid("Unknown AST node: ASTEmpty")),
    }
}

/// [`eval`], without a call or a step for the value itself.
fn operand<'v>(expr: &'v Expr, at: Value<'v>, env: &Env<'v>) -> Answer<'v> {
    match expr {
        Expr::Current => Ok(at),
        other => eval(other, at, env),
    }
}

impl Lambda {
    /// The value of the expression at `at`.
    pub(crate) fn apply<'v>(&'v self, at: Value<'v>, env: &Env<'v>) -> Answer<'v> {
        eval(&self.body, at, env)
    }

    /// As the reference prints it.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }
}

/// Reads over a missing key.
pub(crate) fn or_null<'v>(answer: Answer<'v>) -> Answer<'v> {
    match answer {
        Err(Fault::NotFound(_)) => Ok(Value::Null),
        other => other,
    }
}

/// Reads over every fault that an expression can have.
fn or_null_always<'v>(answer: Answer<'v>) -> Answer<'v> {
    match answer {
        Err(Fault::NotFound(_) | Fault::Invalid(_)) => Ok(Value::Null),
        other => other,
    }
}

fn listed<'v>(items: Vec<'v, Value<'v>>) -> Value<'v> {
    Value::List(List::from_slice(items.into_bump_slice()))
}

/// Everything but `null`, `false` and what is empty. Zero is true.
pub(super) fn is_true(value: Value<'_>) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => flag,
        Value::Int(_) | Value::Float(_) => true,
        Value::Str(text) => !text.is_empty(),
        Value::List(list) => !list.is_empty(),
        Value::Map(map) => !map.is_empty(),
    }
}

fn fields<'v>(mut value: Value<'v>, keys: &'v [Box<str>]) -> Answer<'v> {
    for key in keys {
        value = match value {
            Value::Map(map) => map.get(key).ok_or(Fault::NotFound(key))?,
            _ => return Ok(Value::Null),
        };
    }
    Ok(value)
}

fn index_of(value: Value<'_>, index: i64) -> Value<'_> {
    let Value::List(list) = value else {
        return Value::Null;
    };
    let from_start = match usize::try_from(index) {
        Ok(index) => Some(index),
        Err(_) => usize::try_from(index.unsigned_abs())
            .ok()
            .and_then(|back| list.len().checked_sub(back)),
    };
    from_start
        .and_then(|index| list.get(index))
        .unwrap_or_default()
}

#[inline(never)]
fn slice<'v>(value: Value<'v>, parts: [Option<i64>; 3], env: &Env<'v>) -> Answer<'v> {
    let Value::List(list) = value else {
        return Ok(Value::Null);
    };
    let [start, stop, step] = parts;
    let step = step.unwrap_or(1);
    if step == 0 {
        return Err(Fault::invalid("Invalid slice, step cannot be 0"));
    }
    let len = list.len() as i64;
    let (first, last) = if step < 0 { (-1, len - 1) } else { (0, len) };
    let capped = |part: i64| match part {
        part if part < 0 => (part.saturating_add(len)).max(first),
        part => part.min(last),
    };
    let (unset_start, unset_stop) = if step < 0 {
        (last, first)
    } else {
        (first, last)
    };
    let mut index = start.map_or(unset_start, capped);
    let stop = stop.map_or(unset_stop, capped);
    env.spend(list.len())?;
    let all = {
        let mut all = Vec::with_capacity_in(list.len(), env.bump());
        all.extend(list);
        all
    };
    let mut items = Vec::new_in(env.bump());
    while if step < 0 { index > stop } else { index < stop } {
        let item = usize::try_from(index).ok().and_then(|index| all.get(index));
        items.extend(item.copied());
        index = index.saturating_add(step);
    }
    Ok(listed(items))
}

#[inline(never)]
fn flatten<'v>(value: Value<'v>, env: &Env<'v>) -> Answer<'v> {
    let Value::List(list) = value else {
        return Ok(Value::Null);
    };
    // Mostly there is nothing to flatten, and nothing to copy.
    if !list.is_records() && !list.iter().any(|item| item.as_list().is_some()) {
        return Ok(value);
    }
    let mut items = Vec::with_capacity_in(list.len(), env.bump());
    for item in list {
        match item {
            Value::List(inner) => {
                // Before the items are copied: many lists may be one list many times.
                env.spend(inner.len())?;
                items.extend(inner);
            }
            other => items.push(other),
        }
    }
    Ok(listed(items))
}

/// `each` of every element, without those that yield `null`.
#[inline(never)]
fn project<'v>(value: Value<'v>, each: &'v Expr, env: &Env<'v>) -> Answer<'v> {
    let Value::List(list) = value else {
        return Ok(Value::Null);
    };
    // `list[]`: the items themselves.
    if matches!(each, Expr::Current) && !list.is_records() && !list.iter().any(Value::is_null) {
        env.spend(list.len())?;
        return Ok(value);
    }
    let mut items = Vec::with_capacity_in(list.len(), env.bump());
    for item in list {
        keep(or_null(eval(each, item, env))?, &mut items);
    }
    Ok(listed(items))
}

#[inline(never)]
fn filter<'v>(value: Value<'v>, each: &'v Expr, condition: &'v Expr, env: &Env<'v>) -> Answer<'v> {
    let Value::List(list) = value else {
        return Ok(Value::Null);
    };
    let mut items = Vec::new_in(env.bump());
    for item in list {
        if is_true(or_null(eval(condition, item, env))?) {
            keep(or_null(eval(each, item, env))?, &mut items);
        }
    }
    Ok(listed(items))
}

/// The reference walks as many nulls as there are values before the values themselves. Only a
/// function makes something of them: `m.*.to_string(@)` starts with one `"null"` for each.
#[inline(never)]
fn project_values<'v>(value: Value<'v>, each: &'v Expr, env: &Env<'v>) -> Answer<'v> {
    let Value::Map(map) = value else {
        return Ok(Value::Null);
    };
    let entries = map.sorted(env.bump());
    let mut items = Vec::with_capacity_in(entries.len(), env.bump());
    if !matches!(each, Expr::Current | Expr::Fields { .. }) {
        for _ in entries {
            keep(or_null(eval(each, Value::Null, env))?, &mut items);
        }
    }
    for (_, item) in entries {
        keep(or_null(eval(each, *item, env))?, &mut items);
    }
    Ok(listed(items))
}

fn keep<'v>(value: Value<'v>, items: &mut Vec<'v, Value<'v>>) {
    if !value.is_null() {
        items.push(value);
    }
}

#[inline(never)]
fn pipe<'v>(first: &'v Expr, then: &'v Expr, at: Value<'v>, env: &Env<'v>) -> Answer<'v> {
    let piped = or_null(eval(first, at, env))?;
    or_null(eval(then, piped, env))
}

#[inline(never)]
fn list<'v>(members: &'v [Expr], at: Value<'v>, env: &Env<'v>) -> Answer<'v> {
    let mut items = Vec::with_capacity_in(members.len(), env.bump());
    for member in members {
        items.push(or_null(eval(member, at, env))?);
    }
    Ok(listed(items))
}

#[inline(never)]
fn hash<'v>(members: &'v [(Box<str>, Expr)], at: Value<'v>, env: &Env<'v>) -> Answer<'v> {
    let mut entries = Vec::with_capacity_in(members.len(), env.bump());
    for (key, member) in members {
        entries.push((&**key, or_null(eval(member, at, env))?));
    }
    Ok(map_in_place(entries))
}

/// Equality is deep and of any types; order is of doubles only, and `null` otherwise.
#[inline(never)]
fn compare<'v>(
    operator: TokenKind,
    sides: [&'v Expr; 2],
    at: Value<'v>,
    env: &Env<'v>,
) -> Answer<'v> {
    let [left, right] = sides;
    let left = or_null(eval(left, at, env))?;
    let right = or_null(eval(right, at, env))?;
    if let TokenKind::EQ | TokenKind::NE = operator {
        let equal = equal(left, right, env)?;
        return Ok(Value::Bool(equal == (operator == TokenKind::EQ)));
    }
    let (Value::Float(left), Value::Float(right)) = (left, right) else {
        return Ok(Value::Null);
    };
    Ok(Value::Bool(match operator {
        TokenKind::LT => left < right,
        TokenKind::LTE => left <= right,
        TokenKind::GT => left > right,
        _ => left >= right,
    }))
}

/// Deep equality, paid for.
pub(crate) fn equal<'v>(
    left: Value<'v>,
    right: Value<'v>,
    env: &Env<'v>,
) -> Result<bool, Fault<'v>> {
    if let (Value::List(_), Value::List(_)) | (Value::Map(_), Value::Map(_)) = (left, right) {
        env.spend_walk(left)?;
        env.spend_walk(right)?;
    }
    Ok(left == right)
}

#[inline(never)]
fn call<'v>(call: &'v Call, at: Value<'v>, env: &Env<'v>) -> Answer<'v> {
    let mut inline = [Arg::Value(Value::Null); INLINE];
    let mut spilled;
    let slots = match inline.get_mut(..call.arguments.len()) {
        Some(slots) => slots,
        None => {
            spilled = Vec::new_in(env.bump());
            spilled.resize(call.arguments.len(), Arg::Value(Value::Null));
            &mut *spilled
        }
    };
    for (slot, argument) in slots.iter_mut().zip(&call.arguments) {
        *slot = self::argument(argument, at, env)?;
    }
    call.function.call(Args::new(slots, &call.prepared, env))
}

#[inline(never)]
fn unknown_call<'v>(
    name: &str,
    arguments: &'v [Argument],
    at: Value<'v>,
    env: &Env<'v>,
) -> Answer<'v> {
    for argument in arguments {
        self::argument(argument, at, env)?;
    }
    Err(Fault::invalid(format_args!("unknown function: {name}")))
}

fn argument<'v>(
    argument: &'v Argument,
    at: Value<'v>,
    env: &Env<'v>,
) -> Result<Arg<'v>, Fault<'v>> {
    match argument {
        Argument::Value(expr) => or_null(eval(expr, at, env)).map(Arg::Value),
        Argument::Lambda(lambda) => Ok(Arg::Lambda(lambda)),
    }
}
