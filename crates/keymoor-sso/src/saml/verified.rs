//! What is expected of a response, and what is known once it was verified.

use keymoor_core::UnixTime;

use super::RequestId;
use crate::Identity;

/// What the answer is held against.
#[derive(Clone, Debug)]
pub struct Expected<'e> {
    /// The request that this browser was sent away with.
    pub request_id: &'e RequestId,
    /// The present.
    pub now: UnixTime,
}

/// A sign-in that holds. The assertion must be used once only, on all nodes: the caller keeps
/// (provider, [`assertion_id`](Self::assertion_id)) until [`expires_at`](Self::expires_at) and
/// refuses one that is there already (SECURITY.md 68).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Who signed in.
    pub identity: Identity,
    /// The provider's name for this assertion.
    pub assertion_id: String,
    /// From then on the assertion is refused anyway, skew included.
    pub expires_at: UnixTime,
    /// When the provider wants the session to end (`SessionNotOnOrAfter`), if it says.
    pub session_ends_at: Option<UnixTime>,
}
