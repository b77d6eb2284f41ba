//! Applying operations as an API server does: nothing is made on the way to a path, what is to be
//! removed must be there, and what is replaced need not be.

use bumpalo::Bump;
use portcullis_lang::value::Value;

use super::apply::{Patcher, reads_like, resource_value};
use super::container::Container;
use super::error::{Cause, JsonPatchError};
use super::operation::{Kind, Operation};

/// Applies `operations` to `document`. Where a `test` fails the document stays as it is.
///
/// # Errors
///
/// Of the first operation that cannot be applied; nothing of the patch counts then.
pub fn apply_plainly<'v>(
    document: Value<'v>,
    operations: &[Operation<'_>],
    bump: &'v Bump,
) -> Result<Value<'v>, JsonPatchError> {
    let mut patcher = Patcher { document, bump };
    for operation in operations {
        match step(&mut patcher, operation) {
            Err(JsonPatchError::TestFailed(_)) => return Ok(document),
            done => done?,
        }
    }
    Ok(patcher.document)
}

fn step(patcher: &mut Patcher<'_>, operation: &Operation<'_>) -> Result<(), JsonPatchError> {
    let Operation {
        path, from, value, ..
    } = *operation;
    match operation.kind {
        Kind::Add => put(patcher, "add", path, resource_value(patcher.bump, value)),
        Kind::Remove => remove(patcher, path),
        Kind::Replace => replace(patcher, path, resource_value(patcher.bump, value)),
        Kind::Move => relocate(patcher, from, path),
        Kind::Copy => duplicate(patcher, from, path),
        Kind::Test => test(patcher, path, value),
    }
}

fn missing(operation: &'static str, what: &'static str, path: String) -> JsonPatchError {
    JsonPatchError::Missing {
        operation,
        what,
        path,
    }
}

fn at(what: &'static str, path: &str, cause: Cause) -> JsonPatchError {
    JsonPatchError::At {
        what,
        path: path.to_owned(),
        cause,
    }
}

fn put<'v>(
    patcher: &mut Patcher<'v>,
    operation: &'static str,
    path: &str,
    value: Value<'v>,
) -> Result<(), JsonPatchError> {
    let (place, container) = patcher
        .find(path)
        .ok_or_else(|| missing(operation, "doc is missing path", format!("\"{path}\"")))?;
    let changed = container
        .add(&place.key, value, patcher.bump)
        .map_err(|cause| at("error in add for path", path, cause))?;
    patcher.put(&place.parents, changed);
    Ok(())
}

fn remove(patcher: &mut Patcher<'_>, path: &str) -> Result<(), JsonPatchError> {
    let (place, container) = patcher
        .find(path)
        .ok_or_else(|| missing("remove", "doc is missing path", format!("\"{path}\"")))?;
    let changed = without(container, &place.key, patcher.bump)
        .map_err(|cause| at("error in remove for path", path, cause))?;
    patcher.put(&place.parents, changed);
    Ok(())
}

fn replace<'v>(
    patcher: &mut Patcher<'v>,
    path: &str,
    value: Value<'v>,
) -> Result<(), JsonPatchError> {
    let (place, container) = patcher
        .find(path)
        .ok_or_else(|| missing("replace", "doc is missing path", path.to_owned()))?;
    if look(container, &place.key).is_err() {
        return Err(missing("replace", "doc is missing key", path.to_owned()));
    }
    let changed = container
        .set(&place.key, value, patcher.bump)
        // Sic.
        .map_err(|cause| at("error in remove for path", path, cause))?;
    patcher.put(&place.parents, changed);
    Ok(())
}

fn relocate(patcher: &mut Patcher<'_>, from: &str, path: &str) -> Result<(), JsonPatchError> {
    const REFUSED: &str = "error in move for path";
    let (source, container) = patcher
        .find(from)
        .ok_or_else(|| missing("move", "doc is missing from path", from.to_owned()))?;
    let taken = look(container, &source.key).and_then(|value| {
        let left = without(container, &source.key, patcher.bump)?;
        Ok((value.unwrap_or_default(), left))
    });
    let (value, left) = taken.map_err(|cause| at(REFUSED, &source.key, cause))?;
    patcher.put(&source.parents, left);
    let (target, container) = patcher
        .find(path)
        .ok_or_else(|| missing("move", "doc is missing destination path", path.to_owned()))?;
    let changed = container
        .add(&target.key, value, patcher.bump)
        .map_err(|cause| at(REFUSED, path, cause))?;
    patcher.put(&target.parents, changed);
    Ok(())
}

fn duplicate(patcher: &mut Patcher<'_>, from: &str, path: &str) -> Result<(), JsonPatchError> {
    let (source, container) = patcher
        .find(from)
        .ok_or_else(|| missing("copy", "doc is missing from path", from.to_owned()))?;
    let value = look(container, &source.key)
        .map_err(|cause| at("error in copy for from", from, cause))?
        .unwrap_or_default();
    let (target, container) = patcher
        .find(path)
        .ok_or_else(|| missing("copy", "doc is missing destination path", path.to_owned()))?;
    let changed = container
        .add(&target.key, value, patcher.bump)
        .map_err(JsonPatchError::Copied)?;
    patcher.put(&target.parents, changed);
    Ok(())
}

fn test(patcher: &Patcher<'_>, path: &str, expected: Value<'_>) -> Result<(), JsonPatchError> {
    let (place, container) = patcher
        .find(path)
        .ok_or_else(|| missing("test", "is missing path", path.to_owned()))?;
    let found = look(container, &place.key)
        .map_err(|cause| at("error in test for path", path, cause))?
        .unwrap_or_default();
    if reads_like(found, expected) {
        return Ok(());
    }
    Err(JsonPatchError::TestFailed(path.to_owned()))
}

/// The value below `key`; a map may lack it, a list may not.
fn look<'v>(container: Container<'v>, key: &str) -> Result<Option<Value<'v>>, Cause> {
    match container {
        Container::Map(map) => Ok(map.get(key)),
        list => list.get(key).map(Some),
    }
}

/// The container without what is below `key`, which must be there.
fn without<'v>(container: Container<'v>, key: &str, bump: &'v Bump) -> Result<Value<'v>, Cause> {
    if look(container, key)?.is_none() {
        return Err(Cause::NoKeyToRemove(key.to_owned()));
    }
    container.remove(key, bump)
}
