//! Comprehensions.
//!
//! The reference turns them into a loop over an accumulator, and its cost counts the steps of
//! that loop. Here each is a loop of its own; the constants below are what the reference's
//! bookkeeping costs, so that the same expressions reach the limit.

use bumpalo::collections::Vec as BumpVec;

use super::{Held, Run};
use crate::cel::library::Outcome;
use crate::cel::program::{Fold, FoldKind, NodeId, Slot, Stretch};
use crate::cel::val::{Fault, List, ListIter, MapBuilder, MapIter, Val};

/// For each element of `all`: the loop's condition reads the accumulator and judges it, the step
/// reads it again.
pub(super) const ALL: u64 = 3;
/// The same for `exists`, with a negation.
pub(super) const EXISTS: u64 = 4;
/// Appending to a list: reading the accumulator, making a list of one, joining the two.
const APPEND: u64 = 12;
/// Putting an entry into a map: reading accumulator and key, the call.
const INSERT: u64 = 3;
/// An element that counts, in `exists_one`: reading the accumulator, adding.
const COUNT: u64 = 2;
/// An element that is left out, or does not count: reading the accumulator.
const SKIP: u64 = 1;

/// The elements that a comprehension goes through, as its one or two variables see them.
pub(super) enum Range<'v> {
    List(std::iter::Enumerate<ListIter<'v>>),
    Map(MapIter<'v>),
}

impl<'v> Iterator for Range<'v> {
    type Item = (Val<'v>, Val<'v>);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Range::List(items) => {
                let (index, item) = items.next()?;
                Some((Val::Int(index as i64), item))
            }
            Range::Map(entries) => entries.next(),
        }
    }
}

