//! Literals that make lists, maps and instances of types with fields.

use bumpalo::collections::Vec as BumpVec;

use super::Run;
use crate::cel::library::Outcome;
use crate::cel::program::{Child, NameId, Stretch};
use crate::cel::val::{Fault, List, MapBuilder, Struct, Val};

/// What making one costs.
const LIST: u64 = 10;
const MAP: u64 = 30;
const STRUCT: u64 = 40;

impl<'v> Run<'v, '_> {
    pub(super) fn list(&mut self, items: Stretch) -> Outcome<'v> {
        let children = self.program.children(items);
        let mut made = BumpVec::with_capacity_in(children.len(), self.inputs.bump);
        for child in children {
            made.extend(self.value_of(child)?);
        }
        self.meter.add(LIST)?;
        Ok(Val::List(List::made(made.into_bump_slice())))
    }

    pub(super) fn map(&mut self, entries: Stretch) -> Outcome<'v> {
        let mut made = MapBuilder::new(self.inputs.bump);
        for entry in self.program.children(entries).chunks_exact(2) {
            if let [key, value] = entry {
                let key = self.eval(key.node)?;
                if let Some(value) = self.value_of(value)? {
                    made.insert(key, value)?;
                }
            }
        }
        self.meter.add(MAP)?;
        Ok(made.finish())
    }

    pub(super) fn structure(&mut self, name: NameId, fields: Stretch) -> Outcome<'v> {
        let children = self.program.children(fields);
        let mut made = BumpVec::with_capacity_in(children.len(), self.inputs.bump);
        for child in children {
            if let (Some(field), Some(value)) = (child.name, self.value_of(child)?) {
                made.push((self.program.name(field), value));
            }
        }
        self.meter.add(STRUCT)?;
        let made = Struct {
            type_name: self.program.name(name),
            fields: made.into_bump_slice(),
        };
        Ok(Val::Struct(self.inputs.bump.alloc(made)))
    }

    /// The child's value; `None` when it is an empty optional that is to be left out.
    fn value_of(&mut self, child: &Child) -> Outcome<'v, Option<Val<'v>>> {
        let value = self.eval(child.node)?;
        match value {
            _ if !child.optional => Ok(Some(value)),
            Val::Optional(inner) => Ok(inner.copied()),
            _ => Err(Fault::NO_OVERLOAD),
        }
    }
}
