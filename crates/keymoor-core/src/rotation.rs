//! When a signing key signs, and how long it is published: a function of time alone, so that every
//! node comes to the same answer and nothing has to be written when a key's turn comes.

use crate::{removals::MEMORY, time::UnixTime};

/// Seconds for which others may keep a fetched key set: its `max-age`.
pub const KEY_SET_MAX_AGE: u32 = 300;

/// Seconds for which a key is published before it signs, so that whoever kept an older key set
/// has fetched a new one by then.
pub const PUBLISHED_BEFORE: u32 = KEY_SET_MAX_AGE + 30;

/// Seconds for which a key stays published once another one signs: no token of its is left then.
pub const PUBLISHED_AFTER: u32 = MEMORY;

/// The times of a signing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyTimes {
    /// When its turn to sign comes.
    pub signs_from: UnixTime,
    /// When it was withdrawn, if it was: it counts no more.
    pub withdrawn_at: Option<UnixTime>,
}

/// What counts until a certain time. Keys are named by their place in the list that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The one that signs.
    pub signing: usize,
    /// Those that are published.
    pub published: Vec<usize>,
    /// From when on another schedule may count.
    pub until: UnixTime,
}

/// The schedule at `now` of keys in the order of their making; `None` if none is left.
///
/// The youngest whose turn has come signs. If none's has, the oldest does.
pub fn schedule(keys: &[KeyTimes], now: UnixTime) -> Option<Schedule> {
    let left: Vec<_> = (0..keys.len()).filter(|&i| keys[i].withdrawn_at.is_none()).collect();
    let whose_turn = left.iter().rposition(|&i| keys[i].signs_from <= now).unwrap_or(0);
    let ends = |place: usize| {
        let successor = left.get(place + 1).map(|&i| keys[i].signs_from);
        successor.map(|from| from.plus(i64::from(PUBLISHED_AFTER)))
    };
    let is_published = |place: usize| ends(place).is_none_or(|end| end > now);
    let changes = left.iter().map(|&i| keys[i].signs_from).chain((0..left.len()).filter_map(ends));
    Some(Schedule {
        signing: *left.get(whose_turn)?,
        published: (0..left.len()).filter(|&p| is_published(p)).map(|p| left[p]).collect(),
        until: changes.filter(|at| *at > now).min().unwrap_or(UnixTime::FAR),
    })
}
