//! A token as it stands in a file.

use std::{sync::Arc, time::Duration};

use keymoor_core::{Scopes, UnixTime};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    exchange::is_token_text,
    timing::{Moment, Since, Timer},
    token::{AccessToken, Held},
};

/// Raised when the meaning of a field changes: an entry of another number is not read.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
pub(super) struct Entry {
    version: u32,
    access_token: Zeroizing<String>,
    #[serde(default, skip_serializing_if = "Scopes::is_empty")]
    scope: Scopes,
    /// By which all of one API Key are found, to forget them.
    #[serde(default)]
    owner: String,
    life_ms: u64,
    obtained_at: UnixTime,
    /// The reading of the monotonic clock and the start of the machine that it counts from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    counted: Option<(u64, u64)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    skew: Option<i64>,
}

impl Entry {
    pub(super) fn of(token: &AccessToken, owner: &str) -> Self {
        let held = token.held();
        let counted = match held.obtained.since {
            Since::Boot(boot) => Some((boot, milliseconds(held.obtained.monotonic))),
            Since::Process | Since::Unknown => None,
        };
        Self {
            version: VERSION,
            access_token: held.text.clone(),
            scope: held.scopes.clone(),
            owner: owner.to_owned(),
            life_ms: milliseconds(held.life),
            obtained_at: held.obtained.wall,
            counted,
            skew: held.skew,
        }
    }

    pub(super) fn is_of(&self, owner: &str) -> bool {
        self.owner == owner
    }

    /// The token, if the entry is one that can be meant: anything else is corruption.
    pub(super) fn token(self, timer: &Arc<dyn Timer>) -> Option<AccessToken> {
        let sound = self.version == VERSION && is_token_text(&self.access_token);
        let (since, monotonic) = match self.counted {
            Some((boot, reading)) => (Since::Boot(boot), Duration::from_millis(reading)),
            None => (Since::Unknown, Duration::ZERO),
        };
        let obtained = Moment { wall: self.obtained_at, monotonic, since };
        sound.then(|| {
            AccessToken::new(Held {
                text: self.access_token,
                scopes: self.scope,
                life: Duration::from_millis(self.life_ms),
                obtained,
                skew: self.skew,
                timer: timer.clone(),
            })
        })
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
