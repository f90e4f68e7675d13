//! The operator's commands about accounts.

use std::sync::Arc;

use keymoor_store::AccountKind;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::command::{BY, done};
use crate::{
    App,
    operations::{AccountOrder, OperationError},
};

/// About accounts.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are those of the commands, whose help explains them")]
pub enum AccountCommand {
    /// Makes an account; answers `{uuid}`.
    Create { email: String, password: Option<Zeroizing<String>>, service: bool },
    /// Disables or enables an account; answers `{}`.
    SetDisabled { email: String, disabled: bool },
}

impl AccountCommand {
    pub(super) async fn run(self, app: &Arc<App>) -> Result<Value, OperationError> {
        match self {
            Self::Create { email, password, service } => {
                let kind = if service { AccountKind::Service } else { AccountKind::Person };
                let order = AccountOrder { email, kind, password };
                Ok(json!({ "uuid": app.create_account(order, BY).await? }))
            }
            Self::SetDisabled { email, disabled } => {
                let account = app.account_by_email(&email).await?;
                done(app.set_account_disabled(account, disabled, BY).await)
            }
        }
    }
}
