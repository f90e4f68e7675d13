//! What whoever holds an entry's lock leaves in its file for those who wait. Pure.

use std::{fmt, str::FromStr, time::Duration};

use keymoor_core::UnixTime;

/// The longest wait that is believed: more is a damaged file, or a clock that was set.
const LONGEST: i64 = 60 * 60;
/// The longest wait between two tries of one process.
const LONGEST_WAIT: i64 = 60;

/// A text of one line: when the server is asked again, and, if its writer gave up, when and what the
/// server answered (0 if it did not).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    not_before: UnixTime,
    given_up: Option<(UnixTime, u16)>,
}

/// What a notice means for somebody who waited: it fails as the writer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// The HTTP status; `None` if no answer came.
    pub(crate) status: Option<u16>,
    /// How long the server wants to be left alone still.
    pub(crate) wait: Option<Duration>,
}

impl Notice {
    /// Its writer waits, and then asks again.
    pub(crate) fn waiting(now: UnixTime, wait: Duration) -> Self {
        Self { not_before: later(now, wait + Duration::from_secs(1)), given_up: None }
    }

    /// Its writer gave up. The server may have said how long to wait.
    pub(crate) fn given_up(
        now: UnixTime,
        status: Option<u16>,
        retry_after: Option<Duration>,
    ) -> Self {
        let not_before = later(now, retry_after.unwrap_or_default());
        Self { not_before, given_up: Some((now, status.unwrap_or_default())) }
    }

    /// Whether its writer waits for the server, and does not hang.
    pub(crate) fn is_waiting(&self, now: UnixTime) -> bool {
        self.given_up.is_none() && (1..=LONGEST_WAIT).contains(&self.not_before.since(now))
    }

    /// What it tells somebody who began to wait at `began`: its writer gave up since, or the server
    /// wants to be left alone still.
    pub(crate) fn told(&self, began: UnixTime, now: UnixTime) -> Option<Told> {
        let (at, status) = self.given_up?;
        let left = self.not_before.since(now);
        let wait = (1..=LONGEST).contains(&left).then(|| Duration::from_secs(left.unsigned_abs()));
        let meanwhile = at.since(began) >= 0 && now.since(at) >= 0;
        let status = Some(status).filter(|status| *status > 0);
        (meanwhile || wait.is_some()).then_some(Told { status, wait })
    }
}

fn later(now: UnixTime, wait: Duration) -> UnixTime {
    now.plus(i64::try_from(wait.as_secs()).unwrap_or(LONGEST).min(LONGEST))
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.not_before.seconds())?;
        match self.given_up {
            Some((at, status)) => write!(f, " {} {status}", at.seconds()),
            None => Ok(()),
        }
    }
}

/// The file says nothing that can be meant.
#[derive(Debug)]
pub(crate) struct Unreadable;

impl FromStr for Notice {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let words: Vec<_> = text.split_ascii_whitespace().collect();
        let time = |word: &str| word.parse().map(UnixTime::from_seconds).map_err(|_| Unreadable);
        let (not_before, given_up) = match words[..] {
            [then] => (time(then)?, None),
            [then, at, status] => {
                (time(then)?, Some((time(at)?, status.parse().map_err(|_| Unreadable)?)))
            }
            _ => return Err(Unreadable),
        };
        Ok(Self { not_before, given_up })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(1_800_000_000 + seconds)
    }

    const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn who_waited_fails_with_who_gave_up_and_who_comes_later_does_not() {
        let notice = Notice::given_up(at(10), Some(503), None);
        let told = Told { status: Some(503), wait: None };
        assert_eq!(notice.told(at(9), at(11)), Some(told));
        assert_eq!(notice.told(at(11), at(11)), None);
    }

    #[test]
    fn a_server_that_asked_to_be_left_alone_is_by_all() {
        let notice = Notice::given_up(at(10), Some(429), Some(seconds(120)));
        let told = Told { status: Some(429), wait: Some(seconds(20)) };
        assert_eq!(notice.told(at(100), at(110)), Some(told));
        assert_eq!(notice.told(at(130), at(130)), None);
    }

    #[test]
    fn a_clock_that_was_set_back_makes_nobody_wait_for_hours() {
        let notice = Notice::given_up(at(10), Some(429), Some(seconds(100_000)));
        assert_eq!(notice.told(at(-90_000), at(-90_000)), None);
        assert!(!Notice::waiting(at(0), Duration::from_secs(30)).is_waiting(at(-90_000)));
    }

    #[test]
    fn who_waits_to_ask_again_does_not_hang() {
        let notice = Notice::waiting(at(0), Duration::from_secs(30));
        assert!(notice.is_waiting(at(30)) && !notice.is_waiting(at(31)));
        assert_eq!(notice.told(at(0), at(1)), None);
        assert!(!Notice::given_up(at(0), None, Some(seconds(30))).is_waiting(at(1)));
    }

    #[test]
    fn what_is_written_is_read_and_damage_is_nothing() {
        for notice in [
            Notice::waiting(at(0), Duration::from_secs(3)),
            Notice::given_up(at(0), None, None),
            Notice::given_up(at(0), Some(429), Some(seconds(7))),
        ] {
            assert_eq!(notice.to_string().parse::<Notice>().ok(), Some(notice));
        }
        for text in ["", "x", "1 2", "1 2 3 4", "1 2 99999"] {
            assert!(text.parse::<Notice>().is_err(), "{text:?}");
        }
    }
}
