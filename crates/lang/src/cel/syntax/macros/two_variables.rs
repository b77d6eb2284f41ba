//! The comprehensions that see index and element of a list, or key and value of a map.

use super::fold::{mapped, only_if, quantified};
use super::{Call, Macro, Refusal, variable};
use crate::cel::library::Library;
use crate::cel::syntax::ast::{Comprehension, Expr, ExprKind, Shape};
use crate::cel::syntax::build::{ACCUMULATOR, Builder};
use crate::value::Span;

pub(super) const ALL: Macro = Macro {
    name: "all",
    member: true,
    args: Some(3),
    library: Library::TwoVariables,
    expand: |build, call| quantifier(build, call, Shape::All),
};

pub(super) const EXISTS: Macro = Macro {
    name: "exists",
    expand: |build, call| quantifier(build, call, Shape::Exists),
    ..ALL
};

pub(super) const EXISTS_ONE: Macro = Macro {
    name: "exists_one",
    expand: |build, call| quantifier(build, call, Shape::ExistsOne),
    ..ALL
};

pub(super) const EXISTS_ONE_CAMEL: Macro = Macro {
    name: "existsOne",
    ..EXISTS_ONE
};

pub(super) const TRANSFORM_LIST: Macro = Macro {
    name: "transformList",
    expand: |build, call| {
        let (place, range, [first, second, each]) = call.on()?;
        transform_list(build, place, range, [first, second], None, each)
    },
    ..ALL
};

pub(super) const FILTER_TRANSFORM_LIST: Macro = Macro {
    name: "transformList",
    args: Some(4),
    expand: |build, call| {
        let (place, range, [first, second, test, each]) = call.on()?;
        transform_list(build, place, range, [first, second], Some(test), each)
    },
    ..ALL
};

pub(super) const TRANSFORM_MAP: Macro = Macro {
    name: "transformMap",
    expand: |build, call| {
        let (place, range, [first, second, each]) = call.on()?;
        let names = names(build, &first, &second)?;
        let key = build.ident(place, &names.0);
        Ok(entries(build, place, range, names, None, vec![key, each]))
    },
    ..ALL
};

pub(super) const FILTER_TRANSFORM_MAP: Macro = Macro {
    name: "transformMap",
    args: Some(4),
    expand: |build, call| {
        let (place, range, [first, second, test, each]) = call.on()?;
        let names = names(build, &first, &second)?;
        let key = build.ident(place, &names.0);
        let test = Some(test);
        Ok(entries(build, place, range, names, test, vec![key, each]))
    },
    ..ALL
};

pub(super) const TRANSFORM_MAP_ENTRY: Macro = Macro {
    name: "transformMapEntry",
    expand: |build, call| {
        let (place, range, [first, second, each]) = call.on()?;
        let names = names(build, &first, &second)?;
        Ok(entries(build, place, range, names, None, vec![each]))
    },
    ..ALL
};

pub(super) const FILTER_TRANSFORM_MAP_ENTRY: Macro = Macro {
    name: "transformMapEntry",
    args: Some(4),
    expand: |build, call| {
        let (place, range, [first, second, test, each]) = call.on()?;
        let names = names(build, &first, &second)?;
        Ok(entries(build, place, range, names, Some(test), vec![each]))
    },
    ..ALL
};

/// The two variables, which must differ.
fn names(
    build: &Builder<'_>,
    first: &Expr,
    second: &Expr,
) -> Result<(String, Option<String>), Refusal> {
    let one = variable(build, first, "argument must be a simple name")?;
    let two = variable(build, second, "argument must be a simple name")?;
    if one == two {
        let message = format!("duplicate variable name: {one}");
        return Err(Refusal::error(build, second.id, message));
    }
    Ok((one, Some(two)))
}

fn quantifier(build: &mut Builder<'_>, call: Call, shape: Shape) -> Result<Expr, Refusal> {
    let (place, range, [first, second, test]) = call.on()?;
    let names = names(build, &first, &second)?;
    Ok(quantified(build, place, range, names, test, shape))
}

fn transform_list(
    build: &mut Builder<'_>,
    place: Span,
    range: Expr,
    [first, second]: [Expr; 2],
    test: Option<Expr>,
    each: Expr,
) -> Result<Expr, Refusal> {
    let names = names(build, &first, &second)?;
    let shape = Shape::Map {
        filtered: test.is_some(),
    };
    Ok(mapped(build, place, range, names, test, each, shape))
}

/// The fold that puts key and value, or the entries of a map, into a map.
fn entries(
    build: &mut Builder<'_>,
    place: Span,
    range: Expr,
    (first, second): (String, Option<String>),
    test: Option<Expr>,
    entry: Vec<Expr>,
) -> Expr {
    let filtered = test.is_some();
    let init = build.node(place, ExprKind::Map(Vec::new()));
    let mut args = vec![build.accumulator(place)];
    args.extend(entry);
    let inserted = build.call(place, "cel.@mapInsert", args);
    let step = only_if(build, place, test, inserted);
    let fold = Comprehension {
        range,
        first,
        second,
        accumulator: ACCUMULATOR.to_owned(),
        init,
        condition: build.bool(place, true),
        step,
        result: build.accumulator(place),
        shape: Shape::MapEntries { filtered },
    };
    build.comprehension(place, fold)
}
