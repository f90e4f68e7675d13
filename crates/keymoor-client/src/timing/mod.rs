//! Time, waiting and chance, as arguments; and how old something is, whatever the clocks do.

mod system;

use std::{fmt, future::Future, pin::Pin, time::Duration};

use keymoor_core::{Clock, UnixTime};

pub use system::SystemTimer;

/// Tells the time, waits, and draws lots. A test brings one that only moves when it is told to.
pub trait Timer: Clock {
    /// What [`Clock::monotonic`] counts from.
    fn since(&self) -> Since;

    /// Returns after `duration`.
    fn pause(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;

    /// A random number from 0 to 1, for jitter.
    fn chance(&self) -> f64;
}

/// What a monotonic clock counts from: two readings compare only if they count from the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// The start of this machine, by the number that the system gives that start: other processes
    /// count from the same.
    Boot(u64),
    /// Something of this process.
    Process,
    /// Nothing that is known here.
    Unknown,
}

/// A moment by both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) wall: UnixTime,
    pub(crate) monotonic: Duration,
    pub(crate) since: Since,
}

impl Moment {
    pub(crate) fn now(timer: &dyn Timer) -> Self {
        Self { wall: timer.now(), monotonic: timer.monotonic(), since: timer.since() }
    }

    /// How long ago `earlier` was, by the clock that says longer, so that a calendar that is set
    /// back makes nothing younger. `None` if that cannot be told.
    pub(crate) fn elapsed_since(&self, earlier: &Self) -> Option<Duration> {
        let calendar = u64::try_from(self.wall.since(earlier.wall)).ok().map(Duration::from_secs);
        let comparable = self.since == earlier.since && self.since != Since::Unknown;
        let counted = comparable.then(|| self.monotonic.checked_sub(earlier.monotonic)).flatten();
        match (counted, calendar) {
            (Some(counted), calendar) => Some(counted.max(calendar.unwrap_or_default())),
            (None, calendar) => calendar,
        }
    }
}

impl fmt::Debug for dyn Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Timer")
    }
}
