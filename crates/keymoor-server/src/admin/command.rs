use std::sync::Arc;

use keymoor_core::{ApiKey, OrganizationId, ResourceServerId, SecretId, facts::Limits};
use keymoor_store::{AccountKind, Actor, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::rows::{resource_server_row, row, secret_row, signing_key_row};
use crate::{
    App,
    operations::{
        AccountOrder, ApiTokenOrder, AttestationOrder, OperationError, OrganizationOrder,
        ResourceServerOrder,
    },
    time::rfc3339,
};

/// What an operator can tell a server to do, as it goes over the admin socket. No `Debug`: one
/// holds a password.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each names what its commands are about")]
pub enum Command {
    Account(AccountCommand),
    Organization(OrganizationCommand),
    Token(TokenCommand),
    ResourceServer(ResourceServerCommand),
    SigningKey(SigningKeyCommand),
}

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

/// About organizations.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are those of the commands, whose help explains them")]
pub enum OrganizationCommand {
    /// Makes an organization; answers `{uuid}`.
    Create { name: String, owner: String, federated: bool },
    /// Makes an account a member; answers `{}`.
    AddMember { organization: OrganizationId, email: String },
    /// Ends a membership; answers `{}`.
    RemoveMember { organization: OrganizationId, email: String },
    /// Disables or enables an organization; answers `{}`.
    SetDisabled { organization: OrganizationId, disabled: bool },
    /// Says whether an organization enforces single sign-on; answers `{}`.
    SetFederated { organization: OrganizationId, federated: bool },
    /// Vouches for a sign-in; answers `{until}`.
    AttestSignIn { organization: OrganizationId, email: String, reason: String, hours: u32 },
}

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

/// About resource servers.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are those of the commands, whose help explains them")]
pub enum ResourceServerCommand {
    /// Makes a resource server; answers `{client_id, client_secret}`.
    Create { audience: String, name: String, scopes: Vec<String> },
    /// Answers the resource servers.
    List,
    /// Removes a resource server; answers `{}`.
    Remove { id: ResourceServerId },
}

/// About signing keys.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are those of the commands, whose help explains them")]
pub enum SigningKeyCommand {
    /// Answers the signing keys.
    List,
    /// Makes the next signing key; answers `{kid, signs_from}`.
    Rotate,
    /// Withdraws a signing key; answers `{}`.
    Withdraw { kid: String },
}

impl Command {
    /// Carries the command out.
    pub async fn run(self, app: &Arc<App>) -> Result<Value, OperationError> {
        match self {
            Self::Account(command) => command.run(app).await,
            Self::Organization(command) => command.run(app).await,
            Self::Token(command) => command.run(app).await,
            Self::ResourceServer(command) => command.run(app).await,
            Self::SigningKey(command) => command.run(app).await,
        }
    }
}

impl AccountCommand {
    async fn run(self, app: &Arc<App>) -> Result<Value, OperationError> {
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

impl OrganizationCommand {
    async fn run(self, app: &Arc<App>) -> Result<Value, OperationError> {
        match self {
            Self::Create { name, owner, federated } => {
                let owner = app.account_by_email(&owner).await?;
                let order = OrganizationOrder { name, owner, federated };
                Ok(json!({ "uuid": app.create_organization(order, BY).await? }))
            }
            Self::AddMember { organization, email } => {
                let account = app.account_by_email(&email).await?;
                done(app.add_member(organization, account, BY).await)
            }
            Self::RemoveMember { organization, email } => {
                let account = app.account_by_email(&email).await?;
                done(app.remove_member(organization, account, BY).await)
            }
            Self::SetDisabled { organization, disabled } => {
                done(app.set_organization_disabled(organization, disabled, BY).await)
            }
            Self::SetFederated { organization, federated } => {
                done(app.set_organization_federated(organization, federated, BY).await)
            }
            Self::AttestSignIn { organization, email, reason, hours } => {
                let account = app.account_by_email(&email).await?;
                let order = AttestationOrder { organization, account, reason, hours };
                let until = app.attest_sign_in(order, BY).await?;
                Ok(json!({ "until": rfc3339(until) }))
            }
        }
    }
}

impl TokenCommand {
    async fn run(self, app: &Arc<App>) -> Result<Value, OperationError> {
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

impl ResourceServerCommand {
    async fn run(self, app: &Arc<App>) -> Result<Value, OperationError> {
        match self {
            Self::Create { audience, name, scopes } => {
                let order = ResourceServerOrder { audience, name, scopes };
                let made = app.create_resource_server(order, BY).await?;
                Ok(json!({ "client_id": made.id, "client_secret": made.secret.expose() }))
            }
            Self::List => {
                Ok(app.store.resource_servers().await?.iter().map(resource_server_row).collect())
            }
            Self::Remove { id } => done(app.remove_resource_server(id, BY).await),
        }
    }
}

impl SigningKeyCommand {
    async fn run(self, app: &Arc<App>) -> Result<Value, OperationError> {
        match self {
            Self::List => Ok(app.signing_key_states().await?.iter().map(signing_key_row).collect()),
            Self::Rotate => {
                let (kid, turn) = app.rotate_signing_key(BY).await?;
                Ok(json!({ "kid": kid, "signs_from": rfc3339(turn) }))
            }
            Self::Withdraw { kid } => done(app.withdraw_signing_key(&kid, BY).await),
        }
    }
}

/// Whoever can open the socket is the operator.
const BY: Actor = Actor::Operator;

fn done(outcome: Result<(), OperationError>) -> Result<Value, OperationError> {
    outcome.map(|()| json!({}))
}

async fn create_token(
    app: &Arc<App>,
    email: &str,
    label: String,
    limits: Limits,
) -> Result<Value, OperationError> {
    let account = app.account_by_email(email).await?;
    let order = ApiTokenOrder { account, label, limits, parent: None };
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
