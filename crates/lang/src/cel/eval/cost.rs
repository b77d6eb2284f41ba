//! What an evaluation costs, in the units of Kubernetes' limits.

use crate::cel::library::Cost;
use crate::cel::val::{Fault, Val};

/// Counts what is spent, and says when it is too much.
pub(super) struct Meter {
    spent: u64,
    limit: u64,
}

impl Meter {
    pub(super) fn new(limit: u64) -> Self {
        Meter { spent: 0, limit }
    }

    pub(super) fn spent(&self) -> u64 {
        self.spent
    }

    /// Counts so many units.
    pub(super) fn add(&mut self, units: u64) -> Result<(), Fault<'static>> {
        self.spent = self.spent.saturating_add(units);
        if self.spent > self.limit {
            return Err(Fault::CostLimit);
        }
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
