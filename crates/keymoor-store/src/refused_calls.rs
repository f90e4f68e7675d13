use async_trait::async_trait;
use keymoor_core::{
    AccountId, ResourceServerId, UnixTime,
    explain::{RefusedCall, RequestId},
};

use crate::{Removal, StoreError};

/// The most refused calls that are kept of one API Key that was proved.
pub const MAX_REFUSED_OF_KEY: u32 = 100;
/// The most that are kept of all API Keys that were proved, and of whoever proved nothing. Each is of
/// one reporter, so that none of them takes the place of another's.
pub const MAX_REFUSED: u32 = 100_000;
/// See [`MAX_REFUSED`].
pub const MAX_REFUSED_STRANGERS: u32 = 5_000;

/// A refused call, to be kept.
#[derive(Clone, Debug)]
pub struct NewRefusedCall {
    /// The resource server whose guard told of it; none for the server's own guard.
    pub reporter: Option<ResourceServerId>,
    /// By how many seconds the guard's clock was ahead of the server's.
    pub clock_ahead: i64,
    /// The call.
    pub call: RefusedCall,
}

/// A refused call as it is kept, with what is known of its API token now.
#[derive(Clone, Debug)]
pub struct KeptRefusedCall {
    /// As in [`NewRefusedCall`].
    pub reporter: Option<ResourceServerId>,
    /// The audience of that resource server.
    pub audience: Option<String>,
    /// As in [`NewRefusedCall`].
    pub clock_ahead: i64,
    /// The call.
    pub call: RefusedCall,
    /// Who owns the API token that was named.
    pub account: Option<AccountId>,
    /// What the API token is called.
    pub label: Option<String>,
    /// Its removal, if it was removed.
    pub removal: Option<Removal>,
}

/// Calls that were refused, and why. What is kept is bounded and is no change: nothing is audited.
#[async_trait]
pub trait RefusedCalls: Send + Sync {
    /// Keeps calls, some at a time; one of the same reporter and id that is kept already stays. The
    /// oldest of an API Key go once there are more than [`MAX_REFUSED_OF_KEY`].
    async fn note_refused_calls(&self, calls: &[NewRefusedCall]) -> Result<(), StoreError>;

    /// The latest refused calls of API tokens of `account` that were proved, newest first.
    async fn refused_calls_of(
        &self,
        account: AccountId,
        limit: u32,
    ) -> Result<Vec<KeptRefusedCall>, StoreError>;

    /// The refused calls of that id: one, unless a reporter tells of another's.
    async fn refused_call(&self, id: RequestId) -> Result<Vec<KeptRefusedCall>, StoreError>;

    /// Forgets what is older than `before`, and the oldest of what is more than is kept.
    async fn forget_refused_calls(&self, before: UnixTime) -> Result<(), StoreError>;
}
