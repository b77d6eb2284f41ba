//! Condition blocks whose sides are constants, or one expression each.

use std::sync::Arc;

use portcullis_lang::jmespath::Query;
use portcullis_lang::operator::{Constant, Operator, written};
use portcullis_lang::template::{Options, Template, sole};
use portcullis_lang::value::{List, Value};

use super::Why;
use super::spell::spell;
use crate::ir::{Ask, Condition, Conditions, Key, Side};

/// Lowers a block: `any` and `all`, or the old flat list.
pub(super) fn conditions(block: Value<'_>) -> Result<Conditions, Why> {
    if let Value::List(flat) = block {
        let all = each(flat)?;
        return Ok(Conditions { any: None, all });
    }
    let list = |key: &str| block.get(key).and_then(Value::as_list);
    Ok(Conditions {
        any: list("any").map(each).transpose()?,
        all: each(list("all").unwrap_or(List::EMPTY))?,
    })
}

fn each(written: List<'_>) -> Result<Box<[Arc<Condition>]>, Why> {
    written.iter().map(condition).collect()
}

fn condition(condition: Value<'_>) -> Result<Arc<Condition>, Why> {
    let part = |name: &str| written(condition.get(name).unwrap_or_default());
    let operator = condition.text("operator");
    let mut id = String::new();
    for value in [part("key"), part("value"), Value::Str(operator)] {
        spell(&mut id, value);
        id.push(' ');
    }
    Ok(Arc::new(Condition {
        id: Key::new(&id),
        operator: Operator::parse_lenient(operator),
        key: side(part("key"))?,
        value: side(part("value"))?,
    }))
}

fn side(value: Value<'_>) -> Result<Side, Why> {
    if Template::scan(value).is_constant() {
        return Ok(Side::Constant(Constant::new(value)));
    }
    let options = |delete| Options {
        delete,
        target: false,
    };
    let text = value.as_str().ok_or("variables inside a list or map")?;
    let kept = sole(text, options(false)).ok_or("variables inside a longer text")?;
    let deleted = sole(text, options(true)).unwrap_or_default();
    ask(&kept, &deleted).map(Side::Ask)
}

/// An expression, as it is asked by requests that do not delete and by those that do.
pub(super) fn ask(kept: &str, deleted: &str) -> Result<Arc<Ask>, Why> {
    let parse = |text: &str| {
        // Images are found when they are mentioned; random numbers are to differ.
        if text.contains("images") || text.contains("random") {
            return Err("an expression about images or chance");
        }
        Query::parse(text.trim()).map_err(|_| "an expression that cannot be read")
    };
    let on_delete = (kept != deleted).then(|| parse(deleted)).transpose()?;
    let query = parse(kept)?;
    let text = match on_delete {
        None => Key::new(kept),
        // Written differently, such expressions may mean the same in one of the two cases only.
        Some(_) => Key::new(&format!("{kept}\n{deleted}")),
    };
    Ok(Arc::new(Ask {
        text,
        query,
        on_delete,
    }))
}
