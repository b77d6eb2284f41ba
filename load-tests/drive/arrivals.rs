//! When requests are due: an open model, in which nobody waits for an answer before asking again.
//!
//! Comes in:  rates, and how long each lasts.
//! Goes out:  moments since the start.
//! Never here: asking.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

/// Rates one after the other.
#[derive(Clone, Debug, Default)]
pub struct Arrivals(Vec<(Duration, f64)>);

impl Arrivals {
    /// `rate` requests each second for so long.
    #[must_use]
    pub fn steady(lasts: Duration, rate: f64) -> Arrivals {
        Arrivals::default().then(lasts, rate)
    }

    /// And after that another rate.
    #[must_use]
    pub fn then(mut self, lasts: Duration, rate: f64) -> Arrivals {
        self.0.push((lasts, rate));
        self
    }

    /// How long all of it lasts.
    #[must_use]
    pub fn lasts(&self) -> Duration {
        self.0.iter().map(|(lasts, _)| *lasts).sum()
    }

    /// The moments since the start, in order.
    pub fn moments(&self) -> impl Iterator<Item = Duration> + Send + 'static {
        let mut start = Duration::ZERO;
        let steps = self.0.clone().into_iter().map(move |(lasts, rate)| {
            let step = (start, (lasts.as_secs_f64() * rate) as u32, rate);
            start += lasts;
            step
        });
        steps.flat_map(|(start, count, rate)| {
            (0..count).map(move |n| start + Duration::from_secs_f64(f64::from(n) / rate))
        })
    }

    /// Sends each moment when it has come, from a thread of its own: timers of the runtime are a
    /// millisecond wide.
    pub(crate) fn tick(&self, begin: Instant) -> mpsc::UnboundedReceiver<Instant> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let moments = self.moments();
        std::thread::spawn(move || {
            for moment in moments {
                let due = begin + moment;
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                if sender.send(due).is_err() {
                    break;
                }
            }
        });
        receiver
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Arrivals;

    #[test]
    fn rates_follow_each_other() {
        let second = Duration::from_secs(1);
        let arrivals = Arrivals::steady(second, 2.0).then(second, 4.0);
        let moments: Vec<_> = arrivals.moments().map(|m| m.as_millis()).collect();
        assert_eq!(moments, [0, 500, 1000, 1250, 1500, 1750]);
        assert_eq!(arrivals.lasts(), 2 * second);
    }
}
