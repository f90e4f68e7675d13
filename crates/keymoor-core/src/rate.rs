//! How often something may happen: so many times at once, and one more every so often.

use std::time::Duration;

/// A rate with what it allows at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How much may happen at once after a while of nothing.
    pub burst: u32,
    /// How long it takes until one more may.
    pub every: Duration,
}

impl Rate {
    /// `count` within `time`, all at once or spread. A count of 0 is taken for 1.
    pub fn within(count: u32, time: Duration) -> Self {
        let burst = count.max(1);
        Self { burst, every: time / burst }
    }
}

/// How much of a [`Rate`] is used up, as the time at which nothing of it would be (GCRA, ITU-T I.371).
/// Times are those of a clock that never goes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meter {
    free_at: Duration,
}

impl Meter {
    /// Uses one up at `now`, or says after how long there is one.
    pub fn take(&mut self, rate: Rate, now: Duration) -> Result<(), Duration> {
        self.look(rate, now)?;
        self.free_at = self.free_at.max(now) + rate.every;
        Ok(())
    }

    /// Uses one up at `now`, even if there is none: no more than all of them.
    pub fn count(&mut self, rate: Rate, now: Duration) {
        let full = now + rate.every * rate.burst;
        self.free_at = (self.free_at.max(now) + rate.every).min(full);
    }

    /// Whether there is one at `now`, or after how long.
    pub fn look(&self, rate: Rate, now: Duration) -> Result<(), Duration> {
        let most = rate.every * (rate.burst - 1);
        match self.free_at.checked_sub(now + most) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => Ok(()),
        }
    }

    /// Whether all of it is there at `now`: nothing has to be remembered.
    pub fn is_free(&self, now: Duration) -> bool {
        self.free_at <= now
    }
}
