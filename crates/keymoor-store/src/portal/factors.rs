use async_trait::async_trait;
use keymoor_core::{AccountId, UnixTime, name::Label, seal::Sealed};

use crate::{Stamp, StoreError};

/// Which second factors an account has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SecondFactors {
    /// Whether an app makes codes for it.
    pub totp: bool,
    /// How many passkeys.
    pub passkeys: i64,
    /// How many recovery codes are left.
    pub recovery_codes: i64,
}

impl SecondFactors {
    /// Whether signing in takes more than a password.
    pub fn is_any(self) -> bool {
        self.totp || self.passkeys > 0
    }
}

/// The secret of time-based codes at rest (RFC 6238).
#[derive(Clone, Debug)]
pub struct Totp {
    /// The secret under the master key.
    pub sealed: Sealed,
    /// The time step of the last code that was used; older ones are refused.
    pub last_step: i64,
    /// When it was set up.
    pub created_at: UnixTime,
}

/// A passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// The credential's id in base64url.
    pub id: String,
    /// What its owner calls it.
    pub label: Label,
    /// The public key and its state, in the form of the library that made it.
    pub credential: String,
    /// When it was added.
    pub created_at: UnixTime,
    /// When it was last used.
    pub last_used_at: Option<UnixTime>,
}

/// Second factors.
#[async_trait]
pub trait Factors: Send + Sync {
    /// Which ones an account has.
    async fn second_factors(&self, account: AccountId) -> Result<SecondFactors, StoreError>;

    /// The secret of its codes.
    async fn totp(&self, account: AccountId) -> Result<Option<Totp>, StoreError>;

    /// Adds the secret of codes, whose code of `step` was used; [`StoreError::Conflict`] if there
    /// is one.
    async fn add_totp(
        &self,
        account: AccountId,
        sealed: &Sealed,
        step: i64,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Uses the code of `step`. Whether it and no later one was used before.
    async fn use_totp_step(&self, account: AccountId, step: i64) -> Result<bool, StoreError>;

    /// Removes the secret of codes; [`StoreError::NotFound`] if there is none.
    async fn remove_totp(&self, account: AccountId, stamp: Stamp) -> Result<(), StoreError>;

    /// The passkeys of an account, oldest first.
    async fn passkeys(&self, account: AccountId) -> Result<Vec<Passkey>, StoreError>;

    /// Adds a passkey; [`StoreError::Conflict`] if there is one of that id.
    async fn add_passkey(
        &self,
        account: AccountId,
        passkey: &Passkey,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// A passkey was used, and its state may have changed.
    async fn use_passkey(
        &self,
        id: &str,
        credential: &str,
        now: UnixTime,
    ) -> Result<(), StoreError>;

    /// Removes a passkey; [`StoreError::NotFound`] if the account has none of that id.
    async fn remove_passkey(
        &self,
        account: AccountId,
        id: &str,
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Puts digests of new recovery codes in place of all old ones.
    async fn set_recovery_codes(
        &self,
        account: AccountId,
        digests: &[String],
        stamp: Stamp,
    ) -> Result<(), StoreError>;

    /// Spends a recovery code. Whether it was one.
    async fn spend_recovery_code(
        &self,
        account: AccountId,
        digest: &str,
        stamp: Stamp,
    ) -> Result<bool, StoreError>;

    /// Removes every second factor and ends every session; [`StoreError::NotFound`] if there is no
    /// such account, [`StoreError::Conflict`] if it has none.
    async fn reset_second_factors(
        &self,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError>;
}
