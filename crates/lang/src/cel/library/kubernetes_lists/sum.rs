//! `list.sum()`

use crate::cel::library::standard::add;
use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::{Fault, Val};
use crate::scalar::duration::Duration;

pub(super) static SUM: Function = Function {
    name: "sum",
    about: "The sum of the elements; zero of none.",
    library: Library::KubernetesLists,
    overloads: &[
        Overload::member(&[Ty::List(&Ty::Int)], Ty::Int, |call| sum(call, Val::Int(0))),
        Overload::member(&[Ty::List(&Ty::Uint)], Ty::Uint, |call| sum(call, Val::Uint(0))),
        Overload::member(&[Ty::List(&Ty::Double)], Ty::Double, |call| {
            sum(call, Val::Double(0.0))
        }),
        Overload::member(&[Ty::List(&Ty::Duration)], Ty::Duration, |call| {
            sum(call, Val::Duration(Duration::ZERO))
        }),
    ],
    cost: Cost::Of(cost::traversal),
    examples: &[
        gives("[1, 2, 3].sum()", "6"),
        gives("[duration('1m'), duration('30s')].sum()", "90s"),
        fails("[9223372036854775807, 1].sum()", "integer overflow"),
        fails("['a'].sum()", "found no matching overload for 'sum' applied to 'list(string).()'"),
    ],
    ..Function::PLAIN
};

fn sum<'v>(call: &Call<'_, 'v>, zero: Val<'v>) -> Outcome<'v> {
    let list = call.arg(0).as_list().ok_or(Fault::NO_OVERLOAD)?;
    list.iter().try_fold(zero, |sum, item| {
        add(&Call {
            args: &[sum, item],
            ..*call
        })
    })
}