impl<'v> Run<'v, '_> {
    pub(super) fn fold(&mut self, place: u32) -> Outcome<'v> {
        let Some(fold) = self.program.fold(place) else {
            return Err(Fault::NO_OVERLOAD);
        };
        if let FoldKind::Bind(body) = fold.kind {
            self.set(fold.first, Held::Pending(fold.range));
            return self.eval(body);
        }
        let range = self.range(fold.range, fold.second)?;
        match fold.kind {
            FoldKind::All(test) => self.quantify(fold, range, test, false),
            FoldKind::Exists(test) => self.quantify(fold, range, test, true),
            FoldKind::ExistsOne(test) => self.exists_one(fold, range, test),
            FoldKind::List(each) => self.collect(fold, range, each),
            FoldKind::Entries { key, value } => self.entries(fold, range, key, value),
            FoldKind::Merge(each) => self.merge(fold, range, each),
            FoldKind::Bind(body) => self.eval(body),
        }
    }

    /// What a comprehension goes through.
    pub(super) fn range(&mut self, range: NodeId, second: Option<Slot>) -> Outcome<'v, Range<'v>> {
        Ok(match self.eval(range)? {
            Val::List(list) => Range::List(list.iter().enumerate()),
            Val::Map(map) => Range::Map(map.iter()),
            other => return Err(self.not_a_range(second.is_some(), other)),
        })
    }

    fn step(&mut self, fold: &Fold, range: &Range<'v>, element: (Val<'v>, Val<'v>)) {
        let Fold { first, second, .. } = *fold;
        self.element(first, second, fold.resets, range, element);
    }

    /// Gives the variables the values of one element.
    pub(super) fn element(
        &mut self,
        first: Slot,
        second: Option<Slot>,
        unknown: Stretch,
        range: &Range<'v>,
        (key, value): (Val<'v>, Val<'v>),
    ) {
        let of_first = match (second, range) {
            (None, Range::List(_)) => value,
            _ => key,
        };
        self.set(first, Held::Ready(Ok(of_first)));
        if let Some(second) = second {
            self.set(second, Held::Ready(Ok(value)));
        }
        for slot in self.program.unknown(unknown) {
            self.set(*slot, Held::Nothing);
        }
    }

    /// Does the element's test let it through?
    fn passes(&mut self, fold: &Fold) -> Outcome<'v, bool> {
        let Some(test) = fold.test else {
            return Ok(true);
        };
        match self.eval(test)? {
            Val::Bool(true) => Ok(true),
            Val::Bool(false) => {
                self.meter.add(SKIP)?;
                Ok(false)
            }
            _ => Err(Fault::NO_OVERLOAD),
        }
    }

    /// `all` and `exists`: one element that decides outweighs any error.
    fn quantify(
        &mut self,
        fold: &Fold,
        mut range: Range<'v>,
        test: NodeId,
        decisive: bool,
    ) -> Outcome<'v> {
        let mut error = None;
        while let Some(element) = range.next() {
            self.step(fold, &range, element);
            self.meter.add(if decisive { EXISTS } else { ALL })?;
            match self.eval(test) {
                Ok(Val::Bool(flag)) if flag == decisive => {
                    self.meter.add(if decisive { EXISTS } else { ALL })?;
                    return Ok(Val::Bool(decisive));
                }
                Ok(Val::Bool(_)) => {}
                Ok(_) => error = error.or(Some(Fault::NO_OVERLOAD)),
                Err(fault @ Fault::Error(_)) => error = error.or(Some(fault)),
                Err(fault) => return Err(fault),
            }
        }
        self.meter.add(1)?;
        error.map_or(Ok(Val::Bool(!decisive)), Err)
    }

    fn exists_one(&mut self, fold: &Fold, mut range: Range<'v>, test: NodeId) -> Outcome<'v> {
        let (mut count, mut error) = (0_usize, None);
        while let Some(element) = range.next() {
            self.step(fold, &range, element);
            match self.eval(test) {
                Ok(Val::Bool(true)) => {
                    self.meter.add(COUNT)?;
                    count += 1;
                }
                Ok(Val::Bool(false)) => self.meter.add(SKIP)?,
                Ok(_) => error = Some(Fault::NO_OVERLOAD),
                Err(fault @ Fault::Error(_)) => error = Some(fault),
                Err(fault) => return Err(fault),
            }
        }
        self.meter.add(COUNT)?;
        error.map_or(Ok(Val::Bool(count == 1)), Err)
    }

    fn collect(&mut self, fold: &Fold, mut range: Range<'v>, each: NodeId) -> Outcome<'v> {
        let mut made = BumpVec::new_in(self.inputs.bump);
        while let Some(element) = range.next() {
            self.step(fold, &range, element);
            if self.passes(fold)? {
                made.push(self.eval(each)?);
                self.meter.add(APPEND)?;
            }
        }
        self.meter.add(1)?;
        Ok(Val::List(List::made(made.into_bump_slice())))
    }

    fn entries(
        &mut self,
        fold: &Fold,
        mut range: Range<'v>,
        key: NodeId,
        value: NodeId,
    ) -> Outcome<'v> {
        let mut made = MapBuilder::new(self.inputs.bump);
        while let Some(element) = range.next() {
            self.step(fold, &range, element);
            if self.passes(fold)? {
                let key = self.eval(key)?;
                let value = self.eval(value)?;
                made.insert_new(key, value)?;
                self.meter.add(INSERT)?;
            }
        }
        self.meter.add(1)?;
        Ok(made.finish())
    }

    fn merge(&mut self, fold: &Fold, mut range: Range<'v>, each: NodeId) -> Outcome<'v> {
        let mut made = MapBuilder::new(self.inputs.bump);
        while let Some(element) = range.next() {
            self.step(fold, &range, element);
            if self.passes(fold)? {
                let Val::Map(map) = self.eval(each)? else {
                    return Err(Fault::NO_OVERLOAD);
                };
                for (key, value) in map.iter() {
                    made.insert_new(key, value)?;
                }
                self.meter.add(INSERT)?;
            }
        }
        self.meter.add(1)?;
        Ok(made.finish())
    }

    #[cold]
    fn not_a_range(&self, two: bool, value: Val<'v>) -> Fault<'v> {
        let ty = go_type(value);
        if two {
            return self.error(format_args!("unsupported comprehension range type: {ty}"));
        }
        self.error(format_args!("got '{ty}', expected iterable type"))
    }
}

/// The name that the reference's own language has for the type of a value.
fn go_type(value: Val<'_>) -> &str {
    match value {
        Val::Null => "types.Null",
        Val::Bool(_) => "types.Bool",
        Val::Int(_) => "types.Int",
        Val::Uint(_) => "types.Uint",
        Val::Double(_) => "types.Double",
        Val::Str(_) => "types.String",
        Val::Bytes(_) => "types.Bytes",
        Val::Duration(_) => "types.Duration",
        Val::Timestamp(_) => "types.Timestamp",
        Val::Optional(_) => "*types.Optional",
        Val::Type(_) => "*types.Type",
        other => other.type_name(),
    }
}
