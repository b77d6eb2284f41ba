//! Objects that are labelled with a time to live. They are always taken; a label that says nothing is
//! warned of.

use portcullis_engine::reference::cleanup::time_to_live;
use portcullis_lang::value::Document;

use super::Answer;

/// Judges the label.
pub(super) fn judge(object: &Document) -> Answer {
    match time_to_live(object.root()) {
        Some(Err(why)) => Answer::warned(why),
        _ => Answer::default(),
    }
}
