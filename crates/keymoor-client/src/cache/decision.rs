//! Whether a token is used as it is. Pure.

use std::time::Duration;

/// The longest before its end that a token is renewed.
const EARLIEST: Duration = Duration::from_mins(1);
/// A token is not sent any more when this little is left: it would die on the way.
const LATEST: Duration = Duration::from_secs(5);

/// How long a token lives, and for how long it has. No age is known if the clocks do not tell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Age {
    pub(crate) life: Duration,
    pub(crate) elapsed: Option<Duration>,
}

/// What to do with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Use it.
    Fresh,
    /// Use it, and get the next one meanwhile.
    Renew,
    /// Get another one first.
    Expired,
}

/// Before its end by this much, a token is renewed: 60 seconds, or a fifth of its life.
pub(crate) fn renewal_margin(life: Duration) -> Duration {
    EARLIEST.min(life / 5)
}

impl Age {
    fn left(self) -> Duration {
        self.elapsed.map_or(Duration::ZERO, |elapsed| self.life.saturating_sub(elapsed))
    }

    /// `at_least` is how long the caller wants it to live on. No more than four fifths of its life
    /// count, else every call would get a new one.
    pub(crate) fn standing(self, at_least: Duration) -> Standing {
        let margin = renewal_margin(self.life);
        let dying = LATEST.min(self.life / 20);
        let wanted = at_least.min(self.life.saturating_sub(margin));
        match self.left() {
            left if left <= dying || left < wanted => Standing::Expired,
            left if left <= margin => Standing::Renew,
            _ => Standing::Fresh,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(life: u64, elapsed: u64, at_least: u64) -> Standing {
        let [life, elapsed, at_least] = [life, elapsed, at_least].map(Duration::from_secs);
        Age { life, elapsed: Some(elapsed) }.standing(at_least)
    }

    #[test]
    fn a_token_of_300_seconds_is_renewed_in_its_last_60() {
        assert_eq!(standing(300, 239, 0), Standing::Fresh);
        assert_eq!(standing(300, 240, 0), Standing::Renew);
        assert_eq!(standing(300, 294, 0), Standing::Renew);
        assert_eq!(standing(300, 295, 0), Standing::Expired);
    }

    #[test]
    fn a_long_life_does_not_make_it_earlier_and_a_short_one_later() {
        assert_eq!(standing(86_400, 86_339, 0), Standing::Fresh);
        assert_eq!(standing(10, 7, 0), Standing::Fresh);
        assert_eq!(standing(10, 8, 0), Standing::Renew);
    }

    #[test]
    fn what_the_caller_wants_counts_up_to_what_a_new_token_has() {
        assert_eq!(standing(300, 100, 200), Standing::Fresh);
        assert_eq!(standing(300, 101, 200), Standing::Expired);
        assert_eq!(standing(300, 0, 1000), Standing::Fresh);
    }

    #[test]
    fn a_token_of_unknown_age_has_expired() {
        let age = Age { life: Duration::from_mins(5), elapsed: None };
        assert_eq!(age.standing(Duration::ZERO), Standing::Expired);
    }
}
