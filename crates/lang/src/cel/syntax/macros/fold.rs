//! `all`, `exists`, `exists_one`, `map`, `filter` over the elements of a list or keys of a map.

use super::{Call, Macro, Refusal, variable};
use crate::cel::library::Library;
use crate::cel::syntax::ast::{Comprehension, Expr, ExprKind, Item, Literal, Shape};
use crate::cel::syntax::build::{ACCUMULATOR, Builder};
use crate::value::Span;

pub(super) const ALL: Macro = Macro {
    name: "all",
    member: true,
    args: Some(2),
    library: Library::Standard,
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

pub(super) const MAP: Macro = Macro {
    name: "map",
    expand: |build, call| {
        let (place, range, [name, each]) = call.on()?;
        map(build, place, range, name, None, each)
    },
    ..ALL
};

pub(super) const FILTER_MAP: Macro = Macro {
    name: "map",
    args: Some(3),
    expand: |build, call| {
        let (place, range, [name, test, each]) = call.on()?;
        map(build, place, range, name, Some(test), each)
    },
    ..ALL
};

pub(super) const FILTER: Macro = Macro {
    name: "filter",
    expand: filter,
    ..ALL
};

fn quantifier(build: &mut Builder<'_>, call: Call, shape: Shape) -> Result<Expr, Refusal> {
    let (place, range, [name, test]) = call.on()?;
    let first = variable(build, &name, "argument must be a simple name")?;
    Ok(quantified(build, place, range, (first, None), test, shape))
}

/// The fold of `all`, `exists` or `exists_one`, with one variable or two.
pub(super) fn quantified(
    build: &mut Builder<'_>,
    place: Span,
    range: Expr,
    (first, second): (String, Option<String>),
    test: Expr,
    shape: Shape,
) -> Expr {
    let so_far = build.accumulator(place);
    let (init, condition, step, result);
    match shape {
        Shape::All => {
            init = build.bool(place, true);
            let holds = build.accumulator(place);
            condition = build.call(place, "@not_strictly_false", vec![holds]);
            step = build.call(place, "_&&_", vec![so_far, test]);
            result = build.accumulator(place);
        }
        Shape::Exists => {
            init = build.bool(place, false);
            let found = build.accumulator(place);
            let not_found = build.call(place, "!_", vec![found]);
            condition = build.call(place, "@not_strictly_false", vec![not_found]);
            step = build.call(place, "_||_", vec![so_far, test]);
            result = build.accumulator(place);
        }
        _ => {
            init = build.constant(place, Literal::Int(0));
            condition = build.bool(place, true);
            let one = build.constant(place, Literal::Int(1));
            let more = build.call(place, "_+_", vec![so_far, one]);
            let same = build.accumulator(place);
            step = build.call(place, "_?_:_", vec![test, more, same]);
            let count = build.accumulator(place);
            let one = build.constant(place, Literal::Int(1));
            result = build.call(place, "_==_", vec![count, one]);
        }
    }
    let fold = Comprehension {
        range,
        first,
        second,
        accumulator: ACCUMULATOR.to_owned(),
        init,
        condition,
        step,
        result,
        shape,
    };
    build.comprehension(place, fold)
}

fn map(
    build: &mut Builder<'_>,
    place: Span,
    range: Expr,
    name: Expr,
    test: Option<Expr>,
    each: Expr,
) -> Result<Expr, Refusal> {
    let first = variable(build, &name, "argument is not an identifier")?;
    let shape = Shape::Map {
        filtered: test.is_some(),
    };
    Ok(mapped(
        build,
        place,
        range,
        (first, None),
        test,
        each,
        shape,
    ))
}

fn filter(build: &mut Builder<'_>, call: Call) -> Result<Expr, Refusal> {
    let (place, range, [name, test]) = call.on()?;
    let first = variable(build, &name, "argument is not an identifier")?;
    let test = Some(test);
    Ok(mapped(
        build,
        place,
        range,
        (first, None),
        test,
        name,
        Shape::Filter,
    ))
}

/// The fold that appends `each` to a list, where `test` lets it.
pub(super) fn mapped(
    build: &mut Builder<'_>,
    place: Span,
    range: Expr,
    (first, second): (String, Option<String>),
    test: Option<Expr>,
    each: Expr,
    shape: Shape,
) -> Expr {
    let init = build.node(place, ExprKind::List(Vec::new()));
    let so_far = build.accumulator(place);
    let item = Item {
        value: each,
        optional: false,
    };
    let one = build.node(place, ExprKind::List(vec![item]));
    let appended = build.call(place, "_+_", vec![so_far, one]);
    let step = only_if(build, place, test, appended);
    let fold = Comprehension {
        range,
        first,
        second,
        accumulator: ACCUMULATOR.to_owned(),
        init,
        condition: build.bool(place, true),
        step,
        result: build.accumulator(place),
        shape,
    };
    build.comprehension(place, fold)
}

/// `test ? step : accumulator`, or just `step`.
pub(super) fn only_if(
    build: &mut Builder<'_>,
    place: Span,
    test: Option<Expr>,
    step: Expr,
) -> Expr {
    match test {
        Some(test) => {
            let same = build.accumulator(place);
            build.call(place, "_?_:_", vec![test, step, same])
        }
        None => step,
    }
}
