use async_trait::async_trait;
use keymoor_core::{jwt::VerifiedToken, refusal::Refusal};

/// A second opinion on a token that the guard would let through, for when the guard cannot be
/// sure that it knows of every removal.
#[async_trait]
pub trait Confirmation: Send + Sync {
    /// Whether one is wanted now. Asked at every request.
    fn is_wanted(&self) -> bool;

    /// Whether `token` gets through after all.
    async fn confirm(&self, token: &str, verified: &VerifiedToken) -> Result<(), Refusal>;
}
