//! Conditions that are settled before any request.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::operator::{self, Operator};
use portcullis_lang::scalar::duration::Duration;
use portcullis_lang::scalar::quantity::Quantity;
use portcullis_lang::scalar::semver::Version;
use portcullis_lang::value::{Item, Value};

use super::asked::{has_variables, places};
use crate::check::{self, Site, part};

const CODE: &str = "never-holds";

/// Reports conditions whose outcome is known already, or hides a surprise.
pub(super) fn lint(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    for (depth, place) in places(site).into_iter().enumerate() {
        let blocks = [
            (&["preconditions"][..], depth == 0),
            (&["deny", "conditions"], depth == 1),
        ];
        for (keys, is_checked) in blocks {
            let Some(block) = part(place, keys) else {
                continue;
            };
            for (_, condition) in check::conditions("", block) {
                judge(condition, is_checked, found);
            }
        }
    }
}

/// `is_checked`: incomplete conditions are errors here, and reported as such.
fn judge(condition: Item<'_>, is_checked: bool, found: &mut Vec<Diagnostic>) {
    let name = condition.value().text("operator");
    let (key, value) = (part(condition, &["key"]), part(condition, &["value"]));
    let stated = part(condition, &["operator"]).unwrap_or(condition);
    let Some(operator) = Operator::parse(name) else {
        if !is_checked {
            let message = match Operator::parse_lenient(name) {
                Some(operator) => format!("`{name}` is spelled `{}`", operator.name()),
                None => "this condition never holds: it has no operator that there is".to_owned(),
            };
            found.push(Diagnostic::warning(CODE, message, stated.span()));
        }
        return;
    };
    let Some(key) = key else {
        if !is_checked {
            let message = "this condition never holds: it has no key";
            found.push(Diagnostic::warning(CODE, message, condition.span()));
        }
        return;
    };
    let settled = |item: Option<Item<'_>>| item.is_none_or(|item| !has_variables(item.value()));
    if !settled(value) {
        return;
    }
    let fixed = value.map(Item::value).unwrap_or_default();
    let at = value.unwrap_or(condition).span();
    if settled(Some(key)) {
        let holds = operator::evaluate(
            operator,
            operator::written(key.value()),
            operator::written(fixed),
        );
        let word = if holds { "always" } else { "never" };
        let message = format!("this condition {word} holds: both of its sides are constant");
        found.push(Diagnostic::warning(
            "constant-condition",
            message,
            condition.span(),
        ));
    } else if let Some((reason, help)) = hopeless(operator, fixed) {
        let message = format!("this condition never holds: {reason}");
        found.push(Diagnostic::warning(CODE, message, at).with_help(help));
    } else if let Some(reason) = surprise(operator, fixed) {
        found.push(Diagnostic::warning("ambiguous-unit", reason, at));
    }
}

/// Why no key at all makes this hold.
fn hopeless(operator: Operator, value: Value<'_>) -> Option<(&'static str, &'static str)> {
    use Operator::{AllIn, AllNotIn, AnyIn, AnyNotIn, Equals, In, NotIn};
    let is_number = matches!(value, Value::Int(_) | Value::Float(_));
    match operator {
        Equals if has_number_inside(value) => Some((
            "a number within a list or map of a policy never equals one of a resource",
            "compare the numbers one by one",
        )),
        AllIn | AllNotIn | In | NotIn if is_number || value.as_bool().is_some() => Some((
            "it takes a list or a text, but here is a number or truth value",
            "put the value into a list",
        )),
        AnyIn | AnyNotIn | AllIn | AllNotIn | In | NotIn
            if value.is_null() || value.as_map().is_some() =>
        {
            Some((
                "it takes a list or a text, but here is a map",
                "put the values into a list",
            ))
        }
        _ if !is_ordered(operator) => None,
        _ if is_number
            || value
                .as_str()
                .is_some_and(|text| can_be_ordered(operator, text)) =>
        {
            None
        }
        _ => Some((
            "nothing is more or less than this",
            "compare with a number, a quantity, a duration or a version",
        )),
    }
}

fn is_ordered(operator: Operator) -> bool {
    operator.name().contains("Than")
}

fn can_be_ordered(operator: Operator, text: &str) -> bool {
    if Duration::parse(text).is_ok() {
        return true;
    }
    let is_number = || Quantity::parse(text).is_ok() || Version::parse(text).is_ok();
    !operator.name().starts_with("Duration") && is_number()
}

/// Numbers of a policy are integers, those of a resource are not, and inside lists and maps that
/// makes a difference.
fn has_number_inside(value: Value<'_>) -> bool {
    let mut parts: Vec<Value<'_>> = Vec::new();
    match value {
        Value::List(list) => parts.extend(list.iter()),
        Value::Map(map) => parts.extend(map.iter().map(|(_, value)| value)),
        _ => return false,
    }
    parts
        .into_iter()
        .any(|part| matches!(part, Value::Int(_)) || has_number_inside(part))
}

/// `500m` is half a unit to people and more than eight hours to a comparison with a number.
fn surprise(operator: Operator, value: Value<'_>) -> Option<String> {
    let text = value.as_str()?;
    let digits = text.strip_suffix('m')?;
    let is_plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let reads_durations = is_ordered(operator) && !operator.name().starts_with("Duration");
    (is_plain && reads_durations).then(|| {
        format!("`{text}` is {digits} minutes here: a number is compared with it in seconds")
    })
}
