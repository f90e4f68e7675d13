//! Whether this process is in step with the others on its database: it knows what they changed, and
//! its clock is theirs. Out of step it issues nothing, and its guards go by `vouching.rs` (s90, s92).

use std::{
    cmp::Ordering::{Greater, Less},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use keymoor_core::{
    Clock, UnixTime,
    removals::{CLOCK_SKEW, TOKEN_LIFE_AND_LEEWAY},
};
use keymoor_store::StoreError;

use crate::{App, follower::in_time};

/// How old what this process goes by may be where other processes change it too, before it stops
/// to vouch for it to guards elsewhere.
const FRESH: Duration = Duration::from_secs(3);
/// For how long a process issues by what it read last.
const STALE: Duration = Duration::from_secs(5);
/// For how long its own guards may go by what it read last: no token lives longer.
const USABLE: Duration = Duration::from_secs(TOKEN_LIFE_AND_LEEWAY as u64);
/// How far its clock may be from the database's, in seconds. Whole seconds are compared, so it is less
/// than one more, and two servers are never further apart than guards allow for.
const APART: i64 = 1;
const _: () = assert!(2 * (APART + 1) <= CLOCK_SKEW as i64);

/// Why this process issues nothing now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OutOfStep {
    /// The changes could not be read for too long.
    #[error("what other servers changed could not be read for more than 5 seconds")]
    Behind,
    /// By so many seconds, at least.
    #[error("this server's clock is {0} s ahead of the database's: set both by NTP")]
    Ahead(i64),
    /// By so many seconds, at least.
    #[error("this server's clock is {0} s behind the database's: set both by NTP")]
    Late(i64),
}

/// When this process took in every change last, and how its clock goes. Reading takes no lock.
pub(crate) struct Step {
    /// Whether other processes change the database too; where none does, nothing gets out of step.
    shared: bool,
    pub(crate) clock: Arc<dyn Clock>,
    /// In milliseconds of the monotonic clock.
    caught_up_at: AtomicI64,
    /// How far the clock is ahead of the database's, in seconds.
    ahead: AtomicI64,
}

impl Step {
    pub(crate) fn new(shared: bool, clock: Arc<dyn Clock>) -> Self {
        Self { shared, clock, caught_up_at: AtomicI64::new(0), ahead: AtomicI64::new(0) }
    }

    /// Every change up to that monotonic time was taken in.
    pub(crate) fn caught_up(&self, at: Duration) {
        self.caught_up_at.store(milliseconds(at), Ordering::SeqCst);
    }

    /// How long ago that was.
    pub(crate) fn age(&self) -> Duration {
        let age = milliseconds(self.clock.monotonic()) - self.caught_up_at.load(Ordering::SeqCst);
        Duration::from_millis(u64::try_from(age).unwrap_or_default())
    }

    /// Whether what this process goes by is as good as what the database holds: others may rely on
    /// its word.
    pub(crate) fn is_following(&self) -> bool {
        !self.shared || self.age() <= FRESH
    }

    /// Refuses while this process is out of step.
    pub(crate) fn check(&self) -> Result<(), OutOfStep> {
        if !self.shared {
            return Ok(());
        }
        clocks(self.ahead.load(Ordering::SeqCst))?;
        if self.age() > STALE { Err(OutOfStep::Behind) } else { Ok(()) }
    }

    /// Whether its own guards may go by what it read last. By a clock that is wrong it cannot be told
    /// which tokens have expired.
    pub(crate) fn is_usable(&self) -> bool {
        let right = || clocks(self.ahead.load(Ordering::SeqCst)).is_ok();
        !self.shared || (right() && self.age() <= USABLE)
    }
}

impl App {
    /// Refuses while this process is out of step.
    pub(crate) fn check_in_step(&self) -> Result<(), OutOfStep> {
        self.step.check()
    }

    /// Compares this process's clock with the database's, if that has one.
    pub async fn compare_clocks(&self) -> Result<(), StoreError> {
        let asked = self.now();
        let Some(theirs) = in_time(self.store.database_time()).await? else {
            return Ok(());
        };
        let ahead = ahead(asked, self.now(), theirs);
        let before = self.step.ahead.swap(ahead, Ordering::SeqCst);
        match (clocks(before), clocks(ahead)) {
            (Ok(()), Err(error)) => tracing::error!(%error, "no access tokens are issued"),
            (Err(_), Ok(())) => tracing::info!("the clocks agree, access tokens are issued again"),
            _ => {}
        }
        Ok(())
    }
}

fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn clocks(ahead: i64) -> Result<(), OutOfStep> {
    match (ahead.abs() > APART, ahead.cmp(&0)) {
        (true, Greater) => Err(OutOfStep::Ahead(ahead)),
        (true, Less) => Err(OutOfStep::Late(-ahead)),
        _ => Ok(()),
    }
}

/// How far our clock is ahead of theirs, in seconds, if theirs was read between the two times.
fn ahead(asked: UnixTime, answered: UnixTime, theirs: UnixTime) -> i64 {
    let (asked, answered, theirs) = (asked.seconds(), answered.seconds(), theirs.seconds());
    if asked > theirs { asked - theirs } else { (answered - theirs).min(0) }
}

#[cfg(test)]
mod tests {
    use super::{OutOfStep, ahead, clocks};
    use keymoor_core::UnixTime;

    fn between(asked: i64, answered: i64, theirs: i64) -> i64 {
        let time = UnixTime::from_seconds;
        ahead(time(asked), time(answered), time(theirs))
    }

    #[test]
    fn an_answer_that_takes_long_is_no_clock_that_is_wrong() {
        assert_eq!(between(100, 103, 100), 0);
        assert_eq!(between(100, 103, 103), 0);
    }

    #[test]
    fn a_clock_is_ahead_or_behind() {
        assert_eq!(between(107, 108, 100), 7);
        assert_eq!(between(90, 91, 100), -9);
    }

    #[test]
    fn s92_more_than_a_second_is_too_much() {
        assert_eq!(clocks(1), Ok(()));
        assert_eq!(clocks(-1), Ok(()));
        assert_eq!(clocks(2), Err(OutOfStep::Ahead(2)));
        assert_eq!(clocks(-2), Err(OutOfStep::Late(2)));
    }
}
