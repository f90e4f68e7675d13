//! Whether this process is in step with the others on its database: it knows what they changed, and
//! its clock is theirs. Out of step it issues nothing (s90, s92).

use std::{
    cmp::Ordering::{Greater, Less},
    sync::atomic::Ordering,
    time::Duration,
};

use keymoor_core::{UnixTime, removals::CLOCK_SKEW};
use keymoor_store::StoreError;

use crate::{App, follower::in_time};

/// For how long a process issues by what it read last.
const STALE: Duration = Duration::from_secs(5);
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

impl App {
    /// Refuses while this process is out of step.
    pub(crate) fn check_in_step(&self) -> Result<(), OutOfStep> {
        if !self.store.is_shared() {
            return Ok(());
        }
        clocks(self.follower.ahead.load(Ordering::SeqCst))?;
        let age = self.metrics.caught_up_ago(self.clock.monotonic());
        if age > STALE { Err(OutOfStep::Behind) } else { Ok(()) }
    }

    /// Compares this process's clock with the database's, if that has one.
    pub async fn compare_clocks(&self) -> Result<(), StoreError> {
        let asked = self.now();
        let Some(theirs) = in_time(self.store.database_time()).await? else {
            return Ok(());
        };
        let ahead = ahead(asked, self.now(), theirs);
        let before = self.follower.ahead.swap(ahead, Ordering::SeqCst);
        match (clocks(before), clocks(ahead)) {
            (Ok(()), Err(error)) => tracing::error!(%error, "no access tokens are issued"),
            (Err(_), Ok(())) => tracing::info!("the clocks agree, access tokens are issued again"),
            _ => {}
        }
        Ok(())
    }
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
