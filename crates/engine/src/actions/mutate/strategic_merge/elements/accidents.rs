//! Lists whose elements lack keys, or share them: what becomes of them by accident.
//!
//! Nothing here is what anybody would ask for; it is what the reference engine's merge library does
//! step by step, so that a patch which was written against it has the same result. The steps:
//!
//! 1. the key texts of all elements are gathered, the patch's first, `""` for a missing one;
//! 2. for each, the elements with these keys are merged, and put into a new list;
//! 3. the resource's own elements, as they are by then, are put into the new list as well.
//!
//! *Putting* takes the place of every element with the same keys. The trouble starts where a key's
//! text is `""`: it is found nowhere, but put in the place of every element that has the key.

use portcullis_lang::value::{List, Value, list};

use super::super::error::{MergeError, Shape};
use super::super::merge::{Fate, Merge};
use super::super::schema::Schema;
use super::{With, is_nothing, kept, replaces};
use crate::actions::mutate::text;

/// The steps are quadratic, and nobody has so many elements without keys on purpose.
const MAX_LEN: usize = 2_000;

/// Key texts, one for each key.
type Texts<'v> = Vec<&'v str>;

pub(super) fn merge<'v>(
    merge: Merge<'v>,
    items: List<'v>,
    with: With<'v>,
    keys: &'static [&'static str],
    of: Schema,
) -> Result<Fate<'v>, MergeError> {
    let mut patch: Vec<Value<'v>> = match with {
        With::Patch(patch) => patch.iter().collect(),
        With::Nothing | With::Itself => Vec::new(),
    };
    let len = items.len().max(patch.len());
    if len > MAX_LEN {
        let limit = MAX_LEN;
        return Err(MergeError::ListTooLong { len, limit });
    }
    let mut lists = Lists {
        merge,
        own: items.iter().collect(),
        made: Vec::new(),
    };
    let mut all = lists.gather(&patch, keys);
    if keys.len() > 1 {
        complete(&mut all);
    }
    let used: Vec<bool> = (0..keys.len())
        .map(|place| {
            all.iter()
                .any(|texts| texts.get(place).is_some_and(|text| !text.is_empty()))
        })
        .collect();
    let keys = in_use(keys, &used);
    for texts in &all {
        let texts = in_use(texts, &used);
        lists.element(&mut patch, with, &keys, &texts, of)?;
    }
    if !all.is_empty() {
        lists.put_own_behind(&keys)?;
    }
    Ok(Fate::Made(list(merge.bump, lists.own)))
}

/// The entries whose key is used at all; every entry where none is.
fn in_use<T: Copy>(entries: &[T], used: &[bool]) -> Vec<T> {
    if !used.contains(&true) {
        return entries.to_vec();
    }
    entries
        .iter()
        .zip(used)
        .filter(|(_, used)| **used)
        .map(|(entry, _)| *entry)
        .collect()
}

/// Two entries that agree in one text, and differ only where one of them is empty, become one.
fn complete(all: &mut [Texts<'_>]) {
    for one in 0..all.len() {
        let Some(first) = all.get(one).cloned() else {
            continue;
        };
        for other in 0..all.len() {
            let Some(both) = all.get(other).and_then(|second| united(&first, second)) else {
                continue;
            };
            for place in [one, other] {
                if let Some(texts) = all.get_mut(place) {
                    texts.clone_from(&both);
                }
            }
        }
    }
}

fn united<'v>(one: &Texts<'v>, other: &Texts<'v>) -> Option<Texts<'v>> {
    let mut agree = false;
    let mut texts = Vec::with_capacity(one.len());
    for (a, b) in one.iter().zip(other) {
        agree |= a == b;
        if a != b && !a.is_empty() && !b.is_empty() {
            return None;
        }
        texts.push(if a.is_empty() { *b } else { *a });
    }
    agree.then_some(texts)
}

struct Lists<'v> {
    merge: Merge<'v>,
    /// The resource's elements, changed in their places as the merge goes on.
    own: Vec<Value<'v>>,
    /// The new list.
    made: Vec<Value<'v>>,
}

