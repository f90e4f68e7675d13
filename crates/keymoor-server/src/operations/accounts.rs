use std::sync::Arc;

use argon2::{Argon2, password_hash::PasswordHasher};
use keymoor_core::{AccountId, name::Email};
use keymoor_store::{AccountKind, Actor, NewAccount, StoreError};
use zeroize::Zeroizing;

use super::OperationError;
use crate::{App, random};

/// How long a password may be, in bytes: long enough for any phrase, short enough to hash.
pub const PASSWORD_BYTES: std::ops::RangeInclusive<usize> = 8..=1024;

/// The password is too short or too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 8 to 1024 bytes long")]
pub struct PasswordRefused;

/// An account to be made. No `Debug`: it holds a password.
pub struct AccountOrder {
    /// Its address.
    pub email: String,
    /// What it stands for.
    pub kind: AccountKind,
    /// Exactly these bytes are the password; `None` for an account that cannot sign in by one.
    pub password: Option<Zeroizing<String>>,
}

impl App {
    /// Makes an account.
    pub async fn create_account(
        self: &Arc<Self>,
        order: AccountOrder,
        by: Actor,
    ) -> Result<AccountId, OperationError> {
        let email = Email::parse(&order.email).map_err(|e| OperationError::invalid("email", &e))?;
        let password_hash = match order.password {
            Some(password) => Some(hash(password).await?),
            None => None,
        };
        let milliseconds = u64::try_from(self.now().seconds()).unwrap_or_default() * 1000;
        let id = AccountId::new(milliseconds, random());
        let new = NewAccount { id, kind: order.kind, email, password_hash };
        self.carry_out(
            by,
            move |app, stamp| async move { app.store.create_account(&new, stamp).await },
        )
        .await?;
        Ok(id)
    }

    /// Disables an account: none of its API tokens or access tokens works any more. Or enables it
    /// again: new access tokens work, those from before do not.
    pub async fn set_account_disabled(
        self: &Arc<Self>,
        account: AccountId,
        disabled: bool,
        by: Actor,
    ) -> Result<(), OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.set_account_disabled(account, disabled, stamp).await
        })
        .await
    }

    /// The id of the account with that address.
    pub async fn account_by_email(&self, email: &str) -> Result<AccountId, OperationError> {
        let email = Email::parse(email).map_err(|e| OperationError::invalid("email", &e))?;
        let account = self.store.account_by_email(&email).await?;
        Ok(account.ok_or(StoreError::NotFound("account"))?.id)
    }
}

/// The Argon2id hash in PHC form; slow on purpose, so it runs off the async threads.
async fn hash(password: Zeroizing<String>) -> Result<String, OperationError> {
    if !PASSWORD_BYTES.contains(&password.len()) {
        return Err(OperationError::invalid("password", &PasswordRefused));
    }
    tokio::task::spawn_blocking(move || {
        let salt = random::<16>();
        Argon2::default()
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map(|hash| hash.to_string())
            .map_err(|_| OperationError::invalid("password", &"cannot be hashed"))
    })
    .await
    .map_err(|_| OperationError::invalid("password", &"cannot be hashed"))?
}
