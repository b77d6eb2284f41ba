//! What an evaluation costs, in the units of Kubernetes' limits.

use crate::cel::library::{Cost, Outside};
use crate::cel::val::{Fault, Val};

/// Units between two looks at whether the time is over: well under a millisecond of work.
const SLICE: u64 = 4_096;

/// Counts what is spent, and says when it is too much.
pub(super) struct Meter<'o> {
    spent: u64,
    limit: u64,
    /// When this is spent the time is looked at; never beyond `limit`.
    look_at: u64,
    outside: &'o dyn Outside,
}

impl<'o> Meter<'o> {
    pub(super) fn new(limit: u64, outside: &'o dyn Outside) -> Self {
        Meter {
            spent: 0,
            limit,
            look_at: limit.min(SLICE),
            outside,
        }
    }

    pub(super) fn spent(&self) -> u64 {
        self.spent
    }

    /// Goes on as if so much had been spent. The time is looked at as often as before.
    pub(super) fn count_from(&mut self, spent: u64) {
        let left = self.look_at.saturating_sub(self.spent);
        self.spent = spent;
        self.look_at = self.limit.min(spent.saturating_add(left));
    }

    /// Counts so many units.
    pub(super) fn add(&mut self, units: u64) -> Result<(), Fault<'static>> {
        self.spent = self.spent.saturating_add(units);
        if self.spent > self.look_at {
            return self.look();
        }
        Ok(())
    }

    #[cold]
    fn look(&mut self) -> Result<(), Fault<'static>> {
        if self.spent > self.limit {
            return Err(Fault::CostLimit);
        }
        if self.outside.is_over() {
            return Err(Fault::TimeOver);
        }
        self.look_at = self.limit.min(self.spent.saturating_add(SLICE));
        Ok(())
    }

    /// Counts a call that has been made.
    pub(super) fn add_call<'v>(
        &mut self,
        cost: Cost,
        args: &[Val<'v>],
        result: Val<'v>,
    ) -> Result<(), Fault<'static>> {
        self.add(match cost {
            Cost::One => 1,
            Cost::Of(of) => of(args, result),
            Cost::Unlimited => u64::MAX,
        })
    }
}