impl<'v> Lists<'v> {
    /// The key texts of all elements, each combination once.
    fn gather(&self, patch: &[Value<'v>], keys: &[&str]) -> Vec<Texts<'v>> {
        let mut all: Vec<Texts<'v>> = Vec::new();
        for element in patch.iter().chain(&self.own) {
            let texts = keys.iter().map(|key| self.text(*element, key)).collect();
            if !all.contains(&texts) {
                all.push(texts);
            }
        }
        all
    }

    fn text(&self, element: Value<'v>, key: &str) -> &'v str {
        let bump = self.merge.bump;
        if key.is_empty() {
            return text::of_node(bump, element);
        }
        match element.get(key) {
            None | Some(Value::Null) => "",
            Some(value) => text::of_node(bump, value),
        }
    }

    fn element(
        &mut self,
        patch: &mut [Value<'v>],
        with: With<'v>,
        keys: &[&str],
        texts: &[&str],
        of: Schema,
    ) -> Result<(), MergeError> {
        let stated: Vec<bool> = texts.iter().map(|text| !text.is_empty()).collect();
        let (wanted, sought) = (in_use(keys, &stated), in_use(texts, &stated));
        let place = self.find(&self.own, &wanted, &sought);
        let own = place.and_then(|place| self.own.get(place).copied());
        let value = match with {
            With::Itself => match own {
                Some(own) => {
                    let value = kept(self.merge.settle(own, of)?, own);
                    if let Some(slot) = place.and_then(|at| self.own.get_mut(at)) {
                        *slot = self.merge.without_directive(own);
                    }
                    value
                }
                None => None,
            },
            With::Nothing | With::Patch(_) => {
                let slot = self
                    .find(patch, &wanted, &sought)
                    .and_then(|at| patch.get_mut(at));
                let theirs = slot.as_deref().copied();
                let fate = self.merge.node(own, theirs, of)?;
                if let Some(slot) = slot {
                    *slot = self.merge.without_directive(*slot);
                }
                let value = kept(fate, own.unwrap_or_default());
                if let (Some(_), Some(theirs)) = (own, theirs)
                    && replaces(self.merge, theirs)?
                {
                    // Not changed in its place.
                    return self.put_made(value, keys, texts);
                }
                value
            }
        };
        if let (Some(slot), Some(value)) = (place.and_then(|at| self.own.get_mut(at)), value) {
            *slot = value;
        }
        self.put_made(value, keys, texts)
    }

    fn put_made(
        &mut self,
        value: Option<Value<'v>>,
        keys: &[&str],
        texts: &[&str],
    ) -> Result<(), MergeError> {
        let target = if value.is_some() {
            &mut self.made
        } else {
            &mut self.own
        };
        let old = std::mem::take(target);
        let new = self.put(old, value, keys, texts)?;
        *(if value.is_some() {
            &mut self.made
        } else {
            &mut self.own
        }) = new;
        Ok(())
    }

    /// The first element all of whose keys have these texts.
    fn find(&self, elements: &[Value<'v>], keys: &[&str], texts: &[&str]) -> Option<usize> {
        let bump = self.merge.bump;
        elements.iter().position(|element| {
            keys.iter().zip(texts).all(|(key, text)| {
                let value = if key.is_empty() {
                    Some(*element)
                } else {
                    element.get(key)
                };
                value.is_some_and(|value| text::of_node(bump, value) == *text)
            })
        })
    }

    /// `element` in the place of each element with these keys, else at the end; without one, those
    /// elements go. An element that is nothing goes in any case.
    fn put(
        &self,
        elements: Vec<Value<'v>>,
        element: Option<Value<'v>>,
        keys: &[&str],
        texts: &[&str],
    ) -> Result<Vec<Value<'v>>, MergeError> {
        let puts_map =
            keys.first() != Some(&"") && texts.first().is_some_and(|text| !text.is_empty());
        let mut found = false;
        let mut after = Vec::with_capacity(elements.len() + 1);
        for old in elements {
            if is_nothing(old) {
                continue;
            }
            if old.as_map().is_none() && puts_map {
                after.push(old);
            } else if self.has(old, keys, texts)? {
                found = true;
                after.extend(element);
            } else if !texts.is_empty() {
                after.push(old);
            }
        }
        if !found {
            after.extend(element.filter(|element| !element.is_null()));
        }
        Ok(after)
    }

    /// Has `element` all of the keys, with these texts where they are not empty? A key without a
    /// text of its own counts as the one before it.
    fn has(&self, element: Value<'v>, keys: &[&str], texts: &[&str]) -> Result<bool, MergeError> {
        let mut has = false;
        for (place, key) in keys.iter().enumerate() {
            if let Some(text) = texts.get(place) {
                has = self.has_key(element, key, text)?;
            }
            if !has {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn has_key(&self, element: Value<'v>, key: &str, text: &str) -> Result<bool, MergeError> {
        let bump = self.merge.bump;
        if key.is_empty() {
            return match Shape::of(element) {
                Shape::Scalar => Ok(text::of_node(bump, element) == text),
                _ => Err(MergeError::wrong_kind(Shape::Scalar, element)),
            };
        }
        if element.as_map().is_none() {
            return Err(MergeError::wrong_kind(Shape::Mapping, element));
        }
        let value = element.get(key);
        Ok(value.is_some_and(|value| text.is_empty() || text::of_node(bump, value) == text))
    }

    /// The last step: the resource's own elements join the new list, which then is the list.
    fn put_own_behind(&mut self, keys: &[&str]) -> Result<(), MergeError> {
        for element in std::mem::take(&mut self.own) {
            let mut made = std::mem::take(&mut self.made);
            let mut texts = Vec::with_capacity(keys.len());
            for key in keys {
                if key.is_empty() {
                    texts.push(text::of_node(self.merge.bump, element));
                    continue;
                }
                if !element.is_null() && element.as_map().is_none() {
                    return Err(MergeError::wrong_kind(Shape::Mapping, element));
                }
                match element.get(key) {
                    Some(value) => texts.push(text::of_node(self.merge.bump, value)),
                    None => made.push(element),
                }
            }
            if keys.len() > 1 {
                made = self.put(made, None, keys, &texts)?;
            }
            self.made = self.put(made, Some(element), keys, &texts)?;
        }
        self.own = std::mem::take(&mut self.made);
        Ok(())
    }
}
