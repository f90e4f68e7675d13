use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use keymoor_core::{Clock, UnixTime};

/// A clock that only moves when it is told to.
#[derive(Debug)]
pub struct SteppedClock(AtomicI64);

impl SteppedClock {
    /// A clock that stands at `start`.
    pub fn new(start: UnixTime) -> Self {
        Self(AtomicI64::new(start.seconds()))
    }

    /// Moves on by `seconds`.
    pub fn step(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for SteppedClock {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(self.0.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::SeqCst).unsigned_abs())
    }
}
