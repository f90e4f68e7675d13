//! The operator's commands about API tokens and their secrets.

use std::sync::Arc;

use keymoor_core::{ApiKey, SecretId, facts::Limits};
use keymoor_store::{ApiSecretRecord, ApiToken, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::command::{BY, done};
use crate::{
    App,
    operations::{ApiTokenOrder, OperationError},
    time::rfc3339,
};

/// About API tokens and their secrets.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are those of the commands, whose help explains them")]
pub enum TokenCommand {
    /// Makes an API token; answers `{api_key, api_secret}`.
    Create { email: String, label: String, limits: Limits },
    /// Answers the API tokens of an account.
    List { email: String },
    /// Removes an API token; answers `{removed_at}`.
    Remove { api_key: ApiKey, reason: Option<String> },
    /// Answers the secrets of an API token, without what is secret.
    Secrets { api_key: ApiKey },
    /// Adds an API Secret; answers `{secret_id, api_secret}`.
    AddSecret { api_key: ApiKey },
    /// Closes an API Secret; answers `{}`.
    CloseSecret { api_key: ApiKey, secret: SecretId },
}

impl TokenCommand {
    pub(super) async fn run(self, app: &Arc<App>) -> Result<Value, OperationError> {
        match self {
            Self::Create { email, label, limits } => create_token(app, &email, label, limits).await,
            Self::List { email } => {
                let account = app.account_by_email(&email).await?;
                Ok(app.store.api_tokens(account).await?.iter().map(row).collect())
            }
            Self::Remove { api_key, reason } => remove_token(app, api_key, reason).await,
            Self::Secrets { api_key } => {
                Ok(app.store.api_secrets(api_key).await?.iter().map(secret_row).collect())
            }
            Self::AddSecret { api_key } => {
                let made = app.add_api_secret(api_key, BY).await?;
                Ok(json!({ "secret_id": made.id, "api_secret": made.secret.expose() }))
            }
            Self::CloseSecret { api_key, secret } => {
                done(app.close_api_secret(api_key, secret, BY).await)
            }
        }
    }
}

async fn create_token(
    app: &Arc<App>,
    email: &str,
    label: String,
    limits: Limits,
) -> Result<Value, OperationError> {
    let account = app.account_by_email(email).await?;
    let order =
        ApiTokenOrder { account, label, limits, parent: None, asked_by: None, api_key: None };
    let created = app.create_api_token(order, BY).await?;
    Ok(json!({ "api_key": created.api_key, "api_secret": created.secret.expose() }))
}

async fn remove_token(
    app: &Arc<App>,
    key: ApiKey,
    reason: Option<String>,
) -> Result<Value, OperationError> {
    let facts = app.store.credential_facts(key).await?;
    let account = facts.ok_or(StoreError::NotFound("API token"))?.account;
    let removal = app.remove_api_token(account, key, reason.as_deref(), BY).await?;
    Ok(json!({ "removed_at": rfc3339(removal.at) }))
}

fn row(token: &ApiToken) -> Value {
    json!({
        "api_key": token.api_key,
        "label": token.label,
        "created_at": rfc3339(token.created_at),
        "last_used_at": token.last_use.map(|last| rfc3339(last.at)),
        "last_used_from": token.last_use.map(|last| last.address),
        "state": if token.removal.is_none() { "active" } else { "removed" },
        "removed_at": token.removal.as_ref().map(|removal| rfc3339(removal.at)),
    })
}

fn secret_row(secret: &ApiSecretRecord) -> Value {
    json!({
        "secret_id": secret.id,
        "created_at": rfc3339(secret.created_at),
        "last_used_at": secret.last_use.map(|last| rfc3339(last.at)),
        "closed_at": secret.closed_at.map(rfc3339),
    })
}
