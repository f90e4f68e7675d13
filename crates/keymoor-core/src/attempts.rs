//! How attempts to sign in are slowed down: each counts as a failure until it has succeeded, so
//! that guesses made at the same time count too.

use crate::UnixTime;

/// How many failures are free of waiting.
const FREE: u32 = 5;
/// The first wait, in seconds; each further failure doubles it.
const FIRST_WAIT: i64 = 30;
/// The longest wait, in seconds.
const LONGEST_WAIT: i64 = 900;
/// Seconds without an attempt after which the failures before are forgotten.
pub const MEMORY: i64 = 86_400;

/// What is known of the attempts under one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempts {
    /// How many failed, one after the other.
    pub failures: u32,
    /// When the last one was made.
    pub last_at: UnixTime,
    /// Until when none is taken.
    pub blocked_until: UnixTime,
}

impl Attempts {
    /// No attempt yet.
    pub const NONE: Self = Self {
        failures: 0,
        last_at: UnixTime::from_seconds(0),
        blocked_until: UnixTime::from_seconds(0),
    };

    /// Counts an attempt at `now`, before anybody knows whether it succeeds; or says until when
    /// none is taken, which a refused attempt does not prolong.
    pub fn attempt(self, now: UnixTime) -> Result<Self, UnixTime> {
        if self.blocked_until > now {
            return Err(self.blocked_until);
        }
        let fresh = now.since(self.last_at) >= MEMORY;
        let failures = if fresh { 1 } else { self.failures.saturating_add(1) };
        let wait = match failures.checked_sub(FREE) {
            None => 0,
            Some(further) => (FIRST_WAIT << further.min(16)).min(LONGEST_WAIT),
        };
        Ok(Self { failures, last_at: now, blocked_until: now.plus(wait) })
    }
}
