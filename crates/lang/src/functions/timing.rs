//! What the `time_...` functions share: reading their arguments, with Go's own errors.

use super::Args;
use crate::jmespath::Fault;
use crate::scalar::duration::Duration;
use crate::scalar::time::Time;

impl<'v> Args<'_, 'v> {
    /// The time in RFC 3339 at `index`.
    pub(super) fn time(self, index: usize) -> Result<Time, Fault<'v>> {
        self.env.spend_bytes(self.text(index).len())?;
        Time::parse_rfc3339(self.text(index)).map_err(Fault::invalid)
    }

    /// The time at `index`, written in a layout of Go's.
    pub(super) fn time_in(self, layout: &str, index: usize) -> Result<Time, Fault<'v>> {
        self.env
            .spend_bytes(layout.len() + self.text(index).len())?;
        Time::parse(layout, self.text(index)).map_err(Fault::invalid)
    }

    /// The duration at `index`.
    pub(super) fn duration(self, index: usize) -> Result<Duration, Fault<'v>> {
        Duration::parse(self.text(index)).map_err(Fault::invalid)
    }

    /// The time of the evaluation, in UTC.
    pub(super) fn now(self) -> Time {
        Time::from_unix_nanos(self.env.inputs().now())
    }
}
