//! What one match may cost: a bound on its time and on its stack.
//!
//! Patterns are written by whoever may write policies, resources by whoever may write those,
//! and the two multiply. No pattern of practice comes near these bounds.

use crate::functions::Inputs;

/// Comparisons of one match: each value looked at is one, and each key of a pattern map is
/// compared with those of the resource map. Well under a second.
pub const MOST_STEPS: usize = 100_000_000;

/// Levels of maps and lists. Deeper YAML is not read in the first place.
pub(super) const DEEPEST: usize = 256;

/// Steps between two looks at whether the time is over.
const SLICE: usize = 65_536;

/// The account of one walk.
#[derive(Default)]
pub(super) struct Limits<'v> {
    pub(super) steps: usize,
    depth: usize,
    broken: Option<Broken>,
    /// Who knows the time, and at how many steps it is asked next.
    clock: Option<&'v dyn Inputs>,
    look_at: usize,
}

#[derive(Clone, Copy, Debug)]
enum Broken {
    Steps,
    Depth,
    Time,
}

impl<'v> Limits<'v> {
    /// The usual bounds, and an end where `clock` says that the time is over.
    pub(super) fn timed(clock: &'v dyn Inputs) -> Self {
        Limits {
            clock: Some(clock),
            ..Limits::default()
        }
    }

    /// Goes one level down. False once a bound was broken: from then on nothing is looked at.
    pub(super) fn descend(&mut self) -> bool {
        self.depth += 1;
        if self.depth > DEEPEST {
            self.broken = Some(Broken::Depth);
        }
        self.charge(1)
    }

    /// Comes one level up.
    pub(super) fn ascend(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Pays for `steps` comparisons; false once a bound was broken.
    pub(super) fn charge(&mut self, steps: usize) -> bool {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > MOST_STEPS {
            self.broken = Some(Broken::Steps);
        } else if self.steps > self.look_at {
            self.look_at = self.steps.saturating_add(SLICE);
            if self.clock.is_some_and(Inputs::is_over) {
                self.broken = Some(Broken::Time);
            }
        }
        self.broken.is_none()
    }

    /// The text of the error, when a bound was broken.
    pub(super) fn error(&self) -> Option<&'static str> {
        Some(match self.broken? {
            Broken::Steps => "matching the pattern takes too many comparisons on this resource",
            Broken::Depth => "the pattern is nested too deeply",
            Broken::Time => "the time for the evaluation is over",
        })
    }
}
