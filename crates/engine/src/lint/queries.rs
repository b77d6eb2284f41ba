//! JMESPath: functions that there are, with arguments that fit, and comparisons that can hold.

use portcullis_lang::diagnostic::{Diagnostic, nearest};
use portcullis_lang::functions::{self, Function, Type};
use portcullis_lang::jmespath::{Ast, AstKind, AstValue, TokenKind};
use portcullis_lang::scalar::regex::Regex;
use portcullis_lang::scalar::semver::VersionRange;
use portcullis_lang::value::Value;

use super::asked::{Asked, asked};
use crate::check::Site;

/// Reports calls that always fail and comparisons that never hold.
pub(super) fn lint(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    for asked in asked(site) {
        asked.tree.walk(&mut |node| match (node.kind, &node.value) {
            (AstKind::FunctionExpression, AstValue::Name(name)) => call(&asked, node, name, found),
            (AstKind::Comparator, AstValue::Operator(operator)) => {
                comparison(&asked, node, *operator, found);
            }
            _ => {}
        });
    }
}

fn finding(code: &'static str, message: String, asked: &Asked, node: &Ast) -> Diagnostic {
    Diagnostic::warning(code, message, asked.at).about_part(&asked.text, node.span)
}

fn error(code: &'static str, message: String, asked: &Asked, node: &Ast) -> Diagnostic {
    Diagnostic::error(code, message, asked.at).about_part(&asked.text, node.span)
}

fn call(asked: &Asked, node: &Ast, name: &str, found: &mut Vec<Diagnostic>) {
    let Some(function) = functions::find(name) else {
        let names = functions::ALL.iter().map(|function| function.name);
        let message = format!("no function is called `{name}`");
        let finding = error("unknown-function", message, asked, node);
        found.push(match nearest(name, names) {
            Some(name) => finding.with_help(format!("did you mean `{name}`?")),
            None => finding.with_help("`portcullis jp function` lists all functions"),
        });
        return;
    };
    let count = node.children.len();
    let variadic = function.params.last().is_some_and(|param| param.variadic);
    let fits = function.params.is_empty()
        || count == function.params.len()
        || variadic && count > function.params.len();
    if !fits {
        let message = format!(
            "`{name}` takes {}{} arguments, but here are {count}",
            if variadic { "at least " } else { "" },
            function.params.len()
        );
        let help = format!("its signature is `{}`", function.signature());
        found.push(error("wrong-arguments", message, asked, node).with_help(help));
        return;
    }
    constants(asked, node, function, found);
}

/// Arguments that are literals are known already.
fn constants(asked: &Asked, node: &Ast, function: &Function, found: &mut Vec<Diagnostic>) {
    for (index, argument) in node.children.iter().enumerate() {
        let (AstKind::Literal, AstValue::Literal(literal)) = (argument.kind, &argument.value)
        else {
            continue;
        };
        let value = literal.root();
        let param = function.params.get(index).filter(|param| !param.variadic);
        if param.is_some_and(|param| !param.types.iter().any(|wanted| is(value, *wanted))) {
            let message = format!(
                "argument {} of `{}` cannot be this",
                index + 1,
                function.name
            );
            let help = format!("its signature is `{}`", function.signature());
            found.push(error("wrong-arguments", message, asked, argument).with_help(help));
        }
        let text = value.as_str().unwrap_or_default();
        let reason = match (function.name, index) {
            ("regex_match" | "regex_replace_all" | "regex_replace_all_literal", 0) => {
                Regex::new(text).err().map(|error| error.to_string())
            }
            ("semver_compare", 1) => VersionRange::parse(text)
                .err()
                .map(|error| error.to_string()),
            _ => None,
        };
        if let Some(reason) = reason {
            found.push(error("wrong-arguments", reason, asked, argument));
        }
    }
}

fn is(value: Value<'_>, wanted: Type) -> bool {
    match wanted {
        Type::Any => true,
        Type::Number => matches!(value, Value::Int(_) | Value::Float(_)),
        Type::String => matches!(value, Value::Str(_)),
        Type::Bool => matches!(value, Value::Bool(_)),
        Type::Object => matches!(value, Value::Map(_)),
        Type::Array | Type::ArrayNumber | Type::ArrayString => matches!(value, Value::List(_)),
        Type::Expref => false,
    }
}

fn comparison(asked: &Asked, node: &Ast, operator: TokenKind, found: &mut Vec<Diagnostic>) {
    let sides = &node.children;
    let ordered = !matches!(operator, TokenKind::EQ | TokenKind::NE);
    for side in sides {
        if let (AstKind::Field, AstValue::Name(name)) = (side.kind, &side.value)
            && matches!(&**name, "true" | "false" | "null")
        {
            let message = format!("`{name}` is the name of a field here, not the value");
            found.push(
                finding("bare-literal", message, asked, side)
                    .with_help(format!("write it between backticks: `` `{name}` ``")),
            );
        }
        if ordered
            && let AstValue::Literal(literal) = &side.value
            && !is(literal.root(), Type::Number)
        {
            let message = "only numbers are ordered: this comparison never holds".to_owned();
            found.push(
                finding("never-holds", message, asked, side)
                    .with_help("compare in a condition, which knows quantities and durations"),
            );
        }
    }
    let counted = sides.iter().any(is_counted);
    let literal = sides.iter().any(|side| match &side.value {
        AstValue::Literal(literal) => is(literal.root(), Type::Number),
        _ => false,
    });
    if counted && (ordered || literal) {
        let holds = match operator {
            TokenKind::NE => "always",
            _ => "never",
        };
        let message = format!(
            "`compare` and `elementIndex` yield integers, which no number here equals: this \
             comparison {holds} holds"
        );
        found.push(
            finding("never-holds", message, asked, node)
                .with_help("use it as the `key` of a condition"),
        );
    }
}

/// Is it one of the integers that are no numbers to a comparison?
fn is_counted(side: &Ast) -> bool {
    match (side.kind, &side.value) {
        (AstKind::FunctionExpression, AstValue::Name(name)) => &**name == "compare",
        (AstKind::Field, AstValue::Name(name)) => name
            .strip_prefix("elementIndex")
            .is_some_and(|level| level.bytes().all(|b| b.is_ascii_digit())),
        _ => false,
    }
}
