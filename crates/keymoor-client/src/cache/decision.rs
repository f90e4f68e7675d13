//! Whether a token is used as it is. Pure.

use std::time::Duration;

/// The longest before its end that a token is renewed.
const EARLIEST: Duration = Duration::from_secs(60);
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
