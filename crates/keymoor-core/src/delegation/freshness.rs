use super::REFRESH_GRACE;
use crate::time::UnixTime;

/// Whether a refresh token may still be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It is the one that counts.
    Current,
    /// Its successor counts, since a moment ago: a client that lost the answer gets the same again.
    JustUsed,
    /// It was used long before, or others since: somebody has it who should not (RFC 9700 §4.14.2).
    Stale,
}

impl Freshness {
    /// That of a grant's refresh token number `generation`, used at `used_at` if it was, where
    /// number `current` counts.
    pub fn of(generation: i64, used_at: Option<UnixTime>, current: i64, now: UnixTime) -> Self {
        let recent = |used: UnixTime| now <= used.plus(i64::from(REFRESH_GRACE));
        match used_at {
            None if generation == current => Self::Current,
            Some(used) if generation.checked_add(1) == Some(current) && recent(used) => {
                Self::JustUsed
            }
            _ => Self::Stale,
        }
    }
}
