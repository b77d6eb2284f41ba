//! Evaluating what nobody waits for: controllers have time.
//!
//! Comes in:  an attempt to evaluate something.
//! Goes out:  its result, once the facts that it lacked were asked for.
//! Never here: reviews; they have a deadline (see `errand`).

use std::time::{Duration, Instant};

use portcullis_engine::admit::Wanted;
use portcullis_engine::facts::{Facts as _, Fault};

use super::{Desk, Errand, Known};

/// How long a controller waits for the facts of one object.
const PATIENCE: Duration = Duration::from_secs(30);

/// Calls `attempt` until it lacks no fact any more. What does not come is given up after a while, and
/// the attempt after that says what follows from it.
///
/// # Errors
///
/// Every fault but a missing fact.
pub(crate) async fn patiently<T>(
    desk: &Desk,
    mut attempt: impl FnMut(&Known) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let mut known = desk.open();
    let now = Instant::now();
    let mut errand = Errand::new(desk, now, now + PATIENCE);
    loop {
        let fact = match attempt(&known) {
            Err(Fault::Missing(fact)) => fact,
            done => return done,
        };
        // Asking again would bring the same.
        if known.get(&fact).is_some() || known.given_up(&fact).is_some() {
            return Err(Fault::Error(format!("{fact} cannot be had")));
        }
        let wanted = Wanted { fact, limit: None };
        errand.wait(&[wanted], &mut known).await;
    }
}
