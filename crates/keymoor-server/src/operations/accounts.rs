use std::sync::Arc;

use keymoor_core::{AccountId, name::Email};
use keymoor_store::{AccountKind, NewAccount, StoreError};
use zeroize::Zeroizing;

use super::{Author, OperationError};
use crate::App;

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
        by: impl Into<Author>,
    ) -> Result<AccountId, OperationError> {
        let email = Email::parse(&order.email).map_err(|e| OperationError::invalid("email", &e))?;
        let password_hash = match order.password {
            Some(password) => Some(self.hash(password, &email).await?),
            None => None,
        };
        let id = self.new_account_id();
        let new = NewAccount { id, kind: order.kind, email, password_hash, operator: false };
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
        by: impl Into<Author>,
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
