//! The operator's commands about accounts.

use std::sync::Arc;

use keymoor_store::AccountKind;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::command::{BY, done};
use crate::{
    App,
    operations::{AccountOrder, OperationError, RESET_LIFE},
};

/// About accounts.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are those of the commands, whose help explains them")]
pub enum AccountCommand {
    /// Makes an account; answers `{uuid}`.
    Create { email: String, password: Option<Zeroizing<String>>, service: bool },
    /// Makes an account and a link by which its owner chooses a password; answers `{uuid, url}`.
    Invite { email: String },
    /// Makes a link by which the owner chooses a password; answers `{url}`.
    PasswordLink { email: String },
    /// Lets an account use the operator pages, or no more; answers `{}`.
    SetOperator { email: String, operator: bool },
    /// Removes every second factor; answers `{}`.
    ResetSecondFactor { email: String },
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
            Self::Invite { email } => {
                let (uuid, url) = app.invite(&email, BY).await?;
                Ok(json!({ "uuid": uuid, "url": url }))
            }
            Self::PasswordLink { email } => {
                let account = app.account_by_email(&email).await?;
                Ok(json!({ "url": app.make_password_link(account, RESET_LIFE).await? }))
            }
            Self::SetOperator { email, operator } => {
                let account = app.account_by_email(&email).await?;
                done(app.set_operator(account, operator, BY).await)
            }
            Self::ResetSecondFactor { email } => {
                let account = app.account_by_email(&email).await?;
                done(app.reset_second_factors(account, BY).await)
            }
            Self::SetDisabled { email, disabled } => {
                let account = app.account_by_email(&email).await?;
                done(app.set_account_disabled(account, disabled, BY).await)
            }
        }
    }
}
