//! What changes while tokens live, as the removal feed tells it: what is dead, which organizations
//! are federated or disabled, which signing keys count.
//!
//! A [`Snapshot`] is the whole of it at one number; an [`Event`] is one change. [`Removals`] is
//! what both add up to, the same in the server and in a guard elsewhere.

mod event;
mod remembered;
mod state;

pub use event::{Change, Event, Federated, Snapshot, Subject, Tombstone};
pub use state::Removals;

use crate::token::TOKEN_LIFE;

/// Seconds by which the clocks of two machines may differ.
pub const CLOCK_SKEW: u32 = 5;

/// Seconds after which every server of a database has taken in a change that was committed.
pub const FOLLOWED_WITHIN: u32 = 2;

/// Seconds by which `iat` of a token from before a change can be later than the change, by the
/// clock of the server that made it: another server may issue until it has heard, by its clock.
pub const ISSUED_MEANWHILE: u32 = CLOCK_SKEW + FOLLOWED_WITHIN;

/// Seconds after which no access token is left that was issued before: until then a removal is
/// remembered, and for so long what a guard heard last may still be used when the feed is lost.
pub const TOKEN_LIFE_AND_LEEWAY: u32 = TOKEN_LIFE + 5;

/// Seconds for which a removal is remembered.
pub const MEMORY: u32 = TOKEN_LIFE_AND_LEEWAY + ISSUED_MEANWHILE;
