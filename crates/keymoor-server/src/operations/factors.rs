use std::sync::Arc;

use keymoor_core::{AccountId, seal::Sealed};
use keymoor_store::Passkey;

use super::{Author, OperationError};
use crate::App;

impl App {
    pub(crate) async fn add_totp(
        self: &Arc<Self>,
        account: AccountId,
        sealed: Sealed,
        step: i64,
        by: Author,
    ) -> Result<(), OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.add_totp(account, &sealed, step, stamp).await
        })
        .await
    }

    pub(crate) async fn remove_totp(
        self: &Arc<Self>,
        account: AccountId,
        by: Author,
    ) -> Result<(), OperationError> {
        self.carry_out(
            by,
            move |app, stamp| async move { app.store.remove_totp(account, stamp).await },
        )
        .await
    }

    pub(crate) async fn add_passkey(
        self: &Arc<Self>,
        account: AccountId,
        passkey: Passkey,
        by: Author,
    ) -> Result<(), OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.add_passkey(account, &passkey, stamp).await
        })
        .await
    }

    pub(crate) async fn remove_passkey(
        self: &Arc<Self>,
        account: AccountId,
        id: String,
        by: Author,
    ) -> Result<(), OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.remove_passkey(account, &id, stamp).await
        })
        .await
    }

    pub(crate) async fn set_recovery_codes(
        self: &Arc<Self>,
        account: AccountId,
        digests: Vec<String>,
        by: Author,
    ) -> Result<(), OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.set_recovery_codes(account, &digests, stamp).await
        })
        .await
    }

    /// Removes every second factor of an account whose owner lost them, and ends its sessions.
    pub async fn reset_second_factors(
        self: &Arc<Self>,
        account: AccountId,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.reset_second_factors(account, stamp).await
        })
        .await
    }
}
