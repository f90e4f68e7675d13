use std::sync::Arc;

use keymoor_core::{ApiKey, OrganizationId, facts::Limits};
use keymoor_store::{AccountKind, Actor, ApiToken, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{
    App,
    operations::{
        AccountOrder, ApiTokenOrder, AttestationOrder, OperationError, OrganizationOrder,
    },
    time::rfc3339,
};

/// What an operator can tell a server to do, as it goes over the admin socket. No `Debug`: one
/// holds a password.
#[derive(Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are those of the commands, whose help explains them")]
pub enum Command {
    /// Makes an account; answers `{uuid}`.
    AccountCreate { email: String, password: Option<Zeroizing<String>>, service: bool },
    /// Makes an organization; answers `{uuid}`.
    OrganizationCreate { name: String, owner: String, federated: bool },
    /// Makes an account a member; answers `{}`.
    OrganizationAddMember { organization: OrganizationId, email: String },
    /// Vouches for a sign-in; answers `{until}`.
    OrganizationAttestSignIn {
        organization: OrganizationId,
        email: String,
        reason: String,
        hours: u32,
    },
    /// Makes an API token; answers `{api_key, api_secret}`.
    TokenCreate { email: String, label: String, limits: Limits },
    /// Answers the API tokens of an account.
    TokenList { email: String },
    /// Removes an API token; answers `{removed_at}`.
    TokenRemove { api_key: ApiKey, reason: Option<String> },
}

impl Command {
    /// Carries the command out.
    pub async fn run(self, app: &Arc<App>) -> Result<Value, OperationError> {
        match self {
            Self::AccountCreate { email, password, service } => {
                let kind = if service { AccountKind::Service } else { AccountKind::Person };
                let order = AccountOrder { email, kind, password };
                Ok(json!({ "uuid": app.create_account(order, Actor::Operator).await? }))
            }
            Self::OrganizationCreate { name, owner, federated } => {
                let owner = app.account_by_email(&owner).await?;
                let order = OrganizationOrder { name, owner, federated };
                Ok(json!({ "uuid": app.create_organization(order, Actor::Operator).await? }))
            }
            Self::OrganizationAddMember { organization, email } => {
                let account = app.account_by_email(&email).await?;
                app.add_member(organization, account, Actor::Operator).await?;
                Ok(json!({}))
            }
            Self::OrganizationAttestSignIn { organization, email, reason, hours } => {
                let account = app.account_by_email(&email).await?;
                let order = AttestationOrder { organization, account, reason, hours };
                let until = app.attest_sign_in(order, Actor::Operator).await?;
                Ok(json!({ "until": rfc3339(until) }))
            }
            Self::TokenCreate { email, label, limits } => {
                create_token(app, &email, label, limits).await
            }
            Self::TokenList { email } => {
                let account = app.account_by_email(&email).await?;
                let tokens = app.store.api_tokens(account).await?;
                Ok(tokens.iter().map(row).collect())
            }
            Self::TokenRemove { api_key, reason } => remove_token(app, api_key, reason).await,
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
    let order = ApiTokenOrder { account, label, limits, parent: None };
    let created = app.create_api_token(order, Actor::Operator).await?;
    Ok(json!({ "api_key": created.api_key, "api_secret": created.secret.expose() }))
}

async fn remove_token(
    app: &Arc<App>,
    key: ApiKey,
    reason: Option<String>,
) -> Result<Value, OperationError> {
    let facts = app.store.credential_facts(key).await?;
    let account = facts.ok_or(StoreError::NotFound("API token"))?.account;
    let removal = app.remove_api_token(account, key, reason.as_deref(), Actor::Operator).await?;
    Ok(json!({ "removed_at": rfc3339(removal.at) }))
}

fn row(token: &ApiToken) -> Value {
    json!({
        "api_key": token.api_key,
        "label": token.label,
        "created_at": rfc3339(token.created_at),
        "last_used_at": token.last_use.map(|last| rfc3339(last.at)),
        "last_used_from": token.last_use.map(|last| last.address),
        "removed_at": token.removal.as_ref().map(|removal| rfc3339(removal.at)),
    })
}
