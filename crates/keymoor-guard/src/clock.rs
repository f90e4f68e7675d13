use std::time::{SystemTime, UNIX_EPOCH};

use keymoor_core::{Clock, UnixTime};

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
    fn now(&self) -> UnixTime {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        UnixTime::from_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
    }
}
