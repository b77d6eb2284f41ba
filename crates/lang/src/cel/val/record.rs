//! Values with fields that are not maps.

use std::fmt::Debug;

use super::{Fault, Val};

/// An instance of a type with fields, made by an expression such as `Object{spec: ...}`.
#[derive(Clone, Copy, Debug)]
pub struct Struct<'v> {
    /// The name of the type.
    pub type_name: &'v str,
    /// The fields that are set, in the order of the text.
    pub fields: &'v [(&'v str, Val<'v>)],
}

impl<'v> Struct<'v> {
    /// The field of this name, when it is set.
    pub fn field(&self, name: &str) -> Option<Val<'v>> {
        let found = self.fields.iter().find(|(field, _)| *field == name);
        found.map(|(_, value)| *value)
    }
}

/// Something whose fields are worked out when they are asked for, such as `variables`.
///
/// Whoever implements it remembers what a field was: it may be asked again.
pub trait Record: Debug {
    /// The name of its type.
    fn type_name(&self) -> &str;

    /// The field of this name; `None` when there is none.
    fn field<'v>(&'v self, name: &str) -> Option<Result<Val<'v>, Fault<'v>>>;
}
