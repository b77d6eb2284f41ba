//! Taking the anchors out of a patch, once they have done their work.

use bumpalo::collections::Vec;
use portcullis_lang::pattern::anchor::Key;

use super::anchors::{is_anchor, is_condition};
use super::error::MergeError;
use super::tree::{Field, Node};

/// Leaves a plain patch: conditions go, and with them what was only there to hold them.
///
/// # Errors
///
/// [`MergeError::ListExhausted`].
pub(super) fn clean(patch: &mut Node<'_>) -> Result<(), MergeError> {
    let Node::Map(fields) = patch else {
        return Ok(());
    };
    retain(fields, |field| {
        Ok(!is_spent(&mut field.node, is_condition(field.key))?)
    })
}

/// Cleans `node`. Is nothing left of it that would change anything? A scalar is left as it is:
/// `scalar` says what it counts as.
pub(super) fn is_spent(node: &mut Node<'_>, scalar: bool) -> Result<bool, MergeError> {
    match node {
        Node::Scalar(_) => Ok(scalar),
        Node::Map(fields) => is_map_spent(fields),
        Node::List(elements) => is_list_spent(elements),
    }
}

fn is_map_spent<'v>(fields: &mut Vec<'v, Field<'v>>) -> Result<bool, MergeError> {
    let mut holds_content = false;
    retain(fields, |field| {
        if !is_condition(field.key) {
            return Ok(true);
        }
        let keep = !is_spent(&mut field.node, true)?;
        holds_content |= keep;
        Ok(keep)
    })?;
    if holds_content {
        for field in fields.iter_mut().filter(|field| is_condition(field.key)) {
            field.key = Key::parse(field.key).name;
        }
    }
    retain(fields, |field| Ok(!is_spent(&mut field.node, false)?))?;
    Ok(fields.is_empty())
}

/// Elements that hold anchors go, the others are cleaned.
///
/// Each goes by the place that it had at first, although the ones before it may have gone: where
/// two elements go, the second takes its neighbour's place. Patches with two anchored elements in
/// one list therefore lose elements; users see it, so it stays.
fn is_list_spent<'v>(elements: &mut Vec<'v, Node<'v>>) -> Result<bool, MergeError> {
    if elements.is_empty() {
        return Ok(false);
    }
    let mut spent = Vec::new_in(elements.bump());
    for element in elements.iter_mut() {
        spent.push(element.mentions(&is_anchor) || is_spent(element, false)?);
    }
    for (place, spent) in spent.into_iter().enumerate() {
        if spent {
            if place >= elements.len() {
                return Err(MergeError::ListExhausted);
            }
            elements.remove(place);
        }
    }
    Ok(elements.is_empty())
}

fn retain<'v>(
    fields: &mut Vec<'v, Field<'v>>,
    mut keep: impl FnMut(&mut Field<'v>) -> Result<bool, MergeError>,
) -> Result<(), MergeError> {
    let mut result = Ok(());
    fields.retain_mut(|field| match keep(field) {
        Ok(keep) => keep,
        Err(error) => {
            result = Err(error);
            true
        }
    });
    result
}
