//! Lists: one pattern for every element, or a pattern for each position.

use super::mismatch::{Cause, Failure, Path};
use super::walk::{Outcome, Skips, Walk};
use crate::value::{List, Value};

impl<'v> Walk<'v> {
    /// A list in the resource against a list in the pattern.
    ///
    /// Only the first element of the pattern counts when it is a map or a scalar.
    pub(super) fn list(
        &mut self,
        resource: List<'v>,
        pattern: List<'v>,
        path: Path<'_>,
    ) -> Outcome<'v> {
        match pattern.first() {
            None => Err(self.failure(path, format_args!("pattern Array empty"))),
            Some(first @ Value::Map(_)) => {
                let pairs = resource.iter().map(|element| (element, first));
                self.elements(pairs, path)
            }
            Some(Value::List(_)) => self.positions(resource, pattern, path),
            Some(scalar) => self.each_scalar(resource, scalar, path),
        }
    }

    /// Every element must match the same scalar; the path stays that of the list.
    pub(super) fn each_scalar(
        &mut self,
        resource: List<'v>,
        pattern: Value<'v>,
        path: Path<'_>,
    ) -> Outcome<'v> {
        if resource
            .iter()
            .all(|element| super::scalar::matches(element, pattern))
        {
            return Ok(());
        }
        Err(self.scalar_failure(Value::List(resource), pattern, path))
    }

    fn positions(&mut self, resource: List<'v>, pattern: List<'v>, path: Path<'_>) -> Outcome<'v> {
        if resource.len() < pattern.len() {
            let text = format_args!(
                "validate Array failed, array length mismatch, resource Array len is {} and \
                 pattern Array len is {}",
                resource.len(),
                pattern.len()
            );
            // Without a path, by an old slip: this makes an error of the rule.
            return Err(Failure {
                path: "",
                ..self.failure(path, text)
            });
        }
        self.elements(resource.iter().zip(pattern), path)
    }

    /// Elements to which an anchor says that the pattern does not apply are passed over; when
    /// it applies to none of them, it does not apply to the list.
    fn elements(
        &mut self,
        pairs: impl Iterator<Item = (Value<'v>, Value<'v>)>,
        path: Path<'_>,
    ) -> Outcome<'v> {
        let mut skips = Skips::new(self.bump);
        let mut applied = false;
        for (index, (element, pattern)) in pairs.enumerate() {
            match self.value(element, pattern, path.index(index)) {
                Ok(()) => applied = true,
                Err(failure) if failure.cause == Cause::Skip => skips.push(failure),
                Err(failure) => return Err(failure),
            }
        }
        if applied { Ok(()) } else { skips.outcome() }
    }
}
