//! Points in time, as tokens and tables hold them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Whole seconds since 1970-01-01T00:00:00Z (RFC 7519 §2 `NumericDate`, integers only).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixTime(i64);

/// Tells the time. The core only names it: whoever stands above brings one.
pub trait Clock: Send + Sync {
    /// The present.
    fn now(&self) -> UnixTime;

    /// The time since some fixed moment, which never goes back and never jumps: for ages and
    /// bounds, where the calendar does not matter.
    fn monotonic(&self) -> Duration;
}

impl UnixTime {
    /// 9999-12-31T23:59:59Z, the last second that RFC 3339 can write.
    pub const MAX: Self = Self(253_402_300_799);

    /// Later than everything else.
    pub const FAR: Self = Self(i64::MAX);

    /// The point `seconds` after (or, negative, before) the epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the epoch.
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// The point `seconds` later; saturates instead of overflowing.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to `self`; negative if `earlier` is later.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whether a token may carry this time: between the epoch and [`UnixTime::MAX`].
    pub const fn is_plausible(self) -> bool {
        self.0 >= 0 && self.0 <= Self::MAX.0
    }
}
