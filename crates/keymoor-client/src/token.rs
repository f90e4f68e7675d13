//! Access tokens as a client has them.

use std::{fmt, sync::Arc, time::Duration};

use keymoor_core::{Scopes, UnixTime};
use zeroize::Zeroizing;

use crate::{
    cache::decision::{Age, renewal_margin},
    timing::{Moment, Timer},
};

/// A bearer token, with what is known of its life. Redacted in `Debug`, no `Display`, wiped when the
/// last copy is dropped.
#[derive(Clone)]
pub struct AccessToken(Arc<Held>);

pub(crate) struct Held {
    pub(crate) text: Zeroizing<String>,
    pub(crate) scopes: Scopes,
    pub(crate) life: Duration,
    pub(crate) obtained: Moment,
    /// Seconds that the server's clock is ahead of this one, if it told.
    pub(crate) skew: Option<i64>,
    pub(crate) timer: Arc<dyn Timer>,
}

impl AccessToken {
    pub(crate) fn new(held: Held) -> Self {
        Self(Arc::new(held))
    }

    /// The text, for an `Authorization` field.
    pub fn expose(&self) -> &str {
        &self.0.text
    }

    /// The scopes that it was granted for, as far as they are known.
    pub fn scopes(&self) -> &Scopes {
        &self.0.scopes
    }

    /// How long it lives, all in all.
    pub fn life(&self) -> Duration {
        self.0.life
    }

    /// How long it still lives: counted from before it was asked for, by a clock that does not jump.
    pub fn expires_in(&self) -> Duration {
        let age = Moment::now(self.0.timer.as_ref()).elapsed_since(&self.0.obtained);
        age.map_or(Duration::ZERO, |age| self.0.life.saturating_sub(age))
    }

    /// When it expires, by this machine's calendar.
    pub fn expires_at(&self) -> UnixTime {
        let left = i64::try_from(self.expires_in().as_secs()).unwrap_or(i64::MAX);
        self.0.timer.now().plus(left)
    }

    /// How long until it is worth renewing: that is begun when 60 seconds are left, or a fifth of
    /// its life if that is less.
    pub fn renew_in(&self) -> Duration {
        self.expires_in().saturating_sub(renewal_margin(self.0.life))
    }

    /// Seconds that the server's clock is ahead of this one, by the `Date` of its answer.
    pub fn server_clock_ahead(&self) -> Option<i64> {
        self.0.skew
    }

    pub(crate) fn held(&self) -> &Held {
        &self.0
    }

    pub(crate) fn age(&self, now: &Moment) -> Age {
        Age { life: self.0.life, elapsed: now.elapsed_since(&self.0.obtained) }
    }

    /// Whether both are the same text. For what this client holds itself: nobody measures it.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.expose() == other.expose()
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("scopes", &self.0.scopes)
            .field("life", &self.0.life)
            .finish_non_exhaustive()
    }
}
