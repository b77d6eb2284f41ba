//! What rules do to resources besides judging them: changing them, and planning others.
//!
//! Comes in:  resources and patches as plain values; variables are resolved already.
//! Goes out:  new values; nothing here touches a cluster.
//! Never here: match, preconditions, variables (see `reference`).

pub mod mutate;
