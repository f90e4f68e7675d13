//! Delegated grants: what people allow applications to do in their name (RFC 6749 §4.1, RFC 8628),
//! and for how long an application may go on without them (refresh tokens).

mod client;
mod freshness;
mod issue;
mod terms;

pub use client::authenticate_application;
pub use freshness::Freshness;
pub use issue::{Delegated, check_consent, check_refresh, issue_delegated};
pub use terms::{
    ApplicationFacts, Consent, DelegationFacts, GrantFacts, OFFLINE_ACCESS, Rights, narrowed,
};

/// Seconds that an authorization code works.
pub const CODE_LIFE: u32 = 60;
/// Seconds that a device code and its user code work: the `expires_in` of RFC 8628 §3.2.
pub const DEVICE_LIFE: u32 = 600;
/// Seconds between two requests with a device code, and by how many it grows when a client asks too
/// often (RFC 8628 §3.5).
pub const DEVICE_INTERVAL: u32 = 5;
/// Seconds within which a refresh token that was just used gives its successor once more, to a client
/// that lost the answer.
pub const REFRESH_GRACE: u32 = 10;
/// Of the refresh tokens of a grant that were used before the last one, one in so many is kept. The others
/// are known by those that came after them.
pub const KEPT_EVERY: i64 = 32;
/// Seconds after which a grant is over, used or not: 90 days.
pub const GRANT_LIFE: u32 = 90 * 86_400;
/// Seconds after which a grant that nobody used is over: 30 days.
pub const GRANT_IDLE: u32 = 30 * 86_400;
